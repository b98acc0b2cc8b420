"""Where numbers go on an axis, and how they are written: ranges, round ticks, positions."""

import math
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Range:
    """The span of an axis in data (`low` to `high`) and on paper (`start` to `end`, which may run backwards)."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def place(self, value: float) -> float:
        """Position of a value; on a log axis what is not positive goes to the low end."""
        if self.log:
            value = max(value, self.low)
            share = math.log(value / self.low) / math.log(self.high / self.low)
        else:
            share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def span(
    values: Iterable[float | None], low: float | None = None, high: float | None = None, *, log: bool = False
) -> tuple[float, float]:
    """Bounds that hold all values, with a little air where no bound is given; never empty."""
    known = [v for v in values if v is not None and (v > 0 or not log)] or [1.0 if log else 0.0]
    least, most = min(known), max(known)
    if log:
        least, most = low or least / 1.15, high or most * 1.15
        return (least, most) if most > least else (least, least * 10)
    air = 0.04 * (most - least) or abs(most) * 0.05 or 0.5
    least = least - air if low is None else low
    most = most + air if high is None else high
    return (least, most) if most > least else (least, least + 1)


def ticks(low: float, high: float, about: int = 5, *, log: bool = False) -> list[float]:
    """Round numbers within the bounds: multiples of 1, 2, 2.5 or 5 times a power of ten, or powers on a log axis."""
    if log:
        return _log_ticks(low, high, about)
    power = 10.0 ** math.floor(math.log10((high - low) / about))
    steps = [power * factor for factor in (1, 2, 2.5, 5, 10)]
    step = min(steps, key=lambda size: abs(math.log((high - low) / size / about)))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [round(k * step, 12) for k in range(first, last + 1)]


def _log_ticks(low: float, high: float, about: int) -> list[float]:
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for factors in ((1, 2, 5), (1, 3), (1,)):
        every = max(1, (last - first) // about) if factors == (1,) else 1
        found = [f * 10.0**k for k in range(first, last + 1, every) for f in factors]
        found = [value for value in found if low * 0.999 <= value <= high * 1.001]
        if len(found) <= about + 2:
            break
    return found


def number_text(value: float, *, percent: bool = False) -> str:
    """A tick's label: `0.25`, `25%`, `1,000`, `1e-05`."""
    if percent:
        return f"{round(value * 100, 6):g}%"
    if value and (abs(value) < 1e-3 or abs(value) >= 1e6):
        return f"{value:.3g}"
    return f"{round(value, 6):,.10g}"
