"""The page of answers to judge: which are drawn, what stands on it, and that hostile texts stay texts."""

import base64
import hashlib
import re
from dataclasses import replace
from html import unescape

import numpy as np
import pytest
from langchain_core.language_models import FakeListChatModel

from tests.tutor.test_evaluating import ATTACK, ROWS, Tags
from tutor.answering import Answer, Citation, DemoLaunch, Tutor
from tutor.answering.answer import Said
from tutor.corpus import read_corpus
from tutor.corpus.questions import LabelledQuestion
from tutor.evaluating import Options, Subject, evaluate
from tutor.evaluating.answers_page import Reading, answers_page
from tutor.evaluating.formulas import set_formula
from tutor.evaluating.run import Outcome, Run
from tutor.evaluating.sampling import sample
from tutor.retrieval.index import open_index
from tutor.retrieval.retriever import Retriever


def outcome(key, kind="why", language="en", **fields):
    answer = Answer(key, language, False, f"Text of {key} [1].", "extractive", **fields)
    row = LabelledQuestion(key, notes=("dropout",), kind=kind)
    return Outcome(row, key, language, row.notes, answer, 0.9, {"answered": 1.0, "direct": 0.0, "supported": 1.0})


def shown(*readings):
    return answers_page(readings, Run("2026-11-20T08:00:00+00:00", "a model", 3, (), 0))


def tags_of(page):
    tags = Tags()
    tags.feed(page)
    assert tags.open == []
    return tags.seen


@pytest.fixture
def many():
    kinds = {"what": 30, "why": 12, "slang": 2}
    return [
        outcome(f"{language} {kind} {n}", kind, language)
        for language in ("en", "zh")
        for kind, count in kinds.items()
        for n in range(count)
    ]


# Which are drawn


def test_every_kind_gives_as_many_answers_as_it_can_and_each_language_twenty(many):
    drawn = sample(many, np.random.default_rng(0))
    counts = [(one.language, one.kind) for one in drawn]
    for language in ("zh", "en"):
        assert {kind: counts.count((language, kind)) for kind in ("slang", "what", "why")} == {
            "slang": 2, "what": 9, "why": 9,
        }  # fmt: skip
    assert [one.language for one in drawn] == ["zh"] * 20 + ["en"] * 20
    assert len({one.key for one in drawn}) == 40


def test_the_same_seed_draws_the_same_answers_and_another_one_others(many):
    first, again, other = (sample(many, np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert first == again != other


def test_only_questions_that_the_notes_answer_are_drawn(many):
    outside = replace(many[0], scores={"refused": 1.0})
    assert sample([outside, many[1]], np.random.default_rng(0)) == (many[1],)


# What stands on the page


def test_an_answer_stands_with_its_question_sources_experiment_verdicts_and_a_form():
    cited = Citation(1, "dropout", "zh", "为什么有效", "谁也不能只靠$a<b$。", 0.9, "暂退法", 5, 7)
    given = outcome(
        "为什么", language="zh", citations=(cited,), demo=DemoLaunch("dropout", {"dropout": 0.9}, {"dropout": 0}),
        seconds={"retrieve": 0.25, "answer": 0.5},
    )  # fmt: skip
    page = shown(Reading(replace(given, row=replace(given.row, history=("什么是暂退法",)))))
    words = " ".join(unescape(re.sub(r"<(style|script).*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL)).split())
    for expected in (
        "什么是暂退法 →", "Text of 为什么 [1].", "why · extractive · 0.750 秒", "暂退法 › 为什么有效",
        "dropout.zh.md:5-7", "dropout dropout = 0.9 对照 dropout = 0", "✓ supported", "✗ direct", "答得对",
        "谁也不能只靠",
    ):  # fmt: skip
        assert expected in words
    assert page.count("<math") == 1
    fields = [attributes.get("name") for tag, attributes in tags_of(page) if tag in ("input", "textarea")]
    assert fields == ["right", "direct", "well formed", "remark"]


def test_the_quoted_answer_stands_beside_the_one_of_a_model():
    asked = outcome("q")
    written = replace(asked, answer=replace(asked.answer, text="As a model words it.", model="a model"))
    both = shown(Reading(written, asked.answer))
    assert "As a model words it." in both
    assert "quoted from the notes" in both
    assert "Text of q [1]." in both
    assert "quoted from the notes" not in shown(Reading(written))


def test_hostile_texts_are_shown_and_do_nothing():
    markdown = f"{ATTACK} <img src=x> ![a](//b) [c](//d) <https://e.example> $\\href{{//f}}{{g}}$"
    cited = Citation(1, ATTACK, "en", ATTACK, markdown, 0.9, ATTACK, 1, 1)
    said = (Said(markdown, "unsupported"),)
    given = outcome(ATTACK, ATTACK, citations=(cited,), demo=DemoLaunch(ATTACK, {ATTACK: 1.0}), sentences=said)
    given = replace(given, key="k", answer=replace(given.answer, text=markdown, model=ATTACK))
    page = shown(Reading(given, given.answer))
    seen = tags_of(page)
    assert [tag for tag, _ in seen if tag in ("img", "a", "iframe", "link", "object")] == []
    assert [tag for tag, _ in seen].count("script") == 1
    assert [name for _, attributes in seen for name in attributes if name in ("src", "href", "action")] == []
    assert [name for _, attributes in seen for name in attributes if name.startswith("on")] == []
    assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e]", page)
    assert "&lt;script&gt;alert(1)" in page


def test_the_page_runs_its_own_script_only_and_loads_nothing():
    page = shown(Reading(outcome("q")))
    script = re.search("<script>(.*)</script>", page, re.DOTALL)[1]
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{allowed}'" in page
    assert "prefers-color-scheme: dark" in page


def test_a_formula_is_set_for_browsers_and_a_broken_one_shown_as_it_is_written():
    set_one = set_formula(r"\frac{a}{1-p}", True)
    assert "<mfrac><mi>a</mi>" in set_one
    assert 'display="block"' in set_one
    assert 'display="block"' not in set_formula("a", False)
    assert r"\frac{a" in set_formula(r"\frac{a", False)
    assert set_formula("<" * 10_000, False) == f"<code>{'&lt;' * 10_000}</code>"


def test_the_command_writes_the_answers_that_were_scored_and_beside_those_of_a_model_the_notes(
    corpus_folder, encoder, tmp_path, capsys
):
    corpus = read_corpus(corpus_folder)
    retriever = Retriever(corpus, open_index(corpus, encoder, tmp_path / "home")[0], encoder)
    model = FakeListChatModel(responses=["In training, dropout switches off random units [1]."])
    subject = Subject(Tutor(retriever, {}, model, "fake:model"), retriever, Tutor(retriever, {}))
    (tmp_path / "questions.yaml").write_text(ROWS, encoding="utf-8")
    options = Options(tmp_path / "questions.yaml", tmp_path / "state", True, answers=tmp_path / "answers.html")
    assert evaluate(options, lambda: subject) == 0
    assert '"direct"' in capsys.readouterr().out
    page = (tmp_path / "answers.html").read_text(encoding="utf-8")
    assert page.count("<article") == 3
    assert page.count("fake:model ·") == page.count("quoted from the notes") == 1
    assert page.count("extractive (unfounded)") == 2
    assert "how do I bake bread" not in page
