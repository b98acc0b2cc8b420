"""Hyperparameter search: the claims on fresh seeds, where they must fail, and training against torch.optim."""

import numpy as np
import pytest
import torch

from demos.hyperparameter_search import KNOBS, REPEATS, HyperparameterSearchParameters, Trainer, grids, side
from demos.kit import digits
from tests.demos.runs import claims, events

SLUG = "hyperparameter-search"
BEATS, OPTIMISM = "search-random-beats-grid", "search-winner-optimistic"
SMALL = {"seeds": 8, "width": 16, "train_size": 200, "epochs": 6}


def test_the_claims_hold_on_fresh_seeds():
    assert all(claim["holds"] for claim in claims(SLUG).values())


@pytest.mark.parametrize("seed", [600_000, 600_001])
def test_with_one_hyperparameter_random_search_does_not_beat_the_grid(seed):
    assert not claims(SLUG, dimensions=1, seed=seed, **SMALL)[BEATS]["holds"]


def test_of_four_values_of_one_hyperparameter_those_of_the_grid_are_better():
    assert claims(SLUG, dimensions=1, trials=4, **{**SMALL, "seeds": 16})[BEATS]["ci95"][1] < 0


@pytest.mark.parametrize("seed", [600_000, 600_001])
def test_a_single_trial_is_not_flattered(seed):
    claim = claims(SLUG, trials=1, seed=seed, **SMALL)[OPTIMISM]
    assert claim["effect"] == 0
    assert not claim["holds"]


def test_the_effect_is_the_difference_of_the_curves():
    result = events(SLUG, dimensions=2)[-1]
    test = result["series"]["test"]
    assert result["claims"][0]["effect"] == pytest.approx(test["random"]["mean"][-1] - test["grid"]["mean"][-1])


@pytest.mark.parametrize(
    ("trials", "dimensions", "values"), [(16, 1, 16), (16, 2, 4), (16, 4, 2), (15, 4, 1), (27, 3, 3)]
)
def test_the_grid_is_the_largest_within_the_trials(trials, dimensions, values):
    assert side(HyperparameterSearchParameters(trials=trials, dimensions=dimensions)) == values
    for places in grids(np.random.default_rng(0), values, dimensions):
        assert places.shape == (values**dimensions, dimensions)
        assert len(np.unique(places, axis=0)) == values**dimensions
        assert all(len(np.unique(column)) == values for column in places.T)
        assert (places >= 0).all()
        assert (places < 1).all()


def test_a_grid_lies_anywhere_and_those_of_a_seed_in_different_thirds():
    rng = np.random.default_rng(0)
    lowest = 2 * np.array([grids(rng, 2, 4).min(axis=1) for _ in range(200)])  # of a cell's width: (draws, repeats, 4)
    assert (np.sort(np.floor(3 * lowest), axis=1) == np.arange(REPEATS)[:, None]).all()
    assert np.abs(np.quantile(lowest[:, 0], [0.25, 0.5, 0.75], axis=0).T - [0.25, 0.5, 0.75]).max() < 0.15


def test_a_candidate_is_trained_as_pytorch_trains_it():
    p = HyperparameterSearchParameters(seeds=2, train_size=100, epochs=3, width=8)
    split = digits.split(0, 2, p.train_size, torch.device("cpu"))
    trainer = Trainer(p, split, torch.device("cpu"))
    places = np.random.default_rng(0).uniform(0.4, 0.7, (2, 2, len(KNOBS)))
    nets = trainer.train(places)
    arm, seed = 1, 1
    rate, decay, momentum, smoothing = (float(knob.value(places[arm, seed, k])) for k, knob in enumerate(KNOBS))
    linears = torch.nn.Linear(digits.INPUTS, 8), torch.nn.Linear(8, digits.CLASSES)
    module = torch.nn.Sequential(linears[0], torch.nn.ReLU(), linears[1])
    with torch.no_grad():
        for linear, weight in zip(linears, trainer.initial, strict=True):
            linear.weight.copy_(weight[seed].T)
            linear.bias.zero_()
    optimizer = torch.optim.AdamW(module.parameters(), lr=rate, betas=(momentum, 0.999), weight_decay=decay)
    loss = torch.nn.CrossEntropyLoss(label_smoothing=smoothing)
    for step, batch in enumerate(trainer.batches):
        optimizer.param_groups[0]["lr"] = rate * (1 - step / len(trainer.batches))
        optimizer.zero_grad()
        loss(module(batch.x[seed]), batch.y[seed]).backward()
        optimizer.step()
    expected = module(split.test.x[seed]).detach()
    assert torch.allclose(nets.logits(split.test.x, arm)[seed], expected, atol=1e-3)
    names = [name for name, _ in module.named_parameters()]
    assert names == ["0.weight", "0.bias", "2.weight", "2.bias"]  # as the picture of the learned parameters says
