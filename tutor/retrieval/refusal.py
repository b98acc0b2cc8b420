"""Refusal, decided before anything is answered: is the question about what the notes cover?

A question is answered when its support, the evidence that some passage is about it, reaches a threshold.
The threshold is calibrated on labelled questions that come with the corpus and is stored with the index;
thresholds do not transfer between corpora.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# For a corpus without labelled questions: near what calibration gives for the shipped notes.
DEFAULT_THRESHOLD = 0.5
# Against 1 for an answer that should have been a refusal: about three of four questions of a class are about
# its subject, and the thresholds of one author's questions refuse more of another's.
FALSE_REFUSAL_COST = 3.0


@dataclass(frozen=True)
class Refusal:
    """Questions with less support than `threshold` are refused."""

    threshold: float = DEFAULT_THRESHOLD
    answerable: int = 0  # labelled questions behind the threshold
    unanswerable: int = 0

    def applies(self, support: float) -> bool:
        """Whether a question of this support is refused."""
        return support < self.threshold


def calibrate(answerable: Sequence[float], unanswerable: Sequence[float]) -> Refusal:
    """The threshold with the smallest weighted sum of both error rates, halfway between the supports around it.

    Rates, not counts, so that the mix of the labelled questions does not matter.
    """
    if not answerable or not unanswerable:
        return Refusal()
    inside, outside = np.sort(answerable), np.sort(unanswerable)
    edges = np.unique(np.concatenate([inside, outside]))
    candidates = (edges[1:] + edges[:-1]) / 2 if len(edges) > 1 else edges
    false_refusals = np.searchsorted(inside, candidates) / len(inside)
    false_answers = 1 - np.searchsorted(outside, candidates) / len(outside)
    cost = FALSE_REFUSAL_COST * false_refusals + false_answers
    best = np.flatnonzero(cost <= cost.min() + 1e-9)
    return Refusal(float(candidates[best[len(best) // 2]]), len(inside), len(outside))
