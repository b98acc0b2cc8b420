"""How well support tells covered questions from others: what would be refused at every threshold."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tutor.evaluating.run import Outcome

POINTS = 101


@dataclass(frozen=True)
class RefusalCurve:
    """Shares refused if a question needed more support than `thresholds[i]` to be answered.

    `separation` is the area under the ROC curve: how often an answerable question has more support than one outside
    the notes. `at` is the threshold in force, None where support alone does not decide on refusal.
    """

    thresholds: tuple[float, ...]
    answerable: tuple[float, ...]
    outside: tuple[float, ...]
    separation: float
    at: float | None


def refusal_curve(outcomes: Sequence[Outcome]) -> RefusalCurve | None:
    """The curve over the questions that stand alone; None unless there are both answerable ones and others."""
    inside, outside = (
        np.sort([each.support for each in outcomes if each.support is not None and verdict in each.scores])
        for verdict in ("answered", "refused")
    )
    if not len(inside) or not len(outside):
        return None
    thresholds = np.linspace(min(inside[0], outside[0]), max(inside[-1], outside[-1]), POINTS)
    below = np.searchsorted(outside, inside, side="left") + np.searchsorted(outside, inside, side="right")
    return RefusalCurve(
        tuple(thresholds.tolist()),
        tuple((np.searchsorted(inside, thresholds, side="right") / len(inside)).tolist()),
        tuple((np.searchsorted(outside, thresholds, side="right") / len(outside)).tolist()),
        float(below.mean() / (2 * len(outside))),
        _threshold(outcomes),
    )


def _threshold(outcomes: Sequence[Outcome]) -> float | None:
    """Between the best supported question that was refused and the least supported that was not."""
    refused = [each.support for each in outcomes if each.refused and each.support is not None]
    answered = [each.support for each in outcomes if not each.refused and each.support is not None]
    if not refused or not answered or max(refused) > min(answered):
        return None
    return (max(refused) + min(answered)) / 2
