"""Dense vectors behind FAISS, stored without pickle: searched exactly while they are few, by clusters beyond.

Beyond `EXACT_LIMIT` the vectors lie in about 4 √n clusters and a search looks into the `PROBES` nearest of them
only, so that its time grows with √n. They are kept in half precision: half the memory, cosines wrong by 1e-5,
and a vector that is read and stored again does not change. tests/benchmarks/growth.py measures both kinds.
"""

import threading
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import numpy as np

from tutor.errors import IndexDamaged

# Measured on one thread: up to this size an exact search and the ranking of all that it finds take less than 4 ms,
# as long as encoding the question. Clusters take 0.5 ms here, but overlook one of thirty of the ten nearest.
EXACT_LIMIT = 20_000

# Measured on realistic vectors, recall of the ten nearest at 20,000, 10⁵ and 10⁶: .97 .97 .98 with 128 probes, .93 .94
# .97 with 64 in half the time. Half the clusters with half the probes are as good and as fast but for one point of
# recall. An HNSW graph with this recall takes as long to search and four times as long to build. Eight bits for a
# number save half the memory, no time, and cost one point of recall, as cosines are then wrong by 1e-3.
CLUSTERS_PER_ROOT = 4
PROBES = 128
TRAINED_ON = 40  # vectors per cluster that k-means sees; FAISS warns below 39
SEED = 1234
BLOCK = 65_536  # vectors converted at once

_LOADING = threading.Lock()  # FAISS has one limit for the whole process


class VectorStore(ABC):
    """Unit-length vectors (n, dimension), numbered in the order given; immutable, so threads may share it."""

    approximate: bool  # whether `nearest` looks at a part of the vectors only

    def __init__(self, index: Any) -> None:
        self._index = index

    @staticmethod
    def build(vectors: np.ndarray, *, limit: int = EXACT_LIMIT) -> "VectorStore":
        """Store `vectors`, float32 or float16 (n, dimension): exactly if there are at most `limit`.

        The same vectors give the same store, byte for byte.
        """
        return ExactStore(_flat(vectors)) if len(vectors) <= limit else ClusteredStore(_clustered(vectors))

    def __len__(self) -> int:
        return self._index.ntotal

    @property
    def dimension(self) -> int:
        """Numbers in a vector."""
        return self._index.d

    @abstractmethod
    def nearest(self, query: np.ndarray, least: int) -> tuple[np.ndarray, np.ndarray]:
        """Numbers (k,) and cosines float32 (k,) of vectors near a unit-length query (dimension,).

        All of them, in their own order, from an exact store; from an approximate one about the `least` nearest,
        nearest first.
        """

    @abstractmethod
    def some(self, numbers: np.ndarray) -> np.ndarray:
        """The vectors of these numbers (k,): float32 (k, dimension)."""

    def all(self) -> np.ndarray:
        """Every stored vector: float32 (n, dimension). `some` takes less memory where a part will do."""
        return self._index.reconstruct_n(0, len(self))

    def save(self, path: Path) -> None:
        """Write the vectors to one file."""
        import faiss

        # Not `write_index`: it hides why it fails, and a disk can be full.
        path.write_bytes(faiss.serialize_index(self._index).data)

    @staticmethod
    def load(path: Path) -> "VectorStore":
        """Read what `save` wrote. The caller has checked that no bit has changed: FAISS does not notice one.

        Raises:
            IndexDamaged: the file holds anything else than the two kinds of index that are written here.
        """
        import faiss

        content = np.fromfile(path, np.uint8)
        try:
            with _LOADING:
                # Or FAISS makes room for whatever size a wrong file states, and takes a minute and 16 GB to refuse it.
                faiss.set_deserialization_vector_byte_limit(len(content))
                index = faiss.deserialize_index(content)
        except (RuntimeError, MemoryError):
            raise IndexDamaged(f"{path.name} holds no vectors that can be read.") from None
        if _is_flat(index):
            return ExactStore(index)
        if _is_clustered(index):
            return ClusteredStore(index)
        raise IndexDamaged(f"{path.name} holds another kind of index than is written there.")


class ExactStore(VectorStore):
    """Every vector is compared, by one matrix-vector product."""

    approximate = False

    def __init__(self, index: Any) -> None:
        import faiss

        super().__init__(index)
        # A view of the memory of FAISS, not a copy: it must not leave this object, which keeps that memory alive.
        self._table = faiss.rev_swig_ptr(index.get_xb(), index.ntotal * index.d).reshape(index.ntotal, index.d)

    def nearest(self, query: np.ndarray, least: int) -> tuple[np.ndarray, np.ndarray]:
        """Every number (n,) and its cosine."""
        return np.arange(len(self)), self._table @ query

    def some(self, numbers: np.ndarray) -> np.ndarray:
        """The vectors of these numbers (k,): float32 (k, dimension)."""
        return self._table[numbers]


class ClusteredStore(VectorStore):
    """Only the vectors of the clusters nearest to the query are compared (an inverted file)."""

    approximate = True

    def __init__(self, index: Any) -> None:
        super().__init__(index)
        index.nprobe = PROBES
        index.make_direct_map(False)  # forgets a stored one, which nothing has checked
        index.make_direct_map(True)

    def nearest(self, query: np.ndarray, least: int) -> tuple[np.ndarray, np.ndarray]:
        """Numbers and cosines of the `least` nearest, or of as many as the clusters hold."""
        query = np.ascontiguousarray(query, dtype=np.float32)[None]
        (cosines,), (numbers,) = self._index.search(query, min(least, len(self)))
        found = numbers >= 0  # fewer than asked for: the rest is filled with -1
        return numbers[found], cosines[found]

    def some(self, numbers: np.ndarray) -> np.ndarray:
        """The vectors of these numbers (k,): float32 (k, dimension)."""
        return self._index.reconstruct_batch(np.ascontiguousarray(numbers, dtype=np.int64))


def _flat(vectors: np.ndarray) -> Any:
    import faiss

    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(_float32(vectors))
    return index


def _clustered(vectors: np.ndarray) -> Any:
    import faiss

    count, dimension = vectors.shape
    clusters = max(1, int(CLUSTERS_PER_ROOT * np.sqrt(count)))
    clusters = min(clusters, max(1, count // TRAINED_ON))
    index = faiss.index_factory(dimension, f"IVF{clusters},SQfp16", faiss.METRIC_INNER_PRODUCT)
    index.by_residual = False  # what is stored is the vector itself: stored again, it stays the same
    index.cp.spherical = True
    index.cp.seed = SEED
    sample = np.random.default_rng(SEED).choice(count, min(count, clusters * TRAINED_ON), replace=False)
    index.train(_float32(vectors[np.sort(sample)]))
    for start in range(0, count, BLOCK):
        index.add(_float32(vectors[start : start + BLOCK]))
    return index


def _float32(vectors: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(vectors, dtype=np.float32)


def _is_flat(index: Any) -> bool:
    """Whether it is an index as `_flat` makes it."""
    import faiss

    return type(index) is faiss.IndexFlatIP and index.codes.size() == index.ntotal * index.d * 4


def _is_clustered(index: Any) -> bool:
    """Whether it is an index as `_clustered` makes it, each number from 0 to n - 1 in one cluster."""
    import faiss

    if type(index) is not faiss.IndexIVFScalarQuantizer or index.metric_type != faiss.METRIC_INNER_PRODUCT:
        return False
    centres, lists = faiss.downcast_index(index.quantizer), faiss.downcast_InvertedLists(index.invlists)
    if not _is_flat(centres) or type(lists) is not faiss.ArrayInvertedLists:
        return False
    sizes = (centres.ntotal, centres.d, index.sq.qtype, index.code_size, lists.nlist, lists.code_size)
    d, count = index.d, index.nlist
    if sizes != (count, d, faiss.ScalarQuantizer.QT_fp16, 2 * d, count, 2 * d) or index.by_residual:
        return False
    filled = [i for i in range(count) if lists.list_size(i)]
    parts = [faiss.rev_swig_ptr(lists.get_ids(i), lists.list_size(i)) for i in filled]
    numbers = np.concatenate([np.empty(0, np.int64), *parts])
    return len(numbers) == index.ntotal and np.array_equal(np.sort(numbers), np.arange(len(numbers)))
