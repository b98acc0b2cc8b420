"""Notes that change while questions run: watched, read anew, and swapped in whole.

One thread looks at the files a few times a second. When they have changed and then stood still for a moment, it
makes a new immutable `Tutor` and replaces one reference. Whoever has begun with the old one ends with it, so that no
answer mixes two versions. An edit that breaks something is said once and changes nothing: a note that cannot be
read stays as it was, and so does everything if no note is left.
"""

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from tutor.answering.answer import Answer, Streamed
from tutor.answering.tutor import Tutor
from tutor.corpus import Corpus, read_corpus
from tutor.errors import CorpusError
from tutor.retrieval.encoder import Encoder
from tutor.retrieval.index import Change, open_index
from tutor.retrieval.retriever import Retriever

LOOK_EVERY = 0.25  # seconds
QUIET = 0.5  # seconds without a change before files are read: editors write in bursts
PATIENCE = 10  # seconds after which they are read all the same, however busily somebody writes

log = logging.getLogger(__name__)

Sight = tuple[tuple[object, ...], ...]  # of each file what changes when it is written


class RefreshingTutor:
    """Answers as `Tutor` does, from the notes as they stand on disk; safe to share between threads.

    Used as a context manager: notes are watched inside it.

    Args:
        tutor: the one to begin with; the folder of its corpus is watched.
        encoder: the encoder of its index.
        home: folder that the refreshed index is stored under.
        look_every, quiet: seconds between two looks, and without a change before the files are read.
    """

    def __init__(
        self, tutor: Tutor, encoder: Encoder, home: Path, *, look_every: float = LOOK_EVERY, quiet: float = QUIET
    ) -> None:
        self._tutor = tutor
        self._encoder = encoder
        self._home = home
        self._look_every = look_every
        self._quiet = quiet
        self._said: set[str] = set(tutor.corpus.faults)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="notes", daemon=True)

    def __enter__(self) -> "RefreshingTutor":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    @property
    def corpus(self) -> Corpus:
        """The notes of this moment; whoever needs them twice keeps them."""
        return self._tutor.corpus

    def ask(self, question: str, history: Sequence[str] = (), language: str = "auto", *, study: bool = False) -> Answer:
        """See `Tutor.ask`."""
        return self._tutor.ask(question, history, language, study=study)

    def stream(
        self, question: str, history: Sequence[str] = (), language: str = "auto", *, study: bool = False
    ) -> Iterator[Streamed]:
        """See `Tutor.stream`."""
        return self._tutor.stream(question, history, language, study=study)

    def _watch(self) -> None:
        # Nothing is known of the time between the reading of the notes and the first look, so they are read once more.
        served: Sight | None = None
        while not self._ended.wait(self._look_every):
            sight = self._settled(served)
            if sight == served or self._ended.is_set():
                continue
            try:
                if self._refresh(sight):
                    served = sight
            except _Ended:
                return
            except Exception:  # the thread must outlive it: the next edit may put it right
                log.exception("The notes could not be read anew; answers go on from those before.")
                served = sight

    def _look(self) -> Sight:
        folder = self._tutor.corpus.folder
        sight = []
        for path in sorted([*folder.glob("*.yaml"), *folder.glob("notes/*.md")]):
            try:
                stat = path.stat()
            except OSError:  # removed since it was listed, or a link that leads nowhere
                sight.append((path.name,))
            else:
                sight.append((path.name, stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns))
        return tuple(sight)

    def _settled(self, served: Sight | None) -> Sight:
        """What is seen once it has not changed for a moment."""
        started = since = time.monotonic()
        sight = self._look()
        while sight != served and time.monotonic() < min(since + self._quiet, started + PATIENCE):
            if self._ended.wait(self._look_every):
                break
            before, sight = sight, self._look()
            if sight != before:
                since = time.monotonic()
        return sight

    def _refresh(self, sight: Sight) -> bool:
        """Serve what stands on disk; False if it was written to while it was read."""
        before = self._tutor.retriever
        try:
            corpus = read_corpus(before.corpus.folder, before.corpus)
            if self._look() != sight:
                return False
            index, change = open_index(
                corpus, self._encoder, self._home, before=before.index, progress=self._stop_if_ended
            )
        except CorpusError as error:
            self._say([str(error)])
            return True
        self._say([*corpus.faults, *_troubles(change)])
        if corpus != before.corpus or index.facts != before.index.facts:
            self._tutor = self._tutor.over(Retriever(corpus, index, self._encoder))
            log.info(
                "Notes read anew: %d texts encoded, %d kept, %d dropped.", change.encoded, change.kept, change.dropped
            )
        return True

    def _say(self, troubles: list[str]) -> None:
        """Each trouble once, for as long as it lasts."""
        for trouble in troubles:
            if trouble not in self._said:
                log.warning("%s Until then answers keep to what was read before.", trouble)
        self._said = set(troubles)

    def _stop_if_ended(self, done: int, total: int) -> None:
        if self._ended.is_set():
            raise _Ended


class _Ended(Exception):
    """The tutor is being closed while texts are encoded."""


def _troubles(change: Change) -> Iterator[str]:
    if change.damage:
        yield change.damage
    if change.unsaved:
        yield f"The index cannot be written ({change.unsaved}); it serves from memory."
