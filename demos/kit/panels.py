"""The pictures of a demo as plain data, which every renderer draws in its own way.

A panel is curves over a shared axis, a plane of two axes, dots (one per seed of a paired difference), a histogram
or an image. All become JSON; a number that is not finite becomes null.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from demos.kit.claims import Finding
from demos.kit.fields import Field
from demos.kit.statistics import bands
from demos.kit.text import Text

Role = Literal["arm", "control", "train", "test", "theory", "other"]
THEORY = Text("理论", "theory")  # what a line or points of this role are called


@dataclass(frozen=True)
class Axis:
    """A labelled axis; with `percent` the values are fractions and shown as percentages."""

    label: Text
    scale: Literal["linear", "log"] = "linear"
    low: float | None = None
    high: float | None = None
    percent: bool = False

    def to_json(self) -> dict[str, Any]:
        return {
            "label": self.label.to_json(),
            "scale": self.scale,
            "low": self.low,
            "high": self.high,
            "percent": self.percent,
        }


@dataclass(frozen=True)
class Curve:
    """A line with a band. `role` gives the colour; a `dashed` line is the lesser of two of one colour."""

    name: Text
    role: Role
    x: tuple[float, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    dashed: bool = False

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name.to_json(),
            "role": self.role,
            "dashed": self.dashed,
            "x": finite(self.x),
            "mean": finite(self.mean),
            "low": finite(self.low),
            "high": finite(self.high),
        }


def curve(
    name: Text,
    role: Role,
    x: Sequence[float],
    rows: Sequence[ArrayLike],
    *,
    dashed: bool = False,
    geometric: bool = False,
) -> Curve:
    """The mean line and 95% band over seeds; `rows[i]` holds the values of all seeds at `x[i]`.

    `geometric` takes both of the logarithms: for positive values that spread over orders of magnitude.
    """
    if geometric:
        mean, low, high = (np.exp(line).tolist() for line in bands([np.log(row) for row in rows]))
    else:
        mean, low, high = bands(rows)
    return Curve(name, role, tuple(x), tuple(mean), tuple(low), tuple(high), dashed)


def line(name: Text, role: Role, x: ArrayLike, y: ArrayLike, *, dashed: bool = False) -> Curve:
    """A line without a band, such as that of a theory."""
    x, y = _pair(x, y)
    return Curve(name, role, x, y, y, y, dashed)


@dataclass(frozen=True)
class Points:
    """Places in a plane, such as the examples of one class. `role` gives the colour; each set has its own shape."""

    name: Text
    role: Role
    x: tuple[float, ...]
    y: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.x) != len(self.y):
            raise ValueError(f"{self.name.en!r} has {len(self.x)} x but {len(self.y)} y")

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name.to_json(), "role": self.role, "x": finite(self.x), "y": finite(self.y)}


def points(name: Text, role: Role, x: ArrayLike, y: ArrayLike) -> Points:
    """The places (x[i], y[i])."""
    return Points(name, role, *_pair(x, y))


@dataclass(frozen=True)
class Path(Points):
    """A line through places in their order, with a mark on the last: where an optimizer has come to."""

    dashed: bool = False

    def to_json(self) -> dict[str, Any]:
        return {**super().to_json(), "dashed": self.dashed}


def path(name: Text, role: Role, x: ArrayLike, y: ArrayLike) -> Path:
    """The line through the places (x[i], y[i])."""
    return Path(name, role, *_pair(x, y))


def _pair(x: ArrayLike, y: ArrayLike) -> tuple[tuple[float, ...], tuple[float, ...]]:
    return tuple(np.asarray(x, float).tolist()), tuple(np.asarray(y, float).tolist())


@dataclass(frozen=True)
class Curves:
    """Lines over a shared horizontal axis, and the measured points that they should meet, if any."""

    id: str
    title: Text
    x: Axis
    y: Axis
    curves: tuple[Curve, ...]
    points: tuple[Points, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "title": self.title.to_json(),
            "kind": "curves",
            "x": self.x.to_json(),
            "y": self.y.to_json(),
            "curves": [line.to_json() for line in self.curves],
            "points": [points.to_json() for points in self.points],
        }


@dataclass(frozen=True)
class Plane:
    """A picture over two continuous axes: a field behind, points and paths before it, each of them optional."""

    id: str
    title: Text
    x: Axis
    y: Axis
    field: Field | None = None
    points: tuple[Points, ...] = ()
    paths: tuple[Path, ...] = ()

    def __post_init__(self) -> None:
        if self.field and "log" in (self.x.scale, self.y.scale):
            raise ValueError("a field lies on linear axes only")

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "title": self.title.to_json(),
            "kind": "plane",
            "x": self.x.to_json(),
            "y": self.y.to_json(),
            "field": self.field.to_json() if self.field else None,
            "points": [points.to_json() for points in self.points],
            "paths": [path.to_json() for path in self.paths],
        }


@dataclass(frozen=True)
class Dots:
    """The paired differences behind claims: a dot per seed, the interval and the minimum of each claim.

    Whether a claim holds is said only once the run is `settled`.
    """

    id: str
    title: Text
    findings: tuple[Finding, ...]
    settled: bool

    def to_json(self) -> dict[str, Any]:
        rows = []
        for finding in self.findings:
            factor = finding.claim.unit.factor
            found = finding.interval
            rows.append(
                {
                    "id": finding.claim.id,
                    "name": finding.claim.text.to_json(),
                    "unit": finding.claim.unit.name.to_json(),
                    "values": finite(value * factor for value in finding.effects),
                    "mean": found.mean * factor,
                    "low": found.low * factor,
                    "high": found.high * factor,
                    "minimum": finding.claim.minimum * factor,
                    "holds": finding.holds if self.settled else None,
                }
            )
        return {"id": self.id, "title": self.title.to_json(), "kind": "dots", "rows": rows}


@dataclass(frozen=True)
class Bars:
    """One histogram among several that share their edges; `shares` sum to 1 over the bins."""

    name: Text
    role: Role
    shares: tuple[float, ...]

    def to_json(self) -> dict[str, Any]:
        return {"name": self.name.to_json(), "role": self.role, "shares": finite(self.shares)}


@dataclass(frozen=True)
class Histogram:
    id: str
    title: Text
    x: Axis
    y: Axis
    edges: tuple[float, ...]
    bars: tuple[Bars, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "title": self.title.to_json(),
            "kind": "hist",
            "x": self.x.to_json(),
            "y": self.y.to_json(),
            "edges": finite(self.edges),
            "bars": [row.to_json() for row in self.bars],
        }


@dataclass(frozen=True)
class Picture:
    """One small grey picture with a caption: rows of values from 0 (paper) to 1 (ink)."""

    caption: Text
    values: tuple[tuple[float, ...], ...]

    def to_json(self) -> dict[str, Any]:
        return {"caption": self.caption.to_json(), "values": [finite(row) for row in self.values]}


@dataclass(frozen=True)
class Pictures:
    id: str
    title: Text
    pictures: tuple[Picture, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "title": self.title.to_json(),
            "kind": "image",
            "images": [picture.to_json() for picture in self.pictures],
        }


Panel = Curves | Plane | Dots | Histogram | Pictures


def finite(values: Iterable[float]) -> list[float | None]:
    """Plain floats, with None for what JSON cannot say."""
    return [float(value) if math.isfinite(value) else None for value in values]


def picture(caption: Text, values: np.ndarray) -> Picture:
    """A picture from a matrix of values in 0..1."""
    return Picture(caption, tuple(tuple(float(v) for v in row) for row in values))
