"""Examples of many seeds and the batches in which they are shown."""

from itertools import islice

import numpy as np
import pytest
import torch

from demos.kit.samples import Samples, Split, batches, of_every_arm
from demos.kit.seeding import normal, streams

CPU = torch.device("cpu")
SEEDS = 3


@pytest.fixture
def samples(rng) -> Samples:
    return Samples(torch.rand(SEEDS, 10, 4, generator=rng), torch.arange(SEEDS * 10).view(SEEDS, 10))


def test_every_epoch_shows_each_example_once_in_a_fresh_order():
    rows = batches(streams(0, SEEDS, "order"), 6, 2, CPU)
    epochs = [torch.cat(list(islice(rows, 3)), 1) for _ in range(2)]
    for epoch in epochs:
        assert epoch.sort().values.tolist() == [list(range(6))] * SEEDS
    assert not torch.equal(*epochs)
    assert epochs[0][0].tolist() != epochs[0][1].tolist()


def test_what_does_not_fill_a_batch_is_left_out():
    first, second = islice(batches(streams(0, SEEDS, "order"), 7, 5, CPU), 2)
    assert first.shape == second.shape == (SEEDS, 5)
    assert len(set(first[0].tolist())) == len(set(second[0].tolist())) == 5


def test_fewer_examples_than_a_batch_are_one_batch():
    assert next(batches(streams(0, SEEDS, "order"), 4, 50, CPU)).sort().values.tolist() == [[0, 1, 2, 3]] * SEEDS


def test_each_seed_is_shown_its_own_examples(samples):
    rows = torch.tensor([[0, 9], [3, 3], [2, 1]])
    shown = samples.at(rows)
    assert shown.y.tolist() == [[0, 9], [13, 13], [22, 21]]
    assert torch.equal(shown.x[2, 1], samples.x[2, 1])
    assert samples.first(2).y.tolist() == [[0, 1], [10, 11], [20, 21]]


def test_models_are_counted_arm_by_arm(samples):
    assert samples.of_every_arm(2).y[:, 0].tolist() == [0, 10, 20, 0, 10, 20]
    assert of_every_arm(samples.x, 2).shape == (2 * SEEDS, 10, 4)


def test_inputs_are_standardized_by_the_training_inputs_of_each_seed(samples):
    far = Samples(samples.x + 5, samples.y)
    found = Split(samples, far).standardized()
    assert found.train.x.mean((1, 2)).abs().max() < 1e-6
    assert torch.allclose(found.train.x.std((1, 2)), torch.ones(SEEDS))
    assert (found.test.x > found.train.x).all()
    assert torch.allclose(found.test.x - found.train.x, 5 / samples.x.std((1, 2), keepdim=True), atol=1e-5)
    assert torch.equal(found.test.y, far.y)


def test_the_normal_numbers_of_a_seed_do_not_depend_on_how_many_seeds_there_are():
    few, many = (normal(streams(0, seeds, "noise"), 4, 5, dtype=np.float32) for seeds in (2, 6))
    assert many.shape == (6, 4, 5)
    assert many.dtype == np.float32
    assert np.array_equal(few, many[:2])
    assert not np.array_equal(many[0], many[1])
