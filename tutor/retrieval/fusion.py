"""Fusion: one score for every unit from dense and lexical evidence.

Ranking uses cosine less the mean cosine of that language's entries, so that texts in the language of the
question have no head start: of a section's best text and of its best passage. To it come a share of saturated
BM25, small bonuses for a concept that the question names and for the kind of answer that it wants, and a share
of what the whole note scores, because the right note has several sections that are near. Support, on which
refusal is decided, uses the raw cosine: how near, not how much nearer than others.

The weights were chosen on corpus/questions.yaml, where they form a plateau: none matters by itself.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from tutor.corpus import LANGUAGES, SectionKind
from tutor.retrieval.entries import Entries
from tutor.retrieval.lexical import LexicalIndex, terms
from tutor.retrieval.scripts import simplify
from tutor.retrieval.vectors import VectorStore

PASSAGE_SHARE = 0.25  # of the dense score; the rest is for the best text of any role, most often a question key
LEXICAL_WEIGHT = 0.4
LEXICAL_SATURATION = 8.0  # BM25 at which half of the weight is reached
LEXICAL_SUPPORT_WEIGHT = 0.2
NAME_BONUS = 0.03  # for each concept that the question names
ONLY_NAME_BONUS = 0.06  # for the concept, if it names just one
KIND_BONUS = 0.03
NOTE_WEIGHT = 0.5
NOTE_SECTIONS = 3  # best sections of a note whose mean is its score


@dataclass(frozen=True)
class Scores:
    """`rank`: fused score of each unit, float32 (units,). `support`: evidence that any unit is meant."""

    rank: np.ndarray
    support: float


class Fusion:
    """Scores the units of an index; built once, then read only."""

    def __init__(self, entries: Entries, vectors: VectorStore, lexical: LexicalIndex) -> None:
        self._vectors = vectors
        self._lexical = lexical
        self._units = len(entries.units)
        self._unit_of = np.array([entry.unit for entry in entries.entries])
        self._language = np.array([LANGUAGES.index(entry.language) for entry in entries.entries])
        self._is_passage = np.array([entry.role == "passage" for entry in entries.entries])
        stored = vectors.all()
        # The mean cosine of a query with many vectors is its cosine with their mean.
        self._means = np.stack([_mean(stored[self._language == i]) for i in range(len(LANGUAGES))])
        self._kinds = np.array([unit.kind for unit in entries.units])
        notes = np.array([unit.note for unit in entries.units])
        # Units are sorted by note, so each note is a slice of them.
        starts = [0, *(np.flatnonzero(notes[1:] != notes[:-1]) + 1), len(notes)]
        self._slices = [slice(start, end) for start, end in pairwise(starts)]
        self._notes = notes
        self._names = [(_pattern(name), slug) for slug, names in entries.names.items() for name in names]

    def scores(self, question: str, vector: np.ndarray, kind: SectionKind | None = None) -> Scores:
        """Score every unit for a question, its unit-length vector and the kind of answer that it wants."""
        raw = self._vectors.similarities(vector)
        bm25 = self._lexical.scores(terms(question))
        saturated = bm25 / (bm25 + LEXICAL_SATURATION)
        centred = raw - (self._means @ vector)[self._language]
        passages = self._best(np.where(self._is_passage, centred, -1.0))
        rank = PASSAGE_SHARE * passages + (1 - PASSAGE_SHARE) * self._best(centred) + LEXICAL_WEIGHT * saturated
        rank = rank + self._name_bonus(question)
        if kind is not None:
            rank = rank + KIND_BONUS * (self._kinds == kind)
        rank = (rank + NOTE_WEIGHT * self._of_notes(rank)) / (1 + NOTE_WEIGHT)
        support = (raw[self._is_passage].max() + raw.max()) / 2 + LEXICAL_SUPPORT_WEIGHT * saturated.max()
        return Scores(rank, float(support))

    def _best(self, of_entries: np.ndarray) -> np.ndarray:
        best = np.full(self._units, -1.0, dtype=np.float32)
        np.maximum.at(best, self._unit_of, of_entries)
        return best

    def _of_notes(self, rank: np.ndarray) -> np.ndarray:
        """For each unit the score of its note: the mean of the note's best sections."""
        scores = np.empty_like(rank)
        for units in self._slices:
            scores[units] = np.sort(rank[units])[-NOTE_SECTIONS:].mean()
        return scores

    def _name_bonus(self, question: str) -> np.ndarray:
        text = simplify(question).lower()
        named = {note for pattern, note in self._names if pattern.search(text)}
        bonus = ONLY_NAME_BONUS if len(named) == 1 else NAME_BONUS
        return bonus * np.isin(self._notes, list(named))


def _mean(vectors: np.ndarray) -> np.ndarray:
    return vectors.mean(0) if len(vectors) else np.zeros(vectors.shape[1], dtype=np.float32)


def _pattern(name: str) -> re.Pattern[str]:
    """A name as it may stand in a question: whole words in Latin script, anywhere in Han script."""
    words = re.escape(simplify(name).lower()).replace(r"\ ", r"[\s-]?").replace(r"\-", r"[\s-]?")
    start = r"(?<![a-z0-9])" if name[0].isascii() else ""
    end = r"(?![a-z0-9])" if name[-1].isascii() else ""
    return re.compile(start + words + end)
