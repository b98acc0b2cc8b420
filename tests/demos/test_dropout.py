"""Dropout: the claims on seeds that were never looked at, and where they must fail."""

import pytest

from demos import kit
from tests.demos.runs import claims, events

IDS = ("dropout-narrows-gap", "dropout-raises-accuracy")


@pytest.mark.parametrize("claim", IDS)
def test_the_claims_hold_on_fresh_seeds(claim):
    assert claims("dropout")[claim]["holds"]


@pytest.mark.parametrize("claim", IDS)
@pytest.mark.parametrize("seed", [600_000, 600_001])
def test_on_clean_labels_no_claim_holds(claim, seed):
    assert not claims("dropout", label_noise=0.0, seeds=8, seed=seed)[claim]["holds"]


def test_on_clean_labels_dropout_gains_nothing():
    claim = claims("dropout", label_noise=0.0, seeds=8, seed=600_000)["dropout-raises-accuracy"]
    assert claim["effect"] < 0


def test_a_narrow_network_is_harmed():
    claim = claims("dropout", width=16, seeds=8, epochs=15)["dropout-raises-accuracy"]
    assert claim["ci95"][1] < 0


def test_without_dropout_the_arms_are_the_same():
    result = events("dropout", dropout=0.0)[-1]
    assert all(claim["effect"] == 0 and not claim["holds"] for claim in result["claims"])


def test_the_effects_are_the_differences_of_the_curves():
    result = events("dropout")[-1]
    test, train = result["series"]["test"], result["series"]["train"]
    last = {arm: (train[arm]["mean"][-1], test[arm]["mean"][-1]) for arm in ("dropout", "no dropout")}
    narrowed, raised = (claim["effect"] for claim in result["claims"])
    assert raised == pytest.approx(last["dropout"][1] - last["no dropout"][1])
    gaps = {arm: values[0] - values[1] for arm, values in last.items()}
    assert narrowed == pytest.approx(gaps["no dropout"] - gaps["dropout"])


def test_its_question_words_name_the_rate_in_both_languages():
    row = next(row for row in kit.catalogue() if row["name"] == "dropout")["parameters"][0]
    assert {"dropout", "丢弃率", "dropout rate"} <= set(row["words"])
