"""What an encoder is worth on the held-out pages, and what storing it small costs."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tutor.retrieval.encoder import Encoder
from tutor.retrieval.training.pairs import Pair


@dataclass(frozen=True)
class Figures:
    """One encoder, measured on held-out sentence pairs.

    Hit@1 is the share of texts whose own translation is the nearest of all held-out texts of the other language.
    Likeness is to the encoder of reference: cosines of the same text's vectors, and the share of Chinese texts with the
    same nearest English text.
    """

    zh_to_en: float
    en_to_zh: float
    translation_cosine: float  # mean, between a text and its translation
    milliseconds: float  # processor time of one Chinese sentence, median
    mean_cosine: float
    least_cosine: float
    same_neighbour: float


def compare(encoders: Mapping[str, Encoder], reference: str, pairs: Sequence[Pair]) -> dict[str, Figures]:
    """Figures of each encoder on `pairs`, with likeness to `encoders[reference]`."""
    zh = {name: encoder.encode([pair.zh for pair in pairs]) for name, encoder in encoders.items()}
    en = {name: encoder.encode([pair.en for pair in pairs]) for name, encoder in encoders.items()}
    own = np.arange(len(pairs))
    exact = (zh[reference] @ en[reference].T).argmax(axis=1)
    figures = {}
    for name, encoder in encoders.items():
        similarity = zh[name] @ en[name].T
        cosines = np.concatenate([(zh[name] * zh[reference]).sum(axis=1), (en[name] * en[reference]).sum(axis=1)])
        figures[name] = Figures(
            zh_to_en=float((similarity.argmax(axis=1) == own).mean()),
            en_to_zh=float((similarity.argmax(axis=0) == own).mean()),
            translation_cosine=float(similarity.diagonal().mean()),
            milliseconds=_milliseconds(encoder, [pair.zh for pair in pairs]),
            mean_cosine=float(cosines.mean()),
            least_cosine=float(cosines.min()),
            same_neighbour=float((similarity.argmax(axis=1) == exact).mean()),
        )
    return figures


def _milliseconds(encoder: Encoder, texts: Sequence[str]) -> float:
    """Median processor time of encoding one text; unlike the clock's it does not count other programs."""
    times = []
    for text in texts:
        start = time.process_time()
        encoder.encode([text])
        times.append(time.process_time() - start)
    return float(np.median(times) * 1000)
