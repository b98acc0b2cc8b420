"""Means over seeds with 95% intervals by Student's t, without SciPy.

The quantile inverts the exact distribution function: for a whole number of degrees of freedom it is a
finite sum of cosines (Abramowitz and Stegun, *Handbook of Mathematical Functions*, 26.7.3 and 26.7.4).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Interval:
    """A mean and the bounds of its 95% interval."""

    mean: float
    low: float
    high: float


def within(t: float, freedom: int) -> float:
    """P(|T| < t) for Student's T with a whole number of degrees of freedom."""
    angle = math.atan2(t, math.sqrt(freedom))
    cosine, sine = math.cos(angle), math.sin(angle)
    if freedom == 1:
        return 2 * angle / math.pi
    odd = freedom % 2
    term = total = cosine if odd else 1.0
    for k in range(2 + odd, freedom, 2):  # each term is the one before, times (k-1)/k cos²
        term *= cosine * cosine * (k - 1) / k
        total += term
    return 2 * (angle + sine * total) / math.pi if odd else sine * total


@lru_cache
def t_quantile(freedom: int, confidence: float = CONFIDENCE) -> float:
    """The t with P(|T| < t) = confidence, by bisection to the last bits."""
    low, high = 0.0, 1.0
    while within(high, freedom) < confidence:
        high *= 2
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if within(middle, freedom) < confidence else (low, middle)
    return high


def interval(values: ArrayLike) -> Interval:
    """The mean of independent values, one per seed, with its 95% interval.

    For paired arms, pass their differences seed by seed. Raises ValueError below two values or where a
    value is not finite.
    """
    sample = np.asarray(values, dtype=np.float64)
    if sample.ndim != 1 or len(sample) < 2:
        raise ValueError(f"an interval needs at least 2 values in one row, got shape {sample.shape}")
    if not np.isfinite(sample).all():
        raise ValueError("an interval needs finite values")
    mean = float(sample.mean())
    half = t_quantile(len(sample) - 1) * float(sample.std(ddof=1)) / math.sqrt(len(sample))
    return Interval(mean, mean - half, mean + half)


def geometric_mean(values: ArrayLike) -> NDArray[np.float64]:
    """Over the last axis, of positive values."""
    return np.exp(np.log(values).mean(axis=-1))


def bands(rows: Sequence[ArrayLike]) -> tuple[list[float], list[float], list[float]]:
    """Mean, low and high of each row of values; a row holds one value per seed."""
    table: NDArray[np.float64] = np.asarray(rows, dtype=np.float64)
    if not len(table):
        return [], [], []
    mean = table.mean(axis=1)
    half = t_quantile(table.shape[1] - 1) * table.std(axis=1, ddof=1) / math.sqrt(table.shape[1])
    return mean.tolist(), (mean - half).tolist(), (mean + half).tolist()
