"""Refusal, decided before anything is answered: is the question about what the notes cover?

A question is answered when its support, the evidence that some passage is about it, exceeds a threshold. The
threshold is calibrated on labelled questions that come with the corpus and is stored with the index, together with
the curve that it was chosen on and what it is worth by cross-validation; thresholds do not transfer between corpora.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

DEFAULT_THRESHOLD = 0.48  # for a corpus without labelled questions: near what calibration gives for the shipped notes
REFUSED = 0.93  # wanted share of the questions outside the notes
FALSELY_REFUSED = 0.02  # bearable share of the questions that the notes answer
FOLDS = 10
CURVE_POINTS = 41


@dataclass(frozen=True)
class Refusal:
    """Questions with no more support than `threshold` are refused."""

    threshold: float = DEFAULT_THRESHOLD
    answerable: int = 0  # labelled questions behind the threshold
    unanswerable: int = 0
    curve: tuple[tuple[float, float, float], ...] = ()  # threshold, share refused of unanswerable, of answerable
    validated: tuple[float, float] | None = None  # these shares for questions that the threshold was not set on

    def applies(self, support: float) -> bool:
        """Whether a question of this support is refused."""
        return support <= self.threshold

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Refusal":
        """What `dataclasses.asdict` made, after a way through JSON.

        Raises:
            TypeError, KeyError, ValueError: it is something else.
        """
        validated = stored["validated"]
        return cls(
            float(stored["threshold"]),
            int(stored["answerable"]),
            int(stored["unanswerable"]),
            tuple((float(a), float(b), float(c)) for a, b, c in stored["curve"]),
            None if validated is None else (float(validated[0]), float(validated[1])),
        )


def calibrate(answerable: Sequence[float], unanswerable: Sequence[float]) -> Refusal:
    """The refusal for the support of labelled questions inside and outside the notes; the default if either lacks."""
    if not answerable or not unanswerable:
        return Refusal()
    inside, outside = np.array(answerable), np.array(unanswerable)
    thresholds = np.quantile(np.concatenate([inside, outside]), np.linspace(0, 1, CURVE_POINTS))
    curve = tuple((float(t), float((outside <= t).mean()), float((inside <= t).mean())) for t in thresholds)
    return Refusal(_threshold(inside, outside), len(inside), len(outside), curve, _cross_validated(inside, outside))


def _threshold(inside: np.ndarray, outside: np.ndarray) -> float:
    """Halfway between what would refuse enough and what would refuse too much.

    Quantiles, because the threshold of least cost jumps about with small changes of the notes; halfway, so that both
    wishes give way alike where they cannot be had together.
    """
    return float((np.quantile(outside, REFUSED) + np.quantile(inside, FALSELY_REFUSED)) / 2)


def _cross_validated(inside: np.ndarray, outside: np.ndarray) -> tuple[float, float] | None:
    """Shares refused of `outside` and of `inside`, each question by the threshold that the other folds give."""
    if min(len(inside), len(outside)) < FOLDS:
        return None
    refused: tuple[list[bool], list[bool]] = ([], [])
    for fold in range(FOLDS):
        parts = [np.arange(len(values)) % FOLDS == fold for values in (outside, inside)]
        threshold = _threshold(inside[~parts[1]], outside[~parts[0]])
        for values, part, found in zip((outside, inside), parts, refused, strict=True):
            found += (values[part] <= threshold).tolist()
    return float(np.mean(refused[0])), float(np.mean(refused[1]))
