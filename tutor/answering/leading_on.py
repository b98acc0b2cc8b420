"""Questions that lead on from an answer: further into its note, down to what it builds on, up to what builds on it."""

from collections.abc import Iterator

from tutor.answering.evidence import Evidence
from tutor.corpus import Corpus, Note, Section, SectionKind

MOST = 3
NEXT: tuple[SectionKind, ...] = ("why", "how", "when", "example", "pitfalls", "compare", "what")  # deeper first


def questions_on(evidence: Evidence, corpus: Corpus) -> tuple[str, ...]:
    """Three questions, each of which the notes answer: about the same note, one that it requires, and a related one.

    Where a note requires nothing or nothing is related, its own sections give the others.
    """
    language, first = evidence.question.language, evidence.hits[0]
    note = corpus.nearest(first.note, language)
    if note is None:
        return ()
    read = {hit.section_number for hit in evidence.hits[:1]}
    own = [key for section in _unread(note, read) for key in section.keys[:1]]
    below = [found for slug in note.requires if (found := corpus.nearest(slug, language))]
    seen = {note.slug, *note.requires}
    above = [
        found
        for slug in _related(evidence, corpus)
        if slug not in seen and (found := corpus.nearest(slug, language)) is not None
    ]
    lead = [*own[:1], *first_questions(below[:1]), *first_questions(above[:1])]
    return tuple(dict.fromkeys([*lead, *own]))[:MOST]


def first_questions(notes: list[Note]) -> tuple[str, ...]:
    """A question that each note certainly answers: the first key of its first section that has one."""
    return tuple(next((s.keys[0] for s in note.sections if s.keys), note.title) for note in notes)


def _unread(note: Note, read: set[int]) -> list[Section]:
    sections = [section for n, section in enumerate(note.sections) if section.keys and n not in read]
    return sorted((s for s in sections if s.kind in NEXT), key=lambda section: NEXT.index(section.kind))


def _related(evidence: Evidence, corpus: Corpus) -> Iterator[str]:
    """Notes that lie near the question, then those that build on the note that answers it."""
    first = evidence.hits[0].note
    yield from dict.fromkeys(hit.note for hit in evidence.hits[1:])
    yield from (note.slug for note in corpus.notes if first in note.requires)
