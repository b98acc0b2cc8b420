"""Outsiders: the list is read within bounds, counts against questions like its own, and gives way to new notes."""

import json

import pytest

from tests.tutor.test_findability import findings as findability
from tests.tutor.test_lint import findings
from tutor.corpus import read_corpus
from tutor.corpus.outsiders import LONGEST, MOST, read_outsiders
from tutor.errors import CorpusError
from tutor.retrieval.fusion import OUTSIDE_FROM, OUTSIDE_WEIGHT
from tutor.retrieval.index import open_index
from tutor.retrieval.travelling import text_key

BREAD = "how long does sourdough bread rise"


def support(folder, encoder, home, question):
    index, _ = open_index(read_corpus(folder), encoder, home)
    return index.fusion.scores(question, encoder.encode([question])[0]).support


# The list


def test_a_line_is_a_question_unless_it_is_a_remark(tmp_path):
    (tmp_path / "outsiders.txt").write_text("# cooking\n\n  bread?  \n做饭吗\nbread?\n", encoding="utf-8")
    assert read_outsiders(tmp_path) == {"bread?": 3, "做饭吗": 4}


def test_a_corpus_needs_no_list(tmp_path):
    assert read_outsiders(tmp_path) == {}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfe", "not UTF-8"),
        (b"fine\n" + b"x" * (LONGEST + 1), r"outsiders.txt:2: more than 500 characters"),
        (b"\n".join(b"%d" % n for n in range(MOST + 1)), "more than 10,000 questions"),
        (b"#\n" * 600_000, "1,000,000 bytes"),
    ],
)
def test_what_is_no_list_of_questions_is_refused(tmp_path, content, message):
    (tmp_path / "outsiders.txt").write_bytes(content)
    with pytest.raises(CorpusError, match=message):
        read_outsiders(tmp_path)


def test_a_folder_of_that_name_is_refused(tmp_path):
    (tmp_path / "outsiders.txt").mkdir()
    with pytest.raises(CorpusError, match="cannot be read"):
        read_outsiders(tmp_path)


# What it does


def test_a_question_loses_support_by_its_nearness_to_an_outsider(corpus_folder, encoder, tmp_path):
    before = support(corpus_folder, encoder, tmp_path, BREAD)
    (corpus_folder / "outsiders.txt").write_text(BREAD)
    lost = before - support(corpus_folder, encoder, tmp_path, BREAD)
    assert lost == pytest.approx(OUTSIDE_WEIGHT * (1 - OUTSIDE_FROM), abs=1e-3)


def test_a_question_far_from_every_outsider_loses_nothing(corpus_folder, encoder, tmp_path):
    question = "why does dropout hurt clean data"
    before = support(corpus_folder, encoder, tmp_path, question)
    (corpus_folder / "outsiders.txt").write_text(BREAD)
    assert support(corpus_folder, encoder, tmp_path, question) == pytest.approx(before, abs=0.05)


def test_an_outsider_that_the_notes_answer_does_not_count(corpus_folder, encoder, tmp_path):
    question = "what does dropout do"
    before = support(corpus_folder, encoder, tmp_path, question)
    (corpus_folder / "outsiders.txt").write_text(question)
    assert support(corpus_folder, encoder, tmp_path, question) == before


def test_a_labelled_question_does_not_count_among_what_it_measures(corpus_folder, encoder, tmp_path):
    (corpus_folder / "questions.yaml").write_text(json.dumps([{"question": BREAD, "refuse": True}]))
    (corpus_folder / "outsiders.txt").write_text(f"{BREAD}\nhow do I bake a cake\n")
    index, _ = open_index(read_corpus(corpus_folder), encoder, tmp_path)
    assert index.outsiders == (text_key("how do I bake a cake"),)


def test_a_stored_index_keeps_its_outsiders(corpus_folder, encoder, tmp_path):
    (corpus_folder / "outsiders.txt").write_text(BREAD)
    first, change = open_index(read_corpus(corpus_folder), encoder, tmp_path)
    again, unchanged = open_index(read_corpus(corpus_folder), encoder, tmp_path)
    assert (change.fresh, unchanged.fresh) == (False, True)
    assert again.outsiders == first.outsiders == (text_key(BREAD),)
    vector = encoder.encode([BREAD])[0]
    assert again.fusion.scores(BREAD, vector).support == pytest.approx(first.fusion.scores(BREAD, vector).support)


# What is wrong with it


def test_lint_names_an_outsider_that_is_a_labelled_question(corpus_folder):
    (corpus_folder / "questions.yaml").write_text(f"# x\n- {{question: {BREAD}, refuse: true}}\n")
    (corpus_folder / "outsiders.txt").write_text(f"# cooking\n{BREAD}\n")
    expected = f"outsiders.txt:2: warning: question {BREAD!r} also stands in questions.yaml, line 2"
    assert any(line.startswith(expected) for line in findings(corpus_folder))


def test_lint_names_a_list_that_cannot_be_read(corpus_folder):
    (corpus_folder / "outsiders.txt").write_text("x" * (LONGEST + 1))
    assert any(line.startswith("outsiders.txt:1: error: more than") for line in findings(corpus_folder))


def test_lint_names_an_outsider_that_the_notes_answer(corpus_folder, encoder, tmp_path):
    (corpus_folder / "outsiders.txt").write_text(f"{BREAD}\nwhat does dropout do\n")
    found = [line for line in findability(corpus_folder, encoder) if line.startswith("outsiders.txt")]
    assert len(found) == 1
    assert found[0].startswith("outsiders.txt:2: warning: the notes seem to answer 'what does dropout do'")
