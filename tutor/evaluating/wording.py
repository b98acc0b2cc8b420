"""Scores and texts as people read them, in the terminal and on the page."""

from tutor.evaluating.bootstrap import Estimate
from tutor.evaluating.run import Outcome, Scores
from tutor.evaluating.summary import Score, Summary

SHOWN = 160  # characters of a question


def printable(text: str) -> str:
    """A text without control characters, which could steer a terminal or reverse a line; shortened."""
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def share(value: float) -> str:
    """`0.934`"""
    return f"{value:.3f}".replace("-", "−")


def interval(estimate: Estimate) -> str:
    """`0.912 to 0.951`"""
    return f"{share(estimate.low)} to {share(estimate.high)}"


def signed(estimate: Estimate) -> str:
    """`+0.012 (−0.004 to +0.028)`, a difference with its interval."""
    value, low, high = (f"{number:+.3f}".replace("-", "−") for number in (estimate.value, estimate.low, estimate.high))
    return f"{value} ({low} to {high})"


def change(score: Score) -> str:
    """The change of a score, and over how many questions if not over all; "" if there is nothing to compare with."""
    if score.change is None:
        return ""
    pairs = f" on {score.change.questions}" if score.change.questions != score.now.questions else ""
    unchanged = score.change.low == score.change.high == 0
    return ("none" if unchanged else signed(score.change)) + pairs


def asked(outcome: Outcome) -> str:
    """The question, after the one that it follows up."""
    earlier = f"{outcome.row.history[-1]} → " if outcome.row.history else ""
    return printable(earlier + outcome.row.question)


def expected(outcome: Outcome) -> str:
    """What should have come out."""
    if outcome.row.refuse:
        return "a refusal"
    demos = f" · demo {outcome.row.demo}" if outcome.row.demo else ""
    params = "".join(
        f" {name}={value:g}" if isinstance(value, float) else f" {name}={value}" for name, value in outcome.row.params
    )
    return printable((" or ".join(outcome.expected) or "nothing harmful") + demos + params)


def got(outcome: Outcome) -> str:
    """What came out."""
    if outcome.refused:
        return "a refusal"
    return printable((", ".join(outcome.cited) or "no citation") + (f" · demo {outcome.demo}" if outcome.demo else ""))


def when(made: str) -> str:
    """`2026-11-20 08:00 UTC`"""
    return f"{made[:16].replace('T', ' ')} UTC"


def heading(summary: Summary) -> str:
    """What was asked, of what."""
    run = summary.run
    left_out = f" ({run.left_out} left out: no note on them)" if run.left_out else ""
    return f"{len(run.outcomes)} questions{left_out} · {run.notes} concepts · answers: {printable(run.model)}"


def compared(before: Scores | None) -> str:
    """What the changes refer to."""
    if before is None:
        return "There is no earlier run to compare with."
    return printable(
        f"Compared with the run of {when(before.made)} ({before.notes} concepts, answers: {before.model})."
    )


def verdict(summary: Summary) -> str:
    """Whether a guarded score fell."""
    if summary.fallen:
        return f"Fell beyond noise: {', '.join(summary.fallen)}."
    return "No guarded score fell beyond noise." if summary.before else ""


def spreads(summary: Summary) -> str:
    """How long answers are, and how long they take."""
    lengths = [
        f"{language}: {each.p50:.0f} {'characters' if language == 'zh' else 'words'}, {each.p95:.0f} at the 95th"
        for language, each in summary.lengths.items()
    ]
    took = summary.seconds
    seconds = [f"seconds: {took.p50:.3f}, {took.p99:.3f} at the 99th"] if took else []
    return f"Median answer and percentile: {'; '.join([*lengths, *seconds])}." if seconds else ""
