"""A run in the terminal: a progress bar while it trains, then a plot of each set of curves and the verdict."""

import math
import shutil
from collections.abc import Generator, Iterable, Mapping
from typing import Any

COLOURS = {"arm": "blue", "control": "orange", "train": "magenta", "test": "green", "theory": "gray", "other": "red"}
HEIGHT, NARROWEST, WIDEST = 14, 40, 90


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
    """Every set of curves of a result, drawn in characters."""
    width = min(max(shutil.get_terminal_size().columns, NARROWEST), WIDEST)
    curves = [panel for panel in result["panels"] if panel["kind"] == "curves"]
    return "\n".join(_plot(panel, language, width, colour) for panel in curves)


def _plot(panel: Mapping[str, Any], language: str, width: int, colour: bool) -> str:
    import plotext

    x, y = panel["x"], panel["y"]
    factor = 100 if y["percent"] else 1
    lowest = -math.inf if y["low"] is None else y["low"]
    figure = plotext.figure
    figure.clear()
    figure.theme("simple")
    figure.plot_size(width, HEIGHT)
    for line in panel["curves"]:
        pairs = zip(line["x"], line["mean"], strict=True)
        known = [(at, mean * factor) for at, mean in pairs if mean is not None and mean >= lowest]
        if known:
            marker = plotext.marker("braille", COLOURS[line["role"]])
            signal = figure.signal(*map(list, zip(*known, strict=True)), marker=marker)
            figure.draw(signal.lines().label(line["name"][language]))
    if x["scale"] == "log":
        figure.ruler("x").scale("log")
    figure.title(panel["title"][language] + (" (%)" if y["percent"] else ""))
    figure.label(x["label"][language], "x")
    figure.legend(x=width - 12, y=HEIGHT - 6, ha="right", va="bottom")
    return figure.build().string(colorless=not colour)
