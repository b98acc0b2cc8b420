"""When a claim is false: its effect over a demo's grid of two parameters, as numbers and as a table in characters."""

import math
import time
from collections.abc import Generator, Mapping
from typing import Any

from demos.kit import experiment
from demos.kit.errors import DemoError
from demos.kit.experiment import Demo
from demos.kit.parameters import declarations
from demos.kit.text import Text

PLUS, NOTHING, MINUS = "+", "0", "−"
LEGEND = Text(
    "+ 整个 95% 区间高于 0，− 低于 0，0 两者都不是；数字是效应（{unit}）",
    "+ the whole 95% interval lies above 0, − below, 0 neither; the numbers are effects ({unit})",
)
CORNER = "{y} ↑  {x} →"


def checked(demo: Demo, params: Mapping[str, Any]) -> list[list[dict[str, Any]]]:
    """The parameters of every cell, row by row; `params` are set in all. Raises DemoError."""
    grid = demo.map
    (x, columns), (y, rows) = grid.x, grid.y
    both = sorted({x, y} & set(params))
    if both:
        raise DemoError(f"--map sets {x} and {y} itself; leave out {' and '.join(both)}")
    shared = {**grid.parameters, **params}
    return [[demo.parameters.checked({**shared, x: right, y: up}).to_json() for right in columns] for up in rows]


def run(demo: Demo, params: Mapping[str, Any], *, device: str = "auto") -> Generator[dict[str, Any], None, None]:
    """One run for each cell, told of by an event with its `progress`; last the map. Raises DemoError on the call."""
    return _events(demo, checked(demo, params), experiment.pick_device(device).type)


def _events(demo: Demo, grid: list[list[dict[str, Any]]], device: str) -> Generator[dict[str, Any], None, None]:
    start, done, cells = time.perf_counter(), 0, []
    last: dict[str, Any] = {}
    for row in grid:
        cells.append([])
        for point in row:
            yield {"event": "cell", "progress": done / (len(grid) * len(row))}
            *_, last = experiment.run(demo, point, device=device, every=math.inf)
            found = next(claim for claim in last["claims"] if claim["id"] == demo.map.claim)
            cells[-1].append({key: found[key] for key in ("effect", "ci95", "holds")} | {"sign": sign(*found["ci95"])})
            done += 1
    claim = next(claim for claim in demo.claims if claim.id == demo.map.claim)
    axes = {name: _axis(demo, *axis) for name, axis in (("x", demo.map.x), ("y", demo.map.y))}
    shared = {name: value for name, value in grid[0][0].items() if name not in (demo.map.x[0], demo.map.y[0])}
    yield {
        "event": "map",
        "demo": demo.slug,
        "claim": claim.id,
        "text": claim.text.to_json(),
        "unit": {**claim.unit.name.to_json(), "factor": claim.unit.factor, "decimals": claim.unit.decimals},
        **axes,
        "params": shared,
        "cells": cells,
        "device": device,
        "seconds": round(time.perf_counter() - start, 3),
        "versions": last["versions"],
    }


def _axis(demo: Demo, name: str, values: tuple[float, ...]) -> dict[str, Any]:
    label = declarations(demo.parameters)[name].metadata["declared"].label
    return {"name": name, "label": label.to_json(), "values": list(values)}


def sign(low: float, high: float) -> str:
    """On which side of 0 an interval lies."""
    return PLUS if low > 0 else MINUS if high < 0 else NOTHING


def shown(found: Mapping[str, Any], value: float) -> str:
    """An effect in its claim's unit."""
    decimals = found["unit"]["decimals"]
    return f"{round(value * found['unit']['factor'], decimals) + 0.0:.{decimals}f}"  # + 0.0: no minus before a zero


def legend(found: Mapping[str, Any], language: str) -> str:
    return LEGEND.say(language).format(unit=found["unit"][language])


def table(found: Mapping[str, Any], language: str) -> str:
    """The map in characters, the largest y on top."""
    columns = [f"{value:g}" for value in found["x"]["values"]]
    corner = CORNER.format(x=found["x"]["name"], y=found["y"]["name"])
    rows = [[corner, *columns]]
    for value, cells in zip(reversed(found["y"]["values"]), reversed(found["cells"]), strict=True):
        rows.append([f"{value:g}", *(f"{cell['sign']} {shown(found, cell['effect'])}" for cell in cells)])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(word.rjust(width) for word, width in zip(row, widths, strict=True)) for row in rows]
    return "\n".join([found["text"][language], *lines, legend(found, language)])
