"""What is wrong with a corpus, note by note, with the line and what to do about it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from tutor.corpus.notes import LANGUAGES, Note
from tutor.corpus.questions import read_questions
from tutor.corpus.reading import Corpus
from tutor.errors import CorpusError

KEYS_WANTED = 8  # question keys in a note
WORDS = (500, 1_500)  # of a note; a Chinese character counts as 0.6 of a word

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """One problem. `line` counts from 1; 0 if it concerns no line in particular."""

    file: str
    line: int
    severity: Severity
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.severity}: {self.message}"


def lint(corpus: Corpus, claims: Mapping[str, frozenset[str]]) -> list[Finding]:
    """Every problem of a corpus; `claims` maps each demo to the ids of its claims."""
    findings = [_fault(line) for line in corpus.faults]
    for note in corpus.notes:
        findings += _front_matter(corpus, note, claims)
        findings += _sections(note, claims)
        findings += _translation(corpus, note)
    findings += _cycles(corpus)
    findings += _questions(corpus)
    return sorted(findings, key=lambda finding: (finding.file, finding.line))


def _fault(text: str) -> Finding:
    file, _, rest = text.partition(":")
    number, _, message = rest.partition(":")
    line = int(number) if number.isdigit() else 0
    return Finding(file, line, "error", (message if line else rest).strip())


def _line_of(note: Note, start: str) -> int:
    """The first line of the note that begins with `start`, 1 if none does."""
    return next((i for i, line in enumerate(note.text.split("\n"), 1) if line.startswith(start)), 1)


def _front_matter(corpus: Corpus, note: Note, claims: Mapping[str, frozenset[str]]) -> Iterator[Finding]:
    file = note.path.name
    if not note.sources:
        yield Finding(file, 1, "error", "no sources: say in `sources` where the facts come from.")
    for source in note.sources:
        if not source.url and not source.file:
            yield Finding(
                file, _line_of(note, "sources"), "error", f"source {source.title!r} has neither url nor file."
            )
        if source.url and not source.url.startswith(("https://", "http://")):
            yield Finding(file, _line_of(note, "sources"), "error", f"source address {source.url!r} is not http(s).")
    if note.demo and note.demo not in claims:
        known = ", ".join(sorted(claims))
        yield Finding(file, _line_of(note, "demo"), "error", f"no demo {note.demo!r}. There are: {known}.")
    slugs = {other.slug for other in corpus.notes}
    for slug in note.requires:
        if slug not in slugs:
            message = f"requires {slug!r}, which no note explains yet: write it or take it out."
            yield Finding(file, _line_of(note, "requires"), "warning", message)


def _sections(note: Note, claims: Mapping[str, frozenset[str]]) -> Iterator[Finding]:
    file = note.path.name
    if not note.sections:
        yield Finding(file, 1, "error", "no section: start one with `## What it is`.")
    known = claims.get(note.demo, frozenset())
    for section in note.sections:
        if not section.blocks:
            yield Finding(file, section.start_line, "error", f"section {section.heading!r} is empty.")
        for claim in section.claims:
            if claim not in known:
                line = _line_of(note, f"{{claim: {claim}")
                yield Finding(file, line, "error", f"claim {claim!r} is not one of demo {note.demo!r}.")
    keys = sum(len(section.keys) for section in note.sections)
    if keys < KEYS_WANTED:
        yield Finding(file, 1, "warning", f"{keys} question keys; give at least {KEYS_WANTED} in ask blocks.")
    if not any(section.kind == "check" for section in note.sections):
        yield Finding(file, 1, "warning", "no part to check oneself: add `## Check yourself` / `## 自测`.")
    words = _words(note)
    if not WORDS[0] <= words <= WORDS[1]:
        yield Finding(file, 1, "warning", f"about {words} words; a note has {WORDS[0]} to {WORDS[1]:,}.")


def _words(note: Note) -> int:
    text = " ".join(section.markdown for section in note.sections)
    han = sum("\u4e00" <= c <= "\u9fff" for c in text)
    latin = sum(any(c.isascii() and c.isalpha() for c in word) for word in text.split())
    return round(0.6 * han + (latin if note.language == "en" else 0))


def _translation(corpus: Corpus, note: Note) -> Iterator[Finding]:
    """The other language is there and is built alike; reported at the Chinese note, or at the lonely one."""
    other_language = next(language for language in LANGUAGES if language != note.language)
    other = corpus.find(note.slug, other_language)
    if other is None:
        yield Finding(note.path.name, 0, "warning", f"no {note.slug}.{other_language}.md beside it.")
        return
    if note.language != "zh":
        return
    if (note.demo, set(note.requires)) != (other.demo, set(other.requires)):
        yield Finding(note.path.name, 1, "error", f"`demo` and `requires` must agree with {other.path.name}.")
    if len(note.sections) != len(other.sections):
        message = f"{len(note.sections)} sections, but {len(other.sections)} in {other.path.name}: make them alike."
        yield Finding(note.path.name, 1, "error", message)
        return
    for mine, theirs in zip(note.sections, other.sections, strict=True):
        if (mine.level, mine.kind, mine.claims) != (theirs.level, theirs.kind, theirs.claims):
            message = (
                f"section {mine.heading!r} ({mine.kind}) stands beside {theirs.heading!r} ({theirs.kind}) "
                f"in {other.path.name}: level, kind and claims must agree."
            )
            yield Finding(note.path.name, mine.start_line, "error", message)


def _questions(corpus: Corpus) -> Iterator[Finding]:
    """The labelled questions can be read."""
    try:
        read_questions(corpus.folder)
    except CorpusError as error:
        file, _, message = str(error).partition(": ")
        yield Finding(file, 0, "error", message)


def _cycles(corpus: Corpus) -> Iterator[Finding]:
    """Concepts that require themselves through others."""
    requires = {note.slug: note.requires for note in corpus.notes}
    done: set[str] = set()

    def visit(slug: str, path: tuple[str, ...]) -> Iterator[Finding]:
        if slug in path:
            circle = " → ".join([*path[path.index(slug) :], slug])
            yield Finding(f"{slug}.{corpus_language(slug)}.md", 1, "error", f"`requires` goes in a circle: {circle}.")
        elif slug not in done and slug in requires:
            done.add(slug)
            for below in requires[slug]:
                yield from visit(below, (*path, slug))

    def corpus_language(slug: str) -> str:
        return next(note.language for note in corpus.notes if note.slug == slug)

    for slug in requires:
        yield from visit(slug, ())
