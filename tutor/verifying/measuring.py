"""Runs one demo for its receipts: at its defaults, and at the negative control of each claim."""

import datetime
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from demos import kit
from tutor.corpus.receipts import Measured, Receipt

Events = Iterable[dict[str, Any]]
Follow = Callable[[Events, str], Events]  # passes events on and shows the progress of what has this title


def receipts_of(slug: str, seed: int, seeds: int, device: str, follow: Follow) -> list[Receipt]:
    """Receipts of all claims of a demo from base seed `seed`; controls run on the seeds after it.

    Raises DemoError for a device that is not there.
    """
    result = _run(slug, {"seed": seed}, seeds, device, follow)
    controls: dict[str, dict[str, Any]] = {}
    receipts = []
    for claim in result["claims"]:
        params = claim["negative_control"]
        key = repr(sorted(params.items()))
        if key not in controls:
            controls[key] = _run(slug, {**params, "seed": seed + seeds}, seeds, device, follow)
        control = next(other for other in controls[key]["claims"] if other["id"] == claim["id"])
        receipts.append(_receipt(slug, claim, result, _measured(control, params), seed))
    return receipts


def _run(slug: str, params: Mapping[str, Any], seeds: int, device: str, follow: Follow) -> dict[str, Any]:
    changed = ", ".join(f"{name} {value}" for name, value in params.items() if name != "seed")
    title = f"{slug}, {changed}" if changed else slug
    *_, result = follow(kit.run(slug, params, seeds=seeds, device=device), title)
    return result


def _receipt(slug: str, claim: Mapping[str, Any], result: Mapping[str, Any], control: Measured, seed: int) -> Receipt:
    unit = dict(claim["unit"])
    factor = unit.pop("factor")
    return Receipt(
        claim=claim["id"],
        demo=slug,
        measured=_measured(claim, {}),
        control=control,
        minimum=claim["minimum"],
        unit=unit,
        factor=factor,
        seed=seed,
        seeds=result["seeds"],
        device=result["device"],
        versions={name: version for name, version in result["versions"].items() if version},
        date=datetime.date.today().isoformat(),
        code=kit.code_hash(slug),
    )


def _measured(claim: Mapping[str, Any], params: Mapping[str, Any]) -> Measured:
    low, high = claim["ci95"]
    return Measured(dict(params), claim["effect"], (low, high), claim["holds"])
