"""A field in SVG: a dozen even shades, each the area within one contour, so that it stays small and can be themed.

The areas lie upon one another, each a little stronger than the last: edges are smooth at any size, and no seams
show. A field of cells has rectangles instead, one for each run of equal shades.
"""

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

import numpy as np

from demos.kit.axes import Range
from demos.kit.contours import BLANK, rings
from demos.kit.marks import COLOURS, INK, box, breadth, path, quiet
from demos.kit.text import Text

STEPS = 12  # from 0 to 1
# Opacities: points and paths must stand out before a field, ink stronger than a colour; cells have all attention.
STRONGEST_COLOUR, STRONGEST_INK, STRONGEST_CELL = 0.5, 0.36, 0.9
LABEL, HIGH = Text("{label}：低", "{label}: low"), Text("高", "high")
TICKS = 8  # at most, of cells
BLOCK = 8  # width of a shade where they are explained

Scale = list[tuple[float, float]]  # from which value on which opacity
Ruler = tuple[float, float]  # position of the first value along an axis, and the way from one to the next


def shaded(field: Mapping[str, Any], across: Range, up: Range) -> list[str]:
    """The field on the paper of these axes."""
    values = np.array(field["values"], dtype=float)  # None becomes nan
    values = np.where(np.isnan(values), BLANK, values.clip(0, 1))
    x, y = _ruler(field["x"], values.shape[1], across), _ruler(field["y"], values.shape[0], up)
    marks = []
    for colour, sign, scale in _sides(field):
        known = values if sign > 0 else np.where(values == BLANK, BLANK, 1 - values)
        marks += (_cells if field["cells"] else _areas)(known, colour, scale, x, y)
    if field["diverging"] and not field["cells"]:
        marks += _boundary(values, x, y)
    return marks


def extent(field: Mapping[str, Any], axis: str) -> tuple[float, float]:
    """Where a field begins and ends along its "x" or "y"; cells reach half a step beyond their values."""
    low, high = field[axis]
    count = len(field["values"][0] if axis == "x" else field["values"])
    margin = (high - low) / (count - 1) / 2 if field["cells"] else 0.0
    return low - margin, high + margin


def middles(field: Mapping[str, Any], axis: str) -> list[float]:
    """Where the cells of a field have their tick labels: at every value, or every second, …"""
    low, high = field[axis]
    count = len(field["values"][0] if axis == "x" else field["values"])
    return np.linspace(low, high, count)[:: -(-count // TICKS)].tolist()


def ramp(field: Mapping[str, Any], language: str, right: float, top: float) -> list[str]:
    """What the shades mean, in one line that ends at `right`: the label, and all shades from low to high."""
    shades = [(colour, opacity) for colour, sign, scale in _sides(field) for _, opacity in scale[::sign]]
    end = right - breadth(HIGH.say(language)) - 6
    start = end - BLOCK * len(shades)
    label = LABEL.format(label=field["label"][language])
    return [
        quiet(start - 6, top + 10, label.say(language), text_anchor="end"),
        *(
            box(start + BLOCK * k, top, BLOCK, 12, fill=colour, fill_opacity=f"{opacity:.2f}")
            for k, (colour, opacity) in enumerate(shades)
        ),
        quiet(end + 6, top + 10, HIGH.say(language)),
    ]


def _sides(field: Mapping[str, Any]) -> list[tuple[str, int, Scale]]:
    """The colours, of which one may stand for high values (1) and one for low (-1), and their scales."""
    if field["diverging"]:
        half = STEPS // 2
        strongest = STRONGEST_CELL if field["cells"] else STRONGEST_COLOUR
        scale = [(0.5 + k / STEPS, strongest * (k + 1) / half) for k in range(half)]
        return [(COLOURS["control"], -1, scale), (COLOURS["arm"], 1, scale)]
    colour, strongest = (COLOURS["arm"], STRONGEST_CELL) if field["cells"] else (INK, STRONGEST_INK)
    return [(colour, 1, [(k / STEPS, strongest * k / (STEPS - 1)) for k in range(1, STEPS)])]


def _ruler(bounds: list[float], count: int, axis: Range) -> Ruler:
    first, last = map(axis.place, bounds)
    return first, (last - first) / (count - 1)


def _areas(values: np.ndarray, colour: str, scale: Scale, x: Ruler, y: Ruler) -> Iterator[str]:
    beneath = 0.0
    for level, opacity in scale:
        drawn = "".join(_drawn(ring, x, y) + "Z" for ring in rings(values, level))
        if drawn:
            yield path(drawn, colour, fill_opacity=f"{(opacity - beneath) / (1 - beneath):.3f}")
        beneath = opacity


def _boundary(values: np.ndarray, x: Ruler, y: Ruler) -> Iterator[str]:
    """The line at 0.5, but not along the edge of the field, where an area merely ends."""
    edge = np.array(values.shape[::-1]) - 1
    for ring in rings(values, 0.5):
        closed = np.concatenate([ring, ring[:1]])
        begins, ends = closed[:-1], closed[1:]
        along = ((begins == ends) & ((begins == 0) | (begins == edge))).any(axis=1)
        for piece in np.split(closed, np.nonzero(along)[0] + 1):
            if len(piece) > 1:
                yield path(_drawn(piece, x, y), "none", stroke=INK, stroke_width=1.2, stroke_opacity=0.7)


def _cells(values: np.ndarray, colour: str, scale: Scale, x: Ruler, y: Ruler) -> Iterator[str]:
    runs: list[list[str]] = [[] for _ in range(len(scale) + 1)]  # of each shade; the first is the paper
    shades = np.searchsorted([level for level, _ in scale], values)
    for i, row in enumerate(shades.tolist()):
        low, high = (f"{y[0] + y[1] * (i + half):.1f}" for half in (-0.5, 0.5))
        begin = 0
        for shade, run in groupby(row):
            end = begin + len(list(run))
            left, right = (f"{x[0] + x[1] * (k - 0.5):.1f}" for k in (begin, end))
            runs[shade].append(f"M{left} {low}H{right}V{high}H{left}Z")
            begin = end
    for (_, opacity), found in zip(scale, runs[1:], strict=True):
        if found:
            yield path("".join(found), colour, fill_opacity=f"{opacity:.3f}", shape_rendering="crispEdges")


def _drawn(places: np.ndarray, x: Ruler, y: Ruler) -> str:
    on_paper = places * (x[1], y[1]) + (x[0], y[0])
    return "M" + "L".join(["%.1f %.1f"] * len(places)) % tuple(on_paper.ravel().tolist())
