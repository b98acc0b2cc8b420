"""A shade for every place of a plane, as plain data: a class probability, a loss, an attention weight."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from demos.kit.text import Text

SMALLEST, LARGEST = 2, 64  # rows or columns; more are not told apart at the size of a panel
DIGITS = 3  # of a value: a frame is sent many times a second


@dataclass(frozen=True)
class Field:
    """Values in 0..1, already scaled; what is not finite stays blank.

    `values[0]` is the row of the lowest y, `values[i][0]` its lowest x, as `meshgrid` of two rising `linspace`
    has it: the first and the last value of a row lie at the two ends of `x`, the first and the last row at those
    of `y`. A `diverging` field has two colours, of "control" towards 0 and of "arm" towards 1, and a line at
    0.5: a decision boundary. With `cells` each value is a rectangle of its own, half a step to every side, with
    nothing in between: an attention map.
    """

    label: Text
    values: tuple[tuple[float, ...], ...]
    x: tuple[float, float]
    y: tuple[float, float]
    diverging: bool = False
    cells: bool = False

    def __post_init__(self) -> None:
        lengths = {len(row) for row in self.values}
        if len(lengths) != 1 or not all(SMALLEST <= n <= LARGEST for n in (*lengths, len(self.values))):
            raise ValueError(f"a field has {SMALLEST} to {LARGEST} rows and as many columns, all of one length")
        if not all(low < high and math.isfinite(high - low) for low, high in (self.x, self.y)):
            raise ValueError(f"the bounds of a field are finite and rise, got x {self.x} and y {self.y}")

    def to_json(self) -> dict[str, Any]:
        return {
            "label": self.label.to_json(),
            "values": [_rounded(row) for row in self.values],
            "x": [float(bound) for bound in self.x],
            "y": [float(bound) for bound in self.y],
            "diverging": self.diverging,
            "cells": self.cells,
        }


def field(
    label: Text,
    values: np.ndarray,
    x: tuple[float, float],
    y: tuple[float, float],
    *,
    diverging: bool = False,
    cells: bool = False,
) -> Field:
    """A field from a matrix of values in 0..1 whose row 0 lies at the lowest y."""
    return Field(label, tuple(map(tuple, values.tolist())), x, y, diverging, cells)


def _rounded(values: Iterable[float]) -> list[float | None]:
    return [round(float(value), DIGITS) if math.isfinite(value) else None for value in values]
