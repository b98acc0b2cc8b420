"""Question and history in, grounded answer out: the one path that every entrance uses."""

import logging
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tutor.answering.answer import Answer, Citation, DemoLaunch, Fallback, Restart, Said, Streamed, Usage
from tutor.answering.cards import DemoCard
from tutor.answering.citing import CitationMarks
from tutor.answering.evidence import Evidence
from tutor.answering.extractive import rendered, said
from tutor.answering.following import refers_back
from tutor.answering.generative import TIMEOUT, ModelFailed, generated
from tutor.answering.launch import Launcher
from tutor.answering.leading_on import first_questions, questions_on
from tutor.answering.measured import measurement
from tutor.answering.origin import EXTRACTIVE
from tutor.answering.outline import Outline, outline
from tutor.answering.question import Question, fault_of, language_of, understand
from tutor.answering.refusing import nearest_notes, not_covered, unaskable
from tutor.answering.studying import hint
from tutor.corpus import Corpus, Language
from tutor.corpus.receipts import Receipt
from tutor.retrieval.retriever import Retrieval, Retriever

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

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
        self._launcher = Launcher(demos)
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

    def ask(self, question: str, history: Sequence[str] = (), language: str = "auto", *, study: bool = False) -> Answer:
        """Answer a question; `history` holds the earlier questions of the conversation, oldest first.

        Whatever the text, an answer comes back: one that cannot be asked or that no note covers is refused. With
        `study` a hint comes instead of the answer.
        """
        *_, answer = self.stream(question, history, language, study=study)
        assert isinstance(answer, Answer)
        return answer

    def stream(
        self, question: str, history: Sequence[str] = (), language: str = "auto", *, study: bool = False
    ) -> Iterator[Streamed]:
        """See `Answerer.stream`."""
        started = time.perf_counter()
        if fault := fault_of(question):
            spoken: Language = language if language in ("zh", "en") else language_of(question[:200])  # type: ignore[assignment]
            text = unaskable(fault, spoken)
            yield text
            yield Answer(question, spoken, True, text, "none", seconds={"retrieve": 0.0, "answer": 0.0})
            return
        understood, retrieval = self._retrieved(understand(question, history, language, self.retriever.subject_of))
        retrieved = time.perf_counter()
        if retrieval.refused:
            answer = self._refused(question, understood, retrieval)
            yield answer.text
        else:
            demo = self._demo(understood, retrieval)
            evidence = self._evidence(understood, retrieval, demo)
            answer = yield from self._hinted(evidence) if study else self._worded(evidence)
            answer = replace(answer, question=question, demo=None if study else demo, receipts=self._receipts(demo))
        finished = time.perf_counter()
        seconds = {"retrieve": round(retrieved - started, 5), "answer": round(finished - retrieved, 5)}
        yield replace(answer, seconds=seconds)

    def _retrieved(self, question: Question) -> tuple[Question, Retrieval]:
        """What is found for a question, alone or together with the one that it follows up.

        A question that finds nothing by itself may still continue the conversation. It does not if adding it
        takes support away from the earlier question, or if that one found nothing: then it stands by itself.
        """

        def alone() -> Retrieval:  # found when it is needed: encoding a question takes half the time of its answer
            return self.retriever.retrieve(question.text, question.language, question.kind)

        if not question.earlier:
            return question, alone()
        if not question.follows_up and not (found := alone()).refused:
            return question, found
        before = self.retriever.retrieve(question.earlier, question.language)
        together = replace(question, follows_up=True)
        case = together.case if together.sets or together.doubts else ""
        found = self.retriever.retrieve(together.standalone, question.language, question.kind, case)
        changed = before.support - found.support > SUBJECT_CHANGED[refers_back(question.text)]
        if before.refused or found.refused or changed:
            by_itself = alone()
            if before.refused or (changed if by_itself.refused else found.refused):
                return replace(question, follows_up=False), by_itself
        return together, found

    def _refused(self, asked: str, question: Question, retrieval: Retrieval) -> Answer:
        nearest = nearest_notes(self.corpus, retrieval, question.language)
        text = not_covered(nearest, question.language)
        return Answer(asked, question.language, True, text, "none", follow_ups=first_questions(nearest))

    def _demo(self, question: Question, retrieval: Retrieval) -> DemoLaunch | None:
        """The experiment of the note that answers, or of a near one if that has what the question sets."""
        first = self.corpus.nearest(retrieval.hits[0].note, question.language)
        beside = [note.slug for note in self.corpus.notes if first and (first.slug in note.requires)]
        near = dict.fromkeys(
            (retrieval.hits[0].note, *retrieval.named, *retrieval.notes, *(first.requires if first else ()), *beside)
        )
        notes = [note for slug in near if (note := self.corpus.nearest(slug, question.language))]
        demo = self._launcher.choose([note.demo for note in notes], question.conversation)
        own = demo is not None and bool(notes) and demo.name == notes[0].demo
        return demo if own or (demo and demo.params) else None

    def _evidence(self, question: Question, retrieval: Retrieval, demo: DemoLaunch | None) -> Evidence:
        first = retrieval.hits[0]
        as_measured = demo is not None and not demo.params
        measured = measurement(question, first, self.corpus, self._demos[demo.name]) if demo and as_measured else None
        return Evidence(
            question,
            retrieval.hits,
            retrieval.named,
            retrieval.background,
            measured=measured,
            asked_so=retrieval.asked_so,
            believed=retrieval.believed,
            compared=retrieval.compared,
        )

    def _receipts(self, demo: DemoLaunch | None) -> tuple[Receipt, ...]:
        return tuple(one for one in self.corpus.receipts.values() if demo and one.demo == demo.name)

    def _hinted(self, evidence: Evidence) -> Generator[str, None, Answer]:
        """The pieces of a hint, which is quoted, whatever model is configured."""
        answer = yield from self._quoted(evidence, hint(evidence))
        return replace(answer, hint=True)

    def _worded(self, evidence: Evidence) -> Generator[str | Restart, None, Answer]:
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
                return self._answered(
                    evidence, reply.text, reply.used, reply.sentences, self._generator_name, usage=reply.usage
                )
        answer = yield from self._quoted(evidence, outline(evidence))
        return replace(answer, fallback=fallback)

    def _quoted(self, evidence: Evidence, outlined: Outline) -> Generator[str, None, Answer]:
        """The pieces of what the notes say."""
        marks, pieces = CitationMarks(len(evidence.passages)), []
        for piece in marks.passed(rendered(outlined, evidence)):
            pieces.append(piece)
            yield piece
        sentences = said(outlined, [evidence.passages[number - 1] for number in marks.used])
        return self._answered(evidence, "".join(pieces).strip(), marks.used, sentences, EXTRACTIVE)

    def _answered(
        self,
        evidence: Evidence,
        text: str,
        used: Sequence[int],
        sentences: tuple[Said, ...],
        model: str,
        usage: Usage | None = None,
    ) -> Answer:
        """An answer of the words that were found for it; mark `[i + 1]` cites passage `used[i]` of the evidence."""
        cited = [evidence.passages[number - 1] for number in used]
        return Answer(
            question=evidence.question.text,
            language=evidence.question.language,
            refused=False,
            text=text,
            model=model,
            citations=tuple(Citation.of(n, passage, evidence.score_of(passage)) for n, passage in enumerate(cited, 1)),
            follow_ups=questions_on(evidence, self.corpus),
            sentences=sentences,
            usage=usage,
        )
