"""Capacity: the claims on fresh seeds, where they must fail, least squares against NumPy, and the theory."""

import numpy as np
import pytest
import torch

from demos.capacity import CapacityParameters, Errors, draw, fit, polynomials
from tests.demos.runs import claims, events

UNDERFITS, OVERFITS = "capacity-too-low-underfits", "capacity-too-high-overfits"
CPU = torch.device("cpu")


@pytest.mark.parametrize("claim", [UNDERFITS, OVERFITS])
def test_the_claims_hold_on_fresh_seeds(claim):
    assert claims("capacity")[claim]["holds"]


@pytest.mark.parametrize("seed", [600_000, 600_001])
def test_nothing_underfits_a_flat_truth_and_nothing_overfits_without_noise(seed):
    assert claims("capacity", seed=seed, frequency=0.0)[UNDERFITS]["ci95"][1] < 0
    assert claims("capacity", seed=seed, noise_std=0.0)[OVERFITS]["ci95"][1] < 0


def test_with_many_points_the_same_degree_does_not_overfit():
    assert not claims("capacity", train_size=200)[OVERFITS]["holds"]


def test_a_flat_truth_without_noise_is_fitted_exactly_and_bears_out_nothing():
    result = events("capacity", frequency=0.0, noise_std=0.0, train_size=16)[-1]
    assert [claim["effect"] for claim in result["claims"]] == [0, 0]


def test_the_effects_are_the_differences_of_the_curve():
    result = events("capacity", train_size=20)[-1]
    mean = np.log10(result["series"]["errors"]["new points"]["mean"])
    under, over = (claim["effect"] for claim in result["claims"])
    assert under == pytest.approx(mean[1] - mean[3])
    assert over == pytest.approx(mean[12] - mean[3])


def test_the_training_error_falls_with_every_degree():
    errors = events("capacity", train_size=20)[-1]["series"]["errors"]["training points"]["mean"]
    assert np.all(np.diff(errors) < 0)


def test_the_polynomials_are_numpys():
    x = torch.linspace(-1, 1, 9, dtype=torch.float64)
    np.testing.assert_allclose(polynomials(x, 7), np.polynomial.chebyshev.chebvander(x.numpy(), 7), atol=1e-12)


def test_errors_are_those_of_numpys_polynomials():
    p = CapacityParameters(seeds=2, trials=2)
    train, new, errors = draw(p, 20, "training points", CPU), draw(p, 9, "new points", CPU), Errors()
    fit(errors, 5, train, new, p.noise_std)
    for seed in range(2):
        found = [np.polyfit(train.x[seed].numpy(), train.y[seed, :, k].numpy(), 5) for k in range(2)]
        missed = [np.polyval(found[k], new.x[seed].numpy()) - new.y[seed, :, k].numpy() for k in range(2)]
        assert errors.test[0][seed] == pytest.approx(np.square(missed).mean())


@pytest.mark.parametrize("degree", [1, 3, 9])
def test_bias_and_variance_and_noise_make_up_the_error(degree):
    p = CapacityParameters(seeds=4, trials=200)
    train, new, errors = draw(p, 20, "training points", CPU), draw(p, 200, "new points", CPU), Errors()
    fit(errors, degree, train, new, p.noise_std)
    expected = errors.bias[0] + errors.variance[0] + p.noise_std**2
    # At worst all noise enters in one direction: a mean of 200 squares of normal numbers, with deviation √(2/200).
    np.testing.assert_allclose(errors.test[0], expected, rtol=5 * np.sqrt(2 / p.trials))
