"""Noise injection: the claims on seeds that were never looked at, where they must fail, and the linear theory."""

import numpy as np
import pytest
import torch

from demos import kit
from demos.kit import digits
from demos.kit.seeding import streams
from demos.noise_injection import Linear, normal
from tests.demos.runs import FRESH_SEED, claims, events

SLUG = "noise-injection"
CONTROLS = [(claim.id, dict(claim.negative_control)) for claim in kit.load(SLUG).claims]


@pytest.mark.parametrize("claim", [claim for claim, _ in CONTROLS])
def test_the_claims_hold_on_fresh_seeds(claim):
    assert claims(SLUG)[claim]["holds"]


@pytest.mark.parametrize(("claim", "control"), CONTROLS)
@pytest.mark.parametrize("seed", [600_000, 600_001])
def test_no_claim_holds_in_its_negative_control(claim, control, seed):
    assert not claims(SLUG, seeds=8, seed=seed, **control)[claim]["holds"]


def test_on_clean_labels_noise_costs_accuracy_but_still_prepares_for_noisy_images():
    found = claims(SLUG, seeds=8, seed=600_000, label_noise=0.0)
    assert found["input-noise-raises-accuracy"]["effect"] < 0
    assert found["input-noise-withstands-noise"]["ci95"][0] > 0


def test_without_noise_all_networks_are_the_same():
    assert all(claim["effects"] == [0, 0] for claim in events(SLUG, noise_std=0.0)[-1]["claims"])


def test_the_effects_are_the_differences_of_the_curves():
    result = events(SLUG, epochs=4)[-1]
    test = {name: line["mean"][-1] for name, line in result["series"]["test"].items()}
    raised, fresh, _ = (claim["effect"] for claim in result["claims"])
    assert raised == pytest.approx(test["noise drawn anew"] - test["no noise"])
    assert fresh == pytest.approx(test["noise drawn anew"] - test["noise drawn once"])


def test_a_linear_model_trained_with_noise_has_the_weights_of_ridge_regression():
    """After 40 epochs the lengths agree within 3%, for every noise."""
    *_, result = kit.run(SLUG, {"seed": FRESH_SEED, "seeds": 4, "width": 2}, device="cpu")
    panel = next(panel for panel in result["panels"] if panel["id"] == "penalty")
    assert panel["points"][0]["y"] == pytest.approx(panel["curves"][0]["mean"], rel=0.03)


def test_both_linear_solutions_are_those_of_numpy_on_all_rows_written_out():
    samples = digits.split(0, 2, 200, torch.device("cpu"), test_size=10).train
    linear, rngs = Linear(samples, digits.CLASSES), streams(0, 2, "noise")
    draws = [normal(rngs, samples.x) for _ in range(3)]
    for draw in draws:
        linear.add(draw)
    for k in range(2):
        x, y, noise = linear.x[k].numpy(), linear.y[k].numpy(), [draw[k].double().numpy() for draw in draws]
        copies = np.concatenate([x + 0.3 * e for e in noise])
        expected = np.linalg.lstsq(copies, np.concatenate([y] * 3))[0]
        assert np.allclose(linear.trained(0.3)[k], expected, atol=1e-9)
        penalty = 0.3 * np.sqrt(len(x)) * np.eye(64)  # a squared error of 0.3² n w² for every weight w
        expected = np.linalg.lstsq(np.concatenate([x, penalty]), np.concatenate([y, np.zeros((64, 10))]))[0]
        assert np.allclose(linear.ridge(0.3)[k], expected, atol=1e-9)


def test_a_seed_gets_the_same_noise_however_many_run_beside_it():
    few, many = (normal(streams(0, seeds, "noise"), torch.empty(seeds, 5, 64)) for seeds in (2, 5))
    assert torch.equal(few, many[:2])
