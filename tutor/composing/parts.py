"""What a tutor is made of, opened from settings; each part when it is first needed, and once.

Everything heavy is imported where it is opened, so that whoever needs only the notes loads no more.
"""

import logging
from collections.abc import Callable, Iterator
from functools import cached_property, partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

    from tutor.answering import DemoCard, Tutor
    from tutor.corpus import Corpus
    from tutor.retrieval.encoder import Encoder
    from tutor.retrieval.index import Change, Index, Progress
    from tutor.retrieval.retriever import Retriever
    from tutor.settings import Settings

log = logging.getLogger(__name__)


class Parts:
    """The parts that `settings` ask for. Opening one raises TutorError if it cannot be opened.

    Args:
        tell: gets a line for whatever is wrong and stops nothing, such as a note that is left out.
        progress: gets how many texts are encoded, and of how many, while an index is built; last, that all are.
    """

    def __init__(
        self,
        settings: "Settings",
        *,
        tell: Callable[[str], None] = log.warning,
        progress: "Progress | None" = None,
    ) -> None:
        self.settings = settings
        self._tell = tell
        self._progress = progress

    @cached_property
    def notes(self) -> "Corpus":
        """The corpus; a note that cannot be read is told of and left out."""
        from tutor.corpus import read_corpus

        notes = read_corpus(self.settings.corpus)
        for fault in notes.faults:
            self._tell(f"left out: {fault}")
        return notes

    @cached_property
    def encoder(self) -> "Encoder":
        from tutor.retrieval.encoder import load_encoder

        return load_encoder(self.settings.encoder or None)

    def open_index(self, rebuild: bool = False) -> "tuple[Index, Change]":
        """The stored index, refreshed where the notes have changed, and what that took."""
        from tutor.retrieval.index import open_index

        index, change = open_index(
            self.notes, self.encoder, self.settings.home, rebuild=rebuild, progress=self._progress
        )
        if change.encoded and self._progress:
            self._progress(change.encoded, change.encoded)
        if change.damage:
            self._tell(change.damage)
        return index, change

    @cached_property
    def retriever(self) -> "Retriever":
        """Over the index; one that cannot be stored is told of and serves all the same."""
        from tutor.retrieval.retriever import Retriever

        index, change = self.open_index()
        if change.unsaved:
            self._tell(self.unsaved(change))
        return Retriever(self.notes, index, self.encoder)

    @cached_property
    def demos(self) -> "dict[str, DemoCard]":
        """What an answer needs to know of the experiments, by slug."""
        from demos.kit import catalogue, code_hash
        from tutor.answering import DemoCard

        return {row["name"]: DemoCard.from_catalogue(row, partial(code_hash, row["name"])) for row in catalogue()}

    @cached_property
    def model(self) -> "BaseChatModel | None":
        """The language model that words answers; None where they are extractive."""
        if not self.settings.model:
            return None
        from tutor.answering.generative import load_model

        return load_model(self.settings.model, self.settings.base_url)

    @cached_property
    def tutor(self) -> "Tutor":
        from tutor.answering import Tutor

        return Tutor(self.retriever, self.demos, self.model, self.settings.model)

    def unsaved(self, change: "Change") -> str:
        """One line for an index that cannot be stored."""
        return (
            f"The index cannot be written under {self.settings.home} ({change.unsaved}). "
            "Free space there or set TUTOR_HOME; until then it is made anew at every start."
        )


def described_change(notes: "Corpus", index: "Index", change: "Change") -> Iterator[str]:
    """What opening an index did, in a line or two."""
    size = f"{len(notes.notes)} notes, {len(notes.passages)} passages"
    if change.fresh:
        yield f"The index is up to date: {size}."
        return
    yield f"Indexed {size}: {change.encoded} texts encoded, {change.kept} kept, {change.dropped} dropped."
    if validated := index.refusal.validated:
        yield (
            f"By cross-validation {validated[0]:.0%} of the labelled questions outside the notes are refused, "
            f"and {validated[1]:.0%} of those inside."
        )
