"""`tutor verify`: run the claims, print what came out, keep the receipts."""

import secrets
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from demos import kit
from tutor.corpus.receipts import Receipt, read_receipts, write_receipts
from tutor.errors import CorpusError
from tutor.verifying.measuring import Follow, receipts_of

SEEDS, QUICK_SEEDS = 16, 8
NEVER_USED = 1_000_000  # settings and minimums were chosen on lower base seeds


@dataclass(frozen=True)
class Options:
    """What to verify: `demos` by slug (none: all) from a base `seed` (None: a new one).

    `quick` takes fewer seeds, and all of them only for a demo that fails on those: with few seeds an interval is so
    wide that chance alone fails some true claim in most runs.
    """

    demos: Sequence[str]
    folder: Path  # of the corpus that keeps the receipts
    quick: bool = False
    seed: int | None = None
    device: str = "cpu"


def verify(options: Options, follow: Follow) -> int:
    """Run the claims and print a line for each; 1 if one does not hold, or holds where it must not.

    A receipt of the same code that rests on more seeds is kept. Claims that no demo has any more lose theirs.

    Raises:
        UnknownDemo, DemoError: a demo or the device is not there.
        CorpusError: the receipts cannot be stored.
    """
    slugs = [kit.load(name).slug for name in options.demos] or list(kit.names())
    seed = NEVER_USED + secrets.randbelow(2**30) if options.seed is None else options.seed
    seeds = QUICK_SEEDS if options.quick else SEEDS
    kept = _known(options.folder)
    print(f"Base seed {seed}, {seeds} seeds for each claim and for its negative control.")
    failed = 0
    for slug in slugs:
        receipts = receipts_of(slug, seed, seeds, options.device, follow)
        if options.quick and not all(receipt.stands for receipt in receipts):
            _print(receipts)
            print(f"{slug} may have failed by chance: once more, on {SEEDS} other seeds, which decide.", flush=True)
            receipts = receipts_of(slug, seed + 2 * seeds, SEEDS, options.device, follow)
        _print(receipts)
        for receipt in receipts:
            failed += not receipt.stands
            before = kept.get(receipt.claim)
            if before is None or before.code != receipt.code or before.seeds <= receipt.seeds or not receipt.stands:
                kept[receipt.claim] = receipt
        _store(options.folder, kept)
    count = f"{failed} of the claims above fail" if failed else "Every claim holds, and fails where it must"
    print(f"{count}. The receipts are in {options.folder / 'evidence.json'}.")
    return int(failed > 0)


def _print(receipts: Sequence[Receipt]) -> None:
    for receipt in receipts:
        print(line(receipt), flush=True)


def line(receipt: Receipt) -> str:
    """One claim in a line: the verdict, the effect, and what the negative control gave."""
    verdict = "holds" if receipt.measured.holds else "DOES NOT HOLD"
    control = "HOLDS TOO" if receipt.control.holds else "does not"
    where = ", ".join(f"{name} {value}" for name, value in receipt.control.params.items())
    return (
        f"{receipt.claim}: {verdict}, {_effect(receipt, receipt.measured.effect, receipt.measured.ci95)}, more than "
        f"{receipt.minimum * receipt.factor:g} claimed; at {where} it {control}, "
        f"{_effect(receipt, receipt.control.effect, receipt.control.ci95)}"
    )


def _effect(receipt: Receipt, effect: float, ci95: tuple[float, float]) -> str:
    mean, low, high = (f"{value * receipt.factor:+.3g}" for value in (effect, *ci95))
    return f"{mean} {receipt.unit['en']} [{low}, {high}]"


def _known(folder: Path) -> dict[str, Receipt]:
    """The receipts so far, of claims that still exist."""
    claims = {claim["id"] for entry in kit.catalogue() for claim in entry["claims"]}
    try:
        return {claim: receipt for claim, receipt in read_receipts(folder).items() if claim in claims}
    except CorpusError as error:
        print(f"tutor: {error} It is written anew.", file=sys.stderr)
        return {}


def _store(folder: Path, receipts: dict[str, Receipt]) -> None:
    try:
        write_receipts(folder, receipts)
    except OSError as error:
        raise CorpusError(f"{folder / 'evidence.json'} cannot be written: {error.strerror}.") from None
