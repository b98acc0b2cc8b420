"""Receipts on the page: a note shows what was measured of its claim, an answer what was measured of its experiment."""

import re
from dataclasses import replace

import pytest

from tests.tutor.test_verifying import receipt
from tutor.answering import Answer, DemoLaunch
from tutor.corpus import read_corpus
from tutor.corpus.receipts import NAME, write_receipts
from tutor.web.messages import answered
from tutor.web.notes import note_page
from tutor.web.receipts import receipt_box, receipt_lines

CLAIM = "dropout-narrows-gap"
HOSTILE = "<script>alert(1)</script>"


def one(**changes):
    found = replace(receipt(), **changes)
    return {found.claim: found}


@pytest.mark.parametrize(
    ("receipts", "state", "said"),
    [
        ({}, "unmeasured", "Not measured yet."),
        (one(), "stands", "Measured: +10 points, 95% interval [+8, +12], 16 seeds, CPU, 2026-11-21."),
        (one(code="old"), "stale", "The experiment has changed since."),
        (one(measured=receipt(holds=False).measured), "fails", "It did not hold when it was last verified."),
    ],
)
def test_a_claim_is_shown_with_what_was_measured(receipts, state, said):
    box = receipt_box(CLAIM, receipts, "en")
    assert f'class="receipt {state}"' in box
    assert said in box
    assert 'href="/?demo=dropout"' in box


def test_a_claim_that_no_demo_has_shows_nothing():
    assert receipt_box("nosuch", one(), "en") == ""


def test_receipts_are_text(tmp_path):
    hostile = one(date=HOSTILE, device=HOSTILE, unit={"zh": HOSTILE, "en": HOSTILE})
    for language in ("zh", "en"):
        assert "<script" not in receipt_box(CLAIM, hostile, language) + receipt_lines("dropout", hostile, language)


def test_a_note_shows_the_receipt_where_it_makes_the_claim(corpus_folder):
    path = next((corpus_folder / "notes").glob("dropout.en.md"))
    path.write_text(path.read_text(encoding="utf-8") + f"\nIt does.\n\n{{claim: {CLAIM}}}\n", encoding="utf-8")
    write_receipts(corpus_folder, one())
    corpus = read_corpus(corpus_folder)
    page = note_page(corpus.find("dropout", "en"), corpus, None)
    assert "Measured: +10 points" in page
    assert "{claim" not in page


def test_an_answer_with_an_experiment_says_what_was_measured(corpus_folder):
    answer = Answer("q", "en", False, "text", "extractive", demo=DemoLaunch("dropout"), receipts=tuple(one().values()))
    shown = answered(answer)["content"][-1]["value"]
    assert "Measured: +10 points" in shown
    assert answer.to_json()["receipts"][0]["claim"] == CLAIM


def test_the_button_of_a_demo_whose_claim_failed_says_so():
    failed = one(measured=receipt(holds=False).measured)
    answer = Answer("q", "en", False, "text", "extractive", demo=DemoLaunch("dropout"), receipts=tuple(failed.values()))
    button = re.search(r"<button.*?</button>", answered(answer)["content"][-1]["value"])[0]
    assert "failed its last verification" in button


def test_damaged_receipts_leave_the_notes_readable(corpus_folder):
    (corpus_folder / NAME).write_text("{")
    corpus = read_corpus(corpus_folder)
    assert corpus.notes
    assert not corpus.receipts
    assert any("Run `tutor verify`" in fault for fault in corpus.faults)
