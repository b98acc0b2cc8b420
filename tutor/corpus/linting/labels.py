"""What is wrong with questions.yaml, outsiders.txt and glossary.yaml: rows name notes and demos that must exist."""

import re
from collections import Counter
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

import yaml

from tutor.corpus import outsiders
from tutor.corpus.glossary import Term, read_glossary
from tutor.corpus.linting.demos import Demos
from tutor.corpus.linting.finding import Finding, listed, shown
from tutor.corpus.linting.repetition import normal
from tutor.corpus.outsiders import read_outsiders
from tutor.corpus.plain_yaml import DEEPEST, LOADER
from tutor.corpus.questions import LabelledQuestion, read_questions
from tutor.corpus.reading import Corpus
from tutor.errors import CorpusError

_ROW = re.compile(r", row (\d+)|: term (\d+)")


def label_findings(corpus: Corpus, demos: Demos) -> Iterator[Finding]:
    """Rows that cannot be read, name what does not exist, or stand twice."""
    slugs = frozenset(note.slug for note in corpus.notes)
    questions: tuple[LabelledQuestion, ...] = ()
    lines = row_lines(corpus.folder / "questions.yaml")
    try:
        questions = read_questions(corpus.folder)
        yield from _questions(questions, lines, slugs, demos)
    except CorpusError as error:
        yield _unreadable(corpus.folder, "questions.yaml", str(error))
    try:
        yield from _outsiders(
            read_outsiders(corpus.folder), dict(zip((row.question for row in questions), lines, strict=False))
        )
    except CorpusError as error:
        yield _unreadable(corpus.folder, outsiders.NAME, str(error))
    try:
        terms = read_glossary(corpus.folder)
        yield from _terms(terms, row_lines(corpus.folder / "glossary.yaml"), slugs)
    except CorpusError as error:
        yield _unreadable(corpus.folder, "glossary.yaml", str(error))


def row_lines(path: Path) -> list[int]:
    """The line, from 1, of each row of a YAML list; as many as can be told of a file that is not well-formed."""
    lines: list[int] = []
    depth = 0
    try:
        with path.open("rb") as file:
            for event in yaml.parse(file, Loader=LOADER):
                if depth == 1 and isinstance(event, yaml.NodeEvent):
                    lines.append(event.start_mark.line + 1)
                depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
                if depth > DEEPEST:
                    break
    except (OSError, ValueError, yaml.YAMLError):
        pass
    return lines


def _unreadable(folder: Path, name: str, message: str) -> Finding:
    """The finding for a file that was refused; `message` may name a line, or a row that stands on one."""
    said = message.removeprefix(name)
    number, _, rest = said.removeprefix(":").partition(":")
    if said.startswith(":") and number.isdigit():
        return Finding(name, int(number), "error", rest.strip())
    line = 0
    if row := _ROW.match(said):
        lines, place = row_lines(folder / name), int(row[1] or row[2])
        line = lines[place - 1] if place <= len(lines) else 0
    return Finding(name, line, "error", said.lstrip(":, "))


def _questions(
    questions: tuple[LabelledQuestion, ...], lines: list[int], slugs: frozenset[str], demos: Demos
) -> Iterator[Finding]:
    waiting: Counter[str] = Counter()
    first_waiting: dict[str, int] = {}
    asked: dict[tuple[str, ...], int] = {}
    for row, line in zip(questions, lines, strict=True):
        if unknown := [slug for slug in row.notes if slug not in slugs]:
            yield _unknown_notes("questions.yaml", line, unknown)
        same = asked.setdefault((*map(normal, row.history), normal(row.question)), line)
        if same != line:
            message = f"question {shown(row.question)} also stands on line {same}: take one out."
            yield Finding("questions.yaml", line, "warning", message)
        for demo in dict.fromkeys(filter(None, (row.demo, *row.other_demos))):
            if demo in demos.claims:
                fault = demos.refusal(demo, dict(row.params)) if demo == row.demo and row.params else ""
                if fault:
                    yield Finding("questions.yaml", line, "error", f"demo {demo!r} does not accept its params: {fault}")
            elif meant := get_close_matches(demo[:60], demos.claims, n=1, cutoff=0.85):
                yield Finding("questions.yaml", line, "error", f"no demo {shown(demo)}: is {meant[0]!r} meant?")
            else:
                waiting[demo] += 1
                first_waiting.setdefault(demo, line)
    for demo, count in waiting.items():
        message = f"{count} question{'s wait' if count > 1 else ' waits'} for demo {shown(demo)}, which does not exist."
        yield Finding("questions.yaml", first_waiting[demo], "warning", message)


def _outsiders(found: dict[str, int], labelled: dict[str, int]) -> Iterator[Finding]:
    for question, line in found.items():
        if question in labelled:
            message = (
                f"question {shown(question)} also stands in questions.yaml, line {labelled[question]}, where it tests "
                "the refusal: take it out of one of them."
            )
            yield Finding(outsiders.NAME, line, "warning", message)


def _terms(terms: tuple[Term, ...], lines: list[int], slugs: frozenset[str]) -> Iterator[Finding]:
    owners: dict[str, int] = {}
    for term, line in zip(terms, lines, strict=True):
        if term.note and term.note not in slugs:
            yield _unknown_notes("glossary.yaml", line, [term.note])
        for form in dict.fromkeys(term.forms):
            if (other := owners.setdefault(form.casefold(), line)) != line:
                message = f"{shown(form)} also stands on line {other}: a form belongs to one term."
                yield Finding("glossary.yaml", line, "warning", message)


def _unknown_notes(file: str, line: int, slugs: list[str]) -> Finding:
    return Finding(file, line, "error", f"names the note {listed(slugs)}, which does not exist: correct the name.")
