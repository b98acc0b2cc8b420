"""The tutor for programs: `from tutor import Tutor`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from tutor import answering
from tutor.composing.parts import Parts
from tutor.settings import load_settings

if TYPE_CHECKING:
    from langchain_core.retrievers import BaseRetriever
    from langchain_core.runnables import Runnable

    from tutor.answering import Answer

PASSAGES = 4  # that a retriever gives unless it is told otherwise


class Tutor(answering.Tutor):
    """A tutor that opens itself: `Tutor().ask("为什么dropout有效").text`.

    It answers from the notes as they are when it is made, and is safe to share between threads. Whatever is not given
    is taken from the environment (`TUTOR_*`), else from the defaults.

    Args:
        corpus: folder that holds `notes/`.
        model: language model that words the answers, `provider:name`; "" for extractive answers.
        home: folder that the index is written under.
        encoder: sentence-transformers name or folder; "" for the embedded one.
        base_url: address of the model's server.

    Raises:
        SettingsError: a value cannot be used; the message names its variable.
        CorpusError: there is no note to answer from.
    """

    def __init__(
        self,
        *,
        corpus: str | Path | None = None,
        model: str | None = None,
        home: str | Path | None = None,
        encoder: str | None = None,
        base_url: str | None = None,
    ) -> None:
        parts = Parts(load_settings(corpus=corpus, model=model, home=home, encoder=encoder, base_url=base_url))
        parts.retriever.prepare()
        super().__init__(parts.retriever, parts.demos, parts.model, parts.settings.model)

    def as_runnable(self) -> "Runnable[Any, Answer]":
        """The tutor as a LangChain Runnable: give it a question, or an object as follows.

        The object is `{"question", "history", "language", "study"}`, of which only the first is needed.

        It gives an `Answer`, in a chain (`|`), in a `batch`, asynchronously too. Its `stream` gives the `Answer` in one
        piece, as what follows in a chain needs it whole; a text piece by piece is to be had from `Tutor.stream`.
        Anything else than a question is refused with BadInput.
        """
        from tutor.composing.runnables import runnable

        return runnable(self)

    def as_retriever(self, k: int = PASSAGES, language: str = "auto") -> "BaseRetriever":
        """The notes as a LangChain retriever: the best `k` passages for a question, and none if it would be refused.

        A `Document` holds the text of a passage, and in its metadata `note`, `language`, `section`, `title`, `lines`
        (first and last in the file) and `score`. Passages are in `language`, "auto" for that of the question.

        Raises:
            BadInput: `k` is less than one, or `language` none of auto, zh and en.
        """
        from tutor.composing.runnables import NotesRetriever

        return NotesRetriever.over(self.retriever, k, language)
