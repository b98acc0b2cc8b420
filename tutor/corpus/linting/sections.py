"""What is wrong with the sections of a note: text, question keys, claims, size."""

import re
from collections.abc import Iterator

from tutor.corpus.linting.demos import Demos
from tutor.corpus.linting.finding import Finding, shown
from tutor.corpus.notes import Note, Section
from tutor.corpus.reading import Corpus

KEYS_WANTED = 8  # question keys in a note
KEYS_LIMIT = 1_000  # in a note; the longest shipped has 109
KEY_LENGTH = 200  # characters; the longest shipped has 83
WORDS = (500, 2_000)  # of a note; a Chinese character counts as 0.6 of a word
_CLAIM = re.compile(r"\{claim:\s*([^{}\s]+)")


def section_findings(corpus: Corpus, demos: Demos) -> Iterator[Finding]:
    """The sections of every note, each by itself."""
    owners = {claim: demo for demo, claims in sorted(demos.claims.items()) for claim in claims}
    for note in corpus.notes:
        yield from _whole(note)
        for section in note.sections:
            yield from _section(note, section)
            yield from _claims(note, section, owners)


def _whole(note: Note) -> Iterator[Finding]:
    file = note.path.name
    if not note.sections:
        yield Finding(file, 1, "error", "no section: start one with `## What it is`.")
    keys = sum(len(section.keys) for section in note.sections)
    if keys < KEYS_WANTED:
        yield Finding(file, 1, "warning", f"{keys} question keys; give at least {KEYS_WANTED} in ask blocks.")
    if keys > KEYS_LIMIT:
        message = f"{keys:,} question keys; keep those that students ask, at most {KEYS_LIMIT:,}."
        yield Finding(file, 1, "error", message)
    if not any(section.kind == "check" for section in note.sections):
        yield Finding(file, 1, "warning", "no part to check oneself: add `## Check yourself` / `## 自测`.")
    words = _words(note)
    if not WORDS[0] <= words <= WORDS[1]:
        yield Finding(file, 1, "warning", f"about {words:,} words; a note has {WORDS[0]} to {WORDS[1]:,}.")


def _words(note: Note) -> int:
    text = " ".join(section.markdown for section in note.sections)
    han = sum("\u4e00" <= c <= "\u9fff" for c in text)
    latin = sum(any(c.isascii() and c.isalpha() for c in word) for word in text.split())
    return round(0.6 * han + (latin if note.language == "en" else 0))


def _section(note: Note, section: Section) -> Iterator[Finding]:
    file, line = note.path.name, section.start_line
    if not section.blocks:
        yield Finding(file, line, "error", f"section {shown(section.heading)} is empty: write it or take it out.")
    elif not section.keys and section.kind not in ("check", "sources"):
        message = f"section {shown(section.heading)} has no question keys: add an ask block with what students ask."
        yield Finding(file, line, "warning", message)
    for key in section.keys:
        if len(key) > KEY_LENGTH:
            message = f"question key {shown(key)} has {len(key):,} characters: ask it in at most {KEY_LENGTH}."
            yield Finding(file, line, "warning", message)


def _claims(note: Note, section: Section, owners: dict[str, str]) -> Iterator[Finding]:
    wrong = dict.fromkeys(claim for claim in section.claims if owners.get(claim) != note.demo or not note.demo)
    if not wrong:
        return
    places: dict[str, int] = {}
    for number, line in enumerate(note.lines(section.start_line, section.end_line).split("\n"), section.start_line):
        for claim in _CLAIM.findall(line):
            places.setdefault(claim, number)
    for claim in wrong:
        elsewhere = f" It belongs to demo {owners[claim]!r}." if claim in owners else ""
        message = f"claim {shown(claim)} is not one of demo {shown(note.demo)}.{elsewhere} Correct it or take it out."
        yield Finding(note.path.name, places.get(claim, section.start_line), "error", message)
