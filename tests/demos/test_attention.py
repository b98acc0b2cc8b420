"""Attention: the claims on seeds that were never looked at, where they must fail, and networks written by hand."""

from collections.abc import Callable

import pytest
import torch

from demos import kit
from demos.attention import AttentionParameters, Networks, draw, mean_where
from demos.kit.seeding import streams
from tests.demos.runs import claims, events

IDS = [claim.id for claim in kit.load("attention").claims]
VOCABULARY, SHARP, LOUD = 12, 400.0, 5.0
CPU = torch.device("cpu")


@pytest.mark.parametrize("claim", IDS)
def test_the_claims_hold_on_fresh_seeds(claim):
    assert claims("attention")[claim]["holds"]


@pytest.mark.parametrize("claim", IDS)
@pytest.mark.parametrize("seed", [600_000, 600_001])
def test_with_smeared_keys_one_layer_is_enough(claim, seed):
    assert not claims("attention", smear=1.0, seeds=8, seed=seed)[claim]["holds"]


def test_a_few_steps_are_too_few():
    assert not any(claim["holds"] for claim in claims("attention", steps=20, seeds=8).values())


def test_the_effects_are_the_differences_of_the_curves():
    result = events("attention")[-1]
    accuracy, heads = (
        {name: line["mean"][-1] for name, line in result["series"][panel].items()} for panel in ("accuracy", "heads")
    )
    expected = [
        accuracy["two layers"] - accuracy["one layer"],
        heads["2nd: followed"] - heads["single: followed"],
        accuracy["two layers"] - accuracy["two, one blind"],
    ]
    assert [claim["effect"] for claim in result["claims"]] == pytest.approx(expected)


def accuracy(depth: int, write: Callable[[Networks], None], *, blind: bool = False, **settings: float) -> float:
    """Of a network whose weights are written by hand, not learnt; all that is not written is 0."""
    p = AttentionParameters.checked({"vocabulary": VOCABULARY, "seeds": 2, "period": 8, "spread": 5, **settings})
    networks = Networks(depth, p, CPU)
    with torch.no_grad():
        for value in networks.bank.values:
            value.zero_()
        networks.embedding[:, :, :VOCABULARY] = networks.unembedding[:, :VOCABULARY] = torch.eye(VOCABULARY)
        write(networks)
        sequences = draw(streams(1, 2, "test"), 50, p, CPU)
        guess = networks.read(sequences.tokens, blind=blind)[0][:, :, :-1].argmax(-1)
        return float(mean_where(sequences.told, (guess == sequences.tokens[:, :, 1:]).double()).mean())


def note_and_look_up(networks: Networks) -> None:
    """The vector of a token holds itself, then a note of the token before."""
    itself, note = slice(0, VOCABULARY), slice(VOCABULARY, 2 * VOCABULARY)
    (_, write, near), (match, copy, far) = networks.layers
    near[:, 1] = SHARP
    write[:, itself, note] = torch.eye(VOCABULARY)
    match[:, itself, note] = SHARP * torch.eye(VOCABULARY)
    far[:] = -torch.arange(far.shape[1])  # place 0 has no token before it and notes its own: rather take the later one
    copy[:, itself, itself] = LOUD * torch.eye(VOCABULARY)


def look_up(networks: Networks) -> None:
    match, copy, _ = networks.layers[0]
    match[:], copy[:] = SHARP * torch.eye(VOCABULARY), LOUD * torch.eye(VOCABULARY)


def test_two_layers_written_by_hand_are_always_right_unless_the_first_is_blind():
    assert accuracy(2, note_and_look_up, width=2 * VOCABULARY) == 1
    assert accuracy(2, note_and_look_up, width=2 * VOCABULARY, blind=True) < 0.2


def test_with_smeared_keys_one_layer_written_by_hand_is_always_right():
    assert accuracy(1, look_up, width=VOCABULARY, smear=1.0) == 1
    assert accuracy(1, look_up, width=VOCABULARY) < 0.2


def test_a_network_sees_nothing_of_what_comes_later():
    p = AttentionParameters.checked({"seeds": 2})
    networks = Networks(2, p, CPU)
    tokens = draw(streams(1, 2, "test"), 3, p, CPU).tokens
    changed = tokens.clone()
    changed[:, :, 7:] = (changed[:, :, 7:] + 1) % p.vocabulary
    one, other = networks.read(tokens)[0], networks.read(changed)[0]
    assert torch.equal(one[:, :, :7], other[:, :, :7])
    assert not torch.allclose(one[:, :, 7:], other[:, :, 7:])


def test_the_shortest_period_and_no_spread_can_be_run():
    assert events("attention", period=3, spread=8)[-1]["event"] == "result"
    assert events("attention", period=12, spread=0)[-1]["event"] == "result"
