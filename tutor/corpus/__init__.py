"""Text on disk becomes notes, and notes become passages."""

from tutor.corpus.kinds import SectionKind
from tutor.corpus.notes import LANGUAGES, Language, Note, Section, Source
from tutor.corpus.passages import Passage
from tutor.corpus.reading import Corpus, read_corpus

__all__ = [
    "LANGUAGES",
    "Corpus",
    "Language",
    "Note",
    "Passage",
    "Section",
    "SectionKind",
    "Source",
    "read_corpus",
]
