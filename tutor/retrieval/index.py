"""The index: built from a corpus, stored as checked generations, opened or refreshed at start.

Only texts that are new are encoded: vectors of the previous generation, and those that travel with the
corpus, are taken over by the text's hash.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from tutor.corpus import Corpus
from tutor.corpus.questions import LabelledQuestion, read_questions
from tutor.errors import CorpusError, IndexDamaged
from tutor.retrieval import generations
from tutor.retrieval.encoder import Encoder
from tutor.retrieval.entries import Entries, entries_of
from tutor.retrieval.fusion import Fusion
from tutor.retrieval.lexical import LexicalIndex, terms
from tutor.retrieval.refusal import Refusal, calibrate
from tutor.retrieval.travelling import read_vectors, text_key, write_vectors
from tutor.retrieval.vectors import VectorStore

ENCODED_AT_ONCE = 64  # texts between two reports of progress

Progress = Callable[[int, int], None]  # texts encoded so far, texts to encode


@dataclass(frozen=True)
class Change:
    """What opening the index did: nothing (`fresh`), or how many texts were encoded, kept, dropped."""

    fresh: bool
    encoded: int = 0
    kept: int = 0
    dropped: int = 0
    damage: str = ""  # why the stored index was set aside, if it was
    unsaved: str = ""  # why the new index could not be stored, if it could not


@dataclass(frozen=True)
class Index:
    """Everything that retrieval reads; immutable, so a running question keeps the one it started with."""

    entries: Entries
    vectors: VectorStore
    lexical: LexicalIndex
    fusion: Fusion
    refusal: Refusal


def index_folder(home: Path, corpus: Corpus) -> Path:
    """Where the index of a corpus lies; different corpora do not displace one another."""
    return home / "index" / hashlib.sha256(str(corpus.folder.resolve()).encode()).hexdigest()[:12]


def open_index(
    corpus: Corpus, encoder: Encoder, home: Path, *, rebuild: bool = False, progress: Progress | None = None
) -> tuple[Index, Change]:
    """The stored index if it fits corpus, encoder and method; otherwise a refreshed one, stored for next time.

    A damaged index is set aside and rebuilt (`Change.damage`). One that cannot be stored serves all the same
    (`Change.unsaved`).

    Raises:
        CorpusError: there is not one passage to index, or the labelled questions cannot be read.
    """
    folder = index_folder(home, corpus)
    entries = entries_of(corpus)
    if not entries.units:
        raise CorpusError(f"The notes in {corpus.folder} hold no text to index. Write a paragraph under a heading.")
    questions = read_questions(corpus.folder)
    facts = {
        "encoder": encoder.fingerprint,
        "entries": entries.fingerprint,
        "questions": hashlib.sha256(repr(questions).encode()).hexdigest(),
        "method": _method(),
    }
    damage, known = "", {}
    if not rebuild:
        try:
            stored = generations.current(folder)
            if stored is not None:
                generation, stored_facts = stored
                if stored_facts == facts:
                    return _read(generation, entries), Change(fresh=True)
                if stored_facts["encoder"] == encoder.fingerprint:
                    known = _known_vectors(generation)
        except IndexDamaged as error:
            damage = str(error)
        except (OSError, ValueError, KeyError, TypeError, RuntimeError) as error:
            damage = f"The index on disk cannot be read ({type(error).__name__})."
    available = known if rebuild else read_vectors(corpus.folder, encoder.fingerprint) | known
    texts = list(dict.fromkeys(entry.text for entry in entries.entries))
    new = [text for text in texts if text_key(text) not in available]
    index = _built(entries, available | _encoded(new, encoder, progress), encoder, questions)
    dropped = len(set(known) - {text_key(text) for text in texts})
    unsaved = _stored(folder, facts, index)
    return index, Change(False, len(new), len(texts) - len(new), dropped, damage, unsaved)


def _method() -> str:
    """A hash of the code that decides what an index holds: with other code, a stored one is out of date."""
    names = ("entries", "fusion", "index", "lexical", "refusal", "scripts")
    sources = b"".join((Path(__file__).parent / f"{name}.py").read_bytes() for name in names)
    return hashlib.sha256(sources).hexdigest()


def _encoded(texts: list[str], encoder: Encoder, progress: Progress | None) -> dict[str, np.ndarray]:
    vectors: dict[str, np.ndarray] = {}
    for start in range(0, len(texts), ENCODED_AT_ONCE):
        if progress:
            progress(start, len(texts))
        part = texts[start : start + ENCODED_AT_ONCE]
        vectors.update(zip(map(text_key, part), encoder.encode(part), strict=True))
    return vectors


def _built(
    entries: Entries, known: dict[str, np.ndarray], encoder: Encoder, questions: tuple[LabelledQuestion, ...]
) -> Index:
    """An index of entries whose vectors are all known."""
    vectors = VectorStore.build(np.stack([known[text_key(entry.text)] for entry in entries.entries]))
    lexical = LexicalIndex.build(terms(document) for document in entries.documents())
    fusion = Fusion(entries, vectors, lexical)
    return Index(entries, vectors, lexical, fusion, _calibrated(entries, encoder, fusion, questions))


def _stored(folder: Path, facts: dict[str, str], index: Index) -> str:
    """Store an index as the current generation; why it could not be, or ""."""

    def fill(generation: Path) -> None:
        index.vectors.save(generation / "vectors.faiss")
        index.lexical.save(generation / "lexical")
        keys = [text_key(entry.text) for entry in index.entries.entries]
        (generation / "texts.json").write_text(json.dumps(keys), encoding="utf-8")
        (generation / "refusal.json").write_text(json.dumps(asdict(index.refusal)), encoding="utf-8")

    try:
        generations.write(folder, facts, fill)
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""


def _read(generation: Path, entries: Entries) -> Index:
    vectors = VectorStore.load(generation / "vectors.faiss")
    lexical = LexicalIndex.load(generation / "lexical")
    refusal = Refusal(**json.loads((generation / "refusal.json").read_text(encoding="utf-8")))
    if len(vectors) != len(entries.entries):
        raise IndexDamaged("The stored vectors do not belong to this corpus.")
    return Index(entries, vectors, lexical, Fusion(entries, vectors, lexical), refusal)


def _known_vectors(generation: Path) -> dict[str, np.ndarray]:
    keys = json.loads((generation / "texts.json").read_text(encoding="utf-8"))
    return dict(zip(keys, VectorStore.load(generation / "vectors.faiss").all(), strict=True))


def ship_vectors(corpus: Corpus, index: Index, encoder: Encoder) -> int:
    """Write the vectors of the index into the corpus folder, to travel with it; how many there are."""
    keys = [text_key(entry.text) for entry in index.entries.entries]
    vectors = dict(zip(keys, index.vectors.all(), strict=True))
    write_vectors(corpus.folder, encoder.fingerprint, vectors)
    return len(vectors)


def _calibrated(entries: Entries, encoder: Encoder, fusion: Fusion, questions: tuple[LabelledQuestion, ...]) -> Refusal:
    """The refusal threshold for these notes, from the labelled questions that stand alone."""
    covered = {unit.note for unit in entries.units}
    alone = [row for row in questions if not row.history and (row.refuse or covered & set(row.notes))]
    support = [fusion.scores(row.question, encoder.encode([row.question])[0]).support for row in alone]
    return calibrate(
        [value for row, value in zip(alone, support, strict=True) if not row.refuse],
        [value for row, value in zip(alone, support, strict=True) if row.refuse],
    )
