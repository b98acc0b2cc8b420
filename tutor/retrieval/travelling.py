"""Vectors that travel with a corpus, `vectors.bin`, so that a first start has nothing to encode.

They are keyed by a hash of the text and belong to one encoder: a note that has changed since, or another
encoder, is simply encoded anew. The file is one line of JSON (encoder, count, dimension, SHA-256 of the rest),
then the keys, 32 bytes each, then the vectors in half precision; nothing in it is unpacked or executed.
"""

import hashlib
import json
import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np

NAME = "vectors.bin"
LIMIT = 200 << 20  # bytes; some 250,000 texts

log = logging.getLogger(__name__)


def text_key(text: str) -> str:
    """The name of a text among vectors: its SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()


def read_vectors(folder: Path, fingerprint: str) -> dict[str, np.ndarray]:
    """The vectors in a corpus folder by `text_key`; none if they are missing, of another encoder, or damaged."""
    try:
        with (folder / NAME).open("rb") as file:
            head, body = file.readline(1_000), file.read(LIMIT)
        stated = json.loads(head)
        if stated["encoder"] != fingerprint:
            return {}
        if hashlib.sha256(body).hexdigest() != stated["sha256"]:
            raise ValueError("not what was written")
        count = int(stated["count"])
        keys = np.frombuffer(body, np.uint8, count * 32).reshape(count, 32)
        vectors = np.frombuffer(body, np.float16, offset=count * 32).reshape(count, int(stated["dimension"]))
        vectors = vectors.astype(np.float32)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not (np.abs(norms - 1) < 0.01).all():  # also false for what is not a number
            raise ValueError("not vectors of unit length")
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        log.warning("%s is ignored: %s", NAME, error)
        return {}
    return {key.tobytes().hex(): vector for key, vector in zip(keys, vectors / norms, strict=True)}


def write_vectors(folder: Path, fingerprint: str, vectors: Mapping[str, np.ndarray]) -> None:
    """Store unit-length vectors by `text_key` for `read_vectors`; half precision changes a cosine by about 1e-4."""
    keys = sorted(vectors)
    table = np.stack([vectors[key] for key in keys]).astype(np.float16)
    body = bytes.fromhex("".join(keys)) + table.tobytes()
    stated = {
        "encoder": fingerprint,
        "count": len(keys),
        "dimension": table.shape[1],
        "sha256": hashlib.sha256(body).hexdigest(),
    }
    (folder / NAME).write_bytes(json.dumps(stated).encode() + b"\n" + body)
