"""A run in the terminal: a bar and its plots while it trains, and each set of curves as a plot in characters."""

import importlib
import math
import shutil
import time
from collections.abc import Generator, Iterable, Mapping, Sequence
from itertools import cycle
from typing import Any

from demos.kit.shades import extent

COLOURS = {"arm": "blue", "control": "orange", "train": "magenta", "test": "green", "theory": "gray", "other": "red"}
CODES = {"arm": 34, "control": 33, "train": 35, "test": 32, "theory": 90, "other": 31}  # the same for a terminal
HEIGHT, SQUARER, NARROWEST, WIDEST = 14, 22, 40, 90
REFRESHES, TRAINING = 5, 20  # plots a second at most; drawing one may take a twentieth of the time
SMALLEST = 1e-300  # on a log axis
FINE, SAMPLE = "braille", "⠤⠤"  # a line
SHAPES = "ox+*#%"  # what else rows are drawn with, to be told apart without colours

Row = tuple[Mapping[str, Any], list[float | None], str]  # a line or a set of points, its heights, what draws it


def with_progress(
    events: Iterable[dict[str, Any]], title: str, *, plotted_in: str | None = None
) -> Generator[dict[str, Any], None, None]:
    """Pass the events on while a bar moves on standard error; silent where that is no terminal.

    With a language in `plotted_in`, the plots of a frame stand above the bar, as many as fit.
    """
    from rich.console import Console, Group
    from rich.live import Live
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
    from rich.text import Text

    console = Console(stderr=True)
    if not console.is_terminal:
        yield from events
        return
    if plotted_in:
        importlib.import_module("plotext")  # now, so that the first plot is not thought to be slow
    bar = Progress(TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    task, due = bar.add_task(title, total=1.0), 0.0
    with Live(bar, console=console, transient=True, refresh_per_second=REFRESHES) as live:
        for event in events:
            bar.update(task, completed=event.get("progress", 1.0))
            began = time.monotonic()
            if plotted_in and event.get("step") and began >= due:
                drawn = plots(event, plotted_in, colour=True, rows=console.height - 2)
                live.update(Group(Text.from_ansi(drawn), bar) if drawn else bar)
                ended = time.monotonic()
                due = ended + max(1 / REFRESHES, TRAINING * (ended - began))
            yield event


def plots(event: Mapping[str, Any], language: str, *, colour: bool, rows: float = math.inf) -> str:
    """Every set of curves, and the paths and points of planes, drawn in characters: the first that fit in `rows`."""
    width = min(max(shutil.get_terminal_size().columns, NARROWEST), WIDEST)
    drawn = []
    for panel in filter(_can_be_drawn, event["panels"]):
        rows -= _height(panel)
        if rows < 0:
            break
        drawn.append(_plot(panel, language, width, colour))
    return "\n".join(drawn)


def _can_be_drawn(panel: Mapping[str, Any]) -> bool:
    """A field alone has no place in braille."""
    return panel["kind"] == "curves" or (panel["kind"] == "plane" and bool(panel["points"] or panel["paths"]))


def _height(panel: Mapping[str, Any]) -> int:
    return HEIGHT if panel["kind"] == "curves" else SQUARER


def _plot(panel: Mapping[str, Any], language: str, width: int, colour: bool) -> str:
    import plotext

    x, y = panel["x"], panel["y"]
    rows = _rows(panel, colour)
    legend = _legend(rows, language, width, colour)
    figure = plotext.figure
    figure.clear()
    figure.theme("simple")
    figure.plot_size(width, _height(panel) - len(legend))
    drawn: list[list[tuple[float, float]]] = []
    for row, ys, shape in rows:
        known = _within(panel, row["x"], ys)
        if known:
            drawn.append(known)
            marker = plotext.marker(shape, COLOURS[row["role"]])
            signal = figure.signal(*map(list, zip(*known, strict=True)), marker=marker)
            figure.draw(signal if row in panel["points"] else signal.lines())
    for k, (name, axis) in enumerate((("x", x), ("y", y))):
        # Plotext gives a line of one value the room of ± 1, of which there may be no logarithm.
        level = any(row[0][k] <= 1 and len({place[k] for place in row}) == 1 for row in drawn)
        if axis["scale"] == "log" and not level:
            figure.ruler(name).scale("log")
    figure.title(panel["title"][language] + (" (%)" if y["percent"] else ""))
    figure.label(x["label"][language], "x")
    return "\n".join([figure.build().string(colorless=not colour).rstrip("\n"), *legend, ""])


def _rows(panel: Mapping[str, Any], colour: bool) -> list[Row]:
    """All lines and sets of points of a panel, their heights, and with what they are drawn.

    Where colours tell lines apart all are fine ones but the dashed; else only the first.
    """
    lines = [(line, line["mean"]) for line in panel.get("curves", ())]
    lines += [(path, path["y"]) for path in panel.get("paths", ())]
    shapes = cycle(SHAPES)
    fine = [(colour and not line["dashed"]) or not (colour or k) for k, (line, _) in enumerate(lines)]
    drawn = [(line, ys, FINE if thin else next(shapes)) for (line, ys), thin in zip(lines, fine, strict=True)]
    return drawn + [(dots, dots["y"], next(shapes)) for dots in panel["points"]]


def _legend(rows: Sequence[Row], language: str, width: int, colour: bool) -> list[str]:
    """The names of all rows with a sample of each, in as many lines as they take."""
    from rich.cells import cell_len

    lines, room = [], 0
    for row, _, shape in rows:
        sample = SAMPLE if shape == FINE else 2 * shape
        name = f"  {sample} {row['name'][language]}"
        room -= cell_len(name)
        if room < 0:
            lines.append("")
            room = width - cell_len(name)
        lines[-1] += name.replace(sample, f"\x1b[{CODES[row['role']]}m{sample}\x1b[0m", 1) if colour else name
    return lines


def _within(
    panel: Mapping[str, Any], xs: Iterable[float | None], ys: Iterable[float | None]
) -> list[tuple[float, float]]:
    """The known places that lie within the axes; percentages are counted in hundreds."""
    (left, right), (bottom, top) = _bounds(panel, "x"), _bounds(panel, "y")
    factor = 100 if panel["y"]["percent"] else 1
    known = [(x, y) for x, y in zip(xs, ys, strict=True) if x is not None and y is not None]
    return [(x, y * factor) for x, y in known if left <= x <= right and bottom <= y <= top]


def _bounds(panel: Mapping[str, Any], name: str) -> tuple[float, float]:
    axis, field = panel[name], panel.get("field")
    least = SMALLEST if axis["scale"] == "log" else -math.inf
    low, high = extent(field, name) if field else (least, math.inf)
    low = low if axis["low"] is None else max(least, axis["low"])
    return low, high if axis["high"] is None else axis["high"]
