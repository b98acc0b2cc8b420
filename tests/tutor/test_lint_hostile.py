"""Lint of hostile corpora: refused or judged with bounded work, whatever they hold.

The bound is a count of work where there is one; where it is not, a generous time that anything quadratic exceeds.
"""

import pytest

from tests.tutor.test_lint import DEMOS, findings
from tutor.corpus import read_corpus
from tutor.corpus.linting import lint, repetition
from tutor.corpus.notes import NOTE_LIMIT

FRONT = {
    "an alias bomb": "a: &a [x, x]\n" + "".join(f"b{i}: &b{i} [*a, *a]\n" for i in range(50)),
    "a table of 9,000 rows": "aliases:\n" + "- a\n" * 9_000,
    "brackets a thousand deep": "title: " + "[" * 1_000 + "]" * 1_000,
    "mappings a thousand deep": "title: " + "{a: " * 1_000 + "}" * 1_000,
    "one scalar of 50,000 characters": "title: " + "x" * 50_000,
    "a number of 5,000 digits": "title: 1" + "0" * 5_000,
    "a number to the base 60": "title: 1" + ":00" * 3_200,
    "a hexadecimal number": "title: 0x" + "f" * 9_000,
    "merged keys": "a: &a {b: c}\nd: {<<: *a}",
    "a list as a key": "? [a]\n: b",
    "an object of Python": "title: !!python/object/apply:os.system [true]",
    "a date that is none": "reviewed: 2026-99-99",
    "binary": "title: !!binary x",
    "a null character": "title: \0",
    "a second document": "title: a\n... \n--- \ntitle: b",
}

BODY = {
    "brackets": "[" * 90_000,
    "images": "![" * 45_000,
    "links": "[a](" * 22_000,
    "dollars": "$a " * 30_000,
    "double dollars": "$$\n" * 30_000,
    "tables": "|a" * 2_000 + "\n" + "|-" * 2_000 + "\n" + "|a\n" * 25_000,
    "backticks": "".join("`" * (i % 90) + " " for i in range(2_000)),
    "backslashes": "\\" * 90_000,
    "nested quotes": ">" * 90_000,
    "nested lists": "\n".join("  " * i + "- a" for i in range(400)),
    "emphasis": "*a _b " * 15_000,
    "entities": "&#x" * 30_000,
    "question keys": "```ask\n" + "a\n" * 45_000 + "```",
    "different question keys": "```ask\n" + "\n".join(f"key {i}" for i in range(9_000)) + "\n```",
    "claims": "{claim: a}\n" * 8_000,
    "headings": "## a\n" * 18_000,
    "one word": "a" * 90_000,
    "definitions": "[a]: b\n" * 12_000,
}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("front", FRONT.values(), ids=FRONT)
def test_hostile_front_matter_is_refused_or_judged(corpus_folder, front):
    text = f"---\n{front}\nsources: [{{title: a, url: 'https://example.org'}}]\n---\n## What\nText.\n"
    (corpus_folder / "notes" / "bad.en.md").write_text(text, encoding="utf-8")
    assert any(line.startswith("bad.en.md") and len(line) < 500 for line in findings(corpus_folder))


@pytest.mark.timeout(60)
@pytest.mark.parametrize("body", BODY.values(), ids=BODY)
def test_a_hostile_text_is_judged(corpus_folder, body):
    text = f"---\ntitle: Bad\n---\n## What\n{body}"[: NOTE_LIMIT - 100] + "\n"
    for name in ("bad.en.md", "bad.zh.md"):
        (corpus_folder / "notes" / name).write_text(text, encoding="utf-8")
    assert all(len(line) < 500 for line in findings(corpus_folder))


@pytest.mark.timeout(120)
def test_five_thousand_notes_that_require_one_another_are_judged(tmp_path):
    (tmp_path / "notes").mkdir()
    for number in range(5_000):
        required = ", ".join(f"n{(number + step) % 5_000}" for step in range(1, 20))
        text = f"---\ntitle: N{number}\nrequires: [{required}, nosuch{number}]\n---\n## What\nText {number}.\n"
        (tmp_path / "notes" / f"n{number}.en.md").write_text(text)
    found = findings(tmp_path)
    assert sum("goes in a circle" in line for line in found) == 1
    assert sum("which no note explains" in line for line in found) == 5_000


def test_the_work_of_comparing_passages_grows_with_their_number_and_not_with_its_square(monkeypatch):
    compared = []
    monkeypatch.setattr(repetition.np, "intersect1d", lambda a, b, **_: compared.append(1) or a[:0])
    # The worst case: every passage has half of its shingles in common with every other.
    words = [f"{'shared ' * 3}{i} passage about nothing much at all but long enough to count" for i in range(600)]
    sets = [repetition._shingles(repetition.normal(text), 9) for text in words]
    assert len(list(repetition._candidates(sets))) <= 600 * 40


@pytest.mark.parametrize("name", ["questions.yaml", "glossary.yaml"])
@pytest.mark.parametrize(
    "text",
    [
        "[" * 5_000,
        "- &a [x]\n- *a\n",
        "- {question: a\n",
        "\0",
        "- !!python/name:os.system x",
        "a: b",
        "- 1" + "0" * 5_000,
    ],
    ids=["deep", "aliases", "unclosed", "null", "python", "mapping", "number"],
)
def test_hostile_rows_are_an_error(corpus_folder, name, text):
    (corpus_folder / name).write_text(text)
    found = [finding for finding in lint(read_corpus(corpus_folder), DEMOS) if finding.file == name]
    assert [finding.severity for finding in found] == ["error"]
