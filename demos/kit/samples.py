"""Labelled examples of many seeds, the batches in which they are shown, and the noise put into their labels."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from demos.kit.seeding import Streams


@dataclass(frozen=True)
class Samples:
    """Labelled examples of each seed: x (seeds, n, inputs) in float32 and y (seeds, n) in int64."""

    x: Tensor
    y: Tensor

    def first(self, count: int) -> "Samples":
        """The first `count` examples of each seed."""
        return Samples(self.x[:, :count], self.y[:, :count])

    def at(self, rows: Tensor) -> "Samples":
        """The examples of each seed at its rows (seeds, n)."""
        seeds = torch.arange(len(rows), device=rows.device)[:, None]
        return Samples(self.x[seeds, rows], self.y[seeds, rows])

    def of_every_arm(self, arms: int) -> "Samples":
        """The same for the models of every arm: x (models, n, inputs), y (models, n)."""
        return Samples(of_every_arm(self.x, arms), of_every_arm(self.y, arms))


@dataclass(frozen=True)
class Split:
    """Training and test examples; noise is only ever in the training labels."""

    train: Samples
    test: Samples

    def standardized(self) -> "Split":
        """With inputs of mean 0 and deviation 1, over all training inputs of a seed together."""
        known = self.train.x
        mean, deviation = known.mean((1, 2), keepdim=True), known.std((1, 2), keepdim=True)
        train, test = (Samples((part.x - mean) / deviation, part.y) for part in (self.train, self.test))
        return Split(train, test)


def of_every_arm(part: Tensor, arms: int) -> Tensor:
    """What each seed has, (seeds, …), repeated for the models of every arm, (arms · seeds, …)."""
    return part.repeat(arms, *[1] * (part.ndim - 1))


def batches(rngs: Streams, size: int, batch: int, device: torch.device) -> Iterator[Tensor]:
    """Rows (seeds, batch) of one update after the other, without end; all of them where `size` is less than `batch`.

    Every epoch has a fresh order; the rest of it that does not fill a batch is left out.
    """
    batch = min(batch, size)
    while True:
        order = torch.from_numpy(np.stack([rng.permutation(size) for rng in rngs])).to(device)
        for start in range(0, size - batch + 1, batch):
            yield order[:, start : start + batch]


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
