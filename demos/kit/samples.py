"""Labelled examples of many seeds, and the noise that a demo puts into their labels."""

from dataclasses import dataclass

import numpy as np
from torch import Tensor

from demos.kit.seeding import Streams


@dataclass(frozen=True)
class Samples:
    """Labelled examples of each seed: x (seeds, n, inputs) in float32 and y (seeds, n) in int64."""

    x: Tensor
    y: Tensor


@dataclass(frozen=True)
class Split:
    """Training and test examples; noise is only ever in the training labels."""

    train: Samples
    test: Samples


def add_label_noise(
    labels: np.ndarray, classes: int, rngs: Streams, *, flipped: float = 0.0, drawn: float = 0.0
) -> None:
    """Change labels (seeds, n) in place: a share `flipped` to another class, or a share `drawn` to any class."""
    size = labels.shape[1]
    for row, rng in zip(labels, rngs, strict=True):
        wrong = rng.permutation(size)
        to_flip, to_draw = wrong[: round(flipped * size)], wrong[: round(drawn * size)]
        row[to_flip] = (row[to_flip] + rng.integers(1, classes, len(to_flip))) % classes
        row[to_draw] = rng.integers(0, classes, len(to_draw))
