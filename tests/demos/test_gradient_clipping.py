"""Gradient clipping: the claims on fresh seeds and where they fail, and the networks against PyTorch's own."""

import numpy as np
import pytest
import torch

from demos import gradient_clipping
from demos.gradient_clipping import CLIPPED, FAR, FIXED, PLAIN
from tests.demos.runs import claims, events

PREVENTS, THROUGH_TIME = "clipping-prevents-divergence", "divergence-comes-through-time"


def networks(**params):
    return gradient_clipping.Networks(
        gradient_clipping.GradientClippingParameters.checked({"seeds": 3, **params}), torch.device("cpu")
    )


@pytest.mark.parametrize("claim", [PREVENTS, THROUGH_TIME])
def test_the_claims_hold_on_fresh_seeds(claim):
    assert claims("gradient-clipping")[claim]["holds"]


@pytest.mark.parametrize("claim", [PREVENTS, THROUGH_TIME])
@pytest.mark.parametrize("seed", [600_000, 600_001])
def test_with_small_recurrent_weights_nothing_diverges(claim, seed):
    assert set(claims("gradient-clipping", gain=0.7, seed=seed)[claim]["effects"]) == {0.0}


def test_a_limit_that_is_too_high_is_none():
    assert not claims("gradient-clipping", max_norm=1000.0, seeds=6)[PREVENTS]["holds"]


def test_the_effects_are_differences_of_the_shares():
    result = events("gradient-clipping", width=40, length=30)[-1]
    plain, clipped, fixed = (line["mean"][-1] for line in result["series"]["diverged"].values())
    assert [claim["effect"] for claim in result["claims"]] == [plain - clipped, plain - fixed]


def test_states_loss_and_clipped_step_are_those_of_pytorch():
    nets = networks(width=8, length=12, gain=2.0, max_norm=0.5, learning_rate=0.1)
    x = nets.sequences[0, :, 1].transpose(0, 1)  # second seed: (batch, time, 1)
    inward, recurrent, outward = (value[1].detach().clone() for value in nets.bank.values)
    net = torch.nn.RNN(1, 8, bias=False, batch_first=True)
    with torch.no_grad():
        net.weight_ih_l0.copy_(inward.T)
        net.weight_hh_l0.copy_(recurrent.T)
    outward.requires_grad_()
    loss = ((net(x)[0][:, -1] @ outward - x[:, 0].sign()) ** 2).mean()
    loss.backward()
    every = [net.weight_ih_l0, net.weight_hh_l0, outward]
    norm = torch.nn.utils.clip_grad_norm_(every, 0.5)
    torch.optim.SGD(every, 0.1).step()

    nets.look(0)
    nets.update()
    assert nets.losses[0][:, 1] == pytest.approx(float(loss.detach()), rel=1e-4)
    assert nets.norms[0][:2, 1] == pytest.approx(float(norm), rel=1e-4)
    of_clipped = [value[CLIPPED * 3 + 1].detach() for value in nets.bank.values]
    for own, theirs in zip(of_clipped, (every[0].T, every[1].T, outward), strict=True):
        assert torch.allclose(own, theirs, atol=1e-5)
    assert torch.equal(nets.bank.values[1][FIXED * 3 + 1], recurrent)


def test_no_clipped_step_is_longer_than_the_limit_allows():
    nets = networks(max_norm=0.3, learning_rate=0.06)
    for step in range(5):
        nets.look(step)
        before = [value.detach().clone() for value in nets.bank.values]
        nets.update()
        moved = [new.detach() - old for new, old in zip(nets.bank.values, before, strict=True)]
        lengths = torch.stack([move.flatten(1).norm(dim=1) for move in moved]).norm(dim=0)
        assert (lengths[nets.bank.rows(CLIPPED)] <= 0.3 * 0.06 * 1.001).all()
        assert (lengths[nets.bank.rows(PLAIN)] > 0.3 * 0.06).any()


@pytest.mark.parametrize(("gain", "grows"), [(0.7, False), (2.0, True)])
def test_gradients_grow_back_in_time_as_theory_says_to_a_few_percent_each_time(gain, grows):
    measured, theory = networks(seeds=32, gain=gain).growth()
    ratio = np.log(measured).mean(axis=1) - np.log(theory).mean(axis=1)
    assert (np.abs(ratio[1:]) / np.arange(1, len(ratio)) < 0.05).all()
    assert (np.median(measured[-1]) > 10) == grows


@pytest.mark.parametrize(("gain", "end"), [(0.1, 1 / FAR), (10.0, FAR)])
def test_growth_beyond_the_bounds_is_shown_at_them(gain, end):
    measured, theory = networks(gain=gain, length=60).growth()
    assert np.median(measured[-1]) == pytest.approx(end)
    assert np.isfinite(theory).all()
