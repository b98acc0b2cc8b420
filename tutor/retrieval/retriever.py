"""Question -> hits: the sections that answer it best, or a refusal with the nearest topics."""

from dataclasses import dataclass

import numpy as np

from tutor.corpus import Corpus, Language, Passage, SectionKind
from tutor.retrieval.encoder import Encoder
from tutor.retrieval.index import Index

HITS = 8
SECTION_KIND_BONUS = 0.12  # within the note that is found, "why" goes to its why, unless another section is far nearer


def _fitness(kind: SectionKind, wanted: SectionKind | None) -> float:
    if kind in ("check", "sources"):  # a self-test and remarks on sources lead no answer while anything else fits
        return -SECTION_KIND_BONUS
    return SECTION_KIND_BONUS * (kind == wanted)


@dataclass(frozen=True)
class Hit:
    """A section that answers the question: its passages in the asked language and its fused score."""

    note: str
    kind: SectionKind
    section_number: int
    passages: tuple[Passage, ...]
    score: float


@dataclass(frozen=True)
class Retrieval:
    """Hits, best first. If `refused`, they only say which topics lie nearest."""

    hits: tuple[Hit, ...]
    support: float
    refused: bool

    @property
    def notes(self) -> tuple[str, ...]:
        """Slugs of the notes that were hit, best first, each once."""
        return tuple(dict.fromkeys(hit.note for hit in self.hits))


class Retriever:
    """Retrieves from one corpus through one index; safe to share between threads."""

    def __init__(self, corpus: Corpus, index: Index, encoder: Encoder) -> None:
        self.corpus = corpus
        self.index = index
        self._encoder = encoder

    def retrieve(self, question: str, language: Language, kind: SectionKind | None = None) -> Retrieval:
        """The best sections for a question in either language, with their text in `language`.

        A section that was not written in that language is given in the other.
        """
        scores = self.index.fusion.scores(question, self._encoder.encode([question])[0], kind)
        units = self.index.entries.units
        best = np.argsort(-scores.rank, kind="stable")[:HITS]
        found = [
            (units[number], score) for number, score in zip(scores.units[best], scores.rank[best].tolist(), strict=True)
        ]
        own = [hit for hit in found if hit[0].note == found[0][0].note]
        first = max(own, key=lambda hit: hit[1] + _fitness(hit[0].kind, kind))
        found.insert(0, found.pop(found.index(first)))
        hits = []
        for unit, score in found:
            passages = unit.passages.get(language) or next(iter(unit.passages.values()))
            hits.append(Hit(unit.note, unit.kind, unit.section_number, passages, score))
        return Retrieval(tuple(hits), scores.support, self.index.refusal.applies(scores.support))
