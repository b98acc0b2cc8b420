"""A claim holds only if its whole interval lies above the minimum, and the sentence says the same."""

import pytest

from demos.kit.claims import Claim, Unit, judge, setting
from demos.kit.text import Text

CLAIM = Claim(
    id="sample",
    text=Text("某论断", "a claim"),
    metric="arm minus control",
    measured=Text("变化 {effect}", "It changed by {effect}"),
    minimum=0.02,
    negative_control=setting(label_noise=0.0),
)


def test_a_mean_above_the_minimum_is_not_enough():
    finding = judge(CLAIM, [0.0, 0.05, 0.10])
    assert finding.interval.mean > CLAIM.minimum > finding.interval.low
    assert not finding.holds
    assert "does not hold" in finding.sentence.en
    assert "不成立" in finding.sentence.zh


def test_an_interval_above_zero_but_not_above_the_minimum_is_not_enough():
    finding = judge(CLAIM, [0.0190, 0.0195, 0.0205, 0.0210])
    assert finding.interval.low > 0
    assert not finding.holds


def test_an_interval_wholly_above_the_minimum_is_enough():
    finding = judge(CLAIM, [0.05, 0.052, 0.049, 0.051])
    assert finding.interval.low > CLAIM.minimum
    assert finding.holds
    assert "so the claim holds" in finding.sentence.en
    assert "不成立" not in finding.sentence.zh


def test_equal_effects_at_the_minimum_do_not_exceed_it():
    assert not judge(CLAIM, [0.02] * 4).holds


def test_the_sentence_gives_the_measured_numbers_in_the_unit_of_the_claim():
    sentence = judge(CLAIM, [0.05, 0.052, 0.048, 0.05]).sentence.en
    assert "It changed by +5.0 points" in sentence
    assert "4 seeds" in sentence
    assert "+2.0 fixed beforehand" in sentence


def test_json_keeps_raw_numbers_whatever_the_unit():
    nats = Claim(**{**CLAIM.__dict__, "unit": Unit(Text("奈特", "nats"))})
    found = judge(nats, [0.05, 0.07]).to_json()
    assert found["effect"] == pytest.approx(0.06)
    assert found["effects"] == [0.05, 0.07]
    assert found["negative_control"] == {"label_noise": 0.0}


def test_a_negative_control_cannot_be_changed_by_accident():
    with pytest.raises(TypeError):
        CLAIM.negative_control["label_noise"] = 1.0  # type: ignore[index]
