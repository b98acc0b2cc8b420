"""A run: every labelled question is asked, and what came out is judged and kept."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, replace
from datetime import UTC, datetime

from tutor.answering import Answer, Tutor
from tutor.answering.question import fault_of, language_of, understand
from tutor.corpus import Language
from tutor.corpus.questions import LabelledQuestion
from tutor.evaluating.judging import is_hostile, verdicts
from tutor.evaluating.quality import qualities
from tutor.evaluating.ranking import rank_scores
from tutor.retrieval.retriever import Retrieval, Retriever

UNNAMED = "other"  # kind of a question whose label names none


@dataclass(frozen=True)
class Outcome:
    """What came of a question: `scores` of the answer, between 0 and 1 by name; one that does not apply is absent."""

    row: LabelledQuestion
    key: str  # the same for the same question with the same label
    language: Language
    expected: tuple[str, ...]  # the labelled notes that the corpus has
    answer: Answer
    support: float | None  # None for a question that leans on earlier ones: the conversation decides on its refusal
    scores: Mapping[str, float]

    @property
    def cited(self) -> tuple[str, ...]:
        """The notes that are cited, in the order of the citations, each once."""
        return tuple(dict.fromkeys(citation.note for citation in self.answer.citations))

    @property
    def demo(self) -> str:
        """The slug of the experiment that is offered, "" if none is."""
        return self.answer.demo.name if self.answer.demo else ""

    @property
    def refused(self) -> bool:
        """Whether there is no answer."""
        return self.answer.refused

    @property
    def kind(self) -> str:
        """How the question is asked, or how far off it is."""
        return self.row.kind or UNNAMED

    @property
    def concept(self) -> str:
        """The note that the question is about first of all, "" if it is about none."""
        return self.expected[0] if self.expected else ""


@dataclass(frozen=True)
class Scores:
    """What is kept of a run to compare with: scores by the key of the question, and when and with what it was made."""

    made: str  # ISO 8601, UTC
    model: str
    notes: int
    questions: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True)
class Run:
    """The outcomes, in the order of the questions; `left_out` questions are about notes that the corpus lacks."""

    made: str
    model: str
    notes: int
    outcomes: tuple[Outcome, ...]
    left_out: int

    @property
    def scores(self) -> Scores:
        """What a later run is compared with."""
        return Scores(self.made, self.model, self.notes, {each.key: each.scores for each in self.outcomes})


def coverable(rows: Sequence[LabelledQuestion], notes: frozenset[str]) -> list[LabelledQuestion]:
    """The questions that a corpus of these notes can be asked: those about other notes are left out."""
    return [row for row in rows if row.refuse or is_hostile(row) or notes & set(row.notes)]


def carry_out(rows: Iterable[LabelledQuestion], left_out: int, tutor: Tutor, retriever: Retriever) -> Run:
    """Ask every question of `rows`, all of them coverable, with its history.

    Rankings are those of `retriever`: what it finds for the question, together with the earlier one where the words
    lean on it, whether or not the answer is then refused.
    """
    notes = frozenset(note.slug for note in tutor.corpus.notes)
    outcomes, rankings, models = [], [], set()
    for row in rows:
        answer = tutor.ask(row.asked, row.history)
        found = None if fault_of(row.asked) else _retrieved(row, retriever)
        expected = () if row.refuse else tuple(note for note in row.notes if note in notes)
        outcome = Outcome(
            row=row,
            key=_key(row),
            language=_spoken(row),
            expected=expected,
            answer=answer,
            support=None if row.history or found is None else found.support,
            scores={**verdicts(row, expected, answer), **_qualities(row, answer, tutor)},
        )
        outcomes.append(outcome)
        rankings.append(found.notes if found else ())
        models.add("" if answer.refused else answer.model)
    return Run(
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        model=", ".join(sorted(models - {""})) or "none",
        notes=len(notes),
        outcomes=_ranked(outcomes, rankings),
        left_out=left_out,
    )


def _qualities(row: LabelledQuestion, answer: Answer, tutor: Tutor) -> Mapping[str, float]:
    """How well an answer is made; of a question that none is expected to, nothing."""
    if row.refuse or is_hostile(row):
        return {}
    return qualities(row, understand(row.asked, row.history), answer, tutor.corpus)


def _retrieved(row: LabelledQuestion, retriever: Retriever) -> Retrieval:
    understood = understand(row.asked, row.history, names=retriever.subject_of)
    return retriever.retrieve(understood.standalone, understood.language, understood.kind)


def _ranked(outcomes: Sequence[Outcome], rankings: Sequence[Sequence[str]]) -> tuple[Outcome, ...]:
    """The outcomes, those of answerable questions with the measures of their ranking."""
    answerable = [n for n, each in enumerate(outcomes) if "concept@1" in each.scores]
    scores = rank_scores([(rankings[n], outcomes[n].expected) for n in answerable])
    ranked = list(outcomes)
    for n, measures in zip(answerable, scores, strict=True):
        ranked[n] = replace(ranked[n], scores={**ranked[n].scores, **measures})
    return tuple(ranked)


def _spoken(row: LabelledQuestion) -> Language:
    return row.language or language_of(row.question[:200])  # type: ignore[return-value]


def _key(row: LabelledQuestion) -> str:
    """A question whose label asks for something else is another question: its verdicts cannot be compared."""
    judged = astuple(replace(row, id="", language="", kind=""))
    return hashlib.sha256(repr((judged, is_hostile(row))).encode()).hexdigest()[:12]
