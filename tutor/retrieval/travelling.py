"""Vectors that travel with a corpus, `vectors.npz`, so that a first start has nothing to encode.

They are keyed by a hash of the text and belong to one encoder: a note that has changed since, or another
encoder, is simply encoded anew. The file holds plain arrays, is read without pickle and checked.
"""

import hashlib
import logging
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

NAME = "vectors.npz"
LIMIT = 200 << 20  # bytes; 10,000 notes would need about as much

log = logging.getLogger(__name__)


def text_key(text: str) -> str:
    """The name of a text among vectors: its SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()


def read_vectors(folder: Path, fingerprint: str) -> dict[str, np.ndarray]:
    """The vectors in a corpus folder by `text_key`; none if they are missing, of another encoder, or unreadable."""
    path = folder / NAME
    try:
        if path.stat().st_size > LIMIT:
            raise ValueError(f"more than {LIMIT >> 20} MB")
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            if str(stored["encoder"]) != fingerprint:
                return {}
            keys, vectors = stored["keys"], stored["vectors"].astype(np.float32)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        if vectors.ndim != 2 or keys.shape != (len(vectors), 32) or keys.dtype != np.uint8 or not (norms > 0.5).all():
            raise ValueError("not vectors of texts")
    except FileNotFoundError:
        return {}
    except (OSError, EOFError, ValueError, KeyError, zipfile.BadZipFile, np.exceptions.AxisError) as error:
        log.warning("%s is ignored: %s", path.name, error)
        return {}
    return {key.tobytes().hex(): vector for key, vector in zip(keys, vectors / norms, strict=True)}


def write_vectors(folder: Path, fingerprint: str, vectors: Mapping[str, np.ndarray]) -> None:
    """Store unit-length vectors by `text_key` for `read_vectors`, in half precision: a cosine changes by about 1e-4."""
    keys = sorted(vectors)
    np.savez_compressed(
        folder / NAME,
        encoder=np.array(fingerprint),
        keys=np.frombuffer(bytes.fromhex("".join(keys)), dtype=np.uint8).reshape(-1, 32),
        vectors=np.stack([vectors[key] for key in keys]).astype(np.float16),
    )
