"""L1 and sparsity: the claims on fresh seeds, where they must fail, and each arm against an independent reference."""

import numpy as np
import pytest
import torch

from demos.l1_sparsity import L1, L2, PLAIN, SHOWN, STRENGTHS, L1SparsityParameters, Training, draw
from tests.demos.runs import claims, events

BETTER, ZEROS, TOO_MANY = "l1-predicts-better-when-sparse", "l1-soft-threshold-makes-zeros", "l1-keeps-too-many"
CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def problem():
    return draw(L1SparsityParameters(seeds=2, seed=3, features=40, train_size=60), CPU)


@pytest.fixture(scope="module")
def training(problem):
    training = Training(problem.train)
    for epoch in range(600):
        training.epoch(epoch)
    return training


@pytest.mark.parametrize("claim", [BETTER, ZEROS, TOO_MANY])
def test_the_claims_hold_on_fresh_seeds(claim):
    assert claims("l1-sparsity")[claim]["holds"]


@pytest.mark.parametrize("seed", [600_000, 600_001])
def test_where_every_feature_matters_l2_is_better_and_l1_keeps_nothing_useless(seed):
    found = claims("l1-sparsity", sparsity=0.0, seed=seed, seeds=8)
    assert found[BETTER]["ci95"][1] < 0
    assert found[TOO_MANY]["effect"] == 0


def test_where_every_feature_matters_and_data_abound_soft_thresholding_makes_few_zeros():
    assert not claims("l1-sparsity", sparsity=0.0, train_size=400, seeds=8)[ZEROS]["holds"]


def test_only_soft_thresholding_makes_exact_zeros(training):
    shares = [(training.arm(arm, training.weights)[..., SHOWN] == 0).double().mean() for arm in (L1, L2, PLAIN)]
    assert shares[0] > 0.5
    assert shares[1] == shares[2] == 0


def test_soft_thresholding_finds_the_minimum_of_scikit_learns_lasso(problem, training):
    linear_model = pytest.importorskip("sklearn.linear_model")
    x, y = problem.train.x[0].numpy(), problem.train.y[0, :, 0].numpy()
    lasso = linear_model.Lasso(alpha=STRENGTHS[SHOWN], fit_intercept=False, tol=1e-8).fit(x, y)
    found = training.arm(L1, training.weights)[0, :, SHOWN].numpy()
    np.testing.assert_allclose(found, lasso.coef_, atol=1e-4)
    assert np.array_equal(found == 0, lasso.coef_ == 0)


def test_shrinking_finds_ridge_regression(problem, training):
    x, y = problem.train.x[1].double().numpy(), problem.train.y[1, :, 0].double().numpy()
    ridge = np.linalg.solve(x.T @ x / len(x) + STRENGTHS[SHOWN] * np.eye(x.shape[1]), x.T @ y / len(x))
    np.testing.assert_allclose(training.arm(L2, training.weights)[1, :, SHOWN], ridge, atol=1e-4)


def test_the_weights_lie_on_the_theoretical_lines(training):
    asked, got = training.weights + training.pushes(training.weights), training.weights
    strengths = training.strengths[SHOWN:]  # the weaker the penalty, the longer the way
    expected = torch.nn.functional.softshrink(training.arm(L1, asked)[..., SHOWN], float(strengths[0]))
    torch.testing.assert_close(training.arm(L1, got)[..., SHOWN], expected, atol=1e-4, rtol=0)
    shrunk = training.arm(L2, asked)[..., SHOWN:] / (1 + strengths)
    torch.testing.assert_close(training.arm(L2, got)[..., SHOWN:], shrunk, atol=1e-4, rtol=0)


def test_at_least_one_feature_is_useful_and_the_signal_has_its_strength(problem):
    only = draw(L1SparsityParameters(seeds=2, sparsity=1.0, noise_std=0.0), CPU)
    assert only.useful.sum(1).tolist() == [1, 1]
    assert only.new.y.std() == pytest.approx(5, rel=0.2)
    assert problem.useful.sum(1).tolist() == [2, 2]


def test_before_training_every_weight_is_zero_and_nothing_is_explained():
    first = events("l1-sparsity", features=20)[0]
    assert first["panels"][1]["curves"][0]["mean"] == pytest.approx([0] * len(STRENGTHS), abs=1e-6)
    assert set(first["panels"][2]["curves"][0]["mean"]) == {1.0}


def test_a_strength_that_is_asked_for_is_the_one_that_counts():
    result = events("l1-sparsity", features=20, epochs=300, l1=0.05)[-1]
    zeros = result["series"]["zeros"]
    at = zeros["L1, soft-thresholding"]["x"].index(0.05)
    soft, plain = (zeros[arm]["mean"][at] for arm in ("L1, soft-thresholding", "L1, gradient descent"))
    assert result["claims"][1]["effect"] == pytest.approx(soft - plain)
    assert "λ = 0.05" in result["panels"][0]["title"]["en"]


def test_far_too_strong_a_penalty_leaves_nothing():
    claim = claims("l1-sparsity", l1=100.0, seeds=4, epochs=50)
    assert claim[ZEROS]["effect"] > 0.9
    assert claim[BETTER]["ci95"][1] < 0
