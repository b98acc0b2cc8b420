"""Vectors that travel with a corpus, `vectors.bin`, so that a first start has nothing to encode.

They are keyed by a hash of the text and belong to one encoder: a note that has changed since, or another
encoder, is simply encoded anew. The file is one line of JSON (encoder, count, dimension, SHA-256 of these and all that
follows), then the keys, 32 bytes each, then the vectors in half precision; nothing in it is unpacked or executed.
"""

import hashlib
import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path

import numpy as np

NAME = "vectors.bin"
LIMIT = 200 << 20  # bytes; some 250,000 texts


def text_key(text: str) -> str:
    """The name of a text among vectors: its SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()


def fault_of(folder: Path) -> str:
    """Why `vectors.bin` in a corpus folder is not what was written; "" if it is, or if there is none."""
    try:
        _content(folder)
    except FileNotFoundError:
        return ""
    except _FAULTS as error:
        return f"{NAME} of the corpus is damaged ({getattr(error, 'strerror', None) or error})."
    return ""


def read_vectors(folder: Path, fingerprint: str) -> dict[str, np.ndarray]:
    """The vectors in a corpus folder by `text_key`; none if they are missing, of another encoder, or damaged."""
    try:
        encoder, keys, vectors = _content(folder)
    except _FAULTS:
        return {}
    if encoder != fingerprint:
        return {}
    return {key.tobytes().hex(): vector for key, vector in zip(keys, vectors, strict=True)}


def write_vectors(folder: Path, fingerprint: str, vectors: Mapping[str, np.ndarray]) -> None:
    """Store unit-length vectors by `text_key` for `read_vectors`; half precision changes a cosine by about 1e-4."""
    keys = sorted(vectors)
    table = np.stack([vectors[key] for key in keys]).astype(np.float16)
    body = bytes.fromhex("".join(keys)) + table.tobytes()
    stated = {"encoder": fingerprint, "count": len(keys), "dimension": table.shape[1]}
    head = json.dumps(stated | {"sha256": _digest(stated, body)}).encode()
    unfinished = folder / f"{NAME}.{os.getpid()}"
    try:
        unfinished.write_bytes(head + b"\n" + body)
        os.replace(unfinished, folder / NAME)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise


_FAULTS = (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError)


def _content(folder: Path) -> tuple[str, np.ndarray, np.ndarray]:
    """Encoder, keys uint8 (n, 32) and vectors float32 (n, dimension); raises one of _FAULTS."""
    path = folder / NAME
    status = path.stat()
    if not stat.S_ISREG(status.st_mode) or status.st_size > LIMIT:
        raise ValueError(f"not a file of at most {LIMIT:,} bytes")
    with path.open("rb") as file:
        head, body = file.readline(1_000), file.read()
    stated = json.loads(head)
    if _digest(stated, body) != stated["sha256"]:
        raise ValueError("not what was written")
    count = int(stated["count"])
    keys = np.frombuffer(body, np.uint8, count * 32).reshape(count, 32)
    vectors = np.frombuffer(body, np.float16, offset=count * 32).reshape(count, int(stated["dimension"]))
    vectors = vectors.astype(np.float32)
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    if not (np.abs(norms - 1) < 0.01).all():  # also false for what is not a number
        raise ValueError("not vectors of unit length")
    return str(stated["encoder"]), keys, vectors / norms


def _digest(stated: Mapping[str, object], body: bytes) -> str:
    digest = hashlib.sha256(f"{stated['encoder']} {stated['count']} {stated['dimension']}\n".encode())
    digest.update(body)
    return digest.hexdigest()
