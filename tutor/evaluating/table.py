"""An evaluation in the terminal: scores with interval and change, by language, kind and concept, and the misses."""

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tutor.evaluating import wording
from tutor.evaluating.summary import GAP, GUARDED, HEADLINE, METRICS, Group, Miss, Summary

COLUMNS = (*HEADLINE, "must", "demo", "direct", "nDCG@10")  # of the breakdowns
WITH_INTERVAL = ("concept@1", "refused")  # more would not fit; the page and the JSON object hold all of them
MISSES = 40  # rows; the page and the JSON object hold all of them


def print_summary(summary: Summary, console: Console) -> None:
    """Print an evaluation for a person to read; plain text when the console is no terminal."""
    console.print(Text(wording.heading(summary)), Text("\n" + wording.compared(summary.before), style="dim"))
    console.print(_overall(summary))
    for name, groups in (
        ("language", summary.languages),
        ("kind", summary.kinds),
        ("concept", summary.concepts),
    ):
        console.print(_breakdown(name, groups))
    if summary.misses:
        console.print(_misses(summary.misses))
    if len(summary.misses) > MISSES:
        console.print(f"… and {len(summary.misses) - MISSES} more: --html FILE or --json lists them all.")
    if said := wording.spreads(summary):
        console.print(said)
    if summary.curve:
        console.print(f"Support separates covered questions from others in {summary.curve.separation:.1%} of pairs.")
    if said := wording.verdict(summary):
        console.print(Text(said, style="bold red" if summary.fallen else "green"))


def _overall(summary: Summary) -> Table:
    table = Table(title="Scores", title_justify="left", box=None, pad_edge=False)
    for name in ("score", "now", "95% interval", "questions", "change"):
        table.add_column(name, justify="left" if name in ("score", "change") else "right")
    for metric in METRICS:
        if score := summary.overall.get(metric):
            table.add_row(
                Text(metric, style="bold" if metric in GUARDED else ""),
                wording.share(score.now.value),
                wording.interval(score.now),
                str(score.now.questions),
                Text(wording.change(score), style="red" if metric in summary.fallen else ""),
            )
    return table


def _breakdown(name: str, groups: Mapping[str, Group]) -> Table:
    shown = [metric for metric in COLUMNS if any(metric in group for group in groups.values())]
    table = Table(title=f"\nBy {name}", title_justify="left", box=None, pad_edge=False)
    table.add_column(name)
    table.add_column("questions", justify="right")
    for metric in shown:
        table.add_column(metric, justify="right")
    for label, group in groups.items():
        questions = group.get("answered") or group.get("refused") or next(iter(group.values()), None)
        table.add_row(
            Text(wording.printable("zh − en" if label == GAP else label)),
            str(questions.now.questions) if questions else "",
            *(_cell(metric, group) for metric in shown),
        )
    return table


def _cell(metric: str, group: Group) -> str:
    if metric not in group:
        return ""
    now = group[metric].now
    return wording.share(now.value) + (f"  {wording.interval(now)}" if metric in WITH_INTERVAL else "")


def _misses(misses: tuple[Miss, ...]) -> Table:
    table = Table(title="\nMisses", title_justify="left", box=None, pad_edge=False)
    for name in ("failed", "question", "expected", "got"):
        table.add_column(name, overflow="fold")
    for miss in misses[:MISSES]:
        failed = ", ".join(miss.failed)
        table.add_row(
            Text(f"new: {failed}" if miss.new else failed, style="red" if miss.new else ""),
            Text(wording.asked(miss.outcome)),
            Text(wording.expected(miss.outcome)),
            Text(wording.got(miss.outcome)),
        )
    return table
