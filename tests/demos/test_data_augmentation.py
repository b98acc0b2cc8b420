"""Data augmentation: the claims on seeds that were never looked at, where they must fail, and the shifts themselves."""

from collections import Counter

import numpy as np
import pytest
import torch

from demos import kit
from demos.data_augmentation import shifter
from demos.kit.seeding import streams
from demos.kit.training import Training
from tests.demos.runs import claims, events

SLUG = "data-augmentation"
IDS = [claim.id for claim in kit.load(SLUG).claims]


@pytest.mark.parametrize("claim", IDS)
def test_the_claims_hold_on_fresh_seeds(claim):
    assert claims(SLUG)[claim]["holds"]


@pytest.mark.parametrize("claim", IDS)
@pytest.mark.parametrize("seed", [600_000, 600_001])
def test_shifted_too_far_for_too_short_a_time_it_does_harm(claim, seed):
    found = claims(SLUG, shift=20, epochs=10, seeds=8, seed=seed)[claim]
    assert not found["holds"]
    assert found["effect"] < 0


def test_without_shifts_the_arms_are_the_same():
    claim = events(SLUG, shift=0)[-1]["claims"][0]
    assert claim["effects"] == [0, 0]


def test_the_effects_are_the_differences_of_the_curves():
    result = events(SLUG, epochs=4)[-1]
    test = {name: line["mean"][-1] for name, line in result["series"]["test"].items()}
    raised, beaten = (claim["effect"] for claim in result["claims"])
    assert raised == pytest.approx(test["shifted at random"] - test["as they are"])
    assert beaten == pytest.approx(test["shifted at random"] - test["twice as many"])


def test_only_the_second_arm_is_shifted_and_each_signal_by_places_of_its_own():
    signals = torch.randn(3, 200, 40, generator=torch.Generator().manual_seed(0))  # three seeds
    both = signals.repeat(2, 1, 1)
    shifter(5, streams(0, 3, "shifts"))(both)
    assert torch.equal(both[:3], signals)
    places = set()
    for before, after in zip(signals.flatten(0, 1).numpy(), both[3:].flatten(0, 1).numpy(), strict=True):
        matches = [k for k in range(-20, 20) if np.array_equal(np.roll(before, k), after)]
        assert len(matches) == 1
        places.add(matches[0])
    assert places == set(range(-5, 6))


def test_a_seed_sees_the_same_shifts_however_many_run_beside_it():
    few, many = torch.arange(40.0).repeat(4, 30, 1), torch.arange(40.0).repeat(10, 30, 1)
    shifter(5, streams(0, 2, "shifts"))(few)
    shifter(5, streams(0, 5, "shifts"))(many)
    assert torch.equal(few[2:], many[5:7])


def test_twice_as_many_signals_get_no_more_updates(monkeypatch):
    updates = Counter()
    update = Training.update

    def counted(training, *given):
        updates[training.size] += 1
        update(training, *given)

    monkeypatch.setattr(Training, "update", counted)
    events(SLUG, train_size=130, epochs=3)
    assert updates == {130: 2 * 3, 260: 2 * 3}
