"""Ensemble: the claims on seeds that were never looked at, where they must fail, and the law of the mean."""

import numpy as np
import pytest
import torch

from demos import ensemble, kit
from tests.demos.runs import FRESH_SEED, claims, events

RAISES, LOWERS, BEATS = "ensemble-raises-accuracy", "ensemble-lowers-loss", "ensemble-beats-bagging"
FRESH = 600_000, 600_001


@pytest.mark.parametrize("claim", [RAISES, LOWERS, BEATS])
def test_the_claims_hold_on_fresh_seeds(claim):
    assert claims("ensemble")[claim]["holds"]


@pytest.mark.parametrize("seed", FRESH)
def test_one_member_gains_nothing(seed):
    found = claims("ensemble", members=1, seeds=4, epochs=2, seed=seed)
    for claim in (RAISES, LOWERS):
        assert found[claim]["effects"] == pytest.approx([0] * 4, abs=1e-12)
        assert not found[claim]["holds"]


@pytest.mark.parametrize("seed", FRESH)
def test_with_few_examples_and_many_wrong_labels_bagging_is_as_good(seed):
    assert not claims("ensemble", train_size=200, label_noise=0.6, seed=seed)[BEATS]["holds"]


@pytest.fixture(scope="module")
def result():
    return list(kit.run("ensemble", {"seed": FRESH_SEED, "seeds": 4, "epochs": 4}, device="cpu"))[-1]


def test_the_effects_are_the_differences_of_the_curves(result):
    last = {name: line["mean"][-1] for name, line in result["series"]["test"].items()}
    raised, _, beaten = (claim["effect"] for claim in result["claims"])
    assert raised == pytest.approx(last["ensemble"] - last["members' mean"])
    assert beaten == pytest.approx(last["ensemble"] - last["bagged ensemble"])


def test_the_squared_error_falls_as_the_law_says(result):
    error = result["series"]["error"]
    measured, law = error["measured"]["mean"], error["law"]["mean"]
    assert measured == pytest.approx(law, abs=0.005)
    assert measured[-1] == pytest.approx(law[-1], abs=1e-6), "all members together: an identity"
    assert error["shared error"]["mean"][0] < measured[-1]


def test_errors_are_those_of_numpy():
    rng = np.random.default_rng(1)
    probabilities, targets = rng.dirichlet(np.ones(10), (3, 2, 5)), rng.integers(0, 10, (2, 5))
    expected = ((probabilities - np.eye(10)[targets]) ** 2).sum(-1).mean(-1)
    assert ensemble.brier(torch.from_numpy(probabilities), torch.from_numpy(targets)) == pytest.approx(expected)


def test_bagged_members_see_about_63_percent_of_the_examples():
    p = ensemble.EnsembleParameters(seeds=3, members=2, train_size=1000)
    seen = ensemble.seen_examples(p)
    distinct = [len(np.unique(row)) / 1000 for row in seen.reshape(-1, 1000)]
    assert distinct[:6] == [1.0] * 6
    assert distinct[6:] == pytest.approx([1 - np.exp(-1)] * 6, abs=0.04)


def test_more_seeds_beside_it_do_not_change_a_seed():
    few, many = (events("ensemble", seeds=n)[-1]["claims"] for n in (2, 3))
    for one, other in zip(few, many, strict=True):
        assert one["effects"] == pytest.approx(other["effects"][:2], abs=1e-6)
