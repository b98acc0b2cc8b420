"""A run in the terminal: a progress bar while it trains, then a plot of each set of curves and the verdict."""

import math
import shutil
from collections.abc import Generator, Iterable, Mapping
from typing import Any

from demos.kit.shades import extent

COLOURS = {"arm": "blue", "control": "orange", "train": "magenta", "test": "green", "theory": "gray", "other": "red"}
HEIGHT, SQUARER, NARROWEST, WIDEST = 14, 22, 40, 90
SMALLEST = 1e-300  # on a log axis
LINE, SHAPES = "braille", "ox+"  # sets of points differ without colours too


def with_progress(events: Iterable[dict[str, Any]], title: str) -> Generator[dict[str, Any], None, None]:
    """Pass the events on while a bar moves on standard error; silent where that is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(title, total=1.0)
        for event in events:
            bar.update(task, completed=event.get("progress", 1.0))
            yield event


def plots(result: Mapping[str, Any], language: str, *, colour: bool) -> str:
    """Every set of curves of a result, and the paths and points of its planes, drawn in characters."""
    width = min(max(shutil.get_terminal_size().columns, NARROWEST), WIDEST)
    drawn = [_plot(panel, language, width, colour) for panel in result["panels"] if _can_be_drawn(panel)]
    return "\n".join(drawn)


def _can_be_drawn(panel: Mapping[str, Any]) -> bool:
    """A field alone has no place in braille."""
    return panel["kind"] == "curves" or (panel["kind"] == "plane" and bool(panel["points"] or panel["paths"]))


def _plot(panel: Mapping[str, Any], language: str, width: int, colour: bool) -> str:
    import plotext

    x, y = panel["x"], panel["y"]
    figure = plotext.figure
    figure.clear()
    figure.theme("simple")
    height = HEIGHT if panel["kind"] == "curves" else SQUARER
    figure.plot_size(width, height)
    drawn: list[list[tuple[float, float]]] = []
    for row, ys, shape in _rows(panel):
        known = _within(panel, row["x"], ys)
        if known:
            drawn.append(known)
            marker = plotext.marker(shape, COLOURS[row["role"]])
            signal = figure.signal(*map(list, zip(*known, strict=True)), marker=marker)
            figure.draw((signal.lines() if shape == LINE else signal).label(row["name"][language]))
    for k, (name, axis) in enumerate((("x", x), ("y", y))):
        # Plotext gives a line of one value the room of ± 1, of which there may be no logarithm.
        level = any(row[0][k] <= 1 and len({place[k] for place in row}) == 1 for row in drawn)
        if axis["scale"] == "log" and not level:
            figure.ruler(name).scale("log")
    figure.title(panel["title"][language] + (" (%)" if y["percent"] else ""))
    figure.label(x["label"][language], "x")
    figure.legend(x=width - 12, y=height - 6, ha="right", va="bottom")
    return figure.build().string(colorless=not colour)


def _rows(panel: Mapping[str, Any]) -> list[tuple[Mapping[str, Any], list[float | None], str]]:
    """All lines and sets of points of a panel, their heights, and with what they are drawn."""
    lines = [(line, line["mean"], LINE) for line in panel.get("curves", ())]
    paths = [(path, path["y"], LINE) for path in panel.get("paths", ())]
    points = [(dots, dots["y"], SHAPES[k % len(SHAPES)]) for k, dots in enumerate(panel["points"])]
    return [*lines, *paths, *points]


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
