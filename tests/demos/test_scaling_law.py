"""Scaling law: the claims on fresh seeds, where the forecast fails, the theory, and the fit against NumPy's."""

import numpy as np
import pytest

from demos.scaling_law import SIZES, Ladder, ScalingLawParameters, passes, theory, variances
from tests.demos.runs import claims, events

SLUG = "scaling-law"
REGRESSION = ("scaling-exponent-as-theory", "scaling-forecasts-regression")
NETWORK = "scaling-forecasts-network"
QUICK = {"steps": 1, "width": 2, "train_size": 32}  # for tests that look at the regression only


def test_the_claims_hold_on_fresh_seeds():
    assert all(claim["holds"] for claim in claims(SLUG).values())


@pytest.mark.parametrize("seed", [600_000, 600_001])
def test_with_noise_in_the_targets_neither_claim_about_the_regression_holds(seed):
    found = claims(SLUG, noise_std=0.3, seeds=8, seed=seed, **QUICK)
    assert not any(found[claim]["holds"] for claim in REGRESSION)


@pytest.mark.parametrize("seed", [600_000, 600_001])
def test_for_too_small_a_network_the_forecast_is_no_better(seed):
    assert not claims(SLUG, width=2, seeds=8, seed=seed)[NETWORK]["holds"]


@pytest.mark.parametrize(("decay", "noise_std"), [(0.5, 0.0), (1.0, 0.3), (1.5, 0.0)])
def test_the_regression_lies_where_theory_says(decay, noise_std):
    series = events(SLUG, decay=decay, noise_std=noise_std, **{**QUICK, "seeds": 16})[-1]["series"]["regression"]
    measured = np.array(series["measured"]["mean"])
    expected = [theory(ScalingLawParameters(decay=decay, noise_std=noise_std), size) for size in SIZES[:-1]]
    assert series["theory"]["mean"][:-1] == pytest.approx(expected)
    assert np.abs(np.log(measured / expected)).max() < 0.2
    assert np.abs(np.log(measured / expected)).mean() < 0.08


def test_without_examples_theory_expects_the_whole_variance_and_with_them_the_exponent_of_the_spectrum():
    p = ScalingLawParameters()
    assert theory(p, 1) < variances(p.decay).sum()
    assert np.log2(theory(p, 64) / theory(p, 128)) == pytest.approx(p.decay, abs=0.03)


def test_the_fit_is_that_of_numpy_and_leaves_out_the_largest_size():
    sizes = (10, 20, 40, 80)
    errors = np.exp(np.random.default_rng(0).normal(size=(4, 3)))
    ladder = Ladder(sizes, errors)
    slope, height = np.polyfit(np.log(sizes[:-1]), np.log(errors[:-1]), 1)
    assert np.allclose(ladder.exponent(), -slope)
    assert np.allclose(ladder.law(80), np.exp(height + slope * np.log(80)))
    exact = Ladder(sizes, np.outer([8, 4, 2, 1], [1.0, 3.0]))
    assert exact.exponent() == pytest.approx([1, 1])
    assert exact.closer() == pytest.approx([1, 1])  # no further gain misses by as much as the truth, the law by 0


def test_a_pass_sees_every_example_once():
    drawn = passes(np.random.default_rng(0), size=7, count=20)
    assert len(drawn) == 20
    assert sorted(drawn[:7]) == sorted(drawn[7:14]) == list(range(7))
