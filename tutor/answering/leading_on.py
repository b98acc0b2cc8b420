"""Questions that lead on from an answer: further into its note, down to what it builds on, up to what builds on it."""

from collections.abc import Iterator

from tutor.answering.evidence import Evidence
from tutor.corpus import Corpus, Note, Section, SectionKind

MOST = 3
NEXT: tuple[SectionKind, ...] = ("why", "how", "when", "example", "pitfalls", "compare", "what")  # deeper first


def questions_on(evidence: Evidence, corpus: Corpus) -> tuple[str, ...]:
    """Three questions, each of which the notes answer: about the same note, one that it requires, and a related one.

    Of those that it requires the nearest to the question counts. Where a note requires nothing or nothing is related,
    its own sections give the others.
    """
    language, first = evidence.question.language, evidence.hits[0]
    note = corpus.nearest(first.note, language)
    if note is None:
        return ()
    read = {hit.section_number for hit in evidence.hits[:1]}
    own = [key for section in _unread(note, read) for key in section.keys[:1]]
    near = list(dict.fromkeys(hit.note for hit in evidence.hits[1:]))
    below = sorted(note.requires, key=lambda slug: near.index(slug) if slug in near else len(near))
    above = [slug for slug in (*near, *_built_on(note, corpus)) if slug not in (note.slug, *below[:1])]
    beside = [_question_of(slug, evidence, corpus) for slug in (*below[:1], *above[:1])]
    return tuple(dict.fromkeys([*own[:1], *filter(None, beside), *own]))[:MOST]


def _question_of(slug: str, evidence: Evidence, corpus: Corpus) -> str:
    """What to ask of another note: where one of its sections lies near the question that, else what it is about.

    Of the keys of the section one that names the concept, or a reader would not know what "it" is.
    """
    note = corpus.nearest(slug, evidence.question.language)
    if note is None:
        return ""
    near = next((hit.section_number for hit in evidence.hits if hit.note == slug and hit.kind in NEXT), None)
    keys = note.sections[near].keys if near is not None and near < len(note.sections) else ()
    names = [name.lower() for name in (note.title, *note.aliases)]
    telling = next((key for key in keys if any(name in key.lower() for name in names)), "")
    return telling or first_questions([note])[0]


def first_questions(notes: list[Note]) -> tuple[str, ...]:
    """A question that each note certainly answers: the first key of its first section that has one."""
    return tuple(next((s.keys[0] for s in note.sections if s.keys), note.title) for note in notes)


def _unread(note: Note, read: set[int]) -> list[Section]:
    sections = [section for n, section in enumerate(note.sections) if section.keys and n not in read]
    return sorted((s for s in sections if s.kind in NEXT), key=lambda section: NEXT.index(section.kind))


def _built_on(note: Note, corpus: Corpus) -> Iterator[str]:
    """The notes that require a note."""
    return (other.slug for other in corpus.notes if note.slug in other.requires)
