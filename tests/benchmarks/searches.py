"""The searches that encoders.py compares: a question in, notes in the order of their rank out.

`Plain` is what most people build from parts; `Fused` is tutor's own fusion, over all that the notes hold or a part.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from tutor.answering.question import understand
from tutor.corpus import Corpus, Language, Note, SectionKind, read_corpus
from tutor.corpus.glossary import read_glossary
from tutor.corpus.outsiders import read_outsiders
from tutor.corpus.questions import LabelledQuestion
from tutor.retrieval import fusion
from tutor.retrieval.encoder import Encoder
from tutor.retrieval.entries import Entries, Entry, entries_of
from tutor.retrieval.lexical import LexicalIndex
from tutor.retrieval.scripts import HAN
from tutor.retrieval.travelling import read_vectors, text_key, write_vectors
from tutor.retrieval.vectors import VectorStore
from tutor.settings import shipped_corpus

CHUNK, OVERLAP = 1000, 200  # characters, as in LangChain's own tutorial
AT_ONCE = 2048  # texts between two looks at the disk


@dataclass(frozen=True)
class Asked:
    """A labelled question as every method gets it: `text` is complete, a follow-up holds what it leaves unsaid."""

    text: str
    kind: SectionKind | None
    row: LabelledQuestion

    @staticmethod
    def of(row: LabelledQuestion) -> "Asked":
        question = understand(row.asked, row.history, row.language or "auto")
        return Asked(question.standalone, question.kind, replace(row, language=question.language))


@dataclass(frozen=True)
class Ranked:
    """Slugs of notes, best first; `support` is the score that a refusal would look at."""

    notes: tuple[str, ...]
    support: float


@dataclass(frozen=True)
class Part:
    """What of the notes is indexed. With `language` only texts in it: passages of its notes, keys and names in its
    script."""

    aliases: bool = True
    keys: bool = True
    glossary: bool = True
    language: Language | None = None


class KnownVectors:
    """An encoder that encodes each text once; `cache` keeps the vectors from one run to the next."""

    def __init__(self, encoder: Encoder, cache: Path | None) -> None:
        self.encoder = encoder
        self._folder = cache / encoder.fingerprint[:16] if cache else None
        self._vectors = read_vectors(shipped_corpus(), encoder.fingerprint)
        if self._folder:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._vectors |= read_vectors(self._folder, encoder.fingerprint)

    def of(self, texts: Sequence[str]) -> np.ndarray:
        """Unit-length vectors of `texts`: float32 (n, dimension)."""
        new = [text for text in dict.fromkeys(texts) if text_key(text) not in self._vectors]
        for start in range(0, len(new), AT_ONCE):
            some = new[start : start + AT_ONCE]
            self._vectors.update(zip(map(text_key, some), self.encoder.encode(some), strict=True))
            if self._folder:
                write_vectors(self._folder, self.encoder.fingerprint, self._vectors)
        return np.stack([self._vectors[text_key(text)] for text in texts])


class Plain:
    """Texts ranked by cosine, by BM25, or by cosine and saturated BM25 with tutor's weights; best text of each note."""

    def __init__(self, owned: Sequence[tuple[str, str]], vectors: KnownVectors | None, bm25: bool) -> None:
        """`owned`: note slug and text."""
        self._owners = np.array([slug for slug, _ in owned])
        texts = [text for _, text in owned]
        self._known = vectors
        self._table = vectors.of(texts) if vectors else None
        self._bm25 = _UsualBM25(texts) if bm25 else None

    def __call__(self, asked: Asked) -> Ranked:
        scores = np.zeros(len(self._owners), np.float32)
        if self._known and self._table is not None:
            scores += self._table @ self._known.of([asked.text])[0]
        if self._bm25:
            lexical = self._bm25.scores(_words(asked.text))
            share = fusion.LEXICAL_WEIGHT / (lexical + fusion.LEXICAL_SATURATION) if self._known else 1
            scores += lexical * share
        found = np.argsort(-scores, kind="stable")
        if not self._known:
            found = found[scores[found] > 0]  # what shares no word with the question is not found
        return Ranked(tuple(dict.fromkeys(self._owners[found].tolist())), float(scores.max()))


class Fused:
    """Tutor's fusion over a part of the notes, with some of its weights changed."""

    def __init__(self, part: Part, vectors: KnownVectors, weights: Mapping[str, float]) -> None:
        self._units = entries(part).units
        self._known = vectors
        self._weights: dict[str, Any] = {"NOTE_WEIGHT": fusion.NOTE_WEIGHT, **weights}
        self._fusion = _fusion(part, vectors)

    def __call__(self, asked: Asked) -> Ranked:
        with patch.multiple(fusion, **self._weights):
            scores = self._fusion.scores(asked.text, self._known.of([asked.text])[0], asked.kind)
        order = np.argsort(-scores.rank, kind="stable")
        return Ranked(tuple(dict.fromkeys(self._units[i].note for i in scores.units[order])), scores.support)


@cache
def corpus() -> Corpus:
    """The shipped notes."""
    return read_corpus(shipped_corpus())


@cache
def entries(part: Part) -> Entries:
    """The entries of a part of the notes; the units keep their numbers."""
    whole = entries_of(corpus(), read_glossary(corpus().folder))
    titles = {note.title for note in corpus().notes}

    def kept(entry: Entry) -> bool:
        if entry.role == "passage":
            return part.language in (None, entry.language)
        wanted = part.keys if entry.role == "key" else part.aliases or entry.text in titles
        return wanted and part.language in (None, entry.language) and _in_script(entry.text, part.language)

    names = {
        slug: tuple(name for name in of if (part.aliases or name in titles) and _in_script(name, part.language))
        for slug, of in whole.names.items()
    }
    return Entries(whole.units, tuple(filter(kept, whole.entries)), names, whole.glossary if part.glossary else ())


def sections(language: Language | None, keys_and_aliases: bool) -> list[tuple[str, str]]:
    """Slug and text of every section as a reader sees it, with its question keys and the note's names if wanted."""
    found = []
    for note in _notes(language):
        names = [name for name in (note.title, *note.aliases) if _in_script(name, language)]
        for section in note.sections:
            more = [*names, *(key for key in section.keys if _in_script(key, language))] if keys_and_aliases else []
            found.append((note.slug, "\n".join([note.title, section.heading, section.markdown, *more])))
    return found


def chunks(language: Language | None) -> list[tuple[str, str]]:
    """Slug and text of the notes' Markdown cut as LangChain's tutorial cuts."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(chunk_size=CHUNK, chunk_overlap=OVERLAP)
    return [(note.slug, chunk) for note in _notes(language) for chunk in splitter.split_text(_markdown(note))]


def everything(language: Language | None) -> list[tuple[str, str]]:
    """Slug and text of every entry that tutor indexes."""
    part = entries(Part(language=language))
    return [(part.units[entry.unit].note, entry.text) for entry in part.entries]


def _notes(language: Language | None) -> Iterable[Note]:
    return (note for note in corpus().notes if language in (None, note.language))


def _markdown(note: Note) -> str:
    return "\n\n".join([f"# {note.title}", *(f"## {part.heading}\n\n{part.markdown}" for part in note.sections)])


def _in_script(text: str, language: Language | None) -> bool:
    return language is None or bool(HAN.search(text)) == (language == "zh")


@cache
def _lexical(part: Part) -> LexicalIndex:
    return LexicalIndex.build(fusion.document_terms(entries(part)))


@cache
def _fusion(part: Part, vectors: KnownVectors) -> fusion.Fusion:
    texts = [entry.text for entry in entries(part).entries]
    outsiders = vectors.of(list(read_outsiders(corpus().folder)))
    return fusion.Fusion(entries(part), VectorStore.build(vectors.of(texts)), _lexical(part), outsiders)


class _UsualBM25:
    """bm25s with its defaults."""

    def __init__(self, texts: Sequence[str]) -> None:
        import bm25s

        documents = [_words(text) for text in texts]
        self._known = frozenset(chain.from_iterable(documents))
        self._scorer = bm25s.BM25()
        self._scorer.index(documents, show_progress=False)
        self._count = len(documents)

    def scores(self, words: Sequence[str]) -> np.ndarray:
        known = [word for word in words if word in self._known]
        return self._scorer.get_scores(known) if known else np.zeros(self._count, np.float32)


def _words(text: str) -> list[str]:
    """Lower-case words, Chinese ones as jieba cuts them."""
    import jieba

    jieba.setLogLevel("WARNING")
    return [word for word in jieba.lcut(text.lower()) if any(letter.isalnum() for letter in word)]
