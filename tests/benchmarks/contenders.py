"""The methods that growth.py compares. Each is given the folder of its data, builds, and returns how it is asked."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import synthetic

QUESTIONS = 300
BEST = 10

Answer = tuple[np.ndarray, dict[str, float]]  # the ten best, and seconds of each step
Ask = Callable[[int], Answer]  # of the question with this number


def numpy_exact(folder: Path) -> Ask:
    vectors = np.array(np.load(folder / "vectors.npy", mmap_mode="r"))
    questions = _question_vectors(folder)
    return lambda number: (_best(vectors @ questions[number]), {})


def tutor_vectors(folder: Path) -> Ask:
    from tutor.retrieval.fusion import CANDIDATES
    from tutor.retrieval.vectors import VectorStore

    store = VectorStore.build(np.load(folder / "vectors.npy", mmap_mode="r"))
    store.save(folder / "vectors.faiss")
    questions = _question_vectors(folder)

    def ask(number: int) -> Answer:
        numbers, cosines = store.nearest(questions[number], CANDIDATES)
        return numbers[_best(cosines)], {}

    return ask


def langchain_in_memory(folder: Path) -> Ask:
    from langchain_core.documents import Document
    from langchain_core.embeddings import Embeddings
    from langchain_core.vectorstores import InMemoryVectorStore

    vectors = np.load(folder / "vectors.npy", mmap_mode="r")
    questions = _question_vectors(folder)

    class Known(Embeddings):
        """Texts and questions are the numbers of vectors that are known already."""

        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return vectors[int(texts[0]) : int(texts[-1]) + 1].tolist()

        def embed_query(self, text: str) -> list[float]:
            return questions[int(text)].tolist()

    store = InMemoryVectorStore(Known())
    for start in range(0, len(vectors), 10_000):
        store.add_documents([Document(str(i)) for i in range(start, min(len(vectors), start + 10_000))])

    def ask(number: int) -> Answer:
        found = store.similarity_search(str(number), k=BEST)
        return np.array([int(document.page_content) for document in found]), {}

    return ask


def tutor_bm25(folder: Path) -> Ask:
    from tutor.retrieval.lexical import LexicalIndex

    index = LexicalIndex.build(_documents(folder))
    questions = _question_terms()
    return lambda number: (_best(index.scores(questions[number])), {})


def rank_bm25(folder: Path) -> Ask:
    from rank_bm25 import BM25Okapi

    index = BM25Okapi(_documents(folder))
    questions = _question_terms()
    return lambda number: (_best(index.get_scores(questions[number])), {})


def tutor_whole(folder: Path) -> Ask:
    from tutor.retrieval.fusion import CANDIDATES, Fusion
    from tutor.retrieval.lexical import LexicalIndex
    from tutor.retrieval.vectors import VectorStore

    vectors = VectorStore.load(folder / "vectors.faiss")
    entries = synthetic.entries(len(vectors))
    of_units = synthetic.documents(len(entries.units), synthetic.UNIT_TERMS, np.random.default_rng(0))
    lexical = LexicalIndex.build(of_units)
    fusion = Fusion(entries, vectors, lexical)
    questions, words = _question_vectors(folder), _question_terms()

    def ask(number: int) -> Answer:
        started = time.perf_counter()
        scores = fusion.scores(" ".join(words[number]), questions[number])
        best = scores.units[_best(scores.rank)]
        whole = time.perf_counter() - started
        steps = {
            "vectors": _seconds(lambda: vectors.nearest(questions[number], CANDIDATES)),
            "BM25": _seconds(lambda: lexical.scores(words[number])),
        }
        return best, {"whole": whole, **steps, "ranking": whole - sum(steps.values())}

    return ask


@dataclass(frozen=True)
class Method:
    """`beside` names the method of ours that it is compared with; `data` the folder that it reads."""

    name: str
    make: Callable[[Path], Ask]
    beside: str = ""
    data: str = "realistic"
    recall: bool = True


METHODS = (
    Method("NumPy", numpy_exact, "tutor vectors"),
    Method("tutor vectors", tutor_vectors),
    Method("LangChain in memory", langchain_in_memory, "tutor vectors"),
    Method("NumPy, random directions", numpy_exact, data="random"),
    Method("tutor vectors, random directions", tutor_vectors, data="random"),
    Method("tutor BM25", tutor_bm25, recall=False),
    Method("rank_bm25", rank_bm25, "tutor BM25", recall=False),
    Method("tutor, whole retrieval", tutor_whole, recall=False),
)
EXACT = {method.data: method.name for method in METHODS if method.make is numpy_exact}


def _documents(folder: Path) -> Iterator[list[str]]:
    count = len(np.load(folder / "vectors.npy", mmap_mode="r"))
    return synthetic.documents(count, synthetic.PASSAGE_TERMS, np.random.default_rng(0))


def _question_vectors(folder: Path) -> np.ndarray:
    return np.asarray(np.load(folder / "questions.npy", mmap_mode="r"))  # mapped, so no part of a method's memory


def _question_terms() -> list[list[str]]:
    return list(synthetic.documents(QUESTIONS, synthetic.QUESTION_TERMS, np.random.default_rng(1)))


def _best(scores: np.ndarray) -> np.ndarray:
    """Places of the ten greatest, greatest first."""
    if len(scores) <= BEST:
        return np.argsort(-scores)
    best = np.argpartition(scores, -BEST)[-BEST:]
    return best[np.argsort(-scores[best])]


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started
