"""What the notes put into students' mouths, found by likeness, in the language of the question."""

from types import SimpleNamespace

import numpy as np
import pytest

from tutor.corpus import Passage
from tutor.retrieval.entries import Entry, Unit
from tutor.retrieval.posed import Sayings


def passage(language, text, kind="check"):
    return Passage("n", language, "T", "Check yourself", 0, kind, 1, 2, text)


@pytest.fixture
def index():
    """A self-test of two items in English, of which Chinese has the first; each question has an axis of its own."""
    english = (passage("en", "- Q: Is one\n  layer enough?\n  A: No."), passage("en", "- Q: Why two?\n  A: Because."))
    chinese = (passage("zh", "- Q: 一层够吗？\n  A: 不够。"),)
    units = (Unit("n", 0, "check", {"en": english, "zh": chinese}),)
    entries = tuple(
        Entry(0, "question", language, text)
        for language, passages in units[0].passages.items()
        for one in passages
        for text in one.posed
    )
    table = np.eye(3, dtype=np.float32)
    return SimpleNamespace(
        entries=SimpleNamespace(units=units, entries=entries), vectors=SimpleNamespace(some=lambda rows: table[rows])
    )


def test_a_question_is_read_over_the_ends_of_lines():
    assert passage("en", "- Q: Is one\n  layer enough?\n  A: No.").posed == ("Is one layer enough?",)


def test_a_list_of_mistakes_poses_what_its_items_quote():
    text = 'Most mistakes are small.\n\n- "Wide is bad." It is not.\n- “Deep is good.” Not always.\n- No quotation.'
    assert passage("en", text, kind="pitfalls").posed == ("Wide is bad.", "Deep is good.")
    assert passage("en", text, kind="why").posed == ()


def test_what_is_likest_in_one_language_is_given_in_the_other(index):
    english = np.array([0.8, 0.1, 0.0], dtype=np.float32)  # like the first question as it is put in English
    found = Sayings(index, "question").nearest(english, "n", "zh")
    assert (found.text, found.passage.language) == ("一层够吗？", "zh")
    assert found.likeness == pytest.approx(0.8)


def test_an_item_that_one_language_lacks_is_given_in_the_other(index):
    found = Sayings(index, "question").nearest(np.array([0.0, 0.9, 0.0], dtype=np.float32), "n", "zh")
    assert (found.text, found.passage.language) == ("Why two?", "en")


def test_a_note_that_poses_nothing_has_nothing_like_it(index):
    vector = np.ones(3, dtype=np.float32)
    assert Sayings(index, "question").nearest(vector, "another", "en") is None
    assert Sayings(index, "belief").nearest(vector, "n", "en") is None
