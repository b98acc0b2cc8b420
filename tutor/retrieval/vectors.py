"""Dense vectors behind FAISS: exact inner product, stored without pickle."""

from pathlib import Path
from typing import Any

import numpy as np


class VectorStore:
    """Unit-length float32 vectors (n, dimension), numbered in the order given."""

    def __init__(self, index: Any) -> None:
        self._index = index

    @classmethod
    def build(cls, vectors: np.ndarray) -> "VectorStore":
        """Store `vectors`, float32 (n, dimension)."""
        import faiss

        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        return cls(index)

    def __len__(self) -> int:
        return self._index.ntotal

    def similarities(self, query: np.ndarray) -> np.ndarray:
        """Cosine of one unit-length query (dimension,) with every vector: float32 (n,)."""
        scores, numbers = self._index.search(query[None, :], len(self))
        ordered = np.empty(len(self), dtype=np.float32)
        ordered[numbers[0]] = scores[0]
        return ordered

    def all(self) -> np.ndarray:
        """Every stored vector: float32 (n, dimension)."""
        return self._index.reconstruct_n(0, len(self))

    def save(self, path: Path) -> None:
        """Write the index to one file."""
        import faiss

        # Not `write_index`: it hides why it fails, and a disk can be full.
        path.write_bytes(faiss.serialize_index(self._index).tobytes())

    @classmethod
    def load(cls, path: Path) -> "VectorStore":
        """Read what `save` wrote; the caller has checked the file."""
        import faiss

        return cls(faiss.deserialize_index(np.frombuffer(path.read_bytes(), np.uint8)))
