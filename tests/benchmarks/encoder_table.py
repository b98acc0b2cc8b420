"""Figures of the methods that encoders.py compares, and the table of them. Aggregates only, no single question."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tutor.evaluating.bootstrap import Estimate, estimate

RESAMPLES = 10_000
COLUMNS = (
    "method", "concept@1 [95 %]", "less ours, fused", "zh", "en", "zh→en", "en→zh", "@3", "AUROC", "ms", "MB"
)  # fmt: skip


@dataclass(frozen=True)
class Outcomes:
    """What one method did with the same questions, in the same order; bool or float, (questions,)."""

    first: np.ndarray  # an expected note came first
    third: np.ndarray  # an expected note was among the three first
    chinese: np.ndarray  # the question is in Chinese
    zh_to_en: np.ndarray  # as `first`, Chinese questions, English texts only: (Chinese questions,)
    en_to_zh: np.ndarray
    support: np.ndarray
    outside: np.ndarray  # support of questions that no note answers: (refusals,)


@dataclass(frozen=True)
class Row:
    """A method's line in the table. Shares from 0 to 1; None where there is nothing to measure."""

    group: str
    method: str
    note: str = ""  # why there are no figures
    first: Estimate | None = None
    behind: Estimate | None = None  # less the reference, question by question
    zh: float | None = None
    en: float | None = None
    zh_to_en: float | None = None
    en_to_zh: float | None = None
    third: float | None = None
    auroc: float | None = None
    milliseconds: float | None = None  # processor time of encoding a question, median
    megabytes: float | None = None  # of the encoder on disk


def figures(
    row: Row, outcomes: Outcomes, reference: Outcomes | None, generator: Callable[[], np.random.Generator]
) -> Row:
    """`row` with the shares of `outcomes`; intervals by bootstrap over questions, those of the difference paired."""
    behind = None
    if reference and reference is not outcomes:
        behind = estimate(outcomes.first.astype(float) - reference.first, generator(), RESAMPLES)
    return Row(
        group=row.group,
        method=row.method,
        first=estimate(outcomes.first, generator(), RESAMPLES),
        behind=behind,
        zh=_mean(outcomes.first[outcomes.chinese]),
        en=_mean(outcomes.first[~outcomes.chinese]),
        zh_to_en=_mean(outcomes.zh_to_en),
        en_to_zh=_mean(outcomes.en_to_zh),
        third=_mean(outcomes.third),
        auroc=_auroc(outcomes.support, outcomes.outside),
        milliseconds=row.milliseconds,
        megabytes=row.megabytes,
    )


def markdown(rows: Sequence[Row]) -> str:
    """The table as Markdown, its columns aligned so that it can be read in a terminal, too."""
    lines: list[list[str]] = [[*COLUMNS]]
    group = ""
    for row in rows:
        if row.group != group:
            group = row.group
            lines.append([f"*{group}*"] + [""] * (len(COLUMNS) - 1))
        lines.append(_cells(row))
    widths = [max(len(line[k]) for line in lines) for k in range(len(COLUMNS))]
    rule = ["-" * width if k == 0 else "-" * (width - 1) + ":" for k, width in enumerate(widths)]
    lines.insert(1, rule)
    aligned = (
        [
            cell.ljust(width) if k == 0 else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        for line in lines
    )
    return "\n".join(f"| {' | '.join(line)} |" for line in aligned)


def _cells(row: Row) -> list[str]:
    if row.first is None:
        return [row.method, row.note] + [""] * (len(COLUMNS) - 2)
    behind = row.behind
    return [
        row.method,
        f"{_share(row.first.value)} [{_share(row.first.low)}, {_share(row.first.high)}]",
        f"{behind.value:+.3f} [{behind.low:+.3f}, {behind.high:+.3f}]" if behind else "",
        *map(_share, (row.zh, row.en, row.zh_to_en, row.en_to_zh, row.third, row.auroc)),
        "" if row.milliseconds is None else f"{row.milliseconds:.2f}",
        "" if row.megabytes is None else f"{row.megabytes:.1f}",
    ]


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}".removeprefix("0")


def _mean(values: np.ndarray) -> float | None:
    return float(values.mean()) if len(values) else None


def _auroc(inside: np.ndarray, outside: np.ndarray) -> float | None:
    """How often an answerable question has more support than one outside; ties count half."""
    if not len(inside) or not len(outside):
        return None
    above = (inside[:, None] > outside).mean() + (inside[:, None] == outside).mean() / 2
    return float(above)
