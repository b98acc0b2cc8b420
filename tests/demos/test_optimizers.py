"""Optimizers: the claims on fresh seeds and where they fail, the closed form, and PyTorch's own optimizers."""

import numpy as np
import pytest
import torch

from demos import optimizers
from demos.optimizers import ADAM, ALIGNED, DESCENT, DIAGONAL, MOMENTUM, RATES, RMSPROP, TUNED_MOMENTUM
from tests.demos.runs import claims, events

FASTER, NEEDS_AXES = "momentum-needs-fewer-steps", "adaptive-steps-need-aligned-valley"


def race(steps, **params):
    run = optimizers.Race(optimizers.OptimizersParameters.checked({"seeds": 3, **params}), torch.device("cpu"))
    for _ in range(steps):
        run.advance()
    return run


@pytest.mark.parametrize("claim", [FASTER, NEEDS_AXES])
def test_the_claims_hold_on_fresh_seeds(claim):
    assert claims("optimizers")[claim]["holds"]


@pytest.mark.parametrize("claim", [FASTER, NEEDS_AXES])
@pytest.mark.parametrize("seed", [600_000, 600_001])
def test_in_a_round_bowl_no_claim_holds(claim, seed):
    assert not claims("optimizers", condition=1.0, seed=seed)[claim]["holds"]


def test_too_much_momentum_is_slower_than_none():
    assert claims("optimizers", condition=30.0, momentum=0.99, seeds=4)[FASTER]["ci95"][1] < 0


def test_without_momentum_the_two_arms_are_the_same():
    assert set(events("optimizers", momentum=0.0, condition=30.0)[-1]["claims"][0]["effects"]) == {0.0}


def test_steps_agree_with_the_closed_form_to_one():
    run = race(500, condition=100.0)
    for row in (DESCENT, TUNED_MOMENTUM):
        for k, needed in enumerate(run.needed[row]):
            assert np.abs(run.steps(row, DIAGONAL, k) - needed).max() <= 1


def test_the_best_momentum_needs_steps_like_the_root_of_the_condition_number():
    run = race(0, condition=3000.0)
    descent, best = (np.log10([needed.mean() for needed in run.needed[row][1:]]) for row in (DESCENT, TUNED_MOMENTUM))
    slopes = [np.polyfit(np.log10(run.conditions[1:]), steps, 1)[0] for steps in (descent, best)]
    assert slopes == pytest.approx([1.0, 0.5], abs=0.05)


def test_rmsprop_and_adam_do_not_feel_the_condition_of_an_aligned_valley():
    run = race(600, condition=300.0)
    for rule in (RMSPROP, ADAM):
        assert len({run.steps(rule, ALIGNED, k).tobytes() for k in range(5)}) == 1
        assert run.steps(rule, DIAGONAL).mean() > run.steps(rule, ALIGNED).mean()


@pytest.mark.parametrize(
    ("row", "make"),
    [
        (MOMENTUM, lambda w, rule: torch.optim.SGD([w], rule.rate, momentum=rule.kept)),
        (RMSPROP + RATES.index(1e-2), lambda w, rule: torch.optim.Adam([w], rule.rate, betas=(0.0, 0.99), eps=1e-9)),
        (ADAM + RATES.index(1e-2), lambda w, rule: torch.optim.Adam([w], rule.rate, eps=1e-9)),
    ],
)
def test_every_rule_steps_as_the_optimizer_of_pytorch(row, make):
    run, condition = race(0, condition=100.0), 100.0
    weights = run.weights[:, DIAGONAL, row, -1, 0].clone().requires_grad_()
    optimizer = make(weights, run.rules[row][-1])
    for _ in range(30):
        run.advance()
        optimizer.zero_grad()
        (((weights[0] + weights[1]) ** 2 / condition + (weights[1] - weights[0]) ** 2) / 4).backward()
        optimizer.step()
    assert run.weights[:, DIAGONAL, row, -1, 0].tolist() == pytest.approx(weights.tolist(), abs=1e-5)
