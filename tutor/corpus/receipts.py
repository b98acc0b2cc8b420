"""Receipts: what the last verification measured for each claim, `evidence.json` of a corpus.

{"receipts": [{"claim": "dropout-narrows-gap", "demo": "dropout", "effect": 0.11, "ci95": [0.10, 0.12], "minimum": 0.07,
"holds": true, "unit": {"zh": "个百分点", "en": "points", "factor": 100}, "seed": 4711, "seeds": 16, "params": {…},
"control": {"params": {…}, "effect": 0.0, "ci95": [-0.01, 0.01], "holds": false}, "device": "cpu",
"versions": {"torch": "…"}, "date": "2026-11-21", "code": "hash of the code that ran"}]}
"""

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tutor.errors import CorpusError

NAME = "evidence.json"
LIMIT = 2_000_000  # bytes
LONGEST = 200  # characters of a name, a date or a version


@dataclass(frozen=True)
class Measured:
    """The mean effect of a setting over its seeds, its 95 % interval, and whether the claim holds there."""

    params: dict[str, float | str]  # those that are not the demo's defaults
    effect: float
    ci95: tuple[float, float]
    holds: bool


@dataclass(frozen=True)
class Receipt:
    """One claim as it was measured, and its negative control, where it must not hold."""

    claim: str
    demo: str
    measured: Measured
    control: Measured
    minimum: float
    unit: dict[str, str]  # by language
    factor: float  # effects are shown times this
    seed: int
    seeds: int
    device: str
    versions: dict[str, str]
    date: str  # YYYY-MM-DD
    code: str

    @property
    def stands(self) -> bool:
        """Whether the claim held, and failed where it must."""
        return self.measured.holds and not self.control.holds

    def to_json(self) -> dict[str, Any]:
        """The object of `evidence.json`."""
        found = asdict(self)
        measured = found.pop("measured")
        found["unit"] = {**found["unit"], "factor": found.pop("factor")}
        return {**found, **measured}

    @classmethod
    def from_json(cls, row: Mapping[str, Any]) -> "Receipt":
        """What `to_json` made.

        Raises:
            KeyError, TypeError, ValueError: it is something else.
        """
        unit = dict(row["unit"])
        factor = _finite(unit.pop("factor"))
        return cls(
            claim=_text(row["claim"]),
            demo=_text(row["demo"]),
            measured=_measured(row),
            control=_measured(row["control"]),
            minimum=_finite(row["minimum"]),
            unit={language: _text(unit[language]) for language in ("zh", "en")},
            factor=factor,
            seed=int(row["seed"]),
            seeds=int(row["seeds"]),
            device=_text(row["device"]),
            versions={_text(name): _text(version) for name, version in row["versions"].items()},
            date=_text(row["date"]),
            code=_text(row["code"]),
        )


def read_receipts(folder: Path) -> dict[str, Receipt]:
    """The receipts of a corpus folder by claim; none if nothing was verified.

    Raises:
        CorpusError: the file is not what `write_receipts` made.
    """
    path = folder / NAME
    try:
        with path.open("rb") as file:
            content = file.read(LIMIT + 1)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise CorpusError(f"{NAME}: cannot be read: {error.strerror}.") from None
    try:
        if len(content) > LIMIT:
            raise ValueError
        receipts = [Receipt.from_json(row) for row in json.loads(content)["receipts"]]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        raise CorpusError(f"{NAME}: not a list of receipts. Run `tutor verify` to write it anew.") from None
    return {receipt.claim: receipt for receipt in receipts}


def write_receipts(folder: Path, receipts: Mapping[str, Receipt]) -> None:
    """Store receipts in the corpus folder, in the order of demos and claims; raises OSError if it cannot."""
    rows = [receipt.to_json() for receipt in sorted(receipts.values(), key=lambda one: (one.demo, one.claim))]
    text = json.dumps({"receipts": rows}, ensure_ascii=False, indent=1)
    unfinished = folder / f"{NAME}.new"
    unfinished.write_text(text + "\n", encoding="utf-8")
    unfinished.replace(folder / NAME)


def _measured(row: Mapping[str, Any]) -> Measured:
    low, high = row["ci95"]
    params = {
        _text(name): _text(value) if isinstance(value, str) else _finite(value) for name, value in row["params"].items()
    }
    if not isinstance(row["holds"], bool):
        raise TypeError("holds must be true or false")
    return Measured(params, _finite(row["effect"]), (_finite(low), _finite(high)), row["holds"])


def _finite(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("not a finite number")
    return float(value)


def _text(value: Any) -> str:
    if not isinstance(value, str) or len(value) > LONGEST:
        raise ValueError("not a short text")
    return value
