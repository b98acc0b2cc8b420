"""What is indexed: every section of a concept is a unit, and many texts lead to it.

A unit is a section of a note in both languages (they have the same structure), so a question in one
language finds the section through a text in the other. Its entries are its passages, its question
keys, the questions of a self-test and the beliefs that it puts right; the title and the aliases of
a note lead to its first section.
"""

import hashlib
import json
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Literal

from tutor.corpus import Corpus, Language, Passage, SectionKind
from tutor.corpus.glossary import Term

Role = Literal["passage", "key", "name", "question", "belief"]

READ: dict[Language, int] = {"zh": 140, "en": 360}  # characters of a passage that are encoded, some 80 tokens


@dataclass(frozen=True)
class Unit:
    """One section of one concept; `passages` holds its pieces in each language."""

    note: str
    section_number: int
    kind: SectionKind
    passages: dict[Language, tuple[Passage, ...]]


@dataclass(frozen=True)
class Entry:
    """One text that is embedded; `unit` is the position of the unit that it leads to."""

    unit: int
    role: Role
    language: Language
    text: str


@dataclass(frozen=True)
class Entries:
    """All units and the entries that lead to them, in a fixed order."""

    units: tuple[Unit, ...]
    entries: tuple[Entry, ...]
    names: dict[str, tuple[str, ...]]  # note slug -> its titles and aliases
    glossary: tuple[Term, ...] = ()

    @property
    def fingerprint(self) -> str:
        """A hash of everything that decides what the index holds."""
        rows = [[unit.note, unit.section_number, unit.kind] for unit in self.units]
        rows += [[entry.unit, entry.role, entry.language, entry.text] for entry in self.entries]
        rows += [self.documents()]
        rows += [[term.en, term.note, *term.forms] for term in self.glossary]
        return hashlib.sha256(json.dumps(rows, ensure_ascii=False).encode()).hexdigest()

    def documents(self) -> list[str]:
        """One text for each unit for the lexical index: its note's names and all its entries."""
        parts: dict[int, list[str]] = defaultdict(list)
        for entry in self.entries:
            if entry.role in ("key", "name"):
                parts[entry.unit].append(entry.text)
        for number, unit in enumerate(self.units):
            parts[number] += [_plain(piece) for pieces in unit.passages.values() for piece in pieces]
        return ["\n".join([*self.names[unit.note], *parts[i]]) for i, unit in enumerate(self.units)]


def entries_of(corpus: Corpus, glossary: tuple[Term, ...] = ()) -> Entries:
    """The units and entries of a corpus, in the order of its notes and sections, and the terms to look for."""
    passages: dict[tuple[str, int], dict[Language, list[Passage]]] = defaultdict(lambda: defaultdict(list))
    for passage in corpus.passages:
        passages[passage.note, passage.section_number][passage.language].append(passage)
    units = tuple(
        Unit(note, number, pieces[min(pieces)][0].kind, {lang: tuple(texts) for lang, texts in pieces.items()})
        for (note, number), pieces in sorted(passages.items())
    )
    position = {(unit.note, unit.section_number): i for i, unit in enumerate(units)}
    first = {unit.note: i for i, unit in reversed(list(enumerate(units)))}
    entries: list[Entry] = []
    names: dict[str, list[str]] = defaultdict(list)
    for note in corpus.notes:
        if note.slug not in first:
            continue
        for name in (note.title, *note.aliases):
            names[note.slug].append(name)
            entries.append(Entry(first[note.slug], "name", note.language, name))
        for number, section in enumerate(note.sections):
            if (unit := position.get((note.slug, number))) is not None:
                entries += [Entry(unit, "key", note.language, key) for key in section.keys]
    for i, unit in enumerate(units):
        for language, pieces in unit.passages.items():
            entries += [Entry(i, "passage", language, _embedded(piece)) for piece in pieces]
            role: Role = "belief" if unit.kind == "pitfalls" else "question"
            entries += [Entry(i, role, language, posed) for piece in pieces for posed in piece.posed]
    unique = {(entry.unit, entry.language, entry.text): entry for entry in entries}
    return Entries(
        units, tuple(unique.values()), {slug: tuple(dict.fromkeys(of)) for slug, of in names.items()}, glossary
    )


def _embedded(passage: Passage) -> str:
    """A passage as the encoder reads it: what it says first.

    That tells what it is about; the encoder learned from as much, and a longer text takes it longer.
    """
    return _plain(passage)[: READ[passage.language]]


def _plain(passage: Passage) -> str:
    """A passage under its title and heading, without markup and display formulas."""
    body = re.sub(r"\$\$.*?\$\$", " ", passage.text, flags=re.DOTALL)
    body = re.sub(r"[*_`$\\{}]|^[-+>] ", "", body, flags=re.MULTILINE)
    return f"{passage.title} > {passage.section}: {' '.join(body.split())}"
