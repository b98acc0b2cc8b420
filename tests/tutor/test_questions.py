"""Labelled questions: both forms say the same, and whatever a file holds, one line says what is wrong with it."""

import json

import pytest

from tutor.corpus.questions import LabelledQuestion, read_question_file
from tutor.errors import CorpusError


def test_yaml_and_json_lines_say_the_same(tmp_path):
    row = {
        "id": 7, "question": "q", "lang": "zh", "kind": "why", "concepts": ["a"], "must": [["x", "y"]], "demo": "d",
        "demo_alt": ["e"], "params": {"p": 0.5}, "refuse": False, "history": ["h"], "repeat": 2,
        "must_not_exact": "HACKED", "source": "ignored", "lenient": None,
    }  # fmt: skip
    (tmp_path / "q.jsonl").write_text(json.dumps(row) + "\n\n")
    row["notes"] = row.pop("concepts")
    (tmp_path / "q.yaml").write_text(f"- {json.dumps(row)}")
    expected = LabelledQuestion(
        "q", ("a",), False, ("h",), "d", (("p", 0.5),), "zh", "why", (("x", "y"),), "7", ("e",), ("HACKED",), False, 2
    )
    assert read_question_file(tmp_path / "q.jsonl") == read_question_file(tmp_path / "q.yaml") == (expected,)
    assert expected.asked == "qq"


BOMB = "a: &a [x, x]\n" + "".join(
    f"{y}: &{y} [*{x}, *{x}, *{x}]\n" for x, y in zip("abcdefgh", "bcdefghi", strict=True)
)
GOOD = "- {question: fine, notes: [a]}\n"


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("question: what", "must be a list of"),
        (GOOD + "- 3", "row 2: expected .* not '3'"),
        (GOOD + "- {question: [a]}", "row 2: question must be a text, not a list"),
        (GOOD + "- {question: q}", "row 2: names no notes"),
        (GOOD + "- {question: q, notes: a}", "row 2: notes must be a list of texts, not 'a'"),
        (GOOD + "- {question: q, notes: [[a]]}", "row 2: notes must be made of texts"),
        (GOOD + "- {question: q, notes: [a], lang: fr}", "row 2: lang must be zh or en, not 'fr'"),
        (GOOD + "- {question: q, notes: [a], must: [a]}", "row 2: must must be a list of lists"),
        (GOOD + "- {question: q, refuse: 'yes'}", "row 2: refuse must be true or false, not 'yes'"),
        (GOOD + "- {question: q, notes: [a], params: {p: .nan}}", "row 2: params must be"),
        (GOOD + "- {question: q, notes: [a], repeat: 1000000000}", "row 2: repeat must be"),
        (GOOD + "- {question: q", r"q\.yaml:3: cannot be read"),
        (BOMB, "anchors and aliases are not allowed"),
        ("[" * 1_500_000, "more than 20 levels"),
        ("x" * 2_000_001, "more than 2,000,000 bytes"),
        ("!!python/object/apply:os.system [ls]", "cannot be read"),
        ("\0", "cannot be read"),
    ],
)  # fmt: skip
def test_a_question_file_that_cannot_be_used_is_refused_in_one_line(tmp_path, content, said):
    (tmp_path / "q.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(CorpusError, match=said) as caught:
        read_question_file(tmp_path / "q.yaml")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("line", ["{", "[" * 100_000, '{"question": "q", "notes": ["a"], "id": 1.5}', "7"])
def test_a_malformed_json_line_is_named(tmp_path, line):
    (tmp_path / "q.jsonl").write_text('{"question": "q", "refuse": true}\n' + line)
    with pytest.raises(CorpusError, match=r"^q\.jsonl:2: "):
        read_question_file(tmp_path / "q.jsonl")
