"""Question and history in, grounded answer out: the one path that every entrance uses."""

import logging
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tutor.answering.answer import Answer, Citation, DemoLaunch, Fallback, Restart, Streamed
from tutor.answering.citing import CitationMarks
from tutor.answering.evidence import Evidence
from tutor.answering.extractive import written
from tutor.answering.generative import TIMEOUT, ModelFailed, generated
from tutor.answering.launch import DemoCard, launch
from tutor.answering.question import Question, fault_of, language_of, understand
from tutor.answering.refusing import first_questions, nearest_notes, not_covered, unaskable
from tutor.corpus import Corpus, Language
from tutor.retrieval.retriever import Retrieval, Retriever

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

EXTRACTIVE = "extractive"  # the model of an answer that quotes
FOLLOW_UPS = 3
# Loss of support that tells "and the weather?" from "and in practice?"; more is needed where words refer back.
SUBJECT_CHANGED = {False: 0.055, True: 0.08}

log = logging.getLogger(__name__)


class Tutor:
    """Answers questions from the notes of a retriever; safe to share between threads.

    Args:
        retriever: finds the passages and decides on refusal.
        demos: what is known of the experiments, by slug; an answer names one, it never runs one.
        model: a language model that words the answers; without one they are extractive. Its name is `model_name`.
        timeout: seconds that the model has for the whole answer; after them it is extractive.
    """

    def __init__(
        self,
        retriever: Retriever,
        demos: Mapping[str, DemoCard],
        model: "BaseChatModel | None" = None,
        model_name: str = "",
        timeout: float = TIMEOUT,
    ) -> None:
        self.retriever = retriever
        self._demos = demos
        self._generator = model
        self._generator_name = model_name
        self._timeout = timeout

    @property
    def corpus(self) -> Corpus:
        """The notes that answers come from."""
        return self.retriever.corpus

    def over(self, retriever: Retriever) -> "Tutor":
        """The same tutor over other notes."""
        return Tutor(retriever, self._demos, self._generator, self._generator_name, self._timeout)

    def ask(self, question: str, history: Sequence[str] = (), language: str = "auto") -> Answer:
        """Answer a question; `history` holds the earlier questions of the conversation, oldest first.

        Whatever the text, an answer comes back: one that cannot be asked or that no note covers is refused.
        """
        *_, answer = self.stream(question, history, language)
        assert isinstance(answer, Answer)
        return answer

    def stream(self, question: str, history: Sequence[str] = (), language: str = "auto") -> Iterator[Streamed]:
        """See `Answerer.stream`."""
        started = time.perf_counter()
        if fault := fault_of(question):
            spoken: Language = language if language in ("zh", "en") else language_of(question[:200])  # type: ignore[assignment]
            text = unaskable(fault, spoken)
            yield text
            yield Answer(question, spoken, True, text, "none", seconds={"retrieve": 0.0, "answer": 0.0})
            return
        understood, retrieval = self._retrieved(understand(question, history, language))
        retrieved = time.perf_counter()
        answer = self._refused(question, understood, retrieval) if retrieval.refused else None
        if answer:
            yield answer.text
        else:
            evidence = Evidence(understood, retrieval.hits, retrieval.named, retrieval.background)
            answer = yield from self._worded(question, evidence)
        finished = time.perf_counter()
        seconds = {"retrieve": round(retrieved - started, 5), "answer": round(finished - retrieved, 5)}
        yield replace(answer, seconds=seconds)

    def _retrieved(self, question: Question) -> tuple[Question, Retrieval]:
        """What is found for a question, alone or together with the one that it follows up.

        A question that finds nothing by itself may still continue the conversation. It does not if adding it
        takes support away from the earlier question: then it is about something else, and is refused.
        """
        alone = self.retriever.retrieve(question.text, question.language, question.kind)
        if not question.earlier or not (alone.refused or question.follows_up):
            return question, alone
        together = replace(question, follows_up=True)
        found = self.retriever.retrieve(together.standalone, question.language, question.kind)
        if found.refused and not alone.refused:
            return replace(question, follows_up=False), alone
        if alone.refused:
            before = self.retriever.retrieve(question.earlier, question.language)
            if found.support < before.support - SUBJECT_CHANGED[question.follows_up]:
                return replace(question, follows_up=False), alone
        return together, found

    def _refused(self, asked: str, question: Question, retrieval: Retrieval) -> Answer:
        nearest = nearest_notes(self.corpus, retrieval, question.language)
        text = not_covered(nearest, question.language)
        return Answer(asked, question.language, True, text, "none", follow_ups=first_questions(nearest))

    def _worded(self, asked: str, evidence: Evidence) -> Generator[str | Restart, None, Answer]:
        """The pieces of the model's answer, or of the extractive one where there is no model or it fails."""
        fallback: Fallback | None = None
        if self._generator:
            try:
                reply = yield from generated(self._generator, evidence, self._timeout)
            except ModelFailed as failure:
                log.warning("The model gave no answer: %s.", failure)
                fallback = failure.kind
                yield Restart()
            else:
                answer = self._answered(asked, evidence, reply.text, reply.used, self._generator_name)
                return replace(answer, usage=reply.usage)
        marks, pieces = CitationMarks(len(evidence.passages)), []
        for piece in marks.passed(written(evidence)):
            pieces.append(piece)
            yield piece
        answer = self._answered(asked, evidence, "".join(pieces).strip(), marks.used, EXTRACTIVE)
        return replace(answer, fallback=fallback)

    def _answered(self, asked: str, evidence: Evidence, text: str, used: Sequence[int], model: str) -> Answer:
        cited = [evidence.passages[number - 1] for number in used]
        citations = tuple(Citation.of(n, passage, evidence.score_of(passage)) for n, passage in enumerate(cited, 1))
        question, demo = evidence.question, self._demo(evidence)
        return Answer(
            question=asked,
            language=question.language,
            refused=False,
            text=text,
            model=model,
            citations=citations,
            demo=demo,
            receipts=tuple(one for one in self.corpus.receipts.values() if demo and one.demo == demo.name),
            follow_ups=self._follow_ups(evidence),
        )

    def _demo(self, evidence: Evidence) -> DemoLaunch | None:
        """The experiment of the note that answers, set as the question says."""
        note = self.corpus.nearest(evidence.hits[0].note, evidence.question.language)
        card = self._demos.get(note.demo) if note else None
        if card is None:
            return None
        question = evidence.question
        return launch(card, question.text, question.earlier if question.follows_up else "")

    def _follow_ups(self, evidence: Evidence) -> tuple[str, ...]:
        """Questions that lead on: what the same note answers elsewhere, then what it builds on."""
        language, first = evidence.question.language, evidence.hits[0]
        note = self.corpus.nearest(first.note, language)
        if note is None:
            return ()
        read = {hit.section_number for hit in evidence.hits[:1]}
        own = [
            section.keys[0]
            for number, section in enumerate(note.sections)
            if section.keys and number not in read and section.kind not in ("check", "sources")
        ]
        below = [found for slug in note.requires if (found := self.corpus.nearest(slug, language))]
        return (*own[: FOLLOW_UPS - 1], *first_questions(below)[:1], *own[FOLLOW_UPS - 1 :])[:FOLLOW_UPS]
