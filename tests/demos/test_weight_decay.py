"""Weight decay: the claim on fresh seeds, where it must fail, and what decay does to the weights."""

import pytest

from demos import kit
from tests.demos.runs import claims, events, tiny

CLAIM = "weight-decay-raises-accuracy"


def test_the_claim_holds_on_fresh_seeds():
    assert claims("weight-decay")[CLAIM]["holds"]


@pytest.mark.parametrize("seed", [600_000, 600_001])
def test_on_clean_labels_it_does_not_hold(seed):
    assert not claims("weight-decay", label_noise=0.0, seeds=8, seed=seed, epochs=40)[CLAIM]["holds"]


def test_too_much_decay_harms():
    claim = claims("weight-decay", weight_decay=10.0, seeds=4, epochs=30)[CLAIM]
    assert claim["ci95"][0] < 0


def test_the_usual_default_of_adamw_is_too_weak_to_show():
    assert not claims("weight-decay", weight_decay=0.01, seeds=8, epochs=40)[CLAIM]["holds"]


def test_without_decay_the_arms_are_the_same():
    result = events("weight-decay", weight_decay=0.0)[-1]
    assert result["claims"][0]["effect"] == 0
    control, arm = next(panel for panel in result["panels"] if panel["id"] == "weights")["bars"]
    assert control["shares"] == arm["shares"]


def test_the_histogram_counts_every_weight_and_decay_narrows_it():
    *_, result = kit.run("weight-decay", tiny("weight-decay", epochs=40, learning_rate=1e-2), device="cpu")
    panel = next(panel for panel in result["panels"] if panel["id"] == "weights")
    middles = [(a + b) / 2 for a, b in zip(panel["edges"][:-1], panel["edges"][1:], strict=True)]
    spread = []
    for bars in panel["bars"]:
        assert sum(bars["shares"]) == pytest.approx(1)
        spread.append(sum(share * middle**2 for share, middle in zip(bars["shares"], middles, strict=True)))
    assert spread[1] < spread[0]


def test_weights_that_overflow_count_at_the_ends_of_the_histogram():
    *_, result = kit.run(
        "weight-decay", tiny("weight-decay", epochs=60, learning_rate=10.0, weight_decay=100.0), device="cpu"
    )
    panel = next(panel for panel in result["panels"] if panel["id"] == "weights")
    shares = panel["bars"][1]["shares"]
    assert shares[0] + shares[-1] > 0.9
    assert sum(shares) == pytest.approx(1)
