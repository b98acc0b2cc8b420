"""Residual connections: the claims on fresh seeds, where they must fail, and an independent reference."""

import numpy as np
import pytest
import torch
from torch import nn

from demos import kit
from demos.kit import digits
from demos.residual import Nets, ResidualParameters, relu_cosine
from tests.demos.runs import claims, events

CONTROLS = {claim.id: claim.negative_control for claim in kit.load("residual").claims}


@pytest.mark.parametrize("claim", CONTROLS)
def test_the_claims_hold_on_fresh_seeds(claim):
    assert claims("residual")[claim]["holds"]


@pytest.mark.parametrize("claim", CONTROLS)
@pytest.mark.parametrize("seed", [600_000, 600_001])
def test_in_a_shallow_network_no_claim_holds(claim, seed):
    assert not claims("residual", **CONTROLS[claim], seeds=8, seed=seed)[claim]["holds"]


def test_the_effects_are_the_differences_of_the_curves():
    result = events("residual", depth=4)[-1]
    by_depth, alike = result["series"]["depth"], result["series"]["alike"]
    learns, degrades, apart = (claim["effect"] for claim in result["claims"])
    test = [by_depth[f"{arm}, new images"]["mean"][-1] for arm in ("residual", "plain")]
    train = by_depth["plain, training"]["mean"]
    assert by_depth["plain, training"]["x"] == [1, 2, 4]
    assert learns == pytest.approx(test[0] - test[1])
    assert degrades == pytest.approx(train[0] - train[-1])
    assert apart == pytest.approx(alike["plain"]["mean"][-1] - alike["residual"]["mean"][-1])


def test_images_become_alike_as_the_theory_of_wide_networks_says():
    alike = events("residual", seeds=32, width=64, depth=16)[-1]["series"]["alike"]
    for arm in ("plain", "residual"):
        measured, expected = alike[arm], alike[f"{arm}, theory"]
        assert np.abs(np.subtract(measured["mean"], expected["mean"])).max() < 0.04


def test_the_cosine_behind_a_relu_layer_is_that_of_sampled_gaussians():
    rng = np.random.default_rng(0)
    a, other = rng.standard_normal((2, 10**6))
    for cosine in (-0.5, 0.0, 0.8):
        b = cosine * a + np.sqrt(1 - cosine**2) * other
        sampled = np.mean(np.maximum(a, 0) * np.maximum(b, 0)) / 0.5
        assert relu_cosine(np.array(cosine)) == pytest.approx(sampled, abs=5e-3)


@pytest.mark.parametrize("arm", [0, 1])
def test_logits_are_those_of_torch_modules(arm):
    p = ResidualParameters(seeds=2, depth=3, width=8, train_size=60)
    nets = Nets(3, p, digits.split(0, 2, 60, torch.device("cpu"), test_size=20))
    model, layers = 2 * arm + 1, [nn.Linear(64, 8), *[nn.Linear(8, 8) for _ in range(3)], nn.Linear(8, 10)]
    for layer, weight, bias in zip(layers, nets.bank.values[:5], nets.bank.values[5:], strict=True):
        layer.weight.data, layer.bias.data = weight[model].T, bias[model, 0]
    x = nets.seen[0].x
    hidden = layers[0](x[model])
    for layer in layers[1:-1]:
        hidden = arm * hidden + layer(hidden.relu())
    torch.testing.assert_close(nets.answers(x)[model], layers[-1](hidden.relu()))
