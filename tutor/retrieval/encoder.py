"""Texts become vectors: the embedded bilingual encoder, or any sentence-transformers model.

    load_encoder()                          the embedded one: Chinese and English, no torch, 2 to 4 ms a question
    load_encoder("BAAI/bge-small-zh-v1.5")  a sentence-transformers name or folder

Both are LangChain `Embeddings`. `tutor.retrieval.training` makes the embedded one.
"""

import hashlib
import json
import unicodedata
from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from langchain_core.embeddings import Embeddings

from tutor.errors import TutorError
from tutor.retrieval.scripts import HAN, simplify

EMBEDDED = Path(__file__).parent / "minilm_zh"
MANIFEST = "manifest.json"
MAX_TOKENS = 256  # what MiniLM was made for; the rest of a longer text is not read


class EncoderError(TutorError):
    """The encoder cannot be loaded: files missing or damaged, or no such model."""


def prepare(text: str) -> str:
    """`text` as the tokenizer reads it: Chinese in simplified characters, its punctuation and digits half-width.

    Text without Chinese characters stays as it is, so that English gives exactly MiniLM's tokens.
    """
    text = text.encode("utf-8", "replace").decode("utf-8")  # lone surrogates are no characters
    return simplify(unicodedata.normalize("NFKC", text)) if HAN.search(text) else text


class Encoder(Embeddings):
    """Texts to unit-length vectors. `fingerprint` names the very model: other files, other fingerprint."""

    dimension: int
    fingerprint: str

    @abstractmethod
    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Unit-length vectors of `texts`: float32 (n, dimension)."""

    @abstractmethod
    def is_word(self, word: str) -> bool:
        """Whether a lower-case English word is one of the vocabulary, whole."""

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Vectors of `texts` as LangChain wants them."""
        return self.encode(texts).tolist()

    def embed_query(self, text: str) -> list[float]:
        """Vector of one question."""
        return self.encode([text])[0].tolist()


class EmbeddedEncoder(Encoder):
    """The ONNX model of a folder that `tutor.retrieval.training` wrote, run by onnxruntime.

    A text is run by itself: its vector is the same, bit for bit, whatever is encoded before, after or with it.

    Raises:
        EncoderError: a file of the folder is missing or is not the one that the manifest names.
    """

    def __init__(self, folder: Path = EMBEDDED, threads: int = 1) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        manifest = read_manifest(folder)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors only
        self._session = onnxruntime.InferenceSession(
            manifest.files["model.onnx"], options, providers=["CPUExecutionProvider"]
        )
        self._tokenizer = Tokenizer.from_buffer(manifest.files["tokenizer.json"])
        self.dimension = manifest.dimension
        self.fingerprint = manifest.fingerprint

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Unit-length vectors of `texts`: float32 (n, dimension)."""
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        for number, text in enumerate(texts):
            ids = np.array([self._tokenizer.encode(prepare(text)).ids], dtype=np.int64)
            vectors[number] = np.asarray(self._session.run(None, {"ids": ids})[0])[0]
        return vectors

    def is_word(self, word: str) -> bool:
        """Whether a lower-case English word is one of the vocabulary, whole."""
        return len(self._tokenizer.encode(word, add_special_tokens=False).ids) == 1


class SentenceTransformersEncoder(Encoder):
    """Any sentence-transformers model, by name or folder.

    Raises:
        EncoderError: there is no such model, or it cannot be loaded.
    """

    def __init__(self, name: str) -> None:
        from sentence_transformers import SentenceTransformer

        try:
            self._model: Any = SentenceTransformer(name)
        except Exception as error:  # the library raises a dozen kinds for "not found"
            reason = (str(error) or type(error).__name__).splitlines()[0].rstrip(".")
            raise EncoderError(f"Encoder {name!r} could not be loaded ({reason}); check TUTOR_ENCODER.") from error
        digest = hashlib.sha256(name.encode())
        for weights in self._model.state_dict().values():
            digest.update(weights.float().cpu().numpy().tobytes())
        self.fingerprint = digest.hexdigest()
        self.dimension = self._model.encode("?").shape[-1]

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Unit-length vectors of `texts`: float32 (n, dimension)."""
        vectors = self._model.encode(list(texts), normalize_embeddings=True, show_progress_bar=False)
        return np.asarray(vectors, dtype=np.float32).reshape(len(texts), self.dimension)

    def is_word(self, word: str) -> bool:
        """Whether a lower-case English word is one of the vocabulary, whole."""
        return len(self._model.tokenizer.tokenize(word)) == 1


def load_encoder(name: str | None = None) -> Encoder:
    """The embedded encoder, or the sentence-transformers model `name` (a name or a folder).

    Raises:
        EncoderError: the model's files are missing or damaged, or there is no such model.
    """
    return SentenceTransformersEncoder(name) if name else EmbeddedEncoder()


@dataclass(frozen=True)
class Manifest:
    """What a model folder says of itself, with its files read and checked."""

    dimension: int
    files: dict[str, bytes]
    fingerprint: str  # of the files' hashes


def read_manifest(folder: Path) -> Manifest:
    """Read a model folder; every file must have the sha256 that its manifest names.

    Raises:
        EncoderError: a file is missing, unreadable or another one.
    """
    advice = "reinstall the package, or run python -m tutor.retrieval.training"
    try:
        stated = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        hashes = {name: stated["sha256"][name] for name in ("model.onnx", "tokenizer.json")}
        files = {name: (folder / name).read_bytes() for name in hashes}
        dimension = int(stated["dimension"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise EncoderError(f"The text encoder in {folder} cannot be read ({error}); {advice}.") from error
    for name, content in files.items():
        if hashlib.sha256(content).hexdigest() != hashes[name]:
            raise EncoderError(f"{folder / name} is damaged (its sha256 is not the manifest's); {advice}.")
    fingerprint = hashlib.sha256(json.dumps(hashes, sort_keys=True).encode()).hexdigest()
    return Manifest(dimension, files, fingerprint)
