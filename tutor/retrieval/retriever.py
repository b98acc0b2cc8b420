"""Question -> hits: the sections that answer it best, or a refusal with the nearest topics."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from tutor.corpus import Corpus, Language, Passage, SectionKind
from tutor.retrieval.encoder import Encoder
from tutor.retrieval.index import Index
from tutor.retrieval.posed import Posed, Sayings
from tutor.retrieval.scripts import HAN
from tutor.retrieval.spelling import Speller

HITS = 8
RECENT = 512  # questions whose vectors are kept
NOTES = 3  # that are hit at least, and of which the background is given
BACKGROUND: tuple[SectionKind, ...] = ("what", "why", "how", "when", "pitfalls", "check")
SECTION_KIND_BONUS = 0.06  # within the note that is found, "why" goes to its why, unless another section is far nearer
# Remarks on sources lead no answer while there is anything else, a self-test or a worked number only if far nearer.
LEADS_ILL: dict[SectionKind, float] = {"sources": -1.0, "check": -0.12, "example": -0.05}

_JOINS = re.compile(
    r"\b(?:vs|versus|and|or|than|from|with|over|to)\b\.?|[和与跟同及、,，/;；]|还是|相比|对比|比", re.IGNORECASE
)
_AGAINST = re.compile(
    r"\bvs\b\.?|\bversus\b|\bcompared (?:to|with)\b|相比|对比|\bor\b|还是|\bthan\b|\band\b|[和与跟比]", re.IGNORECASE
)


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
    """Hits, best first. If `refused`, they only say which topics lie nearest.

    `named`: the notes whose concept the question names, in its order. `background`: of these and of the first hits'
    notes, the best section of each kind that an answer may need besides the hits. Of the first hit's note, `asked_so`
    is the likest question of its self-test and `believed` the likest belief that it puts right. `compared`: the two
    notes that the question compares, if it does.
    """

    hits: tuple[Hit, ...]
    support: float
    refused: bool
    named: tuple[str, ...] = ()
    background: tuple[Hit, ...] = ()
    asked_so: Posed | None = None
    believed: Posed | None = None
    compared: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """Slugs of the notes that were hit, best first, each once."""
        return tuple(dict.fromkeys(hit.note for hit in self.hits))


class Retriever:
    """Retrieves from one corpus through one index; safe to share between threads."""

    def __init__(self, corpus: Corpus, index: Index, encoder: Encoder) -> None:
        self.corpus = corpus
        self.index = index
        terms = [term.en for term in index.entries.glossary]
        self._speller = Speller([*terms, *(passage.text for passage in corpus.passages)], encoder.is_word)
        # A follow-up is looked up together with the question before it, which has just been encoded.
        self._vector = lru_cache(RECENT)(lambda question: encoder.encode([question])[0])
        self._named_in = lru_cache(RECENT)(index.fusion.named)
        self._questions, self._beliefs = Sayings(index, "question"), Sayings(index, "belief")
        self._units_of: dict[str, list[int]] = defaultdict(list)
        for number, unit in enumerate(index.entries.units):
            self._units_of[unit.note].append(number)

    def prepare(self) -> None:
        """Do now what the first question with a doubtful word would wait for."""
        self._speller.prepare()

    def named(self, question: str) -> tuple[str, ...]:
        """The notes that a question names, in its order: "adam vs sgd", a term of its own, names two."""
        parts = (sorted(self._named_in(part)) for part in _JOINS.split(self._speller.corrected(question)))
        return tuple(dict.fromkeys(note for part in parts for note in part if note in self._units_of))

    def subject_of(self, text: str) -> str:
        """The title of the first note that a text names, in the language of the text; "" if it names none."""
        named = self.named(text)
        note = self.corpus.nearest(named[0], "zh" if HAN.search(text) else "en") if named else None
        return note.title if note else ""

    def retrieve(self, question: str, language: Language, kind: SectionKind | None = None, case: str = "") -> Retrieval:
        """The best sections for a question in either language, with their text in `language`.

        A section that was not written in that language is given in the other. `case` is what a self-test may judge, if
        that is not the question.
        """
        question = self._speller.corrected(question)
        scores = self.index.fusion.scores(question, self._vector(question), kind)
        order = np.argsort(-scores.rank, kind="stable")
        ranked = zip(scores.units[order].tolist(), scores.rank[order].tolist(), strict=True)
        found = [self._hit(number, score, language) for number, score in self._foremost(ranked)]
        own = [hit for hit in found if hit.note == found[0].note]
        named = self.named(question)
        first = max(own, key=lambda hit: hit.score + self._fitness(hit, kind, named))
        found.insert(0, found.pop(found.index(first)))
        if self.index.refusal.applies(scores.support):
            return Retrieval(tuple(found), scores.support, True)
        known = dict(zip(scores.units.tolist(), scores.rank.tolist(), strict=True))
        background = tuple(self._background(found, named, known, language))
        vector = self._vector(self._speller.corrected(case) if case else question)
        asked_so, believed = (
            sayings.nearest(vector, first.note, language) for sayings in (self._questions, self._beliefs)
        )
        compared = self._compared(question, first, named) if kind == "compare" else ()
        return Retrieval(tuple(found), scores.support, False, named, background, asked_so, believed, compared)

    def _fitness(self, hit: Hit, wanted: SectionKind | None, named: tuple[str, ...]) -> float:
        """What a section adds to its score when one of a note is chosen to lead the answer.

        Of a note that is compared with another one only a section fits whose heading names that one, whatever its kind.
        """
        fits = hit.kind == wanted
        if wanted == "compare":
            asked, compared = ({*notes} - {hit.note} for notes in (named, self._named_in(hit.passages[0].section)))
            fits = bool(asked & compared) or (fits and not asked)
        return SECTION_KIND_BONUS if fits else LEADS_ILL.get(hit.kind, 0.0)

    def _compared(self, question: str, first: Hit, named: tuple[str, ...]) -> tuple[str, ...]:
        """The two notes that stand against each other in a question, one of which answers it; () if no two do.

        Of "SGD with momentum vs Adam" those next to the "vs".
        """
        sides = _AGAINST.split(question, maxsplit=1)
        if len(sides) == 2:
            left, right = self.named(sides[0]), self.named(sides[1])
            pair = (*left[-1:], *right[:1])
            if left and left[-1:] == right[:1]:
                return ()  # two things of one note
        else:
            pair = named
        pair = pair if len(set(pair)) == 2 else (first.note, *named) if len({first.note, *named}) == 2 else ()
        pair = tuple(dict.fromkeys(pair))
        return pair if first.note in pair else ()

    def _foremost(self, ranked: Iterable[tuple[int, float]]) -> Iterator[tuple[int, float]]:
        """The best units, and after them the best one of every further note, until there are `NOTES` of them."""
        notes: set[str] = set()
        for place, (number, score) in enumerate(ranked):
            note = self.index.entries.units[number].note
            if place < HITS or note not in notes:
                yield number, score
            notes.add(note)
            if place >= HITS and len(notes) >= NOTES:
                return

    def _background(
        self, hits: list[Hit], named: tuple[str, ...], known: Mapping[int, float], language: Language
    ) -> Iterator[Hit]:
        """Sections of the notes in question, of the kinds of which there is none among the hits."""
        there = {(hit.note, hit.kind) for hit in hits}
        for note in list(dict.fromkeys((hits[0].note, *named, *(hit.note for hit in hits))))[:NOTES]:
            for kind in BACKGROUND:
                units = [n for n in self._units_of.get(note, ()) if self.index.entries.units[n].kind == kind]
                if units and (note, kind) not in there:
                    number = max(units, key=lambda n: known.get(n, 0.0))
                    yield self._hit(number, known.get(number, 0.0), language)

    def _hit(self, number: int, score: float, language: Language) -> Hit:
        unit = self.index.entries.units[number]
        passages = unit.passages.get(language) or next(iter(unit.passages.values()))
        return Hit(unit.note, unit.kind, unit.section_number, passages, score)
