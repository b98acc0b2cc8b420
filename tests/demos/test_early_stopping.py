"""Early stopping: the claims on seeds that were never looked at, where they must fail, and the rule itself."""

import numpy as np
import pytest

from demos import kit
from demos.early_stopping import Record
from tests.demos.runs import claims, events

SLUG = "early-stopping"
IDS = [claim.id for claim in kit.load(SLUG).claims]


def kept(losses, patience):
    """The epochs kept after each of these validation losses of one seed."""
    record = Record(patience)
    for loss in losses:
        record.validation.append(np.array([loss]))
        record.keep()
    return [int(epoch[0]) for epoch in record.kept]


@pytest.mark.parametrize("claim", IDS)
def test_the_claims_hold_on_fresh_seeds(claim):
    assert claims(SLUG)[claim]["holds"]


@pytest.mark.parametrize("claim", IDS)
@pytest.mark.parametrize("seed", [600_000, 600_001])
def test_on_clean_labels_no_claim_holds(claim, seed):
    assert not claims(SLUG, label_noise=0.0, seeds=8, seed=seed)[claim]["holds"]


def test_on_clean_labels_the_held_out_examples_are_not_repaid():
    assert claims(SLUG, label_noise=0.0, seeds=8, seed=600_000)["early-stopping-repays-validation"]["ci95"][1] < 0


def test_with_patience_3_training_stops_three_epochs_after_the_best():
    losses = [0.90, 0.70, 0.60, 0.58, 0.59, 0.61, 0.60, 0.55, 0.57]
    assert kept(losses, 3) == [0, 1, 2, 3, 3, 3, 3, 3, 3]
    assert kept(losses, 4) == [0, 1, 2, 3, 3, 3, 3, 7, 7]


@pytest.mark.parametrize("patience", [1, 2, 5, 100])
def test_the_rule_is_that_of_a_plain_loop(patience):
    losses = np.random.default_rng(0).random(60)
    best = waited = 0
    for epoch, loss in enumerate(losses):
        best, waited = (epoch, 0) if loss < losses[best] else (best, waited + (epoch > 0))
        if waited == patience:
            break
    assert kept(losses, patience)[-1] == best


def test_the_effects_are_the_differences_of_the_curves():
    result = events(SLUG, label_noise=0.5, epochs=6, patience=1)[-1]
    test = {name: line["mean"][-1] for name, line in result["series"]["test"].items()}
    raised, repaid, _ = (claim["effect"] for claim in result["claims"])
    assert raised == pytest.approx(test["kept by early stopping"] - test["trained to the end"])
    assert repaid == pytest.approx(test["kept by early stopping"] - test["all examples, to the end"])


def test_the_kept_accuracy_is_the_best_the_rule_may_know_of():
    """With patience for the whole run, what is kept has the lowest validation loss of all epochs."""
    result = events(SLUG, epochs=8, patience=100)[-1]
    losses = next(panel for panel in result["panels"] if panel["id"] == "losses")
    points = losses["points"][0]
    assert min(losses["curves"][1]["mean"]) >= np.mean(points["y"]) - 1e-9
    assert all(0 <= epoch <= 8 for epoch in points["x"])


def test_at_the_start_nothing_is_gained_or_lost():
    first = events(SLUG)[0]["panels"][-1]
    values = {row["id"]: row["values"] for row in first["rows"]}
    assert set(values["early-stopping-raises-accuracy"]) == {0}
