"""Refusal, decided before anything is answered: is the question about what the notes cover?

A question is answered when its support, the evidence that some passage is about it, reaches a threshold.
The threshold is calibrated on labelled questions that come with the corpus and is stored with the index;
thresholds do not transfer between corpora.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

# For a corpus without labelled questions: near what calibration gives for the shipped notes.
DEFAULT_THRESHOLD = 0.48
# Of the labelled questions outside the notes, so many are refused and no more: the same threshold wrongly refuses
# more of the next author's questions than of those that it was set on, so it is kept as low as this allows.
REFUSED = 0.87


@dataclass(frozen=True)
class Refusal:
    """Questions with no more support than `threshold` are refused."""

    threshold: float = DEFAULT_THRESHOLD
    answerable: int = 0  # labelled questions behind the threshold
    unanswerable: int = 0

    def applies(self, support: float) -> bool:
        """Whether a question of this support is refused."""
        return support <= self.threshold


def calibrate(answerable: Sequence[float], unanswerable: Sequence[float]) -> Refusal:
    """The threshold that refuses the share REFUSED of unanswerable questions, or the default if there are none.

    A quantile, because the threshold of least cost jumps about with small changes of the notes. Where answerable
    questions lie lower still, at most one in ten of them is refused.
    """
    if not answerable or not unanswerable:
        return Refusal()
    threshold = min(float(np.quantile(unanswerable, REFUSED)), float(np.quantile(answerable, 0.1)))
    return Refusal(threshold, len(answerable), len(unanswerable))
