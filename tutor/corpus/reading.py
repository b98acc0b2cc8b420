"""The corpus: every note of a folder, and the faults met while reading them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from tutor.corpus.notes import LANGUAGES, Note, read_note
from tutor.corpus.passages import Passage, passages_of
from tutor.corpus.receipts import Receipt, read_receipts
from tutor.errors import CorpusError


@dataclass(frozen=True)
class Corpus:
    """All readable notes under `folder`, a line for what could not be read, and what was measured of their claims."""

    folder: Path
    notes: tuple[Note, ...]
    faults: tuple[str, ...] = ()
    receipts: Mapping[str, Receipt] = field(default_factory=dict)  # by claim

    def find(self, slug: str, language: str) -> Note | None:
        """The note of a concept in a language, or None."""
        return self._by_name.get((slug, language))

    def nearest(self, slug: str, language: str) -> Note | None:
        """The note of a concept in a language, or in the other one where it was not written in that."""
        return next((note for of in (language, *LANGUAGES) if (note := self.find(slug, of))), None)

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """Every passage, in the order of the notes."""
        return tuple(passage for note in self.notes for passage in passages_of(note))

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], Note]:
        return {(note.slug, note.language): note for note in self.notes}


def read_corpus(folder: Path, before: Corpus | None = None) -> Corpus:
    """Read `folder`/notes/*.md. A note that cannot be read becomes a fault; the others are served.

    Of a corpus read `before` are taken over the notes that have not changed, and those that cannot be read any more.

    Raises:
        CorpusError: there is no such folder, or not one readable note in it.
    """
    notes_folder = folder / "notes"
    if not notes_folder.is_dir():
        raise CorpusError(f"No corpus at {folder}: it has no folder notes/. Give --corpus DIR or set TUTOR_CORPUS.")
    known = {note.path.name: note for note in before.notes} if before else {}
    notes: list[Note] = []
    faults: list[str] = []
    for path in sorted(notes_folder.glob("*.md")):
        note = known.get(path.name)
        try:
            note = read_note(path, note)
        except CorpusError as error:
            faults.append(str(error))
        if note:
            notes.append(note)
    if not notes:
        found = faults[0] if faults else "it holds no *.md files"
        raise CorpusError(f"No note can be read in {notes_folder}: {found}")
    receipts: Mapping[str, Receipt] = before.receipts if before else {}
    try:
        receipts = read_receipts(folder)
    except CorpusError as error:
        faults.append(str(error))
    return Corpus(folder, tuple(notes), tuple(faults), receipts)
