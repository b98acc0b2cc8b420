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
from tutor.corpus.questions import read_questions
from tutor.errors import IndexDamaged
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


@dataclass(frozen=True)
class Index:
    """Everything that retrieval reads; immutable, so a running question keeps the one it started with."""

    entries: Entries
    vectors: VectorStore
    fusion: Fusion
    refusal: Refusal


def index_folder(home: Path, corpus: Corpus) -> Path:
    """Where the index of a corpus lies; different corpora do not displace one another."""
    return home / "index" / hashlib.sha256(str(corpus.folder.resolve()).encode()).hexdigest()[:12]


def open_index(
    corpus: Corpus, encoder: Encoder, home: Path, *, rebuild: bool = False, progress: Progress | None = None
) -> tuple[Index, Change]:
    """The stored index if it fits corpus and encoder; otherwise a refreshed one, stored for next time.

    A damaged index is set aside and rebuilt; `Change.damage` says what was wrong.

    Raises:
        OSError: `home` cannot be written.
    """
    folder = index_folder(home, corpus)
    entries = entries_of(corpus)
    questions = (corpus.folder / "questions.yaml").read_bytes() if (corpus.folder / "questions.yaml").exists() else b""
    facts = {
        "encoder": encoder.fingerprint,
        "entries": entries.fingerprint,
        "questions": hashlib.sha256(questions).hexdigest(),
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
        except (OSError, ValueError, KeyError, RuntimeError) as error:
            damage = f"The index on disk cannot be read ({type(error).__name__})."
    travelling = {} if rebuild else read_vectors(corpus.folder, encoder.fingerprint)
    return _refresh(corpus, entries, encoder, folder, facts, known, travelling, damage, progress)


def _refresh(
    corpus: Corpus,
    entries: Entries,
    encoder: Encoder,
    folder: Path,
    facts: dict[str, str],
    known: dict[str, np.ndarray],
    travelling: dict[str, np.ndarray],
    damage: str,
    progress: Progress | None,
) -> tuple[Index, Change]:
    texts = list(dict.fromkeys(entry.text for entry in entries.entries))
    available = travelling | known
    kept = {text: available[text_key(text)] for text in texts if text_key(text) in available}
    new = [text for text in texts if text not in kept]
    for start in range(0, len(new), ENCODED_AT_ONCE):
        if progress:
            progress(start, len(new))
        part = new[start : start + ENCODED_AT_ONCE]
        kept.update(zip(part, encoder.encode(part), strict=True))
    vectors = VectorStore.build(np.stack([kept[entry.text] for entry in entries.entries]))
    lexical = LexicalIndex.build(terms(document) for document in entries.documents())
    fusion = Fusion(entries, vectors, lexical)
    refusal = _calibrated(corpus, encoder, fusion)

    def fill(generation: Path) -> None:
        vectors.save(generation / "vectors.faiss")
        lexical.save(generation / "lexical")
        keys = [text_key(entry.text) for entry in entries.entries]
        (generation / "texts.json").write_text(json.dumps(keys), encoding="utf-8")
        (generation / "refusal.json").write_text(json.dumps(asdict(refusal)), encoding="utf-8")

    generations.write(folder, facts, fill)
    dropped = len(set(known) - {text_key(text) for text in texts})
    return Index(entries, vectors, fusion, refusal), Change(False, len(new), len(texts) - len(new), dropped, damage)


def _read(generation: Path, entries: Entries) -> Index:
    vectors = VectorStore.load(generation / "vectors.faiss")
    lexical = LexicalIndex.load(generation / "lexical")
    refusal = Refusal(**json.loads((generation / "refusal.json").read_text(encoding="utf-8")))
    if len(vectors) != len(entries.entries):
        raise IndexDamaged("The stored vectors do not belong to this corpus.")
    return Index(entries, vectors, Fusion(entries, vectors, lexical), refusal)


def _known_vectors(generation: Path) -> dict[str, np.ndarray]:
    keys = json.loads((generation / "texts.json").read_text(encoding="utf-8"))
    return dict(zip(keys, VectorStore.load(generation / "vectors.faiss").all(), strict=True))


def ship_vectors(corpus: Corpus, index: Index, encoder: Encoder) -> int:
    """Write the vectors of the index into the corpus folder, to travel with it; how many there are."""
    keys = [text_key(entry.text) for entry in index.entries.entries]
    vectors = dict(zip(keys, index.vectors.all(), strict=True))
    write_vectors(corpus.folder, encoder.fingerprint, vectors)
    return len(vectors)


def _calibrated(corpus: Corpus, encoder: Encoder, fusion: Fusion) -> Refusal:
    """The refusal threshold for this corpus, from its labelled questions that stand alone."""
    covered = {note.slug for note in corpus.notes}
    alone = [row for row in read_questions(corpus.folder) if not row.history]
    support = {
        row.question: fusion.scores(row.question, encoder.encode([row.question])[0]).support
        for row in alone
        if row.refuse or covered & set(row.notes)
    }
    return calibrate(
        [support[row.question] for row in alone if not row.refuse and row.question in support],
        [support[row.question] for row in alone if row.refuse],
    )
