"""What a demo claims, and whether a run bears it out.

Every effect is measured so that the claim says "more than `minimum`": where the claim is that something
shrinks, the effect is control minus arm. The claim holds only if the whole interval lies above the minimum.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from demos.kit.statistics import Interval, interval
from demos.kit.text import Text


@dataclass(frozen=True)
class Unit:
    """How an effect is shown to people: multiplied by `factor` and followed by `name`."""

    name: Text
    factor: float = 1.0
    decimals: int = 2


POINTS = Unit(Text("个百分点", "points"), factor=100, decimals=1)  # of differences between shares
PERCENT = Unit(Text("%", "%"), factor=100, decimals=1)  # of ratios
DECADES, ORDERS = Unit(Text("个数量级", "decades")), Unit(Text("个数量级", "orders of magnitude"))  # of log10


@dataclass(frozen=True)
class Claim:
    """A statement fixed before the run.

    `metric` names what is compared, arm against control. `measured` says the outcome in a sentence with a
    field {effect}. `negative_control` holds parameters under which the claim must *not* hold.
    """

    id: str
    text: Text
    metric: str
    measured: Text
    minimum: float
    negative_control: Mapping[str, Any]
    unit: Unit = POINTS


@dataclass(frozen=True)
class Finding:
    """What one run says about one claim: the effect of each seed and their interval."""

    claim: Claim
    effects: tuple[float, ...]
    interval: Interval

    @property
    def holds(self) -> bool:
        return self.interval.low > self.claim.minimum

    @property
    def sentence(self) -> Text:
        """The measured numbers in plain words."""
        unit, found = self.claim.unit, self.interval
        low, mean, high, least = (
            f"{value * unit.factor:+.{unit.decimals}f}"
            for value in (found.low, found.mean, found.high, self.claim.minimum)
        )
        measured = self.claim.measured.format(effect=Text(f"{mean} {unit.name.zh}", f"{mean} {unit.name.en}"))
        ending = (
            Text(
                "整个区间高于事先定下的 {least}，论断成立",
                "all of it above the {least} fixed beforehand, so the claim holds",
            )
            if self.holds
            else Text(
                "区间没有整个高于事先定下的 {least}，论断不成立",
                "not all of it above the {least} fixed beforehand, so the claim does not hold",
            )
        ).format(least=least)
        return Text(
            f"{measured.zh}（95% 区间 {low} 到 {high}，{len(self.effects)} 个种子）；{ending.zh}。",
            f"{measured.en} (95% interval {low} to {high}, {len(self.effects)} seeds): {ending.en}.",
        )

    def to_json(self) -> dict[str, Any]:
        found = self.interval
        return {
            "id": self.claim.id,
            "text": self.claim.text.to_json(),
            "metric": self.claim.metric,
            "effect": found.mean,
            "ci95": [found.low, found.high],
            "minimum": self.claim.minimum,
            "holds": self.holds,
            "effects": list(self.effects),
            "sentence": self.sentence.to_json(),
            "unit": {**self.claim.unit.name.to_json(), "factor": self.claim.unit.factor},
            "negative_control": dict(self.claim.negative_control),
        }


def judge(claim: Claim, effects: Sequence[float] | np.ndarray) -> Finding:
    """Compare paired effects, one per seed, with what was claimed."""
    values = tuple(float(value) for value in effects)
    return Finding(claim, values, interval(values))


def setting(**parameters: Any) -> Mapping[str, Any]:
    """Parameters that cannot be changed by accident."""
    return MappingProxyType(parameters)
