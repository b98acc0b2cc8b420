"""The data of each seed: fresh splits, and label noise of exactly the promised kind, in training only."""

import numpy as np
import pytest
import torch

from demos.kit import digits
from demos.kit.seeding import streams

CPU = torch.device("cpu")


def rows(x: torch.Tensor) -> set[bytes]:
    return {row.numpy().tobytes() for row in x}


def test_the_pool_is_the_whole_published_set():
    images, labels = digits.pool()
    assert images.shape == (1797, 64)
    assert (images.min(), images.max()) == (0, 1)
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_training_and_test_images_are_different_and_use_the_whole_pool():
    split = digits.split(0, 2, 600, CPU)
    assert split.train.x.shape == (2, 600, 64)
    assert split.test.x.shape == (2, 1197, 64)
    assert not rows(split.train.x[0]) & rows(split.test.x[0])


def test_each_seed_has_its_own_split_and_keeps_it_whatever_runs_beside_it():
    few, many = digits.split(9, 2, 100, CPU, flipped=0.3), digits.split(9, 5, 100, CPU, flipped=0.3)
    assert torch.equal(few.train.x, many.train.x[:2])
    assert torch.equal(few.train.y, many.train.y[:2])
    assert not torch.equal(few.train.x[0], few.train.x[1])


def test_base_seeds_do_not_share_streams():
    assert streams(0, 2, "order")[1].random() != streams(1, 2, "order")[0].random()
    assert streams(0, 1, "order")[0].random() != streams(0, 1, "split")[0].random()


@pytest.mark.parametrize("share", [0.0, 0.2, 0.8])
def test_flipping_changes_exactly_that_share_of_the_training_labels(share):
    clean, noisy = digits.split(3, 4, 500, CPU), digits.split(3, 4, 500, CPU, flipped=share)
    assert ((clean.train.y != noisy.train.y).sum(1) == round(share * 500)).all()
    assert torch.equal(clean.test.y, noisy.test.y)
    assert torch.equal(clean.train.x, noisy.train.x)


def test_labels_drawn_at_random_are_right_one_time_in_ten():
    clean, noise = digits.split(3, 8, 1000, CPU), digits.split(3, 8, 1000, CPU, drawn=1.0)
    right = (clean.train.y == noise.train.y).double().mean().item()
    assert right == pytest.approx(0.1, abs=5 * (0.09 / 8000) ** 0.5)
