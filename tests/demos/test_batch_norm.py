"""Batch normalization: the claims on fresh seeds, where they must fail, and torch's own layers."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from demos import kit
from demos.batch_norm import GROWTH, RATES, BatchNormParameters, Nets
from tests.demos.runs import claims, events

CONTROLS = {claim.id: claim.negative_control for claim in kit.load("batch-norm").claims}
CPU = torch.device("cpu")


@pytest.mark.parametrize("claim", CONTROLS)
def test_the_claims_hold_on_fresh_seeds(claim):
    assert claims("batch-norm")[claim]["holds"]


@pytest.mark.parametrize("claim", CONTROLS)
@pytest.mark.parametrize("seed", [600_000, 600_001])
def test_with_tiny_batches_or_in_a_shallow_network_no_claim_holds(claim, seed):
    assert not claims("batch-norm", **CONTROLS[claim], seeds=8, seed=seed)[claim]["holds"]


def test_the_effects_are_those_of_the_curves():
    result = events("batch-norm", depth=3)[-1]
    gradients = result["series"]["gradients"]
    growth = {
        arm: np.log10(gradients[arm]["mean"][0] / gradients[arm]["mean"][-1]) for arm in ("batch norm", "without")
    }
    assert result["claims"][2]["effect"] == pytest.approx(growth["batch norm"] - growth["without"], rel=1e-4)


def test_gradients_grow_as_the_theory_of_wide_networks_says():
    params = {"depth": 12, "width": 48, "batch_size": 100, "train_size": 100, "seeds": 16}
    line = events("batch-norm", **params)[-1]["series"]["gradients"]["batch norm"]["mean"]
    slope = np.polyfit(range(len(line)), np.log(line), 1)[0]
    assert slope == pytest.approx(-math.log(GROWTH), rel=0.15)


@pytest.fixture
def nets(rng) -> Nets:
    found = Nets(BatchNormParameters(seeds=2, depth=2, width=8), CPU, normalized=True)
    for value in found.bank.values:
        value.data += 0.1 * torch.randn(value.shape, generator=rng)
    return found


def test_activations_in_training_are_those_of_torch_modules(nets, rng):
    x, model = torch.rand(len(RATES) * 2, 30, 64, generator=rng), 3
    hidden = x[model]
    for weight, bias, scale in zip(nets.weights[:-1], nets.biases[:-1], nets.scales, strict=True):
        norm = nn.BatchNorm1d(8)
        norm.weight.data, norm.bias.data = scale[model, 0], bias[model, 0]
        hidden = norm(hidden @ weight[model]).relu()
    torch.testing.assert_close(nets.hidden(x, 30)[-1][model], hidden)


def test_new_images_have_no_part_in_the_statistics(nets, rng):
    x = torch.rand(len(RATES) * 2, 30, 64, generator=rng)
    with torch.no_grad():
        torch.testing.assert_close(nets.hidden(x, 20)[-1][:, :20], nets.hidden(x[:, :20], 20)[-1])
