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
    opening_of,
    pieces_of,
    points_elsewhere,
    says_the_same,
    words,
)
from tutor.answering.evidence import Evidence
from tutor.answering.sentences import FORMULA, Sentence, length
from tutor.answering.verdict import Verdict, verdict
from tutor.corpus import Language, Passage, SectionKind
from tutor.retrieval.lexical import terms
from tutor.retrieval.retriever import SECTION_KIND_BONUS, Hit

BUDGET: dict[Language, int] = {"en": 150, "zh": 250}  # words, or characters, before "read more"
OPENING = 0.58  # of the budget, for the section that answers the question
BESIDE_TABLE = 0.4  # …if a table follows
MORE = 0.6  # of the budget, for what a reader may read on
CELL: dict[Language, int] = {"en": 43, "zh": 90}
SUPPORTS = 0.75  # of the best score, for a section of the same note that supports
RIVAL = 0.8  # …and for a note that may be what was meant
RIVALS = 2
IN_COMMON = 2  # words that a list of mistakes has in common with a question that it answers
EQUAL = 0.92  # of the best score, for a section that may be the one that was meant
SUPPORTING = 3  # sentences from further sections of the same note
FURTHER = 2  # …and to read on
SPEAKS: tuple[SectionKind, ...] = ("why", "how", "when", "pitfalls", "what", "compare", "example")
INTRODUCES: tuple[SectionKind, ...] = ("what", "why", "how", "when")

LEADS: dict[str, dict[Language, str]] = {
    "not always": {"zh": "不一定。", "en": "Not necessarily."},
    "mistake": {"zh": "一个常见的误解：", "en": "A common mistake:"},
    "see also": {"zh": "另见“{title}”：", "en": "See also “{title}”:"},
    "hint": {"zh": "先给一个提示：", "en": "First a hint:"},
    "guide": {"zh": "再想一想：", "en": "Now think about this:"},
    "ready": {"zh": "有了想法，再看完整的回答。", "en": "When you have an idea, read the full answer."},
}
ROWS: tuple[tuple[SectionKind, dict[Language, str]], ...] = (
    ("what", {"zh": "是什么", "en": "What it is"}),
    ("when", {"zh": "什么时候用", "en": "When it helps"}),
)
_NUMBER = re.compile(r"(?<![A-Za-z0-9_.,])\d+(?:\.\d+)?(?:e-?\d+)?(?![A-Za-z0-9_]|[.,]\d)")
BESIDE = 12  # characters on either side of a number that say what it counts


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
    pair = evidence.compared
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
    """The section that answers and what of it comes first, after a verdict if one is wanted and the note gives it.

    After a verdict only what speaks of the case follows.
    """
    question = evidence.question
    wanted = frozenset(terms(question.standalone))
    found = verdict(evidence)
    front = _fronted(found, said) if found else ()
    first, pieces = _leading(evidence, bool(front))
    if not pieces:
        left = int(BUDGET[question.language] * share) - sum(length(part.sentence.text, said.language) for part in front)
        pieces = opening_of(first, wanted, left, question.language)
    case = wanted - words(evidence.hits[0].passages[0].title)
    chosen = [piece for piece in pieces if not front or (said.takes(piece) and words(piece[0].text) & case)]
    return first, (*front, *said.add(chosen))


def _fronted(found: Verdict, said: _Said) -> Paragraph:
    """A verdict after the words of ours that lead into it."""
    lead = (ours(found.lead, said.language),) if found.lead else ()
    said.room -= sum(length(part.sentence.text, said.language) for part in lead)
    return (*lead, *said.add(found.pieces))


def _leading(evidence: Evidence, judged: bool) -> tuple[Hit, list[Piece]]:
    """The section that leads, and its sentences if there is nothing to choose among them.

    A list of mistakes leads who asks for mistakes. Others get what it says in general, if that is near what they doubt
    or believe, or a verdict has been given; else another section leads.
    """
    question, first = evidence.question, evidence.hits[0]
    if first.kind not in ("check", "pitfalls") or re.search(MISTAKES, question.text, re.IGNORECASE):
        return first, []
    lead = pieces_of(first)[0]
    case = words(question.standalone) - words(first.passages[0].title)
    near = question.doubts and not lead[0].item and len(words(lead[0].text) & case) >= IN_COMMON
    if first.kind == "pitfalls" and (judged or near):
        return first, [lead]
    others = [hit for hit in _others(evidence, first) if hit.kind not in ("pitfalls", "example")]
    return max(others, key=lambda hit: hit.score + SECTION_KIND_BONUS * (hit.kind == question.kind), default=first), []


def _support(evidence: Evidence, first: Hit, said: _Said) -> Paragraph:
    """From the same note: what speaks of the number asked about, the section that is as near, the reason, the limit.

    What is far from the question would not belong to this answer, nor a mistake that shares no word with it.
    """
    others = _near(evidence, first)
    case = words(evidence.question.standalone) - words(first.passages[0].title)
    told = [hit for hit in others if words(pieces_of(hit)[0][0].text) & case]
    near = [hit for hit in told if hit.score >= EQUAL * first.score and hit.kind != "what"]
    reasons = [hit for hit in others if hit.kind == "why"] if first.kind != "why" else []
    limits = [hit for hit in others if hit.kind == "when"] if first.kind != "when" else []
    limits += [hit for hit in told if hit.kind == "pitfalls"] if first.kind != "pitfalls" else []
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
    asked = _beside_numbers(question)

    def fits(sentence: Sentence) -> bool:
        said_of = _beside_numbers(FORMULA.sub(" ", sentence.text))
        return not sentence.item and any(asked[number] & said_of[number] for number in asked.keys() & said_of.keys())

    pieces = [piece for hit in hits if asked for piece in pieces_of(hit) if fits(piece[0])]
    return said.add(found for found in pieces[:1] if said.takes(found))


def _beside_numbers(text: str) -> dict[str, frozenset[str]]:
    """The words next to each number of a text: what it is the number of."""
    beside: dict[str, frozenset[str]] = {}
    for number in _NUMBER.finditer(text):
        around = (
            f"{text[max(0, number.start() - BESIDE) : number.start()]} {text[number.end() : number.end() + BESIDE]}"
        )
        beside[number[0]] = beside.get(number[0], frozenset()) | words(around)
    return beside


def _elsewhere(evidence: Evidence, said: _Said, known: Collection[str]) -> list[Paragraph]:
    """What those notes are about that the question names or may have meant, and that are not `known` yet."""
    first = evidence.hits[0]
    near = [*evidence.named, *(hit.note for hit in evidence.hits if hit.score >= RIVAL * first.score)]
    found = []
    for note in [note for note in dict.fromkeys(near) if note not in (first.note, *known)][:RIVALS]:
        sections = sorted((hit for hit in evidence.of_note(note) if hit.kind in INTRODUCES), key=_introduces)
        speaking = [pieces_of(hit)[0] for hit in sections]
        if piece := next((piece for piece in speaking if said.takes(piece, anywhere=True)), None):
            lead = ours("see also", evidence.question.language, title=piece[1].title)
            found.append((lead, *said.add([piece])))
    return found


def _introduces(hit: Hit) -> tuple[int, int]:
    """What a thing is comes first, as its note has it."""
    return INTRODUCES.index(hit.kind), hit.section_number


def _comparison(evidence: Evidence, pair: tuple[str, ...], said: _Said) -> Table | None:
    """Both notes side by side, in rows for which both say enough that was not said before."""
    language = evidence.question.language
    rows = []
    for kind, label in ROWS if pair else ():
        cells = [_first_of(evidence.of_note(note), kind) for note in pair]
        if all(
            cell and length(cell[0].text, language) <= CELL[language] and said.takes(cell, anywhere=True)
            for cell in cells
        ):
            rows.append((label[language], tuple(Part(*cell) for cell in cells if cell)))
    if not rows:
        return None
    titles = tuple(part.passage.title for part in rows[0][1] if part.passage)
    return Table(titles, tuple(rows))


def _first_of(hits: Sequence[Hit], kind: SectionKind) -> Piece | None:
    """The first sentence of a note's best section of a kind; of those that say what it is, the one that comes first."""
    chosen = [hit for hit in hits if hit.kind == kind]
    first = min(chosen, key=lambda hit: hit.section_number if kind == "what" else 0, default=None)
    return pieces_of(first)[0] if first else None


def ours(name: str, language: Language, **values: str) -> Part:
    """Words of the answerer itself, which lead into what the notes say."""
    return Part(Sentence(LEADS[name][language].format(**values)))
