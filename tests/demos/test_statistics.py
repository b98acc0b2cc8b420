"""Student's t without SciPy: against printed tables, the density's integral, arithmetic and simulation."""

import math
import statistics

import numpy as np
import pytest

from demos.kit.statistics import bands, geometric_mean, interval, t_quantile, within

TABLE = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 7: 2.365, 15: 2.131, 16: 2.120, 30: 2.042, 31: 2.040, 120: 1.980}


@pytest.mark.parametrize(("freedom", "printed"), TABLE.items())
def test_quantiles_are_those_of_the_printed_table(freedom, printed):
    assert t_quantile(freedom) == pytest.approx(printed, abs=5e-4)


@pytest.mark.parametrize("freedom", [1, 2, 3, 8, 15, 31, 63])
@pytest.mark.parametrize("t", [0.1, 1.0, 2.5, 6.0])
def test_the_distribution_is_the_integral_of_the_density(freedom, t):
    scale = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)) / math.sqrt(freedom * math.pi)
    x = np.linspace(-t, t, 20_001)
    density = scale * (1 + x * x / freedom) ** (-(freedom + 1) / 2)
    assert within(t, freedom) == pytest.approx(np.trapezoid(density, x), abs=1e-7)


def test_the_quantile_inverts_the_distribution():
    for freedom in range(1, 64):
        assert within(t_quantile(freedom), freedom) == pytest.approx(0.95, abs=1e-12)


def test_an_interval_is_the_textbook_one():
    sample = [0.1, 0.4, 0.2, 0.7]
    found = interval(sample)
    half = 3.182446 * statistics.stdev(sample) / 2
    assert found.mean == pytest.approx(0.35)
    assert (found.low, found.high) == pytest.approx((0.35 - half, 0.35 + half), abs=1e-6)


def test_the_interval_covers_the_truth_in_95_of_100_experiments():
    experiments = np.random.default_rng(7).normal(3.0, 2.0, size=(4000, 8))
    covered = np.mean([found.low < 3.0 < found.high for found in map(interval, experiments)])
    assert covered == pytest.approx(0.95, abs=4 * math.sqrt(0.95 * 0.05 / 4000))


def test_bands_are_the_intervals_of_each_row():
    rows = np.random.default_rng(1).normal(size=(5, 6))
    mean, low, high = bands(list(rows))
    for k, row in enumerate(rows):
        assert (mean[k], low[k], high[k]) == pytest.approx((interval(row).mean, interval(row).low, interval(row).high))


@pytest.mark.parametrize(
    ("values", "message"),
    [([1.0], "at least 2"), ([], "at least 2"), ([1.0, math.nan], "finite"), ([1, math.inf], "finite")],
)
def test_too_few_or_endless_values_are_refused(values, message):
    with pytest.raises(ValueError, match=message):
        interval(values)


def test_a_geometric_mean_is_that_of_the_last_axis():
    values = [[1.0, 4.0, 16.0], [2.0, 2.0, 2.0]]
    assert geometric_mean(values) == pytest.approx([statistics.geometric_mean(row) for row in values])
