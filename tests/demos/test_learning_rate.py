"""Learning rate: the claims on fresh seeds and where they fail, the theory, and PyTorch's own optimizer."""

import numpy as np
import pytest
import torch

from demos import learning_rate
from demos.learning_rate import ABOVE, BELOW, COSINE, HIGHEST, LIMIT, MULTIPLES, SCHEDULES
from tests.demos.runs import claims, events

CPU = torch.device("cpu")
LIMIT_EXISTS, DECAY_PAYS = "learning-rate-has-a-limit", "learning-rate-decay-ends-lower"


def trained(**params):
    run = learning_rate.Run(learning_rate.LearningRateParameters.checked(params), CPU)
    for _ in range(run.p.epochs):
        run.epoch()
    return run


@pytest.mark.parametrize("claim", [LIMIT_EXISTS, DECAY_PAYS])
def test_the_claims_hold_on_fresh_seeds(claim):
    assert claims("learning-rate")[claim]["holds"]


@pytest.mark.parametrize("seed", [600_000, 600_001])
@pytest.mark.parametrize(("claim", "control"), [(LIMIT_EXISTS, {"momentum": 0.9}), (DECAY_PAYS, {"noise_std": 0.0})])
def test_they_do_not_hold_where_they_should_not(claim, control, seed):
    assert not claims("learning-rate", seed=seed, **control)[claim]["holds"]


def test_letting_a_small_rate_fall_harms():
    assert claims("learning-rate", learning_rate=0.03)[DECAY_PAYS]["ci95"][1] < 0


def test_in_every_seed_the_limit_lies_between_two_runs():
    run = trained(seeds=32, epochs=60)
    before, after = run.full_losses[-11], run.full_losses[-1]
    assert (after[BELOW] < before[BELOW]).all()
    assert (after[ABOVE] > before[ABOVE]).all()


def test_without_momentum_theory_is_the_power_of_the_shrinking_factors():
    run = trained(seeds=3, epochs=20)
    for k, multiple in enumerate(MULTIPLES[: ABOVE + 1]):
        left = (1 - LIMIT * multiple * run.data.curvatures) ** (2 * 20) * run.data.errors**2
        closed = (run.data.curvatures * left).sum(-1) / 2
        assert run.full_theory[20][k] == pytest.approx(closed)
        assert run.full_losses[20][k] == pytest.approx(closed, rel=1e-3)


@pytest.mark.parametrize("momentum", [0.0, 0.5])
def test_theory_expects_the_loss_of_small_batches_to_a_quarter(momentum):
    run = trained(seeds=32, momentum=momentum)
    late = slice(80, None)
    measured = np.array(run.small_losses)[late].mean(axis=(0, 2))
    assert measured == pytest.approx(run.small_theory[late].mean(axis=(0, 2)), rel=0.25)


def test_steps_are_those_of_pytorch():
    data = learning_rate.Regression(learning_rate.LearningRateParameters.checked({"seeds": 2}), CPU)
    runs = learning_rate.Descent(data, 2, momentum=0.9)
    weights = torch.zeros(data.x.shape[2], 1, requires_grad=True)
    optimizer = torch.optim.SGD([weights], 0.1, momentum=0.9)
    for _ in range(20):
        runs.step(data.x, data.y, torch.tensor([0.1, 0.2]))
        optimizer.zero_grad()
        ((data.x[1] @ weights - data.y[1]) ** 2).mean().div(2).backward()
        optimizer.step()
    assert torch.allclose(runs.weights[1, :, 0], weights[:, 0], atol=1e-5)


def test_a_cosine_falls_from_one_to_nothing():
    factors = np.array([learning_rate.schedule(done) for done in (0.0, 0.5, 1.0)])
    assert factors[:, COSINE] == pytest.approx([1.0, 0.5, 0.0])
    assert factors.shape == (3, len(SCHEDULES))


def test_the_effects_are_differences_of_the_curves():
    result = events("learning-rate", epochs=30)[-1]
    ends = {name: line["mean"] for name, line in result["series"]["rates"].items()}["loss"]
    assert result["claims"][0]["effect"] == pytest.approx(np.log10(ends[ABOVE] / ends[BELOW]))


def test_a_rate_of_ten_diverges_and_is_shown_at_the_bound():
    result = events("learning-rate", learning_rate=10.0, epochs=30)[-1]
    assert result["series"]["schedules"]["constant"]["mean"][-1] == pytest.approx(HIGHEST)
    assert not result["claims"][1]["holds"]
