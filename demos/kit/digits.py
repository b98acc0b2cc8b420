"""Handwritten digits: 1,797 images of 8×8 pixels in ten classes, shipped as `digits.npz`.

The test part of "Optical Recognition of Handwritten Digits" by E. Alpaydin and C. Kaynak, UCI Machine
Learning Repository (1998), https://doi.org/10.24432/C50P49, licence CC BY 4.0; unchanged but for the file
format. Each seed draws its own split from this one pool, so intervals are conditional on the pool.
"""

from functools import lru_cache
from pathlib import Path

import numpy as np
import torch

from demos.kit.samples import Samples, Split, add_label_noise
from demos.kit.seeding import streams

INPUTS, CLASSES, POOL = 64, 10, 1797


@lru_cache
def pool() -> tuple[np.ndarray, np.ndarray]:
    """All images (1797, 64) with values from 0 to 1, and their labels (1797,)."""
    with np.load(Path(__file__).with_name("digits.npz"), allow_pickle=False) as stored:
        return stored["images"].astype(np.float32) / 16, stored["labels"].astype(np.int64)


def split(
    base: int,
    seeds: int,
    train_size: int,
    device: torch.device,
    *,
    test_size: int = POOL,
    flipped: float = 0.0,
    drawn: float = 0.0,
) -> Split:
    """A fresh split for each seed. Of what is not for training, at most `test_size` images are for testing.

    A share `flipped` of the training labels is changed to another class, or a share `drawn` is drawn anew
    from all ten classes, right one included.
    """
    images, labels = pool()
    orders = np.stack([rng.permutation(POOL) for rng in streams(base, seeds, "split")])
    train, test = orders[:, :train_size], orders[:, train_size : train_size + test_size]
    train_labels = labels[train]
    add_label_noise(train_labels, CLASSES, streams(base, seeds, "label noise"), flipped=flipped, drawn=drawn)

    def on_device(rows: np.ndarray, y: np.ndarray) -> Samples:
        return Samples(torch.from_numpy(images[rows]).to(device), torch.from_numpy(y).to(device))

    return Split(on_device(train, train_labels), on_device(test, labels[test]))
