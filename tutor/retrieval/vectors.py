"""Dense vectors behind FAISS, stored without pickle: searched exactly while they are few, by clusters beyond.

Beyond `EXACT_LIMIT` the vectors lie in 4 √n clusters and a search looks into the nearest of them only, fewer of them
the more vectors there are, so that its time grows less than √n. They are kept in half precision: half the memory,
cosines wrong by 1e-5, and a vector that is read and stored again does not change. tests/benchmarks/growth.py measures
both kinds.
"""

import threading
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import numpy as np

from tutor.errors import IndexDamaged

# Measured on one thread: up to this size an exact search and the ranking of all that it finds take less than 4 ms,
# as long as encoding the question. Clusters take 1 ms here, but overlook one of thirty of the ten nearest.
EXACT_LIMIT = 20_000

# Measured on realistic vectors: of 4 √n clusters, 80 held .946 of the ten nearest among 10⁶ vectors, 128 .964 and 160
# .970; among 100,000 it took 160 for .955. So the probes fall with the fourth root of n. Half the clusters with half
# the probes are as fast, at a point of recall less. An HNSW graph of the same recall takes as long to search, four
# times as long to build. Eight bits a number in place of sixteen save half the memory, little time, and cost a point
# of recall, as cosines are then wrong by 1e-3.
CLUSTERS_PER_ROOT = 4
PROBES_OF_MILLION = 128
TRAINED_ON = 40  # vectors per cluster that k-means sees; FAISS warns below 39
SEED = 1234
BLOCK = 65_536  # vectors converted at once

_LOADING = threading.Lock()  # FAISS has one limit for the whole process


class VectorStore(ABC):
    """Unit-length vectors (n, dimension), numbered in the order given; immutable, so threads may share it."""

    approximate: bool  # whether `nearest` looks at a part of the vectors only
    dimension: int  # numbers in a vector

    @staticmethod
    def build(vectors: np.ndarray, *, limit: int = EXACT_LIMIT) -> "VectorStore":
        """Store `vectors`, float32 or float16 (n, dimension): exactly if there are at most `limit`.

        The same vectors give the same store, byte for byte.
        """
        return (
            ExactStore(np.array(vectors, np.float32)) if len(vectors) <= limit else ClusteredStore(_clustered(vectors))
        )

    @abstractmethod
    def __len__(self) -> int: ...

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
        return self.some(np.arange(len(self)))

    def save(self, path: Path) -> None:
        """Write the vectors to one file.

        Raises:
            OSError: it cannot be written, or the disk is full.
        """
        import faiss

        with path.open("wb") as file:  # not opened by FAISS, which hides why it fails
            writer = faiss.PyCallbackIOWriter(file.write)  # pyright: ignore[reportAttributeAccessIssue] stub lacks it
            faiss.write_index(self._index(), writer)

    @abstractmethod
    def _index(self) -> Any:
        """The vectors as FAISS stores them."""

    @staticmethod
    def load(path: Path) -> "VectorStore":
        """Read what `save` wrote. The caller has checked that no bit has changed: FAISS does not notice one.

        Raises:
            IndexDamaged: the file holds anything else than the two kinds of index that are written here.
        """
        import faiss

        try:
            with path.open("rb") as file, _LOADING:
                # Or FAISS makes room for whatever size a wrong file states, and takes a minute and 16 GB to refuse it.
                faiss.set_deserialization_vector_byte_limit(path.stat().st_size)
                reader = faiss.PyCallbackIOReader(file.read)  # pyright: ignore[reportAttributeAccessIssue] stub lacks it
                index = faiss.read_index(reader)
        except (RuntimeError, MemoryError):
            raise IndexDamaged(f"{path.name} holds no vectors that can be read.") from None
        if _is_flat(index):
            return ExactStore(index.reconstruct_n(0, index.ntotal))
        if _is_clustered(index):
            return ClusteredStore(index)
        raise IndexDamaged(f"{path.name} holds another kind of index than is written there.")


class ExactStore(VectorStore):
    """Every vector is compared, by one matrix-vector product."""

    approximate = False

    def __init__(self, table: np.ndarray) -> None:
        self._table = table
        self.dimension = table.shape[1]

    def __len__(self) -> int:
        return len(self._table)

    def nearest(self, query: np.ndarray, least: int) -> tuple[np.ndarray, np.ndarray]:
        """Every number (n,) and its cosine."""
        return np.arange(len(self._table)), self._table @ query

    def some(self, numbers: np.ndarray) -> np.ndarray:
        """The vectors of these numbers (k,): float32 (k, dimension)."""
        return self._table[numbers]

    def _index(self) -> Any:
        import faiss

        index = faiss.IndexFlatIP(self.dimension)
        index.add(self._table)
        return index


class ClusteredStore(VectorStore):
    """Only the vectors of the clusters nearest to the query are compared (an inverted file)."""

    approximate = True

    def __init__(self, index: Any) -> None:
        self._clusters = index
        self.dimension = index.d
        index.nprobe = int(PROBES_OF_MILLION * (1e6 / max(1, index.ntotal)) ** 0.25)
        index.make_direct_map(False)  # forgets a stored one, which nothing has checked
        index.make_direct_map(True)

    def __len__(self) -> int:
        return self._clusters.ntotal

    def nearest(self, query: np.ndarray, least: int) -> tuple[np.ndarray, np.ndarray]:
        """Numbers and cosines of the `least` nearest, or of as many as the clusters hold."""
        query = np.ascontiguousarray(query, dtype=np.float32)[None]
        (cosines,), (numbers,) = self._clusters.search(query, min(least, len(self)))
        found = numbers >= 0  # fewer than asked for: the rest is filled with -1
        return numbers[found], cosines[found]

    def some(self, numbers: np.ndarray) -> np.ndarray:
        """The vectors of these numbers (k,): float32 (k, dimension)."""
        return self._clusters.reconstruct_batch(np.ascontiguousarray(numbers, dtype=np.int64))

    def _index(self) -> Any:
        return self._clusters


def _clustered(vectors: np.ndarray) -> Any:
    import faiss

    count, dimension = vectors.shape
    clusters = int(max(1, min(CLUSTERS_PER_ROOT * np.sqrt(count), count / TRAINED_ON)))
    index: Any = faiss.index_factory(dimension, f"IVF{clusters},SQfp16", faiss.METRIC_INNER_PRODUCT)
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
    """Whether it is an index as `ExactStore` makes it."""
    import faiss

    return type(index) is faiss.IndexFlatIP and index.codes.size() == index.ntotal * index.d * 4


def _is_clustered(index: Any) -> bool:
    """Whether it is an index as `_clustered` makes it, each number from 0 to n - 1 in one cluster."""
    import faiss

    if type(index) is not faiss.IndexIVFScalarQuantizer or index.metric_type != faiss.METRIC_INNER_PRODUCT:
        return False
    if index.invlists is None:
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
