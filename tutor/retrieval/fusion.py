"""Fusion: one score for every section from dense and lexical evidence.

Ranking uses cosine less the mean cosine of that language's entries, so that texts in the language of the
question have no head start: of a section's best text and of its best passage. To it come a share of saturated
BM25, small bonuses for a concept that the question names and for the kind of answer that it wants, and a share
of what the whole note scores, because the right note has several sections that are near. Support, on which
refusal is decided, uses the raw cosine: how near, not how much nearer than others; and how near to a question
that no note answers. In a large corpus it also looks around: a question of the field is near to many texts, of
several notes, and one note answers it best; a word in another sense is near to the texts of one note alone.

The weights were chosen on corpus/questions.yaml, where they form a plateau: none matters by itself.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from tutor.corpus import LANGUAGES, SectionKind
from tutor.retrieval.entries import Entries
from tutor.retrieval.lexical import LexicalIndex, terms
from tutor.retrieval.mentions import MentionFinder, Mentions
from tutor.retrieval.vectors import VectorStore

CANDIDATES = 512  # nearest texts that are scored where the vector store is too large to look at all of them
SAMPLE = 20_000  # texts of a language whose mean stands for all of them
PASSAGE_SHARE = 0.25  # of the dense score; the rest is for the best text of any role, most often a question key
LEXICAL_WEIGHT = 0.6
LEXICAL_SATURATION = 8.0  # BM25 at which half of the weight is reached
LEXICAL_SUPPORT_WEIGHT = 0.2
NAME_BONUS = 0.03  # for each concept that the question names
ONLY_NAME_BONUS = 0.04  # for the concept, if it names just one
FOREIGN_PENALTY = 0.1  # off support, if it names a term that no note explains and no note mentions
STRANGE_WEIGHT = 0.25  # off support, times the share of words that no note has, if it names a concept
OUTSIDE_WEIGHT = 0.85  # off support, times the cosine with the nearest outsider as far as it exceeds OUTSIDE_FROM
OUTSIDE_FROM = 0.3
AROUND = 30  # nearest texts that are looked at in a corpus of at least LARGE texts
LARGE = 3000
# Weights in support of their mean cosine, of the largest share that one note has of them, and of how far the best
# note ranks before the second; each less what answerable questions have on average.
AROUND_WEIGHT, AROUND_MEAN = 1.0, 0.57
SHARE_WEIGHT, SHARE_MEAN = -0.34, 0.5
MARGIN_WEIGHT, MARGIN_MEAN = 0.48, 0.19
KIND_BONUS = 0.02
NOTE_WEIGHT = 1.0
NOTE_SECTIONS = 4  # best sections of a note whose mean is its score


@dataclass(frozen=True)
class Scores:
    """`rank`: fused score, float32 (n,), of the units numbered `units` (n,). `support`: evidence that any is meant."""

    units: np.ndarray
    rank: np.ndarray
    support: float


class _Candidates:
    """Entries `numbers` (n,) grouped by their units, `also` more units without an entry among them."""

    def __init__(self, numbers: np.ndarray, unit_of: np.ndarray, also: np.ndarray) -> None:
        self._numbers = numbers
        of_entries = unit_of[numbers]
        self._order = np.argsort(of_entries, kind="stable")
        present, self._starts = np.unique(of_entries[self._order], return_index=True)
        self.units = np.union1d(present, also)
        self._places = np.searchsorted(self.units, present)

    def best(self, of_entries: np.ndarray, least: float) -> np.ndarray:
        """For each unit the greatest value among its entries, `least` where it has none: (units,)."""
        best = np.full(len(self.units), least, dtype=np.float32)
        best[self._places] = np.maximum.reduceat(of_entries[self._order], self._starts)
        return best


class Fusion:
    """Scores the units of an index; built once, then read only."""

    def __init__(
        self, entries: Entries, vectors: VectorStore, lexical: LexicalIndex, outsiders: np.ndarray | None = None
    ) -> None:
        """`outsiders`: vectors (n, dimension) of questions that no note answers."""
        self._vectors = vectors
        self._outsiders = outsiders
        self._lexical = lexical
        self._unit_of = np.array([entry.unit for entry in entries.entries])
        self._language = np.array([LANGUAGES.index(entry.language) for entry in entries.entries])
        self._is_passage = np.array([entry.role == "passage" for entry in entries.entries])
        # The mean cosine of a query with many vectors is its cosine with their mean.
        self._means = np.stack([self._mean(np.flatnonzero(self._language == i)) for i in range(len(LANGUAGES))])
        self._kinds = np.array([unit.kind for unit in entries.units])
        slugs, self._note_of = np.unique([unit.note for unit in entries.units], return_inverse=True)
        self._slugs: list[str] = slugs.tolist()
        self._finder = MentionFinder(entries.glossary, entries.names)
        self._all = (
            None if vectors.approximate else _Candidates(np.arange(len(vectors)), self._unit_of, np.array([], int))
        )

    def scores(self, question: str, vector: np.ndarray, kind: SectionKind | None = None) -> Scores:
        """Score the units for a question, its unit-length vector and the kind of answer that it wants."""
        mentions = self._finder.find(question)
        numbers, raw = self._vectors.nearest(vector, CANDIDATES)
        words = terms(question)
        bm25 = self._lexical.scores([*words, *map(term_token, mentions.terms)])
        candidates = self._all or _Candidates(numbers, self._unit_of, _foremost(bm25))
        units = candidates.units
        saturated = bm25[units] / (bm25[units] + LEXICAL_SATURATION)
        centred = raw - (self._means @ vector)[self._language[numbers]]
        is_passage = self._is_passage[numbers]
        least = float(centred.min())
        rank = PASSAGE_SHARE * candidates.best(np.where(is_passage, centred, least), least)
        rank += (1 - PASSAGE_SHARE) * candidates.best(centred, least) + LEXICAL_WEIGHT * saturated
        rank += self._name_bonus(units, mentions.notes)
        if kind is not None:
            rank += KIND_BONUS * (self._kinds[units] == kind)
        rank = (rank + NOTE_WEIGHT * self._of_notes(units, rank)) / (1 + NOTE_WEIGHT)
        support = (raw[is_passage].max(initial=raw.min()) + raw.max()) / 2 + LEXICAL_SUPPORT_WEIGHT * saturated.max()
        support -= self._strangeness(words, mentions) + self._outsideness(vector)
        if len(self._unit_of) >= LARGE:
            support += self._around(numbers, raw) + MARGIN_WEIGHT * (self._margin(units, rank) - MARGIN_MEAN)
        return Scores(units, rank, float(support))

    def named(self, text: str) -> frozenset[str]:
        """Slugs of the notes whose concept a text names."""
        return self._finder.find(text).notes

    def _strangeness(self, words: list[str], mentions: Mentions) -> float:
        """What the words of a question that no note has take from its support.

        Around the name of a concept they show that it is meant in another sense: a batch of bread, a transformer in
        a substation. Without one, a term of the field that no note knows shows that it is about something else.
        """
        if mentions.notes:
            return STRANGE_WEIGHT * sum(not self._lexical.knows(word) for word in words) / max(1, len(words))
        return FOREIGN_PENALTY * any(not self._lexical.knows(term_token(term)) for term in mentions.foreign)

    def _outsideness(self, vector: np.ndarray) -> float:
        """What a question loses for being near to one that no note answers."""
        if self._outsiders is None or not len(self._outsiders):
            return 0.0
        return OUTSIDE_WEIGHT * max(0.0, float((self._outsiders @ vector).max()) - OUTSIDE_FROM)

    def _around(self, numbers: np.ndarray, raw: np.ndarray) -> float:
        """What the nearest texts around a question add to its support; of clusters that hold few, all of them."""
        nearest = np.argsort(raw)[-AROUND:] if len(raw) <= AROUND else np.argpartition(raw, -AROUND)[-AROUND:]
        share = np.bincount(self._note_of[self._unit_of[numbers[nearest]]]).max() / len(nearest)
        return AROUND_WEIGHT * (float(raw[nearest].mean()) - AROUND_MEAN) + SHARE_WEIGHT * (share - SHARE_MEAN)

    def _margin(self, units: np.ndarray, rank: np.ndarray) -> float:
        """By how much the best section ranks before the best of any other note; 0 if there is none."""
        best = int(rank.argmax())
        others = rank[self._note_of[units] != self._note_of[units[best]]]
        return float(rank[best] - others.max()) if len(others) else 0.0

    def _of_notes(self, units: np.ndarray, rank: np.ndarray) -> np.ndarray:
        """For each unit the score of its note: the mean of the note's best sections."""
        notes = self._note_of[units]
        order = np.lexsort((-rank, notes))
        _, starts, position, counts = np.unique(
            notes[order], return_index=True, return_inverse=True, return_counts=True
        )
        among_best = np.arange(len(order)) - starts[position] < NOTE_SECTIONS
        means = np.add.reduceat(rank[order] * among_best, starts) / np.minimum(counts, NOTE_SECTIONS)
        scores = np.empty_like(rank)
        scores[order] = means[position]
        return scores

    def _name_bonus(self, units: np.ndarray, named: frozenset[str]) -> np.ndarray:
        bonus = ONLY_NAME_BONUS if len(named) == 1 else NAME_BONUS
        numbers = [number for number, slug in enumerate(self._slugs) if slug in named]
        return bonus * np.isin(self._note_of[units], numbers)

    def _mean(self, numbers: np.ndarray) -> np.ndarray:
        if not len(numbers):
            return np.zeros(self._vectors.dimension, dtype=np.float32)
        return self._vectors.some(numbers[:: max(1, len(numbers) // SAMPLE)]).mean(0)


def document_terms(entries: Entries) -> Iterator[list[str]]:
    """The index terms of each unit: of its note's names and all its texts, and the glossary terms that they name."""
    finder = MentionFinder(entries.glossary, entries.names)
    for document in entries.documents():
        yield [*terms(document), *map(term_token, finder.find(document).terms)]


def term_token(term: str) -> str:
    """How a glossary term stands among the index terms: no word of a text looks like it."""
    return f"={term}"


def _foremost(bm25: np.ndarray) -> np.ndarray:
    """Units whose BM25 is within half of the best one, at most CANDIDATES of them."""
    found = np.flatnonzero(bm25 > 0.5 * bm25.max()) if bm25.size and bm25.max() > 0 else np.array([], int)
    return found[np.argsort(-bm25[found], kind="stable")[:CANDIDATES]]
