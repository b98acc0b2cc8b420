"""Lint: each kind of problem is found, with its file and line, and a sound corpus has none."""

import pytest

from tests.conftest import NOTES
from tutor.corpus import read_corpus
from tutor.corpus.linting import Demos, Finding, lint

DEMOS = Demos({"dropout": frozenset({"dropout-narrows-gap"})}, lambda slug, params: "too many" * ("epochs" in params))


def findings(folder):
    return [str(finding) for finding in lint(read_corpus(folder), DEMOS)]


def errors(folder):
    return [line for line in findings(folder) if ": error: " in line]


def new_findings(folder, name, old, new):
    """What lint finds only after `old` is replaced by `new` in a note."""
    path = folder / "notes" / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    before = findings(folder)
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return [line for line in findings(folder) if line not in before]


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        ("dropout.en.md", "demo: dropout", "demo: nosuch", "dropout.en.md:5: error: no demo 'nosuch'"),
        ("dropout.en.md", "dropout-narrows-gap", "other", "dropout.en.md:25: error: claim 'other'"),
        ("dropout.en.md", "https://jmlr", "javascript:jmlr", "dropout.en.md:7: error: source address"),
        ("dropout.en.md", "https://jmlr.org", "https://jmlr", "has no host that could exist"),
        ("dropout.en.md", "v15/srivastava", "v15/ srivastava", "has a space"),
        ("dropout.en.md", "jmlr.org/papers/v15/srivastava14a.html", "doi.org/10.5/x", "is not a DOI"),
        (
            "dropout.en.md",
            "jmlr.org/papers/v15/srivastava14a.html",
            "arxiv.org/abs/1713.03762",
            "is not an arXiv paper",
        ),
        ("dropout.en.md", "jmlr.org/papers/v15/srivastava14a.html", "arxiv.org/abs/170.3762", "is not an arXiv paper"),
        ("dropout.en.md", 'url: "https', 'file: "../https', "is not the plain name of a file"),
        ("dropout.en.md", "requires: [overfitting]", "requires: [nosuch]", "dropout.en.md:4: error: requires 'nosuch'"),
        ("dropout.en.md", "[dropout rate]", "[Overfitting]", "overfitting.en.md:2: warning: the name 'overfitting' is"),
        (
            "dropout.zh.md",
            "## 为什么有效",
            "## 怎么做",
            "dropout.zh.md:19: error: section '怎么做' (how) stands beside",
        ),
        ("dropout.zh.md", "## 自测", "自测", "sections, but 3 in dropout.en.md"),
        (
            "dropout.zh.md",
            "$$\\tilde a = \\frac{a}{1-p}$$",
            "它们。",
            "dropout.zh.md:9: warning: section '暂退法是什么' has",
        ),
        (
            "dropout.zh.md",
            "  A: 不",
            "  A: 嗯\n- Q: 真的？\n  A: 不",
            "has 2 of the kind question, but 1 stand in dropout.en.md",
        ),
        (
            "dropout.zh.md",
            "requires: [overfitting]",
            "requires: []",
            "dropout.zh.md:4: error: `requires` is not that of",
        ),
        (
            "overfitting.en.md",
            "title: Overfitting",
            "title: O\nrequires: [dropout]",
            "goes in a circle: dropout → overfitting",
        ),
        ("overfitting.en.md", "title: Overfitting", "title: O\nrequires: [overfitting]", "overfitting → overfitting"),
        ("overfitting.en.md", "sources:\n  - {title: a course}\n", "", "overfitting.en.md:1: error: no sources"),
        ("overfitting.en.md", "Overfitting is learning the noise of the training set.", "", "is empty"),
        (
            "overfitting.en.md",
            "```ask\ntraining accuracy high but test accuracy low\n```\n",
            "",
            "has no question keys",
        ),
        ("overfitting.en.md", "training accuracy high", "why? " * 50, "has 272 characters"),
        (
            "overfitting.en.md",
            "training accuracy high",
            "what does Dropout do?\nt",
            "overfitting.en.md:8: warning: question key",
        ),
        (
            "dropout.en.md",
            "why would muting",
            "what does dropout do\nwhy would muting",
            "dropout.en.md:21: warning: question key",
        ),
        ("overfitting.en.md", "training accuracy high", "a\n" * 1_001, "1,002 question keys"),
    ],
)
def test_a_planted_problem_is_found(corpus_folder, name, old, new, expected):
    found = new_findings(corpus_folder, name, old, new)
    assert any(expected in line for line in found), found


@pytest.mark.parametrize(
    "address",
    [
        "https://arxiv.org/abs/1706.03762v5",
        "https://arxiv.org/pdf/1706.03762",
        "https://arxiv.org/abs/hep-th/9901001",
        "https://doi.org/10.1016/0893-6080(91)90009-T",
        "http://www.cs.toronto.edu:80/~hinton/a%20b.pdf?x=1#p",
    ],
)
def test_a_sound_address_is_not_found_fault_with(corpus_folder, address):
    old = "https://jmlr.org/papers/v15/srivastava14a.html"
    assert not [line for line in new_findings(corpus_folder, "dropout.en.md", old, address) if "address" in line]


def test_a_missing_translation_and_an_unused_demo_are_warnings(corpus_folder):
    found = findings(corpus_folder)
    assert "overfitting.en.md: warning: no overfitting.zh.md beside it: translate the note." in found
    for path in (corpus_folder / "notes").glob("dropout.*"):
        path.unlink()
    assert any("warning: demo 'dropout' is used by no note" in line for line in findings(corpus_folder))


def test_a_source_needs_an_address_or_a_file(corpus_folder):
    assert any("overfitting.en.md:4: error: source 'a course' has neither" in line for line in errors(corpus_folder))
    assert NOTES["overfitting.en.md"].count("a course") == 1


def test_a_note_that_cannot_be_read_is_an_error_at_its_line(corpus_folder):
    (corpus_folder / "notes" / "bad.en.md").write_text("---\ntitle: T\naliases: [a\n---\n")
    assert any(line.startswith("bad.en.md:4: error: front matter is not YAML") for line in errors(corpus_folder))


def test_a_finding_is_one_line_and_obeys_no_control_character():
    said = str(Finding("a.en.md", 3, "error", "no demo \x1b[31m\n\u202e"))
    assert said == "a.en.md:3: error: no demo �[31m��"


def test_the_order_of_findings_is_by_file_and_line(corpus_folder):
    found = lint(read_corpus(corpus_folder), DEMOS)
    assert found == sorted(found)
    assert found == lint(read_corpus(corpus_folder), DEMOS)


# Circles


def chain(folder, length):
    """A corpus of `length` concepts, each of which requires the next and the last the first."""
    notes = folder / "notes"
    notes.mkdir(parents=True)
    for number in range(length):
        text = f"---\ntitle: N{number}\nrequires: [n{(number + 1) % length}]\n---\n## What\nText.\n"
        (notes / f"n{number}.en.md").write_text(text)
    return folder


def test_a_circle_is_told_whole_and_once(tmp_path):
    found = [line for line in errors(chain(tmp_path / "three", 3)) if "circle" in line]
    assert found == [
        "n0.en.md:3: error: `requires` goes in a circle: n0 → n1 → n2 → n0. Take one of these out.",
    ]


def test_a_circle_longer_than_the_stack_of_python_is_found(tmp_path):
    found = [line for line in errors(chain(tmp_path / "long", 3_000)) if "circle" in line]
    assert len(found) == 1
    assert "more …" in found[0]
    assert len(found[0]) < 2_000


def test_two_ways_to_the_same_concept_are_no_circle(corpus_folder):
    path = corpus_folder / "notes" / "third.en.md"
    path.write_text("---\ntitle: Third\nrequires: [dropout, overfitting]\n---\n## What\nText.\n")
    assert not [line for line in errors(corpus_folder) if "circle" in line]


# Rows of questions.yaml and glossary.yaml


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("{question: a, notes: [nosuch]}", "questions.yaml:3: error: names the note 'nosuch'"),
        (
            "{question: a, notes: [dropout], demo: dropuot}",
            "questions.yaml:3: error: no demo 'dropuot': is 'dropout' meant?",
        ),
        (
            "{question: a, notes: [dropout], demo: later}",
            "questions.yaml:3: warning: 1 question waits for demo 'later'",
        ),
        (
            "{question: a, notes: [dropout], demo: dropout, params: {epochs: 9}}",
            "questions.yaml:3: error: demo 'dropout' does not accept its params: too many",
        ),
        ("{question: Known?, notes: [dropout]}", "questions.yaml:3: warning: question 'Known?' also stands on line 2"),
        ("{question: 3}", "questions.yaml:3: error: row 2: question must be a text"),
        ("{question: [}", "questions.yaml:3: error: cannot be read"),
    ],
)
def test_a_row_of_the_questions_is_checked(corpus_folder, row, expected):
    text = f"# comment\n- {{question: known, notes: [dropout]}}\n- {row}\n"
    (corpus_folder / "questions.yaml").write_text(text, encoding="utf-8")
    found = findings(corpus_folder)
    assert any(line.startswith(expected) for line in found), found


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("{zh: 丙, en: third, note: nosuch}", "glossary.yaml:3: error: names the note 'nosuch'"),
        ("{zh: 丙, en: third, aliases: [First]}", "glossary.yaml:3: warning: 'First' also stands on line 2"),
        ("{zh: 丙}", "glossary.yaml:3: error: "),
    ],
)
def test_a_row_of_the_glossary_is_checked(corpus_folder, row, expected):
    text = f"# comment\n- {{zh: 甲, en: first, note: dropout}}\n- {row}\n"
    (corpus_folder / "glossary.yaml").write_text(text, encoding="utf-8")
    found = findings(corpus_folder)
    assert any(line.startswith(expected) for line in found), found


# The shipped corpus


def test_the_shipped_corpus_has_no_error():
    from tutor.composing.checks import shipped_demos
    from tutor.settings import shipped_corpus

    found = lint(read_corpus(shipped_corpus()), shipped_demos())
    assert [str(finding) for finding in found if finding.severity == "error"] == []
