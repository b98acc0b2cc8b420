"""The index: built from a corpus, stored as checked generations, opened or refreshed at start.

Only texts that are new are encoded: vectors of the previous generation, and those that travel with the
corpus, are taken over by the text's hash.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from tutor.corpus import Corpus
from tutor.corpus.glossary import read_glossary
from tutor.corpus.outsiders import read_outsiders
from tutor.corpus.questions import LabelledQuestion, read_questions
from tutor.errors import CorpusError, IndexDamaged
from tutor.retrieval import generations
from tutor.retrieval.encoder import Encoder
from tutor.retrieval.entries import Entries, entries_of
from tutor.retrieval.fusion import Fusion, document_terms
from tutor.retrieval.lexical import LexicalIndex
from tutor.retrieval.refusal import Refusal, calibrate
from tutor.retrieval.travelling import fault_of, read_vectors, text_key, write_vectors
from tutor.retrieval.vectors import VectorStore

ENCODED_AT_ONCE = 64  # texts between two reports of progress
REBUILT = " It has been rebuilt."
ANSWERED = 0.68  # support with which an outsider is answered by notes that have grown, so that it does not count

Progress = Callable[[int, int], None]  # texts encoded so far, texts to encode


@dataclass(frozen=True)
class Change:
    """What opening the index did: nothing (`fresh`), or how many texts were encoded, kept, dropped."""

    fresh: bool
    encoded: int = 0
    kept: int = 0
    dropped: int = 0
    damage: str = ""  # why something stored was set aside, and what became of it, if it was
    unsaved: str = ""  # why the new index could not be stored, if it could not


@dataclass(frozen=True)
class Index:
    """Everything that retrieval reads; immutable, so a running question keeps the one it started with."""

    entries: Entries
    vectors: VectorStore
    lexical: LexicalIndex
    fusion: Fusion
    refusal: Refusal
    asked: Mapping[str, np.ndarray]  # vectors of the labelled questions and outsiders by `text_key`
    outsiders: tuple[str, ...]  # `text_key` of those that count
    facts: Mapping[str, str]  # hashes of what it was made from: encoder, entries, questions, outsiders, method

    def keys(self) -> list[str]:
        """The `text_key` of every entry."""
        return [text_key(entry.text) for entry in self.entries.entries]

    def known(self) -> dict[str, np.ndarray]:
        """All vectors by `text_key`."""
        return dict(zip(self.keys(), self.vectors.all(), strict=True)) | dict(self.asked)


def index_folder(home: Path, corpus: Corpus) -> Path:
    """Where the index of a corpus lies; different corpora do not displace one another."""
    return home / "index" / hashlib.sha256(str(corpus.folder.resolve()).encode()).hexdigest()[:12]


def open_index(
    corpus: Corpus,
    encoder: Encoder,
    home: Path,
    *,
    rebuild: bool = False,
    progress: Progress | None = None,
    before: Index | None = None,
) -> tuple[Index, Change]:
    """The stored index if it fits corpus, encoder and method; otherwise a refreshed one, stored for next time.

    A damaged index is set aside and rebuilt, and so are damaged vectors of the corpus (`Change.damage`). An index that
    cannot be stored serves all the same (`Change.unsaved`). Of one that was open `before`, whatever still fits is taken
    over without a look at the disk.

    Raises:
        CorpusError: there is not one passage to index, or labelled questions or outsiders cannot be read.
    """
    fault = fault_of(corpus.folder)
    index, change = _opened(corpus, encoder, index_folder(home, corpus), rebuild, progress, before)
    if fault:
        try:
            ship_vectors(corpus, index, encoder)
            fault += REBUILT
        except OSError as error:
            fault += f" It cannot be written anew ({error.strerror}); run `tutor index --ship` when it can."
    return index, replace(change, damage=" ".join(filter(None, (change.damage, fault))))


def _opened(
    corpus: Corpus, encoder: Encoder, folder: Path, rebuild: bool, progress: Progress | None, before: Index | None
) -> tuple[Index, Change]:
    entries = entries_of(corpus, read_glossary(corpus.folder))
    if not entries.units:
        raise CorpusError(f"The notes in {corpus.folder} hold no text to index. Write a paragraph under a heading.")
    questions = read_questions(corpus.folder)
    outsiders = tuple(read_outsiders(corpus.folder))
    facts = {
        "encoder": encoder.fingerprint,
        "entries": entries.fingerprint,
        "questions": hashlib.sha256(repr(questions).encode()).hexdigest(),
        "outsiders": hashlib.sha256(repr(outsiders).encode()).hexdigest(),
        "method": _method(),
    }
    damage, known = "", {}
    if before and not rebuild:
        if before.facts == facts:
            return replace(before, entries=entries), Change(fresh=True)  # the lines of a passage may have moved
        if before.facts["encoder"] == encoder.fingerprint:
            known = before.known()
    if not rebuild:
        try:
            stored = generations.current(folder)
            if stored is not None:
                generation, stored_facts = stored
                if stored_facts == facts:
                    return _read(generation, entries, facts), Change(fresh=True)
                if not known and stored_facts["encoder"] == encoder.fingerprint:
                    known = _known_vectors(generation)
        except IndexDamaged as error:
            damage = f"{error}{REBUILT}"
        except (OSError, ValueError, LookupError, TypeError, RuntimeError, EOFError, MemoryError) as error:
            damage = f"The index on disk cannot be read ({type(error).__name__}).{REBUILT}"
    available = known if rebuild else read_vectors(corpus.folder, encoder.fingerprint) | known
    texts = dict.fromkeys(
        [*(entry.text for entry in entries.entries), *(row.question for row in questions), *outsiders]
    )
    new = [text for text in texts if text_key(text) not in available]
    index = _built(entries, available | _encoded(new, encoder, progress), questions, outsiders, facts)
    dropped = len(set(known) - {text_key(text) for text in texts})
    unsaved = _stored(folder, index)
    return index, Change(False, len(new), len(texts) - len(new), dropped, damage, unsaved)


@cache  # of the code that runs: its files may be replaced while it does
def _method() -> str:
    """A hash of the code that decides what an index holds: with other code, a stored one is out of date."""
    names = ("entries", "fusion", "index", "lexical", "mentions", "refusal", "scripts", "vectors")
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
    entries: Entries,
    known: Mapping[str, np.ndarray],
    questions: tuple[LabelledQuestion, ...],
    outsiders: tuple[str, ...],
    facts: Mapping[str, str],
) -> Index:
    """An index of entries, labelled questions and outsiders whose vectors are all known."""
    vectors = VectorStore.build(np.stack([known[text_key(entry.text)] for entry in entries.entries]))
    lexical = LexicalIndex.build(document_terms(entries))
    asked = {key: known[key].copy() for key in map(text_key, [*(row.question for row in questions), *outsiders])}
    inside = Fusion(entries, vectors, lexical)
    labelled = {row.question for row in questions}  # what measures the refusal has no part in it
    counting = tuple(
        key
        for text, key in zip(outsiders, map(text_key, outsiders), strict=True)
        if text not in labelled and inside.scores(text, asked[key]).support < ANSWERED
    )
    fusion = Fusion(entries, vectors, lexical, _rows(asked, counting))
    refusal = _calibrated(entries, asked, fusion, questions)
    return Index(entries, vectors, lexical, fusion, refusal, asked, counting, facts)


def _stored(folder: Path, index: Index) -> str:
    """Store an index as the current generation; why it could not be, or ""."""

    def fill(generation: Path) -> None:
        index.vectors.save(generation / "vectors.faiss")
        index.lexical.save(generation / "lexical")
        (generation / "texts.json").write_text(json.dumps(index.keys()), encoding="utf-8")
        (generation / "asked.json").write_text(json.dumps(list(index.asked)), encoding="utf-8")
        (generation / "outsiders.json").write_text(json.dumps(index.outsiders), encoding="utf-8")
        np.save(generation / "asked.npy", _rows(index.asked, tuple(index.asked)))
        (generation / "refusal.json").write_text(json.dumps(asdict(index.refusal)), encoding="utf-8")

    try:
        generations.write(folder, dict(index.facts), fill)
    except OSError as error:
        return error.strerror or type(error).__name__
    return ""


def _read(generation: Path, entries: Entries, facts: Mapping[str, str]) -> Index:
    vectors = VectorStore.load(generation / "vectors.faiss")
    lexical = LexicalIndex.load(generation / "lexical")
    refusal = Refusal.from_json(json.loads((generation / "refusal.json").read_text(encoding="utf-8")))
    if len(vectors) != len(entries.entries):
        raise IndexDamaged("The stored vectors do not belong to this corpus.")
    asked = _asked_vectors(generation)
    outsiders = tuple(json.loads((generation / "outsiders.json").read_text(encoding="utf-8")))
    fusion = Fusion(entries, vectors, lexical, _rows(asked, outsiders))
    return Index(entries, vectors, lexical, fusion, refusal, asked, outsiders, facts)


def _rows(vectors: Mapping[str, np.ndarray], keys: tuple[str, ...]) -> np.ndarray:
    return np.stack([vectors[key] for key in keys]) if keys else np.empty((0, 0), np.float32)


def _known_vectors(generation: Path) -> dict[str, np.ndarray]:
    keys = json.loads((generation / "texts.json").read_text(encoding="utf-8"))
    entries = dict(zip(keys, VectorStore.load(generation / "vectors.faiss").all(), strict=True))
    return entries | _asked_vectors(generation)


def _asked_vectors(generation: Path) -> dict[str, np.ndarray]:
    keys = json.loads((generation / "asked.json").read_text(encoding="utf-8"))
    return dict(zip(keys, np.load(generation / "asked.npy", allow_pickle=False), strict=True))


def ship_vectors(corpus: Corpus, index: Index, encoder: Encoder) -> int:
    """Write the vectors of the index into the corpus folder, to travel with it; how many there are."""
    vectors = index.known()
    write_vectors(corpus.folder, encoder.fingerprint, vectors)
    return len(vectors)


def _calibrated(
    entries: Entries, asked: Mapping[str, np.ndarray], fusion: Fusion, questions: tuple[LabelledQuestion, ...]
) -> Refusal:
    """The refusal threshold for these notes, from the labelled questions that stand alone."""
    covered = {unit.note for unit in entries.units}
    alone = [row for row in questions if not row.history and (row.refuse or covered & set(row.notes))]
    support = [fusion.scores(row.question, asked[text_key(row.question)]).support for row in alone]
    return calibrate(
        [value for row, value in zip(alone, support, strict=True) if not row.refuse],
        [value for row, value in zip(alone, support, strict=True) if row.refuse],
    )
