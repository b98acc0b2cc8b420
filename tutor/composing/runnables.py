"""The tutor and its notes as LangChain sees them: a Runnable that answers, a retriever that finds passages."""

from typing import Any, Literal

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableLambda
from pydantic import Field, ValidationError

from tutor.answering import Answer, Answerer
from tutor.answering.question import fault_of, understand
from tutor.composing.asked import Asked, BadInput, one_line
from tutor.corpus import Passage
from tutor.retrieval.retriever import Retriever


def runnable(tutor: Answerer) -> Runnable[Any, Answer]:
    """A Runnable that answers what `Asked.read` takes."""

    def ask(given: Any) -> Answer:
        asked = Asked.read(given)
        return tutor.ask(asked.question, asked.history, asked.language, study=asked.study)

    return RunnableLambda(ask, name="tutor").with_types(input_type=str | Asked, output_type=Answer)  # type: ignore[arg-type]


class NotesRetriever(BaseRetriever):
    """Finds the best `k` passages of the notes for a question; none for one that the tutor would refuse."""

    retriever: Retriever
    k: int = Field(ge=1)
    language: Literal["auto", "zh", "en"] = "auto"

    @classmethod
    def over(cls, retriever: Retriever, k: int, language: str) -> "NotesRetriever":
        """Raises BadInput where `k` or `language` cannot be used."""
        try:
            return cls.model_validate({"retriever": retriever, "k": k, "language": language})
        except ValidationError as error:
            raise BadInput(one_line(error)) from None

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        if fault_of(query):
            return []
        question = understand(query, language=self.language)
        found = self.retriever.retrieve(question.text, question.language, question.kind)
        if found.refused:
            return []
        return [_document(passage, hit.score) for hit in found.hits for passage in hit.passages][: self.k]


def _document(passage: Passage, score: float) -> Document:
    lines = [passage.start_line, passage.end_line]
    return Document(
        id=f"{passage.note}.{passage.language}:{lines[0]}-{lines[1]}",
        page_content=passage.text,
        metadata={
            "note": passage.note,
            "language": passage.language,
            "section": passage.section,
            "title": passage.title,
            "lines": lines,
            "score": round(score, 4),
        },
    )
