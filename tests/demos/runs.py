"""Runs that several tests look at, each made once."""

from functools import lru_cache
from typing import Any

from demos import kit

# Far from the base seeds with which settings and minimums were chosen (0 to 1,100).
FRESH_SEED = 500_000

TINY = {"seeds": 2, "epochs": 2, "train_size": 60, "width": 6, "depth": 3, "condition": 10.0, "length": 5, "steps": 4}


def tiny(slug: str, **params: Any) -> dict[str, Any]:
    """Parameters of this demo that make a run of a fraction of a second."""
    known = kit.check(slug, {})
    return {**{name: value for name, value in TINY.items() if name in known}, **params}


def events(slug: str, **params: Any) -> list[dict[str, Any]]:
    """Every frame and the result of a tiny run, without what differs by nature: the time taken."""
    found = list(kit.run(slug, tiny(slug, **params), device="cpu", every=0))
    return [{key: value for key, value in event.items() if key != "seconds"} for event in found]


@lru_cache
def claims(slug: str, **params: Any) -> dict[str, dict[str, Any]]:
    """The claims of a full run, by id."""
    result = list(kit.run(slug, {"seed": FRESH_SEED, **params}, device="cpu"))[-1]
    return {claim["id"]: claim for claim in result["claims"]}
