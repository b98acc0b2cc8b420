"""Evaluation: runs are compared question by question, a drop beyond noise is a fault, hostile texts stay texts."""

import io
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from rich.console import Console
from scipy import stats

from tutor.answering import Answer, Citation, DemoLaunch, Tutor
from tutor.corpus import read_corpus
from tutor.corpus.questions import LabelledQuestion, read_question_file
from tutor.errors import CorpusError, SettingsError
from tutor.evaluating import Options, Subject, evaluate
from tutor.evaluating.keeping import last_run_file, read_scores, write_scores
from tutor.evaluating.page import page
from tutor.evaluating.refusal_curve import refusal_curve
from tutor.evaluating.run import Outcome, Run, Scores, carry_out, coverable
from tutor.evaluating.summary import summarise
from tutor.evaluating.table import print_summary
from tutor.retrieval.index import open_index
from tutor.retrieval.retriever import Retriever

ATTACK = "</title><script>alert(1)</script>\x1b[31m[bold]\u202e"
ROWS = """
- {question: what does dropout do, notes: [dropout], lang: en, kind: what}
- {question: 为什么随机关掉神经元反而更好, notes: [dropout], lang: zh, kind: why}
- {question: training accuracy high but test accuracy low, notes: [overfitting], lang: en, kind: symptom}
- {question: how do I bake bread, refuse: true, lang: en, kind: far}
- {question: what is attention, notes: [attention], lang: en, kind: what}
"""


MISLABELLED = "- {question: what does dropout do, notes: [overfitting]}\n"


def pretend_that_all_cited_right(baseline):
    """Turn a stored run into one that could not be better."""
    kept = read_scores(baseline)
    best = {key: {**scores, "concept@1": 1.0, "concept@any": 1.0} for key, scores in kept.questions.items()}
    write_scores(baseline, replace(kept, questions=best))


@pytest.fixture
def rng():
    return np.random.default_rng(1)


@pytest.fixture
def question_file(tmp_path):
    path = tmp_path / "questions.yaml"
    path.write_text(ROWS, encoding="utf-8")
    return path


@pytest.fixture
def loaded(corpus_folder, encoder, tmp_path):
    corpus = read_corpus(corpus_folder)
    retriever = Retriever(corpus, open_index(corpus, encoder, tmp_path / "home")[0], encoder)
    return Subject(Tutor(retriever, {}), retriever)


def outcome(key, scores, *, support=None, refused=False, **fields):
    row = LabelledQuestion(**{"question": key, "kind": "why", **fields})
    return Outcome(row, key, "en", row.notes, Answer(key, "en", refused, "", "extractive"), support, scores)


def run(*outcomes):
    return Run("2026-11-20T08:00:00+00:00", "extractive", 3, outcomes, 0)


# Comparing runs


def test_changes_are_paired_and_new_or_gone_questions_are_left_out(rng):
    before = Scores("", "", 3, {"a": {"concept@1": 1.0}, "b": {"concept@1": 0.0}, "gone": {"concept@1": 1.0}})
    now = run(*(outcome(key, {"concept@1": 1.0}) for key in ("a", "b", "new")))
    score = summarise(now, before, rng).overall["concept@1"]
    assert (score.now.value, score.now.questions) == (1, 3)
    assert (score.change.value, score.change.questions) == (0.5, 2)


@pytest.mark.parametrize(("lost", "falls"), [(0, False), (1, False), (30, True)])
def test_a_headline_score_falls_only_beyond_noise(lost, falls, rng):
    before = Scores("", "", 3, {str(n): {"concept@1": 1.0} for n in range(200)})
    now = run(*(outcome(str(n), {"concept@1": float(n >= lost)}) for n in range(200)))
    assert summarise(now, before, rng).fallen == (("concept@1",) if falls else ())


def test_as_many_gains_as_losses_are_no_fall(rng):
    before = Scores("", "", 3, {str(n): {"refused": float(n % 2)} for n in range(200)})
    now = run(*(outcome(str(n), {"refused": float((n + 1) % 2)}) for n in range(200)))
    assert summarise(now, before, rng).fallen == ()


def test_a_run_is_read_as_it_was_written(tmp_path):
    scores = Scores("2026-11-20", "extractive", 3, {"a": {"concept@1": 1.0, "nDCG@10": 0.3869}, "b": {"refused": 0.0}})
    write_scores(tmp_path / "run.json", scores)
    assert read_scores(tmp_path / "run.json") == scores
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


@pytest.mark.parametrize(
    "content",
    [
        "", "[]", "{}", "[" * 100_000, '{"format": 2}',
        '{"format": 1, "made": "", "model": "", "notes": 1, "scores": ["a"], "questions": {"k": [7]}}',
        '{"format": 1, "made": "", "model": "", "notes": 1, "scores": ["a"], "questions": {"k": [NaN]}}',
        '{"format": 1, "made": "", "model": "", "notes": 1, "scores": ["a"], "questions": {"k": []}}',
        '{"format": 1, "made": "", "model": "", "notes": 1, "scores": [[]], "questions": {"k": [1]}}',
    ],
)  # fmt: skip
def test_a_baseline_that_is_none_is_named(tmp_path, content):
    path = tmp_path / "baseline.json"
    path.write_text(content)
    with pytest.raises(SettingsError, match=r"baseline\.json: no run to compare with .*--save-baseline"):
        read_scores(path)


# A whole evaluation


def test_questions_are_asked_and_those_about_other_notes_are_left_out(loaded, question_file):
    tutor, retriever = loaded.tutor, loaded.retriever
    rows = read_question_file(question_file)
    covered = coverable(rows, frozenset({"dropout", "overfitting"}))
    assert [row.question for row in rows if row not in covered] == ["what is attention"]
    done = carry_out(covered, 1, tutor, retriever)
    assert [each.scores.get("concept@1") for each in done.outcomes] == [1, 1, 1, None]
    assert [each.refused for each in done.outcomes] == [False, False, False, True]
    assert [each.language for each in done.outcomes] == ["en", "zh", "en", "en"]
    assert all("nDCG@10" in each.scores for each in done.outcomes[:3])


def test_history_is_asked_along(loaded):
    tutor, retriever = loaded.tutor, loaded.retriever
    alone = LabelledQuestion("and does it work at test time?", notes=("dropout",))
    led = replace(alone, history=("what does dropout do",))
    done = carry_out([led], 0, tutor, retriever)
    assert done.outcomes[0].cited[0] == "dropout"
    assert done.outcomes[0].cited == tuple(
        dict.fromkeys(citation.note for citation in tutor.ask(led.question, led.history).citations)
    )
    assert done.outcomes[0].support is None


def test_the_second_run_is_compared_with_the_first(loaded, question_file, tmp_path, capsys):
    options = Options(question_file, tmp_path / "state", as_json=True)
    assert evaluate(options, lambda: loaded) == 0
    assert json.loads(capsys.readouterr().out)["compared_with"] is None
    assert evaluate(options, lambda: loaded) == 0
    second = json.loads(capsys.readouterr().out)
    assert second["compared_with"]["model"] == "extractive"
    assert second["scores"]["concept@1"]["change"] == {"value": 0, "ci95": [0, 0], "questions": 3}
    assert (second["questions"], second["left_out"]) == (4, 1)
    assert set(second["by"]["language"]) == {"zh", "en", "gap"}


def test_a_drop_against_the_baseline_ends_with_1_and_lists_the_miss_first(loaded, question_file, tmp_path, capsys):
    rows = "- {question: how do I bake bread, notes: [overfitting]}\n" + MISLABELLED
    question_file.write_text(rows, encoding="utf-8")
    baseline = tmp_path / "baseline.json"
    options = Options(question_file, tmp_path / "state", as_json=True, save_baseline=baseline)
    assert evaluate(options, lambda: loaded) == 0
    pretend_that_all_cited_right(baseline)
    capsys.readouterr()
    assert evaluate(Options(question_file, tmp_path / "state", True, baseline=baseline), lambda: loaded) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["fallen"] == ["concept@1", "concept@any"]
    first, second = report["misses"]
    assert (first["question"], first["new"], first["failed"]) == ("what does dropout do", True, ["concept@any"])
    assert first["expected"]["notes"] == ["overfitting"]
    assert first["got"]["notes"][0] == "dropout"
    assert (second["question"], second["failed"]) == ("how do I bake bread", ["answered"])


def test_a_damaged_memory_of_the_last_run_is_replaced_with_a_word(loaded, question_file, tmp_path, capsys):
    remembered = last_run_file(tmp_path / "state", question_file)
    remembered.parent.mkdir(parents=True)
    remembered.write_text("{")
    assert evaluate(Options(question_file, tmp_path / "state"), lambda: loaded) == 0
    assert "it is replaced" in capsys.readouterr().err
    assert read_scores(remembered).questions


def test_what_cannot_work_is_said_before_anything_is_loaded(question_file, tmp_path):
    def load():
        raise AssertionError("loaded")

    options = Options(question_file, tmp_path)
    for wrong, error in (
        (replace(options, questions=tmp_path / "none.yaml"), CorpusError),
        (replace(options, baseline=tmp_path / "none.json"), SettingsError),
        (replace(options, html=tmp_path / "no" / "page.html"), SettingsError),
        (replace(options, save_baseline=tmp_path), SettingsError),
    ):
        with pytest.raises(error, match=r"none\.yaml|none\.json|existing folder"):
            evaluate(wrong, load)


def test_the_command_prints_tables_and_ends_with_1_on_a_drop(corpus_folder, question_file, tmp_path):
    def tutor(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "tutor", "evaluate", *arguments, "--corpus", str(corpus_folder)],
            env={**os.environ, "TUTOR_HOME": str(tmp_path / "home"), "TUTOR_MODEL": ""},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )

    question_file.write_text(ROWS + MISLABELLED, encoding="utf-8")
    (corpus_folder / "questions.yaml").write_text(MISLABELLED)
    baseline, html = tmp_path / "baseline.json", tmp_path / "page.html"
    first = tutor("--save-baseline", str(baseline), "--html", str(html))
    assert (first.returncode, first.stderr) == (0, "")
    assert "1 questions · 2 concepts · answers: extractive" in first.stdout
    assert re.search(r"concept@1 +0\.000 +0\.000 to 0\.000 +1", first.stdout)
    assert "what does dropout do" in first.stdout
    assert "</html>" in html.read_text(encoding="utf-8")
    pretend_that_all_cited_right(baseline)
    second = tutor("--baseline", str(baseline))
    assert second.returncode == 1
    assert "Fell beyond noise: concept@1, concept@any." in second.stdout
    assert tutor(str(question_file), "--json").returncode == 0
    wrong = tutor(str(tmp_path / "none.jsonl"))
    assert (wrong.returncode, wrong.stdout, wrong.stderr.count("\n")) == (2, "", 1)


# What a person sees


def hostile_summary(rng):
    lost = outcome(
        ATTACK, {"concept@1": 0.0, "concept@any": 0.0, "answered": 1.0}, kind=ATTACK, notes=(ATTACK,), id=ATTACK
    )
    fine = outcome("out", {"refused": 1.0}, refused=True, refuse=True, support=0.1)
    cited = Citation(1, ATTACK, "en", ATTACK, ATTACK, 0.9, ATTACK, 1, 1)
    answer = replace(lost.answer, text=ATTACK, citations=(cited,), demo=DemoLaunch(ATTACK))
    lost = replace(lost, support=0.9, answer=answer)
    before = Scores(ATTACK, ATTACK, 3, {ATTACK: {"concept@1": 1.0, "concept@any": 1.0, "answered": 1.0}})
    return summarise(replace(run(lost, fine), model=ATTACK), before, rng)


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen, self.open = [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in ("meta", "br", "input"):
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_the_page_shows_hostile_texts_as_text_and_loads_nothing(rng):
    text = page(hostile_summary(rng))
    tags = Tags()
    tags.feed(text)
    assert tags.open == []
    assert {tag for tag, _ in tags.seen} & {"script", "img", "link", "iframe", "a"} == set()
    assert [attributes for _, attributes in tags.seen if {"src", "href"} & set(attributes)] == []
    assert [name for _, attributes in tags.seen for name in attributes if name.startswith("on")] == []
    assert "&lt;script&gt;alert(1)" in text
    assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e]", text)
    assert "default-src 'none'" in text
    assert "prefers-color-scheme: dark" in text


def test_the_terminal_gets_no_control_sequences_and_reads_no_markup(rng):
    paper = io.StringIO()
    print_summary(hostile_summary(rng), Console(file=paper, width=400))
    said = paper.getvalue()
    assert said.count("[bold]") == said.count("alert(1)") > 5
    assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e]", said)


def test_the_refusal_curve_counts_what_each_threshold_refuses():
    inside = [outcome("i", {"answered": 1.0}, support=support, refused=support < 0.55) for support in (0.4, 0.6, 0.8)]
    outside = [outcome("o", {"refused": 1.0}, support=support, refused=True) for support in (0.2, 0.5)]
    curve = refusal_curve([*inside, *outside, outcome("follow-up", {"answered": 1.0})])
    assert curve.at == pytest.approx(0.55)
    u = stats.mannwhitneyu([0.4, 0.6, 0.8], [0.2, 0.5]).statistic
    assert curve.separation == pytest.approx(u / 6)
    for threshold, missed, caught in zip(curve.thresholds, curve.answerable, curve.outside, strict=True):
        assert missed == sum(value <= threshold for value in (0.4, 0.6, 0.8)) / 3
        assert caught == sum(value <= threshold for value in (0.2, 0.5)) / 2
    assert refusal_curve(inside) is None
