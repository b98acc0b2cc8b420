"""Double descent: the claims on fresh seeds, where they must fail, the solver against NumPy, and the theory."""

import numpy as np
import pytest
import torch

from demos.double_descent import EQUAL, NOISES, RATIOS, RIDGE, solve, theory
from demos.kit.seeding import normal, streams
from demos.kit.statistics import interval
from tests.demos.runs import claims, events

PEAKS, LOWER = "double-descent-peaks-at-threshold", "double-descent-second-valley-is-lower"
RIDGE_HELPS = "double-descent-ridge-removes-peak"


@pytest.mark.parametrize("claim", [PEAKS, LOWER, RIDGE_HELPS])
def test_the_claims_hold_on_fresh_seeds(claim):
    assert claims("double-descent")[claim]["holds"]


@pytest.mark.parametrize("seed", [600_000, 600_001])
def test_with_a_ridge_penalty_there_is_no_peak(seed):
    found = claims("double-descent", weight_decay=RIDGE, seed=seed, seeds=4)
    assert found[PEAKS]["effect"] < 0.05
    assert found[RIDGE_HELPS]["effect"] == 0


@pytest.mark.parametrize("seed", [600_000, 600_001])
def test_with_many_wrong_labels_the_second_valley_is_not_lower(seed):
    assert claims("double-descent", label_noise=0.4, seed=seed, seeds=4)[LOWER]["effect"] < 0


@pytest.mark.parametrize("count", [5, 12, 30])
def test_without_a_penalty_the_weights_are_those_of_the_pseudo_inverse(count, rng):
    features = torch.randn(2, 12, count, generator=rng, dtype=torch.float64)
    targets = torch.randn(2, 12, 3, generator=rng, dtype=torch.float64)
    mixtures, squares = solve(features @ features.mT, targets, count, (0.0, 0.1))
    weights = (features.mT @ mixtures[0]).numpy()
    np.testing.assert_allclose(weights, np.linalg.pinv(features.numpy()) @ targets.numpy(), atol=1e-6)
    np.testing.assert_allclose(squares[0], np.square(weights).sum((1, 2)), rtol=1e-6)


@pytest.mark.parametrize("count", [5, 30])
def test_with_a_penalty_they_are_those_of_ridge_regression(count, rng):
    f = torch.randn(12, count, generator=rng, dtype=torch.float64).numpy()
    y = torch.randn(12, 1, generator=rng, dtype=torch.float64)
    mixtures, _ = solve(torch.from_numpy(f @ f.T)[None], y[None], count, (0.1,))
    unit = np.square(np.linalg.svd(f, compute_uv=False)).mean()
    expected = np.linalg.solve(f.T @ f + 0.1 * unit * np.eye(count), f.T @ y.numpy())
    np.testing.assert_allclose(f.T @ mixtures[0, 0].numpy(), expected, atol=1e-10)


@pytest.mark.parametrize(("arm", "penalty"), [(0, 0.0), (1, RIDGE)])
@pytest.mark.parametrize("ratio", [0.25, 0.75, 1.5, 4])
def test_noise_takes_weights_as_large_as_the_theory_says(arm, penalty, ratio):
    size, count = 200, round(200 * ratio)
    x, noise = (torch.from_numpy(normal(streams(7, 16, f"columns {k}"), size, k)) for k in (count, NOISES))
    measured = interval(solve(x @ x.mT, noise, count, (0.0, RIDGE))[1][arm].numpy() / NOISES)
    expected = float(theory(np.array(ratio), penalty, size))
    # Twice the interval is more than four standard errors; the limit of many examples is off by some 1 / n.
    assert measured.mean == pytest.approx(expected, abs=2 * (measured.mean - measured.low), rel=2 / size)


def test_the_theory_is_infinite_at_the_threshold_only_without_a_penalty():
    assert theory(np.array([98, 100, 200]) / 100, 0.0, 100).tolist() == pytest.approx([98, np.inf, 100 / 99])
    assert theory(np.array(1.0), RIDGE, 100) < 5


def test_the_effect_of_the_penalty_is_the_difference_of_the_curves_and_all_is_fitted_from_the_threshold_on():
    result = events("double-descent")[-1]
    error = result["series"]["error"]
    least, ridge = (error[name]["mean"][EQUAL] for name in ("no penalty", f"ridge {RIDGE}"))
    assert result["claims"][2]["effect"] == pytest.approx(least - ridge)
    assert error["training images"]["mean"][EQUAL:] == [0] * (len(RATIOS) - EQUAL)
