"""How much a score would move with other questions: percentile bootstrap over the questions.

Efron and Tibshirani, *An Introduction to the Bootstrap* (1993), chapter 13. Where every question agrees, the interval
has no width: the sample then says nothing about the questions that would differ.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

RESAMPLES = 1_000
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Estimate:
    """A mean over `questions` questions, and the bounds of its 95% interval."""

    value: float
    low: float
    high: float
    questions: int


def estimate(values: ArrayLike, rng: np.random.Generator, resamples: int = RESAMPLES) -> Estimate:
    """The mean of `values` (one per question, shape (n,)) with its interval.

    For two runs over the same questions, pass the differences question by question.

    Raises:
        ValueError: there is not one value, or one is not finite.
    """
    sample = _sample(values)
    low, high = _bounds(_means(sample, rng, resamples))
    return Estimate(float(sample.mean()), low, high, len(sample))


def gap(first: ArrayLike, second: ArrayLike, rng: np.random.Generator, resamples: int = RESAMPLES) -> Estimate:
    """Mean of `first` less mean of `second`, two groups of different questions, resampled each by itself.

    Raises:
        ValueError: a group is empty, or a value is not finite.
    """
    one, two = _sample(first), _sample(second)
    low, high = _bounds(_means(one, rng, resamples) - _means(two, rng, resamples))
    return Estimate(float(one.mean() - two.mean()), low, high, len(one) + len(two))


def _sample(values: ArrayLike) -> NDArray[np.float64]:
    sample = np.asarray(values, dtype=np.float64)
    if sample.ndim != 1 or not len(sample) or not np.isfinite(sample).all():
        raise ValueError(f"an interval needs finite values in one row, at least one; got shape {sample.shape}")
    return sample


def _means(sample: NDArray[np.float64], rng: np.random.Generator, resamples: int) -> NDArray[np.float64]:
    """Means of resamples (shape (resamples,)).

    Scores take few values, so that drawing how often each occurs replaces drawing every question.
    """
    values, counts = np.unique(sample, return_counts=True)
    return rng.multinomial(len(sample), counts / len(sample), size=resamples) @ values / len(sample)


def _bounds(means: NDArray[np.float64]) -> tuple[float, float]:
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    return float(low), float(high)
