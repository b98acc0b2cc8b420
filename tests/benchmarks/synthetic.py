"""Synthetic passages in any number that resemble real ones: vectors, terms, and the entries that lead to them.

Vectors: v + 0.7 (a - b), made unit length, where v, a, b are vectors of texts of the shipped corpus. So they lie about
topics as real ones do and vary along the directions in which real texts differ: 20,000 to 300,000 of them have a
local dimension of 19 to 23 (maximum likelihood over 20 neighbours; the shipped texts 9, independent random directions
130). Questions are the real ones of corpus/questions.yaml, which no vector was made from; their nearest has a cosine of
0.6 (0.7 among the shipped texts). Independent random directions are offered as well, as the worst case: there
everything is equally far, and no cluster says where to look.

Terms: words of a Zipf vocabulary, without its ten most frequent, which a real index drops as stop words.
"""

from collections.abc import Iterator

import numpy as np

from tutor.corpus import LANGUAGES, read_corpus
from tutor.corpus.questions import read_questions
from tutor.retrieval.encoder import load_encoder
from tutor.retrieval.entries import Entries, Entry, Unit, entries_of
from tutor.retrieval.travelling import read_vectors, text_key
from tutor.settings import shipped_corpus

SPREAD = 0.7
BLOCK = 65_536
WORDS = [f"w{rank}" for rank in range(200_000)]
STOP_WORDS = 10
QUESTION_TERMS = 6
PASSAGE_TERMS = 60
UNIT_TERMS = 340  # of a section with all the texts that lead to it, as in the shipped corpus
ENTRIES_PER_UNIT = 18
PASSAGES_PER_UNIT = 3
UNITS_PER_NOTE = 10


def real_vectors() -> tuple[np.ndarray, np.ndarray]:
    """Vectors of the shipped texts and of the shipped questions: float32 (n, 384) and (m, 384)."""
    encoder, corpus = load_encoder(), read_corpus(shipped_corpus())
    known = read_vectors(corpus.folder, encoder.fingerprint)
    texts = list(dict.fromkeys(entry.text for entry in entries_of(corpus).entries))
    vectors = [known[key] if (key := text_key(text)) in known else encoder.encode([text])[0] for text in texts]
    questions = [row.question for row in read_questions(corpus.folder) if not row.history and not row.refuse]
    return np.stack(vectors), encoder.encode(questions)


def write_realistic(out: np.ndarray, texts: np.ndarray, rng: np.random.Generator) -> None:
    """Fill `out`, float32 (n, dimension), with vectors that resemble `texts`."""
    for start in range(0, len(out), BLOCK):
        v, a, b = texts[rng.integers(len(texts), size=(3, len(out[start : start + BLOCK])))]
        out[start : start + BLOCK] = _unit_length(v + np.float32(SPREAD) * (a - b))


def write_random(out: np.ndarray, rng: np.random.Generator) -> None:
    """Fill `out`, float32 (n, dimension), with independent random directions."""
    for start in range(0, len(out), BLOCK):
        out[start : start + BLOCK] = _unit_length(rng.standard_normal(out[start : start + BLOCK].shape, np.float32))


def documents(count: int, length: int, rng: np.random.Generator) -> Iterator[list[str]]:
    """`count` lists of `length` terms, drawn one by one; a term's probability is that of its Zipf rank."""
    for _ in range(count):
        ranks = STOP_WORDS * (len(WORDS) / STOP_WORDS) ** rng.random(length)
        yield [WORDS[rank] for rank in ranks.astype(int)]


def entries(count: int) -> Entries:
    """`count` entries in as many units and notes as they have in the shipped corpus; their texts are empty."""
    units = tuple(
        Unit(f"note-{number // UNITS_PER_NOTE}", number % UNITS_PER_NOTE, "what", {})
        for number in range(-(-count // ENTRIES_PER_UNIT))
    )
    made = tuple(
        Entry(
            unit=number // ENTRIES_PER_UNIT,
            role="passage" if number % ENTRIES_PER_UNIT < PASSAGES_PER_UNIT else "key",
            language=LANGUAGES[number % len(LANGUAGES)],
            text="",
        )
        for number in range(count)
    )
    names = {unit.note: (f"{WORDS[number]} {unit.note}",) for number, unit in enumerate(units[::UNITS_PER_NOTE])}
    return Entries(units, made, names)


def _unit_length(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
