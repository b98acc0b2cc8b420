"""What the notes put into students' mouths: questions of self-tests, and beliefs that lists of mistakes quote."""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from tutor.corpus import Language, Passage
from tutor.retrieval.index import Index


@dataclass(frozen=True)
class Posed:
    """A question or belief `text` of a passage, and the cosine of its likeness to what a student says."""

    text: str
    passage: Passage
    likeness: float


class Sayings:
    """All of one sort, by note; those of a section stand in the same order in both languages."""

    def __init__(self, index: Index, role: str) -> None:
        rows: dict[tuple[int, Language], dict[str, int]] = defaultdict(dict)
        for number, entry in enumerate(index.entries.entries):
            if entry.role == role:
                rows[entry.unit, entry.language][entry.text] = number
        self._posed: dict[str, list[dict[Language, tuple[str, Passage]]]] = defaultdict(list)
        self._vectors: dict[str, list[np.ndarray]] = defaultdict(list)
        for unit_number in dict.fromkeys(unit for unit, _ in rows):
            unit = index.entries.units[unit_number]
            told: dict[Language, list[tuple[str, Passage]]] = {
                language: [(text, passage) for passage in passages for text in passage.posed]
                for language, passages in unit.passages.items()
            }
            for place in range(max(map(len, told.values()))):
                there: dict[Language, tuple[str, Passage]] = {
                    language: posed[place] for language, posed in told.items() if place < len(posed)
                }
                numbers = [rows[unit_number, language][text] for language, (text, _) in there.items()]
                self._posed[unit.note].append(there)
                self._vectors[unit.note].append(index.vectors.some(np.array(numbers)))

    def nearest(self, vector: np.ndarray, note: str, language: Language) -> Posed | None:
        """What of a note is likest to a question, whose unit-length vector is given; None if the note has nothing."""
        cosines = [float((own @ vector).max()) for own in self._vectors.get(note, ())]
        if not cosines:
            return None
        best = int(np.argmax(cosines))
        there = self._posed[note][best]
        return Posed(*(there.get(language) or next(iter(there.values()))), cosines[best])
