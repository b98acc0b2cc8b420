"""How long answers are and how long they take: the middle, and what only few exceed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Spread:
    """The 50th, 95th and 99th percentile of a number that every answer has."""

    p50: float
    p95: float
    p99: float
    answers: int


def spread(values: Sequence[float]) -> Spread:
    """The percentiles of at least one value, interpolated between neighbours."""
    p50, p95, p99 = (round(float(value), 5) for value in np.percentile(values, (50, 95, 99)))
    return Spread(p50, p95, p99, len(values))
