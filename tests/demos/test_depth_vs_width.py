"""Depth versus width: the claims on fresh seeds, where depth is of no use or harms, and the equal budget."""

import numpy as np
import pytest
import torch

from demos.depth_vs_width import Tuned, layers, size, spirals, units_within
from demos.kit.samples import Samples
from demos.kit.training import Training
from tests.demos.runs import claims, events

SLUG = "depth-vs-width"
IDS = ("depth-raises-accuracy", "depth-fits-training")


def test_the_claims_hold_on_fresh_seeds():
    found = claims(SLUG)
    assert all(found[claim]["holds"] for claim in IDS)


@pytest.mark.parametrize("seed", [600_000, 600_001])
def test_on_a_quarter_turn_no_claim_holds(seed):
    found = claims(SLUG, turns=0.25, seeds=6, epochs=20, seed=seed)
    assert not any(found[claim]["holds"] for claim in IDS)
    assert all(abs(found[claim]["effect"]) < 0.01 for claim in IDS)


def test_twelve_narrow_layers_do_harm():
    claim = claims(SLUG, depth=12, width=64, turns=1.5, seeds=6, epochs=20)["depth-raises-accuracy"]
    assert claim["ci95"][1] < 0


def test_one_layer_against_one_layer_is_no_difference():
    assert all(claim["effect"] == 0 and not claim["holds"] for claim in events(SLUG, depth=1, width=8)[-1]["claims"])


def test_the_effects_are_the_differences_of_the_curves():
    result = events(SLUG, width=64)[-1]
    test, by_depth = result["series"]["test"], result["series"]["depths"]
    accuracy, training = (claim["effect"] for claim in result["claims"])
    assert accuracy == pytest.approx(test["deep"]["mean"][-1] - test["wide"]["mean"][-1])
    row = by_depth["training"]["mean"]
    assert training == pytest.approx(row[by_depth["training"]["x"].index(3)] - row[0])


@pytest.mark.parametrize("width", [6, 256, 512])
@pytest.mark.parametrize("depth", [1, 2, 3, 5, 12])
def test_no_depth_has_more_parameters_than_the_wide_network_nor_many_fewer(width, depth):
    budget = size(width, 1)
    units = units_within(budget, depth)
    modules = [torch.nn.Linear(i, o) for i, o in zip(layers(units, depth)[:-1], layers(units, depth)[1:], strict=True)]
    assert size(units, depth) == sum(part.numel() for module in modules for part in module.parameters()) <= budget
    assert size(units + 1, depth) > budget


def test_each_seed_keeps_its_best_learning_rate_and_draws_its_own_network(rng):
    x = torch.randn(2, 40, 2, generator=rng)
    samples = Samples(x, (x[..., 0] > 0).long())
    training = Training((2, 5, 5, 2), samples, 0, arms=3, learning_rate=[1e-9, 1e-2, 1e-1])
    for _ in range(10):
        training.epoch()
    bank = Tuned(2, training)
    bank.look(samples, samples, samples)
    assert np.array_equal(bank.tests[-1], training.accuracy(samples).max(axis=0))
    expected = training.nets.logits(x[0], int(bank.best[0]))[0].softmax(-1)[:, 1]
    assert np.allclose(bank.probability(x[0].numpy()), expected, atol=1e-6)


def test_the_arms_are_one_spiral_turned_by_half_a_circle():
    points, labels = spirals(np.random.default_rng(0), 4000, turns=1.0)
    radius = np.hypot(*points.T)
    phase = np.angle(np.exp(1j * (np.arctan2(*points.T[::-1]) - np.pi * radius - np.pi * labels)))
    far = radius > 1
    expected = np.sqrt((0.05 * np.pi) ** 2 + np.mean((0.05 / radius[far]) ** 2))  # noise along and across the radius
    assert phase[far].std() == pytest.approx(expected, rel=0.05)
    assert abs(labels.mean() - 0.5) < 0.03
