"""The catalogue in lines: each demo with a small picture of its main effect, from a run with its defaults.

`pictures.json` beside this file keeps what was measured. A demo whose code has changed since has no picture until
it is run again: python -m demos.kit.pictures
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from demos.kit import experiment
from demos.kit.discovery import load, names
from demos.kit.experiment import Demo
from demos.kit.provenance import code_hash
from demos.kit.text import Text

FILE = Path(__file__).with_name("pictures.json")
POINTS = 10  # of each curve, at most
SMALLEST = 1e-12  # on a log axis
BLOCKS = "▁▂▃▄▅▆▇█"
WIDTH = 2 * POINTS + 1
COLOURS = "\x1b[34m", "\x1b[33m"  # blue and orange, as in the plots
LEGEND = Text(
    "小图取自默认设置下的一次实际运行：左边是论断所说的一方，右边是与之比较的一方，刻度相同。",
    "The pictures are of a real run as it is by default: what the claim is about, and what it is compared with, on one "
    "scale.",
)


@dataclass(frozen=True)
class Sketch:
    """A few points of the two curves of a demo that matter most; `code` is the hash of what measured them."""

    code: str
    log: bool
    arm: tuple[float | None, ...]
    control: tuple[float | None, ...]

    def lines(self) -> tuple[str, str]:
        """Both as rows of blocks, on one scale; what is unknown is blank."""
        both = [[self._height(value) for value in row] for row in (self.arm, self.control)]
        known = [height for row in both for height in row if height is not None]
        low, high = min(known, default=0.0), max(known, default=0.0)
        steps = (len(BLOCKS) - 1) / (high - low) if high > low else 0.0
        arm, control = (
            "".join(" " if height is None else BLOCKS[round((height - low) * steps)] for height in row) for row in both
        )
        return arm, control

    def _height(self, value: float | None) -> float | None:
        return math.log(max(value, SMALLEST)) if self.log and value is not None else value


def catalogue(language: str, *, width: int | None, colour: bool) -> Iterator[str]:
    """A line for each demo, cut at `width` columns if it is given, and then what the pictures show."""
    from rich.cells import cell_len, set_cell_size

    sketches, column = read(), max(map(len, names()))
    for slug in names():
        sketch = sketches.get(slug)
        fresh = sketch if sketch and sketch.code == code_hash(slug) else None
        summary = load(slug).summary.say(language)
        room = len(summary) * 2 if width is None else width - column - WIDTH - 4
        if cell_len(summary) > room:
            summary = set_cell_size(summary, max(room - 1, 0)).rstrip() + "…"
        yield f"{slug:{column}}  {_drawn(fresh, colour=colour)}  {summary}"
    if width is not None:
        yield LEGEND.say(language)


def _drawn(sketch: Sketch | None, *, colour: bool) -> str:
    rows = sketch.lines() if sketch else ("", "")
    drawn = [row.ljust(POINTS) for row in rows]
    return (
        " ".join(f"{code}{row}\x1b[0m" for code, row in zip(COLOURS, drawn, strict=True)) if colour else " ".join(drawn)
    )


def read() -> dict[str, Sketch]:
    """What is kept, by slug."""
    kept = json.loads(FILE.read_text(encoding="utf-8"))
    return {
        slug: Sketch(row["code"], row["log"], tuple(row["arm"]), tuple(row["control"])) for slug, row in kept.items()
    }


def write(sketches: Mapping[str, Sketch]) -> None:
    """A line for each demo."""
    rows = [f"{json.dumps(slug)}: {json.dumps(asdict(sketch))}" for slug, sketch in sorted(sketches.items())]
    FILE.write_text("{\n" + ",\n".join(rows) + "\n}\n", encoding="utf-8")


def sketch(demo: Demo) -> Sketch:
    """Measured now, in a run with the demo's defaults."""
    *_, result = experiment.run(demo, {}, device="cpu", every=math.inf)
    panel, *lines = main_curves(result)
    arm, control = (_sampled(line["mean"], panel["y"]) for line in lines)
    return Sketch(code_hash(demo.slug), panel["y"]["scale"] == "log", arm, control)


def main_curves(result: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]]:
    """The first panel with an arm and its control, and these; without such a panel, the first two curves in one."""
    panels = [panel for panel in result["panels"] if panel["kind"] == "curves"]
    for panel in panels:
        of = {line["role"]: line for line in reversed(panel["curves"])}  # of several in a role, the first
        if {"arm", "control"} <= of.keys():
            return panel, of["arm"], of["control"]
    panel = next(panel for panel in panels if len(panel["curves"]) > 1)
    return panel, panel["curves"][0], panel["curves"][1]


def _sampled(values: Sequence[float | None], axis: Mapping[str, Any]) -> tuple[float | None, ...]:
    """Evenly chosen points, the first and the last among them, and none beyond the axis on which they are plotted."""
    low = -math.inf if axis["low"] is None else axis["low"]
    high = math.inf if axis["high"] is None else axis["high"]
    last, count = len(values) - 1, min(len(values), POINTS)
    chosen = [values[round(k * last / max(count - 1, 1))] for k in range(count)]
    return tuple(None if value is None else float(f"{min(max(value, low), high):.4g}") for value in chosen)


def main() -> None:
    """Measure what is missing or out of date, and keep each at once."""
    import torch

    torch.set_num_threads(1)
    kept = read() if FILE.exists() else {}
    for slug in names():
        if slug not in kept or kept[slug].code != code_hash(slug):
            kept[slug] = sketch(load(slug))
            print(f"{slug}  {_drawn(kept[slug], colour=False)}", flush=True)
            write({slug: kept[slug] for slug in names() if slug in kept})


if __name__ == "__main__":
    main()
