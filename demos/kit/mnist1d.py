"""MNIST-1D: signals of 40 values in ten classes, generated afresh for every seed.

The recipe is that of Greydanus and Kobak, "Scaling down deep learning with MNIST-1D", ICML 2024
(arXiv:2011.14439): a template of each digit's class is padded, stretched, scaled, rolled along, laid into smooth
noise and sheared. A model must find a shape wherever it lies, which a small one does not do by heart.
"""

from functools import lru_cache

import numpy as np
import torch

from demos.kit.samples import Samples, Split, add_label_noise
from demos.kit.seeding import streams

INPUTS, CLASSES = 40, 10
TEMPLATES = np.array(
    [
        [5, 6, 6.5, 6.75, 7, 7, 7, 7, 6.75, 6.5, 6, 5],
        [5, 3, 3, 3.4, 3.8, 4.2, 4.6, 5, 5.4, 5.8, 5, 5],
        [5, 6, 6.5, 6.5, 6, 5.25, 4.75, 4, 3.5, 3.5, 4, 5],
        [5, 6, 6.5, 6.5, 6, 5, 5, 6, 6.5, 6.5, 6, 5],
        [5, 4.4, 3.8, 3.2, 2.6, 2.6, 5, 5, 5, 5, 5, 5],
        [5, 3, 3, 3, 3, 5, 6, 6.5, 6.5, 6, 4.5, 5],
        [5, 4, 3.5, 3.25, 3, 3, 3, 3, 3.25, 3.5, 4, 5],
        [5, 7, 7, 6.6, 6.2, 5.8, 5.4, 5, 4.6, 4.2, 5, 5],
        [5, 4, 3.5, 3.5, 4, 5, 5, 4, 3.5, 3.5, 4, 5],
        [5, 4, 3.5, 3.5, 4, 5, 5, 5, 5, 4.7, 4.3, 5],
    ]
)
PADDING = 36, 60  # values appended to a template, at least and at most
LENGTH = TEMPLATES.shape[1] + PADDING[1]  # to which a padded template is stretched
SCALE, FARTHEST, SMOOTH_NOISE, SHARP_NOISE, SHEAR = 0.4, 48, 0.25, 0.02, 0.75
SMOOTHING = 2.0  # standard deviation of the filter that makes noise smooth, in values


def split(
    base: int, seeds: int, train_size: int, device: torch.device, *, test_size: int = 1000, flipped: float = 0.0
) -> Split:
    """Fresh examples for each seed, scaled by the mean and deviation of its training examples.

    A share `flipped` of the training labels is changed to another class.
    """
    rngs = streams(base, seeds, "signals")
    labels = np.stack([rng.integers(0, CLASSES, train_size + test_size) for rng in rngs])
    x = np.stack([signals(row, rng) for row, rng in zip(labels, rngs, strict=True)])
    known = x[:, :train_size]
    x = (x - known.mean((1, 2), keepdims=True)) / known.std((1, 2), keepdims=True)
    train_labels = labels[:, :train_size].copy()
    add_label_noise(train_labels, CLASSES, streams(base, seeds, "label noise"), flipped=flipped)

    def on_device(rows: np.ndarray, y: np.ndarray) -> Samples:
        return Samples(torch.from_numpy(rows.astype(np.float32)).to(device), torch.from_numpy(y).to(device))

    return Split(on_device(x[:, :train_size], train_labels), on_device(x[:, train_size:], labels[:, train_size:]))


def signals(labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One signal for each label: (n,) -> (n, 40) in float64, not yet scaled."""
    n = len(labels)
    padded = TEMPLATES.shape[1] + rng.integers(PADDING[0], PADDING[1] + 1, (n, 1))
    place = np.linspace(0, 1, LENGTH) * (padded - 1)  # where in the padded template each value comes from
    x = _between(np.pad(_templates(), ((0, 0), (0, PADDING[1])))[labels], place)
    inside = place < TEMPLATES.shape[1]
    x *= 1 + SCALE * (rng.random((n, 1)) - 0.5)
    rolled = (np.arange(LENGTH) - rng.integers(0, FARTHEST, (n, 1))) % LENGTH
    x, inside = np.take_along_axis(x, rolled, 1), np.take_along_axis(inside, rolled, 1)
    x = np.where(inside, x, SMOOTH_NOISE * rng.standard_normal((n, LENGTH)) @ _smoother())
    x += SHARP_NOISE * rng.standard_normal((n, LENGTH))
    x -= SHEAR * (rng.random((n, 1)) - 0.5) * np.linspace(-0.5, 0.5, LENGTH)
    return _between(x, np.broadcast_to(np.linspace(0, LENGTH - 1, INPUTS), (n, INPUTS)))


def _between(rows: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Values of each row (n, m) at fractional places (n, k), by linear interpolation."""
    left = np.minimum(place.astype(int), rows.shape[1] - 2)
    share = place - left
    return np.take_along_axis(rows, left, 1) * (1 - share) + np.take_along_axis(rows, left + 1, 1) * share


@lru_cache
def _templates() -> np.ndarray:
    """The templates with mean 0 and deviation 1, begun at 0 and divided by 6, as in the recipe."""
    scaled = TEMPLATES - TEMPLATES.mean(1, keepdims=True)
    scaled /= scaled.std(1, keepdims=True)
    return (scaled - scaled[:, :1]) / 6


@lru_cache
def _smoother() -> np.ndarray:
    """The matrix of a Gaussian filter, cut at four deviations, with the values mirrored beyond the ends."""
    reach = round(4 * SMOOTHING)
    weights = np.exp(-0.5 * (np.arange(-reach, reach + 1) / SMOOTHING) ** 2)
    weights /= weights.sum()
    mirrored = np.pad(np.arange(LENGTH), reach, mode="symmetric")
    matrix = np.zeros((LENGTH, LENGTH))
    for column in range(LENGTH):
        np.add.at(matrix[:, column], mirrored[column : column + 2 * reach + 1], weights)
    return matrix
