"""Passages: the pieces of a note that are retrieved, quoted and highlighted.

A passage is a section or a contiguous part of one. Its text is a slice of the note's lines, so a quote
is verbatim by construction; formulas, code and tables are never cut.
"""

import re
from dataclasses import dataclass

from tutor.corpus.kinds import SectionKind
from tutor.corpus.notes import Block, Language, Note, Section

# About what the encoder reads in one piece (256 tokens); Chinese says the same in fewer characters.
TARGET_CHARACTERS: dict[Language, int] = {"en": 900, "zh": 380}

_BELIEF = re.compile(r"^[ \t]*(?:[-*+]|\d{1,3}[.)])[ \t]+[“\"]([^”\"]+)[”\"]", re.MULTILINE)
_SELF_TEST = re.compile(r"\s*(?:[-*+]|\d+[.)])\s+Q[:：](.*?)(?:\s[Aa][:：]|\Z)", re.DOTALL)


@dataclass(frozen=True)
class Passage:
    """`text` is exactly lines `start_line` to `end_line` (from 1, inclusive) of the note's file."""

    note: str
    language: Language
    title: str
    section: str
    section_number: int
    kind: SectionKind
    start_line: int
    end_line: int
    text: str

    @property
    def asks(self) -> str:
        """The question of an item of a self-test; "" if the passage is none."""
        item = _SELF_TEST.match(self.text) if self.kind == "check" else None
        return " ".join(item[1].split()) if item else ""

    @property
    def posed(self) -> tuple[str, ...]:
        """What a student may say and is answered here: the question of a self-test, the quoted beliefs of mistakes."""
        if self.kind == "pitfalls":
            return tuple(" ".join(belief.split()) for belief in _BELIEF.findall(self.text))
        return (self.asks,) if self.asks else ()


def passages_of(note: Note) -> list[Passage]:
    """Cut a note into passages, section by section."""
    passages = []
    for number, section in enumerate(note.sections):
        for start, end in _spans(note, section):
            text = note.lines(start, end)
            passages.append(
                Passage(
                    note=note.slug,
                    language=note.language,
                    title=note.title,
                    section=section.heading,
                    section_number=number,
                    kind=section.kind,
                    start_line=start,
                    end_line=end,
                    text=text,
                )
            )
    return passages


def _spans(note: Note, section: Section) -> list[tuple[int, int]]:
    """Line spans of the passages of a section: neighbouring blocks joined up to the target length.

    A formula stays with the text before it. A block that something hidden (an ask block, a claim)
    separates from the one before starts a new passage, or the quote would show it; so does each item of
    a self-test.
    """
    target = TARGET_CHARACTERS[note.language]
    spans: list[list[int]] = []
    for block in _finest(note, section):
        adjoins = spans and not note.lines(spans[-1][1] + 1, block.start_line - 1).strip()
        if adjoins and block.type != "item":
            length = len(note.lines(spans[-1][0], spans[-1][1]))
            if block.type == "math" or length + len(note.lines(block.start_line, block.end_line)) <= target:
                spans[-1][1] = block.end_line
                continue
        spans.append([block.start_line, block.end_line])
    return [(start, end) for start, end in spans]


def _finest(note: Note, section: Section) -> list[Block]:
    """The blocks of a section; in a self-test each question with its answer counts as one."""
    if section.kind != "check":
        return list(section.blocks)
    blocks: list[Block] = []
    for block in section.blocks:
        if block.type != "list":
            blocks.append(block)
            continue
        starts = [
            line
            for line in range(block.start_line, block.end_line + 1)
            if note.lines(line, line).startswith(("- ", "* ", "+ "))
        ] or [block.start_line]
        ends = [start - 1 for start in starts[1:]] + [block.end_line]
        blocks += [Block("item", start, end) for start, end in zip(starts, ends, strict=True)]
    return blocks
