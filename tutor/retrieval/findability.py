"""Sections that nobody would find: retrieval is asked the question keys of the notes, as if they were not among them.

The index holds every key, so a key finds its section trivially. Therefore the keys are dealt into a few folds, and each
fold is asked of an index without it: the other keys, the passages and the names must do. That is how a student's
question meets the notes, which is worded like none of the keys. A key that leads to another note although it stands in
the index itself is named one by one.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from tutor.corpus import Corpus, Section, outsiders
from tutor.corpus.linting import Finding, shown
from tutor.corpus.linting.places import key_lines
from tutor.corpus.outsiders import read_outsiders
from tutor.corpus.questions import read_questions
from tutor.errors import CorpusError
from tutor.retrieval.entries import Unit
from tutor.retrieval.fusion import Fusion, document_terms
from tutor.retrieval.index import Index
from tutor.retrieval.lexical import LexicalIndex
from tutor.retrieval.travelling import text_key
from tutor.retrieval.vectors import VectorStore

FOLDS = 6
TEXTS_LIMIT = 20_000  # in an index; more would take minutes (the shipped one has some 8,000)
NEW_LIMIT = 5_000  # texts that are encoded for a check; more is the work of `tutor index`
LED_HERE = 1 / 3  # of a section's keys, so many must find its note first
NEAR = 3  # and one of them must find the section among so many


@dataclass(frozen=True)
class _Asked:
    """A question key, and what came out when it was asked: `notes` and sections `units` of the best sections."""

    text: str
    unit: int
    first: str  # slug of the note that came first
    units: tuple[int, ...]


def encode_few(done: int, total: int) -> None:
    """The progress of an index that is opened for a check: it goes no further if too much is new.

    Raises:
        CorpusError: more than NEW_LIMIT texts would have to be encoded.
    """
    if total > NEW_LIMIT:
        raise CorpusError(f"{total:,} texts are not indexed yet. Run `tutor index` first.")


def findability_findings(corpus: Corpus, index: Index) -> list[Finding]:
    """Sections that their own question keys do not find, keys that lead elsewhere, outsiders that are answered."""
    count = len(index.entries.entries)
    if count > TEXTS_LIMIT:
        message = f"{count:,} texts: whether questions find their sections is checked up to {TEXTS_LIMIT:,}."
        return [Finding("notes", 0, "warning", message)]
    by_unit: dict[int, list[_Asked]] = defaultdict(list)
    strays: list[int] = []
    for number, asked in _asked_without_themselves(index):
        by_unit[asked.unit].append(asked)
        if asked.first != index.entries.units[asked.unit].note:
            strays.append(number)
    findings = [finding for unit, asked in by_unit.items() for finding in _section(corpus, index, unit, asked)]
    for number in strays:
        asked = _ask(index.fusion, index, number)
        unit = index.entries.units[asked.unit]
        if asked.first != unit.note:
            findings.append(_stray(corpus, unit, asked))
    return sorted([*findings, *_answered(corpus, index)])


def _answered(corpus: Corpus, index: Index) -> Iterator[Finding]:
    """Outsiders that the notes have come to answer."""
    known = {*index.outsiders, *(text_key(row.question) for row in read_questions(corpus.folder))}
    for question, line in read_outsiders(corpus.folder).items():
        if text_key(question) not in known:
            message = f"the notes seem to answer {shown(question)}, so it does not count: if they do, take it out."
            yield Finding(outsiders.NAME, line, "warning", message)


def _asked_without_themselves(index: Index) -> Iterator[tuple[int, _Asked]]:
    """Every key with its number among the entries, asked of an index that does not hold its text."""
    entries = index.entries.entries
    texts = list(dict.fromkeys(entry.text for entry in entries if entry.role == "key"))
    fold_of = {text: place % FOLDS for place, text in enumerate(texts)}
    vectors = index.vectors.all()
    for fold in range(min(FOLDS, len(texts))):
        kept = [i for i, entry in enumerate(entries) if entry.role != "key" or fold_of[entry.text] != fold]
        if not kept:
            continue
        rest = replace(index.entries, entries=tuple(entries[i] for i in kept))
        fusion = Fusion(rest, VectorStore.build(vectors[kept]), LexicalIndex.build(document_terms(rest)))
        for number, entry in enumerate(entries):
            if entry.role == "key" and fold_of[entry.text] == fold:
                yield number, _ask(fusion, index, number)


def _ask(fusion: Fusion, index: Index, number: int) -> _Asked:
    entry = index.entries.entries[number]
    scores = fusion.scores(entry.text, index.vectors.some(np.array([number]))[0])
    best = scores.units[np.argsort(-scores.rank, kind="stable")[:NEAR]].tolist()
    return _Asked(entry.text, entry.unit, index.entries.units[best[0]].note, tuple(best))


def _section(corpus: Corpus, index: Index, number: int, asked: list[_Asked]) -> Iterator[Finding]:
    """What to say of a section, whose keys are `asked`."""
    unit = index.entries.units[number]
    if unit.kind in ("check", "sources"):  # they lead no answer
        return
    led = [key for key in asked if key.first == unit.note]
    near = [key for key in asked if number in key.units]
    if near and len(led) >= LED_HERE * len(asked):
        return
    rivals = Counter(key.first for key in asked if key.first != unit.note).most_common(3)
    file, section = _place(corpus, unit)
    found = f"{len(led)} of its {len(asked)} question keys lead to this note and {len(near)} to the section"
    elsewhere = f"; others lead to {', '.join(f'{slug} ({count})' for slug, count in rivals)}" if rivals else ""
    verdict = "is hard to find" if near else "would be found by nobody"
    message = (
        f"section {shown(section.heading)} {verdict}: asked of an index without them, {found}{elsewhere}. "
        "Say in its text what the questions ask, or ask them more exactly."
    )
    yield Finding(file, section.start_line, "error" if not near else "warning", message)


def _stray(corpus: Corpus, unit: Unit, asked: _Asked) -> Finding:
    message = f"question key {shown(asked.text)} leads to {asked.first!r} first: ask more exactly, or move it."
    for language in unit.passages:
        note = corpus.find(unit.note, language)
        assert note is not None
        lines = key_lines(note, note.sections[unit.section_number])
        if asked.text in lines:
            return Finding(note.path.name, lines[asked.text], "warning", message)
    file, section = _place(corpus, unit)
    return Finding(file, section.start_line, "warning", message)


def _place(corpus: Corpus, unit: Unit) -> tuple[str, Section]:
    note = corpus.nearest(unit.note, min(unit.passages))
    assert note is not None
    return note.path.name, note.sections[unit.section_number]
