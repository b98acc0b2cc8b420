"""Mistyped words are put right, and nothing else is."""

import pytest

from tutor.retrieval.spelling import Speller

SPELLER = Speller(
    ["Stochastic gradient, momentum; overfitting is not memorization.", "overparameterized extrapolate 批归"],
    frozenset(("decent", "garden", "moment")).__contains__,
)


@pytest.mark.parametrize(
    ("mistyped", "meant"),
    [
        ("gradeint", "gradient"),
        ("overfiting?", "overfitting?"),
        ("Stocastic gradeint decent", "stochastic gradient decent"),
        ("GRADIANT", "gradient"),
        ("overparametrized nets", "overparameterized nets"),
        ("用momentun训练", "用momentum训练"),
    ],
)
def test_a_keystroke_is_forgiven_and_two_in_a_long_word(mistyped, meant):
    assert SPELLER.corrected(mistyped) == meant


@pytest.mark.parametrize(
    "text",
    [
        "the gradient",
        "garden moment",  # words of the encoder, though "moment" is near to a word of the notes
        "extrapolated",  # another form of a word of the notes
        "memorisation",  # as it is written in Britain
        "griedent",  # two keystrokes in a short word
        "radient",  # another first letter
        "gradint_norm and x.gradint",  # an identifier
        "MomentUm",
        "ional" * 380 + "x",  # of which an expression could try every way of cutting
        "什么是批归一化",
        "",
    ],
)
def test_everything_else_stays_as_it_stands(text):
    assert SPELLER.corrected(text) == text


@pytest.mark.parametrize(
    ("question", "note"),
    [
        ("whats the diffrence betwen over fiting and under fittng", "overfitting-underfitting"),
        ("how does momentun help stocastic gradeint descent", "momentum"),
        ("convolutinal layers explaned", "cnn"),
    ],
)
def test_a_mistyped_question_finds_its_note(shipped_tutor, question, note):
    answer = shipped_tutor.ask(question)
    assert not answer.refused
    assert answer.citations[0].note == note


def test_what_no_note_covers_is_refused_mistyped_or_not(shipped_tutor):
    assert shipped_tutor.ask("what is a generativ adverserial netwrok").refused


def test_the_words_can_be_read_before_the_first_doubt():
    read = []

    def texts():
        read.append(True)
        yield "stochastic gradient descent"

    speller = Speller(texts(), is_word=lambda word: False)
    assert not read
    speller.prepare()
    assert read
    assert speller.corrected("stocastic") == "stochastic"
