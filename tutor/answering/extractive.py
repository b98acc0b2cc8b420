"""The embedded answerer: the outline of an answer as Markdown, every sentence of the notes with its citation."""

import re
from collections.abc import Iterator, Mapping, Sequence

from tutor.answering.answer import READ_MORE, Said
from tutor.answering.evidence import Evidence
from tutor.answering.outline import Outline, Paragraph, Part, Table, outline
from tutor.answering.sentences import FORMULA, Sentence
from tutor.corpus import Passage


def written(evidence: Evidence) -> Iterator[str]:
    """The answer as Markdown, sentence by sentence."""
    yield from rendered(outline(evidence), evidence)


def rendered(outlined: Outline, evidence: Evidence) -> Iterator[str]:
    """An outline as Markdown; what may be read besides stands under `READ_MORE`. Marks are numbers of `evidence`."""
    numbers = {passage: n for n, passage in enumerate(evidence.passages, start=1)}
    language = evidence.question.language
    between = "" if language == "zh" else " "
    gap = ""
    for paragraph in outlined.answer:
        if isinstance(paragraph, Table):
            yield gap + _table(paragraph, numbers)
        else:
            yield from _paragraph(paragraph, numbers, gap, between)
        gap = "\n\n"
    if outlined.more:
        yield gap + READ_MORE[language]
    for paragraph in outlined.more:
        yield from _paragraph(paragraph, numbers, gap, between)


def said(outlined: Outline, cited: Sequence[Passage]) -> tuple[Said, ...]:
    """The sentences of an outline with what each rests on, where mark `[n]` cites `cited[n - 1]`."""
    return tuple(_said(part, cited) for part in outlined.parts)


def _said(part: Part, cited: Sequence[Passage]) -> Said:
    if part.passage is not None:
        return Said(part.sentence.text, "cited", cited.index(part.passage) + 1)
    return Said(part.sentence.text, "measured" if part.claim else "connective", claim=part.claim)


def _paragraph(paragraph: Paragraph, numbers: Mapping[Passage, int], gap: str, between: str) -> Iterator[str]:
    """Items of a list stand on lines of their own, and a formula in a paragraph of its own."""
    last: Sentence | None = None
    for part in paragraph:
        sentence = part.sentence
        if last is not None:
            gap = between
            if last.formula:
                gap = ""
            elif sentence.item or last.item:
                gap = "\n" if sentence.item and last.item else "\n\n"
        yield gap + ("- " if sentence.item else "") + _cited(part, numbers)
        last = sentence


def _table(table: Table, numbers: Mapping[Passage, int]) -> str:
    rows = [f"| {label} | {' | '.join(_cell(part, numbers) for part in cells)} |" for label, cells in table.rows]
    head = f"|  | {' | '.join(map(_in_cell, table.columns))} |"
    return "\n".join([head, "|---" * (len(table.columns) + 1) + "|", *rows])


def _cell(part: Part, numbers: Mapping[Passage, int]) -> str:
    return _in_cell(_cited(part, numbers))


def _in_cell(text: str) -> str:
    """A bar would end the cell: in a formula it is written in words, elsewhere escaped."""
    text = FORMULA.sub(lambda formula: formula[0].replace("|", r"\vert "), text)
    return re.sub(r"(?<!\\)\|", r"\\|", text)


def _cited(part: Part, numbers: Mapping[Passage, int]) -> str:
    return part.sentence.text if part.passage is None else part.sentence.cited(numbers[part.passage])
