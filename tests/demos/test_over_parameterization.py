"""Over-parameterization: its three claims on fresh seeds, where they must fail, and its arithmetic."""

import pytest

from demos.over_parameterization import widths
from tests.demos.runs import claims, events

IDS = ("overparam-fits-random-labels", "overparam-many-solutions", "overparam-needs-parameters")


@pytest.mark.parametrize("claim", IDS)
def test_the_claims_hold_on_fresh_seeds(claim):
    assert claims("over-parameterization")[claim]["holds"]


@pytest.mark.parametrize("claim", IDS)
def test_on_true_labels_no_claim_holds(claim):
    assert not claims("over-parameterization", label_noise=0.0, seeds=8)[claim]["holds"]


@pytest.mark.parametrize("claim", IDS)
def test_a_narrow_network_supports_no_claim(claim):
    assert not claims("over-parameterization", width=4, seeds=4, epochs=50)[claim]["holds"]


def test_widths_double_up_to_the_widest():
    assert widths(256) == [2, 4, 8, 16, 32, 64, 128, 256]
    assert widths(100) == [2, 4, 8, 16, 32, 64, 100]
    assert widths(2) == [2]


def test_the_line_between_two_solutions_begins_and_ends_at_their_training_accuracy():
    result = events("over-parameterization", epochs=30)[-1]
    line = result["series"]["between"]["training"]["mean"]
    widest = result["series"]["memorising"]["training"]["mean"][-1]
    assert line[0] == pytest.approx(widest)


def test_the_horizontal_axis_is_parameters_per_example():
    ratios = events("over-parameterization", width=4, train_size=60)[-1]["series"]["memorising"]["training"]["x"]
    assert ratios == pytest.approx([(65 * w + (w + 1) * 10) / 60 for w in (2, 4)])
