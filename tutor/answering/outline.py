"""What an answer says, in order: first what answers the question, then the reason and the limit; to read on, what lies
near.

Every sentence is one of the notes', with the passage that it stands in, or a few words of ours that lead into one.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from tutor.answering.asking import MISTAKES
from tutor.answering.choosing import (
    Piece,
    first_of,
    mistake_near,
    opening_of,
    pieces_of,
    points_elsewhere,
    says_the_same,
    words,
)
from tutor.answering.evidence import Evidence
from tutor.answering.sentences import FORMULA, Sentence, length
from tutor.corpus import Language, Passage, SectionKind
from tutor.retrieval.lexical import terms
from tutor.retrieval.retriever import Hit

BUDGET: dict[Language, int] = {"en": 150, "zh": 250}  # words, or characters, before "read more"
OPENING = 0.58  # of the budget, for the section that answers the question
BESIDE_TABLE = 0.4  # …if a table follows
MORE = 0.6  # of the budget, for what a reader may read on
CELL: dict[Language, int] = {"en": 43, "zh": 90}
NEAR = 0.65  # of the best score, for a section of another note that is worth a look
SUPPORTS = 0.75  # …and for one of the same note that supports
RIVAL = 0.8  # of the best score, for a note that may be what was meant
RIVALS = 2
EQUAL = 0.92  # of the best score, for a section that may be the one that was meant
SUPPORTING = 3  # sentences from further sections of the same note
FURTHER = 2  # …and to read on
SPEAKS: tuple[SectionKind, ...] = ("why", "how", "when", "pitfalls", "what", "compare", "example")
INTRODUCES: tuple[SectionKind, ...] = ("what", "why", "how", "when")

LEADS: dict[str, dict[Language, str]] = {
    "not always": {"zh": "不一定。", "en": "Not necessarily."},
    "mistake": {"zh": "先说一个常见的误解：", "en": "First, a common mistake:"},
    "see also": {"zh": "另见“{title}”：", "en": "See also “{title}”:"},
    "hint": {"zh": "先给一个提示：", "en": "First a hint:"},
    "guide": {"zh": "再想一想：", "en": "Now think about this:"},
    "ready": {"zh": "有了想法，再看完整的回答。", "en": "When you have an idea, read the full answer."},
}
ROWS: tuple[tuple[SectionKind, dict[Language, str]], ...] = (
    ("what", {"zh": "是什么", "en": "What it is"}),
    ("when", {"zh": "什么时候用", "en": "When it helps"}),
)
_WITHOUT_EXCEPTION = re.compile(
    r"一定|总是|永远|必然|必须|越(?!来越).{1,8}越|都要|都会|\b(?:always|necessarily|must|never|every)\b", re.I
)
_NUMBER = re.compile(r"(?<![A-Za-z0-9_.])\d+(?:\.\d+)?(?:e-?\d+)?(?![A-Za-z0-9_]|\.\d)")


@dataclass(frozen=True)
class Part:
    """A sentence of the answer: one that stands in `passage`, what was measured for `claim`, or words of ours.

    The last have neither; they claim nothing.
    """

    sentence: Sentence
    passage: Passage | None = None
    claim: str = ""


@dataclass(frozen=True)
class Table:
    """A comparison: a column for each note, by its title, and rows of a label and one cell for each column."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Part, ...]], ...]


Paragraph = tuple[Part, ...]


@dataclass(frozen=True)
class Outline:
    """The paragraphs of the answer itself, and those that may be read besides."""

    answer: tuple[Paragraph | Table, ...]
    more: tuple[Paragraph, ...]

    @property
    def parts(self) -> Iterator[Part]:
        """All sentences, in order."""
        for paragraph in (*self.answer, *self.more):
            if isinstance(paragraph, Table):
                yield from (part for _, cells in paragraph.rows for part in cells)
            else:
                yield from paragraph


def outline(evidence: Evidence) -> Outline:
    """The paragraphs of an answer; a table stands where the question compares two notes."""
    pair = _compared(evidence)
    said = _Said(evidence)
    found = evidence.measured
    measured = (Part(Sentence(found.sentence), claim=found.claim),) if found else ()
    said.room -= sum(length(part.sentence.text, said.language) for part in measured)
    first, opening = _opening(evidence, said, BESIDE_TABLE if pair else OPENING)
    table = _comparison(evidence, pair, said)
    answer = [opening, table or _support(evidence, first, said), measured]
    if table:
        said.add((part.sentence, part.passage) for _, cells in table.rows for part in cells if part.passage)
        said.room = 0
    said.room += int(BUDGET[said.language] * MORE)
    compared = {part.passage.note for _, cells in table.rows for part in cells if part.passage} if table else set()
    more = [_further(evidence, first, said), *_elsewhere(evidence, said, compared)]
    return Outline(tuple(filter(None, answer)), tuple(filter(None, more)))


class _Said:
    """What the answer holds so far, that it neither repeats itself nor grows too long."""

    def __init__(self, evidence: Evidence) -> None:
        self.language: Language = evidence.question.language
        self.room = BUDGET[self.language]  # that is left
        self._texts: list[str] = []

    def takes(self, piece: Piece, *, anywhere: bool = False) -> bool:
        """Whether a sentence from elsewhere has a place: it stands alone, says something new and fits, if it must."""
        sentence, _ = piece
        alone = not sentence.announces and not sentence.formula and not points_elsewhere(sentence)
        fits = anywhere or length(sentence.text, self.language) <= self.room
        return alone and fits and not any(says_the_same(sentence.text, text) for text in self._texts)

    def add(self, pieces: Iterable[Piece]) -> tuple[Part, ...]:
        """Take note of the sentences, and give them as parts."""
        parts = tuple(Part(*piece) for piece in pieces)
        self._texts += [part.sentence.text for part in parts]
        self.room -= sum(length(part.sentence.text, self.language) for part in parts)
        return parts


def _opening(evidence: Evidence, said: _Said, share: float) -> tuple[Hit, Paragraph]:
    """The section that answers and what of it comes first; of a list of mistakes, the one that the question makes.

    A list in which the question finds no mistake of its own answers only who asks for mistakes.
    """
    question, first = evidence.question, evidence.hits[0]
    wanted = frozenset(terms(question.standalone))
    budget = int(BUDGET[question.language] * share)
    lists = [hit for hit in evidence.of_note(first.note) if hit.kind == "pitfalls"]
    asked_so = question.kind == "pitfalls" or first in lists
    mistake = mistake_near(lists, question.text) if asked_so else None
    if mistake is None:
        if first in lists and not re.search(MISTAKES, question.text, re.IGNORECASE):
            first = next((hit for hit in _others(evidence, first) if hit not in lists), first)
        return first, said.add(opening_of(first, wanted, budget, question.language))
    sentence, passage = mistake
    without_exception = question.kind == "pitfalls" and _WITHOUT_EXCEPTION.search(question.text)
    lead = ours("not always" if without_exception else "mistake", question.language)
    given = lead.sentence.text.rstrip("。.") in sentence.text  # the note says so itself
    parts = [*(() if given else (lead,)), *said.add([(Sentence(sentence.text), passage)])]
    if first not in lists:
        left = budget - length(sentence.text, question.language)
        chosen = opening_of(first, wanted, left, question.language)
        parts += said.add([piece for piece in chosen if said.takes(piece) or piece[0].formula])
    return first, tuple(parts)


def _support(evidence: Evidence, first: Hit, said: _Said) -> Paragraph:
    """From the same note: what speaks of the number asked about, the section that is as near, the reason, the limit.

    A reason or a limit that is far from the question would not belong to this answer.
    """
    others = _near(evidence, first)
    near = [hit for hit in others if hit.score >= EQUAL * first.score and hit.kind != "what"]
    reasons = [hit for hit in others if hit.kind == "why"] if first.kind != "why" else []
    limits = [hit for kind in ("when", "pitfalls") for hit in others if hit.kind == kind and first.kind != kind]
    chosen = _with_numbers(evidence.question.text, _others(evidence, first), said)
    return chosen + _first_sentences((*near[:1], *reasons[:1], *limits[:1]), said, SUPPORTING)


def _further(evidence: Evidence, first: Hit, said: _Said) -> Paragraph:
    """What else the same note says that is near to the question."""
    return _first_sentences(_near(evidence, first), said, FURTHER)


def _near(evidence: Evidence, first: Hit) -> list[Hit]:
    """The other sections of the note that are near enough to the question to belong to its answer."""
    return [hit for hit in _others(evidence, first) if hit.score >= SUPPORTS * first.score]


def _others(evidence: Evidence, first: Hit) -> list[Hit]:
    """The other sections of the note that answers, best first."""
    return [hit for hit in evidence.of_note(first.note) if hit is not first and hit.kind in SPEAKS]


def _first_sentences(hits: Iterable[Hit], said: _Said, most: int) -> Paragraph:
    """The first sentences of sections, as far as they have a place, at most so many."""
    spoken = (part for hit in hits if said.takes(piece := pieces_of(hit)[0]) for part in said.add([piece]))
    return tuple(islice(spoken, most))


def _with_numbers(question: str, hits: Sequence[Hit], said: _Said) -> Paragraph:
    """The sentence that speaks of a number which the question names, and of the same thing, if there is one."""
    numbers = frozenset(_NUMBER.findall(question))
    asked = words(question) - numbers

    def fits(sentence: Sentence) -> bool:
        named = numbers & set(_NUMBER.findall(FORMULA.sub(" ", sentence.text)))
        return bool(named and asked & words(sentence.text)) and not sentence.item

    pieces = [piece for hit in hits if numbers for piece in pieces_of(hit) if fits(piece[0])]
    return said.add(found for found in pieces[:1] if said.takes(found))


def _elsewhere(evidence: Evidence, said: _Said, known: Collection[str]) -> list[Paragraph]:
    """The best of the nearest notes that are not `known` yet, one of which may be what was meant."""
    first = evidence.hits[0]
    near = [
        hit
        for hit in evidence.hits
        if hit.note != first.note and hit.note not in known and hit.score >= NEAR * first.score
    ]
    rivals = list(dict.fromkeys(hit.note for hit in near if hit.score >= RIVAL * first.score))
    found = []
    for note in rivals[:RIVALS] or [hit.note for hit in near[:1]]:
        speaking = [pieces_of(hit)[0] for hit in evidence.of_note(note) if hit.kind in INTRODUCES]
        if piece := next((piece for piece in speaking if said.takes(piece, anywhere=True)), None):
            lead = ours("see also", evidence.question.language, title=piece[1].title)
            found.append((lead, *said.add([piece])))
    return found


def _compared(evidence: Evidence) -> tuple[str, ...]:
    """The two notes that the question compares: both named, or one named and the other found; () if it does not."""
    if evidence.question.kind != "compare":
        return ()
    best = evidence.hits[0].note
    named = evidence.named if len(evidence.named) > 1 else (best, *evidence.named)
    pair = tuple(dict.fromkeys(named))[:2]
    return pair if len(pair) == 2 else ()


def _comparison(evidence: Evidence, pair: tuple[str, ...], said: _Said) -> Table | None:
    """Both notes side by side, in rows for which both say enough that was not said before."""
    language = evidence.question.language
    rows = []
    for kind, label in ROWS if pair else ():
        cells = [first_of(evidence.of_note(note), kind) for note in pair]
        if all(
            cell and length(cell[0].text, language) <= CELL[language] and said.takes(cell, anywhere=True)
            for cell in cells
        ):
            rows.append((label[language], tuple(Part(*cell) for cell in cells if cell)))
    if not rows:
        return None
    titles = tuple(part.passage.title for part in rows[0][1] if part.passage)
    return Table(titles, tuple(rows))


def ours(name: str, language: Language, **values: str) -> Part:
    """Words of the answerer itself, which lead into what the notes say."""
    return Part(Sentence(LEADS[name][language].format(**values)))
