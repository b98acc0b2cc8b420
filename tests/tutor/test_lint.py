"""Lint: each kind of problem is found, with its file, and a sound corpus has none."""

import pytest

from tests.conftest import NOTES
from tutor.corpus import read_corpus
from tutor.corpus.lint import lint

CLAIMS = {"dropout": frozenset({"dropout-narrows-gap"})}


def findings(folder):
    return [str(finding) for finding in lint(read_corpus(folder), CLAIMS)]


def errors(folder):
    return [line for line in findings(folder) if ": error: " in line]


@pytest.mark.parametrize(
    ("name", "old", "new", "expected"),
    [
        ("dropout.en.md", "demo: dropout", "demo: nosuch", "dropout.en.md:5: error: no demo 'nosuch'"),
        ("dropout.en.md", "dropout-narrows-gap", "other", "dropout.en.md:25: error: claim 'other'"),
        ("dropout.en.md", "https://jmlr", "javascript:jmlr", "is not http(s)"),
        ("dropout.zh.md", "## 为什么有效", "## 怎么做", "level, kind and claims must agree"),
        ("dropout.zh.md", "## 自测", "自测", "sections, but 3 in dropout.en.md"),
        ("overfitting.en.md", "title: Overfitting", "title: Overfitting\nrequires: [dropout]", "goes in a circle"),
        ("overfitting.en.md", "sources:\n  - {title: a course}\n", "", "overfitting.en.md:1: error: no sources"),
    ],
)
def test_a_planted_error_is_found(corpus_folder, name, old, new, expected):
    path = corpus_folder / "notes" / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    before = errors(corpus_folder)
    path.write_text(text.replace(old, new), encoding="utf-8")
    found = [line for line in errors(corpus_folder) if line not in before]
    assert any(expected in line for line in found), found


def test_a_concept_without_a_note_and_a_missing_translation_are_warnings(corpus_folder):
    found = findings(corpus_folder)
    assert "overfitting.en.md: warning: no overfitting.zh.md beside it." in found
    (corpus_folder / "notes" / "overfitting.en.md").unlink()
    assert any("requires 'overfitting', which no note explains yet" in line for line in findings(corpus_folder))


def test_a_source_needs_an_address_or_a_file(corpus_folder):
    assert any("source 'a course' has neither url nor file" in line for line in errors(corpus_folder))
    assert NOTES["overfitting.en.md"].count("a course") == 1


def test_the_shipped_notes_have_no_error():
    from demos.kit import catalogue
    from tutor.settings import shipped_corpus

    claims = {row["name"]: frozenset(claim["id"] for claim in row["claims"]) for row in catalogue()}
    assert [str(f) for f in lint(read_corpus(shipped_corpus()), claims) if f.severity == "error"] == []
