"""What an encoder is worth on the held-out pages, and what storing it small costs."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tutor.retrieval.encoder import Encoder
from tutor.retrieval.training.pairs import Pair


@dataclass(frozen=True)
class Accuracy:
    """Share of held-out texts whose own translation is the nearest of all held-out texts of the other language."""

    zh_to_en: float
    en_to_zh: float
    cosine: float  # mean, between a text and its translation


@dataclass(frozen=True)
class Likeness:
    """How near the vectors of one encoder are to those of another, over the held-out texts of both languages."""

    mean_cosine: float
    least_cosine: float
    same_neighbour: float  # share of Chinese texts with the same nearest English text


def sides(encoder: Encoder, pairs: Sequence[Pair]) -> tuple[np.ndarray, np.ndarray]:
    """Vectors of the Chinese and of the English sides, float32 (n, dimension) each."""
    return encoder.encode([pair.zh for pair in pairs]), encoder.encode([pair.en for pair in pairs])


def accuracy(zh: np.ndarray, en: np.ndarray) -> Accuracy:
    """Hit@1 in both directions; row k of `zh` and of `en` are translations of each other."""
    similarity = zh @ en.T
    own = np.arange(len(zh))
    forth, back = similarity.argmax(1) == own, similarity.argmax(0) == own
    return Accuracy(float(forth.mean()), float(back.mean()), float(similarity.diagonal().mean()))


def likeness(zh: np.ndarray, en: np.ndarray, other_zh: np.ndarray, other_en: np.ndarray) -> Likeness:
    """Compare two encoders' vectors of the same held-out pairs."""
    cosines = np.concatenate([(zh * other_zh).sum(1), (en * other_en).sum(1)])
    same = (zh @ en.T).argmax(1) == (other_zh @ other_en.T).argmax(1)
    return Likeness(float(cosines.mean()), float(cosines.min()), float(same.mean()))


def milliseconds(encoder: Encoder, texts: Sequence[str]) -> float:
    """Median time to encode one of `texts`, in milliseconds."""
    encoder.encode(texts[:3])
    times = []
    for text in texts:
        start = time.perf_counter()
        encoder.encode([text])
        times.append(time.perf_counter() - start)
    return float(np.median(times) * 1000)
