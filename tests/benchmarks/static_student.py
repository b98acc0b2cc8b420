"""A static student of the embedded encoder: one vector for each token, a text is the mean of its tokens' vectors.

The token vectors are the ridge regression of the encoder's vectors on the tokens' shares of a text, solved by
conjugate gradients; they are kept as int8 with one scale for each token.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
from scipy import sparse
from tokenizers import Tokenizer

from tutor.retrieval.encoder import Encoder, prepare

RIDGE = (
    0.05  # by cosine to the encoder on a tenth of the texts left out: .525 at .003, .531 at .03 and at .1, .522 at .3
)
ITERATIONS = 40


class StaticStudent(Encoder):
    """`table`: float32 (tokens, dimension), rows by the tokenizer's ids."""

    def __init__(self, tokenizer: Tokenizer, table: np.ndarray) -> None:
        self._tokenizer = tokenizer
        self._scale = (np.abs(table).max(axis=1, keepdims=True) / 127).clip(1e-12).astype(np.float32)
        self._rows = np.round(table / self._scale).astype(np.int8)
        self.dimension = table.shape[1]
        self.fingerprint = hashlib.sha256(self._rows.tobytes()).hexdigest()

    @property
    def bytes(self) -> int:
        """What the token vectors take on disk."""
        return self._rows.nbytes + self._scale.nbytes

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Unit-length vectors of `texts`: float32 (n, dimension)."""
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for number, text in enumerate(texts):
            ids = token_ids(self._tokenizer, text)
            if ids:
                vectors[number] = (self._rows[ids] * self._scale[ids]).mean(0)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True).clip(1e-12)

    def is_word(self, word: str) -> bool:
        """Whether a lower-case English word is one of the vocabulary, whole."""
        return len(token_ids(self._tokenizer, word)) == 1


def token_ids(tokenizer: Tokenizer, text: str) -> list[int]:
    """Ids of the text's tokens, as the encoder cuts it."""
    return tokenizer.encode(prepare(text), add_special_tokens=False).ids


def distilled(tokenizer: Tokenizer, texts: Sequence[str], targets: np.ndarray, ridge: float = RIDGE) -> np.ndarray:
    """Token vectors, float32 (tokens, dimension), whose means come near to `targets` (texts, dimension)."""
    ids = [token_ids(tokenizer, text) for text in texts]
    lengths = np.array([len(of) for of in ids])
    columns = np.concatenate([np.array(of, np.int64) for of in ids])
    shares = np.repeat(1 / lengths.clip(1), lengths).astype(np.float32)
    used, places = np.unique(columns, return_inverse=True)
    design = sparse.csr_array((shares, (np.repeat(np.arange(len(ids)), lengths), places)), (len(ids), len(used)))
    highest = max(tokenizer.get_vocab().values())  # not the number of tokens: X and ##X share a row
    table = np.zeros((highest + 1, targets.shape[1]), np.float32)
    table[used] = _ridge(design, targets, ridge)
    return table


def _ridge(design: sparse.csr_array, targets: np.ndarray, ridge: float) -> np.ndarray:
    """W that minimises |design W - targets|² + ridge |W|², every column of W by its own conjugate gradients."""
    back = design.T.tocsr()
    rest = np.asarray(back @ targets, np.float32)
    solution = np.zeros_like(rest)
    direction = rest.copy()
    power = (rest**2).sum(0)
    for _ in range(ITERATIONS):
        image = back @ (design @ direction) + ridge * direction
        step = power / (direction * image).sum(0).clip(1e-12)
        solution += step * direction
        rest -= step * image
        before, power = power, (rest**2).sum(0)
        direction = rest + power / before.clip(1e-12) * direction
    return solution
