"""Initialization: the claims on fresh seeds, where they must fail, and the theory of variances."""

import numpy as np
import pytest
import torch
from torch import nn

from demos import kit
from demos.initialization import ARMS, HE, HUGE, SIGMOID, InitializationParameters, Nets, expected, sigmoid_moments
from tests.demos.runs import claims, events

CONTROLS = {claim.id: claim.negative_control for claim in kit.load("initialization").claims}


@pytest.mark.parametrize("claim", CONTROLS)
def test_the_claims_hold_on_fresh_seeds(claim):
    assert claims("initialization")[claim]["holds"]


@pytest.mark.parametrize("claim", CONTROLS)
@pytest.mark.parametrize("seed", [600_000, 600_001])
def test_in_a_shallow_network_no_claim_holds(claim, seed):
    assert not claims("initialization", **CONTROLS[claim], seeds=8, seed=seed)[claim]["holds"]


def test_the_effects_are_the_differences_of_the_curves():
    result = events("initialization", epochs=3)[-1]
    learning, gradients = result["series"]["learning"], result["series"]["gradients"]
    last = {arm: line["mean"][-1] for arm, line in learning.items()}
    grown = {arm: np.log10(line["mean"][0] / line["mean"][-1]) for arm, line in gradients.items()}
    small, xavier, sigmoid = (claim["effect"] for claim in result["claims"])
    assert small == pytest.approx(last["He"] - last["fixed"])
    assert xavier == pytest.approx(last["He"] - last["Xavier"])
    assert sigmoid == pytest.approx(grown["He"] - grown["sigmoid, Xavier"])


def test_a_fixed_deviation_equal_to_he_changes_nothing():
    result = events("initialization", width=64, init_std=(2 / 64) ** 0.5)[-1]
    assert result["claims"][0]["effect"] == 0


@pytest.mark.parametrize("panel", ["signals", "gradients"])
def test_signals_and_gradients_are_of_the_size_that_theory_says(panel):
    p = InitializationParameters(seeds=16, width=96, depth=8, epochs=1, train_size=50)
    series = events("initialization", **p.to_json())[-1]["series"][panel]
    for arm, theory in zip(series.values(), expected(p)[panel == "gradients"].T, strict=True):
        measured = np.array(arm["mean"])
        if panel == "gradients":
            measured /= measured[-1]
        assert np.abs(np.log2(measured / theory)).max() < 0.3


def test_he_keeps_both_of_them_and_the_sigmoid_moments_are_those_of_samples():
    signals, gradients = expected(InitializationParameters())
    assert signals[:, HE] == pytest.approx(np.full(10, 2**0.5))
    assert gradients[:, HE] == pytest.approx(np.ones(10))
    values = 1 / (1 + np.exp(-1.5 * np.random.default_rng(0).standard_normal(10**6)))
    assert sigmoid_moments(1.5**2) == pytest.approx(
        (np.mean(values**2), np.mean((values * (1 - values)) ** 2)), rel=0.01
    )


@pytest.mark.parametrize("arm", [HE, SIGMOID])
def test_logits_are_those_of_torch_modules(arm, rng):
    nets = Nets(InitializationParameters(seeds=2, depth=2, width=8), torch.device("cpu"))
    model, x = 2 * arm + 1, torch.rand(2 * len(ARMS), 20, 64, generator=rng)
    modules = []
    for weight, bias in zip(nets.weights, nets.biases, strict=True):
        layer = nn.Linear(weight.shape[1], weight.shape[2])
        layer.weight.data, layer.bias.data = weight[model].T, bias[model, 0]
        modules += [layer, nn.Sigmoid() if arm == SIGMOID else nn.ReLU()]
    network = nn.Sequential(*modules[:-1])
    torch.testing.assert_close(nets.logits(nets.hidden(x)[-1])[model], network(x[model]))


def test_signals_that_overflow_are_shown_at_the_bound_and_learn_nothing():
    series = events("initialization", init_std=100.0, depth=16, width=64)[-1]["series"]
    assert series["signals"]["fixed"]["mean"][-1] == pytest.approx(HUGE)
    assert series["learning"]["fixed"]["mean"][-1] < 0.25
