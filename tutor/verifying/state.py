"""What a claim's receipt is worth today."""

from collections.abc import Mapping
from typing import Literal

from demos import kit
from tutor.corpus.receipts import Receipt

State = Literal["unmeasured", "stale", "stands", "fails"]


def state_of(claim: str, receipts: Mapping[str, Receipt]) -> State:
    """Whether a claim was measured, by the code that is there now, and what came of it."""
    receipt = receipts.get(claim)
    if receipt is None or receipt.demo not in kit.names():
        return "unmeasured"
    if receipt.code != kit.code_hash(receipt.demo):
        return "stale"
    return "stands" if receipt.stands else "fails"
