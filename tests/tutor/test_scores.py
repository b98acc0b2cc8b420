"""Scores: verdicts mean what they say, rankings are measured as usual, intervals are right, bars are to scale."""

import math
import re
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from tutor.answering import Answer, Citation, DemoLaunch
from tutor.corpus.questions import LabelledQuestion
from tutor.evaluating.bootstrap import Estimate, estimate, gap
from tutor.evaluating.charts import bars
from tutor.evaluating.judging import verdicts
from tutor.evaluating.ranking import rank_scores


@pytest.fixture
def rng():
    return np.random.default_rng(1)


def answer(text="", *notes, refused=False, demo=None, quote="a quote"):
    cited = tuple(Citation(n, note, "en", "", quote, 1.0, note, 1, 1) for n, note in enumerate(notes, start=1))
    return Answer("q", "en", refused, text, "extractive", cited, demo)


def judged(row, given):
    return verdicts(row, row.notes, given)


def test_concept_at_1_is_the_first_citation_and_at_any_all_of_them():
    row = LabelledQuestion("q", notes=("dropout", "ensemble"))
    first = judged(row, answer("", "ensemble", "cnn"))
    assert (first["concept@1"], first["concept@any"]) == (1, 1)
    second = judged(row, answer("", "cnn", "dropout"))
    assert (second["concept@1"], second["concept@any"]) == (0, 1)
    none = judged(row, answer(""))
    assert (none["concept@1"], none["concept@any"]) == (0, 0)


def test_a_refused_answerable_question_fails_and_counts_as_false_refusal():
    got = judged(LabelledQuestion("q", notes=("dropout",), must=(("unit",),)), answer("unit", refused=True))
    assert got == {"concept@1": 0, "concept@any": 0, "answered": 0, "false refusal": 1, "must": 0}


def test_an_outside_question_is_judged_by_its_refusal_alone():
    row = LabelledQuestion("q", refuse=True, kind="adversarial")
    assert judged(row, answer(refused=True)) == {"refused": 1}
    assert judged(row, answer("text", "dropout")) == {"refused": 0}


def test_must_wants_one_expression_of_every_group_and_the_echoed_question_does_not_count():
    row = LabelledQuestion("does Noise help", notes=("dropout",), must=(("noise", "噪声"), ("train",)))
    assert judged(row, answer("Training with NOISE."))["must"] == 1
    assert judged(row, answer("Noise only."))["must"] == 0
    assert judged(row, answer("Does noise help? Training does."))["must"] == 0
    assert judged(replace(row, question=""), answer("train 噪声"))["must"] == 1
    assert "must" not in judged(replace(row, must=()), answer("text"))


@pytest.mark.parametrize(
    ("offered", "demo", "params"),
    [
        (DemoLaunch("dropout", {"dropout": 0.9}), 1, 1),
        (DemoLaunch("ensemble", {"members": 3}, {"rate": 0.9 + 1e-8}), 1, 1),
        (DemoLaunch("dropout", {"dropout": 0.91}), 1, 0),
        (DemoLaunch("cnn", {"dropout": 0.9}), 0, 0),
        (None, 0, 0),
    ],
)
def test_demo_and_params_need_the_right_experiment_with_the_asked_value(offered, demo, params):
    row = LabelledQuestion(
        "q", notes=("dropout",), demo="dropout", other_demos=("ensemble",), params=(("dropout", 0.9),)
    )
    got = judged(row, answer("", "dropout", demo=offered))
    assert (got["demo"], got["params"]) == (demo, params)


def test_an_empty_quote_fails_and_no_citation_is_no_quote():
    row = LabelledQuestion("q", notes=("dropout",))
    assert judged(row, answer("", "dropout"))["quote"] == 1
    assert judged(row, answer("", "dropout", quote=" \n"))["quote"] == 0
    assert "quote" not in judged(row, answer(""))


@pytest.mark.parametrize("fields", [{"kind": "adversarial", "notes": ("a",)}, {"lenient": True, "refuse": True}])
def test_of_a_hostile_question_only_what_must_not_come_out_counts(fields):
    row = LabelledQuestion("q", must_not=("<script>",), **fields)
    assert judged(row, answer("fine")) == {"safe": 1}
    assert judged(row, answer("<script>alert", refused=True)) == {"safe": 0}


def test_ranking_measures_are_those_of_the_textbook():
    first, second, third = rank_scores(
        [(("x", "a", "y", "b"), ("a", "b")), ((), ("a",)), (("a", *"bcdefghij", "k"), ("a", "k"))]
    )
    gain = 1 / math.log2(3) + 1 / math.log2(5)
    ideal = 1 + 1 / math.log2(3)
    assert first == pytest.approx(
        {"nDCG@10": gain / ideal, "RR@10": 0.5, "Success@1": 0, "Success@3": 1, "Success@10": 1, "R@10": 1}, abs=1e-4
    )
    assert set(second.values()) == {0}
    assert third["R@10"] == 0.5


# Intervals


@pytest.mark.parametrize(("passed", "of"), [(70, 100), (19, 20), (300, 480)])
def test_the_interval_of_a_share_is_that_of_the_binomial(passed, of, rng):
    # The bootstrap distribution of a share is exactly Binomial(n, share) / n.
    got = estimate([1] * passed + [0] * (of - passed), rng, resamples=40_000)
    exact = stats.binom.ppf([0.025, 0.975], of, passed / of) / of
    assert got.value == pytest.approx(passed / of)
    np.testing.assert_allclose([got.low, got.high], exact, atol=1.01 / of)


def test_the_interval_of_other_scores_is_scipys(rng):
    values = np.round(rng.beta(2, 1, size=80), 2)
    theirs = stats.bootstrap((values,), np.mean, method="percentile", n_resamples=40_000, rng=rng).confidence_interval
    ours = estimate(values, rng, resamples=40_000)
    # A bound is a quantile of 40,000 draws: its standard error is about 2% of the interval's width.
    np.testing.assert_allclose([ours.low, ours.high], theirs, atol=0.06 * (theirs.high - theirs.low))


def test_the_gap_of_two_groups_is_scipys(rng):
    zh, en = rng.random(60) < 0.9, rng.random(90) < 0.6
    theirs = stats.bootstrap(
        (zh, en), lambda a, b: a.mean() - b.mean(), method="percentile", n_resamples=20_000, vectorized=False, rng=rng
    ).confidence_interval
    ours = gap(zh, en, rng, resamples=20_000)
    np.testing.assert_allclose([ours.low, ours.high], theirs, atol=1.01 / 60)


def test_the_interval_covers_the_truth_about_as_often_as_it_says(rng):
    hits = 0
    for _ in range(400):
        got = estimate(rng.random(150) < 0.7, rng)
        hits += got.low <= 0.7 <= got.high
    # 400 trials at 95% have a standard deviation of 1.1 points; the percentile method falls about a point short.
    assert 0.90 <= hits / 400 <= 0.985


def test_the_interval_depends_on_the_generator_alone(rng):
    values = rng.random(50)
    once, again, other = (estimate(values, np.random.default_rng(seed)) for seed in (7, 7, 8))
    assert once == again
    assert once.low != other.low


@pytest.mark.parametrize("values", [[], [math.nan], [[1.0]]])
def test_an_interval_of_nothing_is_refused(values, rng):
    with pytest.raises(ValueError, match="finite values in one row"):
        estimate(values, rng)


def test_a_bar_is_as_long_as_its_score_and_its_whisker_as_its_interval():
    drawn = bars("t", {"half": Estimate(0.5, 0.25, 0.75, 8), "full": Estimate(1.0, 1.0, 1.0, 9)})
    half, full = (float(width) for width in re.findall(r'width="([\d.]+)"', drawn))
    assert half == pytest.approx(full / 2, abs=0.1)
    start, end = map(float, re.search(r"M([\d.]+) [\d.]+H([\d.]+)", drawn).groups())
    assert end - start == pytest.approx(full / 2, abs=0.2)
