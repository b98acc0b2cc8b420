"""What was measured for a claim, in HTML: where a note makes it, and under an answer that offers its experiment."""

import html
from collections.abc import Mapping

from demos import kit
from tutor.corpus.receipts import Receipt
from tutor.verifying import state_of
from tutor.web.links import lab_link
from tutor.web.wording import Language, say

Receipts = Mapping[str, Receipt]


def receipt_box(claim: str, receipts: Receipts, language: Language) -> str:
    """A claim of a note with what was measured and the way to measure it again; nothing if no demo has the claim."""
    demo = _demo_of(claim)
    if demo is None:
        return ""
    entry = kit.entry(demo)
    text = next(row["text"][language] for row in entry["claims"] if row["id"] == claim)
    state, label = state_of(claim, receipts), say("measured claim", language)
    run = f'<a target="_top" href="{html.escape(lab_link(demo, {}))}">{say("run it yourself", language)}</a>'
    return (
        f'<aside class="receipt {state}"><p><strong>{label}</strong> {html.escape(text)}</p>'
        f"<p>{html.escape(_found(claim, receipts, language))} {run}</p></aside>"
    )


def receipt_lines(demo: str, receipts: Receipts, language: Language) -> str:
    """The claims of a demo, a line each with what was measured, folded under the button that runs it."""
    rows = "".join(
        f'<li class="{state_of(row["id"], receipts)}">{html.escape(row["text"][language])} '
        f"<span>{html.escape(_found(row['id'], receipts, language))}</span></li>"
        for row in kit.entry(demo)["claims"]
    )
    label = say("claims tested", language, n=rows.count("<li"))
    return (
        f'<details class="tested"><summary>{label}</summary><ul class="receipts">{rows}</ul></details>' if rows else ""
    )


def doubtful(demo: str, receipts: Receipts) -> bool:
    """Whether a claim of a demo failed when it was last verified."""
    return any(state_of(row["id"], receipts) == "fails" for row in kit.entry(demo)["claims"])


def _found(claim: str, receipts: Receipts, language: Language) -> str:
    state = state_of(claim, receipts)
    if state == "unmeasured":
        return say("receipt none", language)
    receipt = receipts[claim]
    mean, low, high = (f"{value * receipt.factor:+.3g}" for value in (receipt.measured.effect, *receipt.measured.ci95))
    said = say(
        "receipt", language, effect=f"{mean} {receipt.unit[language]}", low=low, high=high, seeds=receipt.seeds,
        device=receipt.device.upper(), date=receipt.date,
    )  # fmt: skip
    return said if state == "stands" else f"{said} {say(f'receipt {state}', language)}"


def _demo_of(claim: str) -> str | None:
    return next((slug for slug in kit.names() if any(made.id == claim for made in kit.load(slug).claims)), None)
