"""Transfer: the claims on seeds that were never looked at, where they must fail, and what is handed on."""

import numpy as np
import pytest
import torch

from demos import kit, transfer
from demos.kit import mlp
from demos.kit.seeding import streams
from tests.demos.runs import FRESH_SEED, claims, events

TUNING, FREEZING = "transfer-tuning-helps", "transfer-freezing-limits"
SMALL = {"seeds": 3, "epochs": 3, "width": 16, "train_size": 40}


@pytest.mark.parametrize("claim", [TUNING, FREEZING])
def test_the_claims_hold_on_fresh_seeds(claim):
    assert claims("transfer")[claim]["holds"]


@pytest.mark.parametrize("seed", [600_000, 600_001])
def test_a_source_with_random_labels_helps_nothing(seed):
    claim = claims("transfer", label_noise=1.0, seeds=8, seed=seed)[TUNING]
    assert not claim["holds"]
    assert claim["effect"] < 0.01


@pytest.mark.parametrize("seed", [600_000, 600_001])
def test_freezing_costs_nothing_with_very_few_examples(seed):
    assert not claims("transfer", train_size=20, seeds=8, seed=seed)[FREEZING]["holds"]


def test_the_effects_are_the_differences_of_the_curves():
    result = list(kit.run("transfer", {**SMALL, "seed": FRESH_SEED}, device="cpu"))[-1]
    sizes = {arm: line["mean"] for arm, line in result["series"]["sizes"].items()}
    steps = {arm: line["mean"][-1] for arm, line in result["series"]["steps"].items()}
    helped, limited = (claim["effect"] for claim in result["claims"])
    assert helped == pytest.approx(steps["fine-tuned"] - steps["from scratch"])
    assert limited == pytest.approx(sizes["fine-tuned"][-1] - sizes["frozen"][-1])
    assert result["series"]["sizes"]["frozen"]["x"] == [10, 20, 40, 120, 320]


def test_all_arms_are_alike_before_the_training():
    lines = events("transfer")[0]["panels"][0]["curves"]
    assert lines[0]["mean"] == lines[1]["mean"] == lines[2]["mean"]


def test_the_last_layer_on_the_features_is_the_whole_network():
    nets = mlp.MLPs(mlp.he_normal((40, 8, 8, 5), streams(0, 2, "values")), 1, torch.device("cpu"))
    x = torch.from_numpy(np.random.default_rng(0).standard_normal((2, 7, 40), dtype=np.float32))
    whole = transfer.features(nets, x) @ nets.weights[-1] + nets.biases[-1]
    assert torch.allclose(whole[..., :5], nets.logits(x, 0), atol=1e-5)


def test_the_tasks_have_no_class_in_common():
    rngs = streams(0, 2, "source"), streams(0, 2, "source")
    (source, labels), (target, same) = (
        transfer.signals(300, first, rng) for first, rng in zip((0, 5), rngs, strict=True)
    )
    assert np.array_equal(labels, same)
    assert set(labels.flat) == set(range(5))
    assert np.abs(source - target).mean() > 0.05, "equal random numbers, but other templates"


def test_more_seeds_beside_it_do_not_change_a_seed():
    few, many = (events("transfer", seeds=n)[-1]["claims"] for n in (2, 3))
    for one, other in zip(few, many, strict=True):
        assert one["effects"] == pytest.approx(other["effects"][:2], abs=1e-6)
