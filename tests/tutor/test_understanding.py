"""What a question asks for, and which of the earlier questions it leans on."""

import pytest

from tutor.answering.asking import asks_of
from tutor.answering.following import adds_only_settings
from tutor.answering.question import understand


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("what is dropout", "what"),
        ("什么是过拟合", "what"),
        ("why does momentum help", "why"),
        ("为啥要归一化", "why"),
        ("how does Adam compute its step", "how"),
        ("L1和L2的区别", "compare"),
        ("when does augmentation hurt", "when"),
        ("早停有什么缺点", "when"),
        ("show me dropout 0.9", "show"),
        ("把双重下降跑一下", "show"),
        ("my loss is NaN", "practice"),
        ("训练集99测试集70怎么办", "practice"),
        ("should I use weight decay", "practice"),
        ("more layers always help, right?", "misconception"),
        ("dropout在测试时也要开着对吧", "misconception"),
        ("参数越多越容易过拟合", "misconception"),
        ("dropout 0.9", ""),
    ],
)
def test_the_words_tell_what_the_answer_has_to_do(text, asks):
    assert asks_of(text) == asks


@pytest.mark.parametrize(
    "text", ["0.8?", "那换成0.001呢", "with 16 units?", "ok, show me", "给我看看", "再大十倍呢", "only 3 layers?"]
)
def test_a_follow_up_may_add_nothing_but_a_setting(text):
    assert adds_only_settings(text)


@pytest.mark.parametrize(
    "text", ["does it hurt?", "and with L2?", "why not use it for a recurrent network", "推理的时候怎么办"]
)
def test_a_follow_up_may_add_a_subject_of_its_own(text):
    assert not adds_only_settings(text)


def test_a_mere_setting_is_looked_up_as_the_question_before():
    assert understand("0.8?", ["how does dropout work"]).standalone == "how does dropout work"
    assert understand("does it hurt?", ["how does dropout work"]).standalone == "how does dropout work does it hurt?"


def test_a_chain_of_follow_ups_reaches_back_to_the_question_that_opened_it():
    question = understand("now 0.95", ["what is Adam", "how does dropout work", "and 0.6?"])
    assert question.thread == ("how does dropout work", "and 0.6?")
    assert question.earlier == "how does dropout work"
    assert question.conversation == ("how does dropout work", "and 0.6?", "now 0.95")


def test_of_a_chain_the_last_question_that_names_a_concept_says_what_it_is_about():
    question = understand(
        "0.8?", ["what is overfitting", "how does dropout prevent it?"], names=lambda text: "what" not in text
    )
    assert question.earlier == "how does dropout prevent it?"


def test_a_short_question_that_names_no_concept_continues_the_conversation():
    names = "dropout".__eq__
    assert understand("推理的时候怎么办", ["dropout"], names=names).follows_up
    assert not understand("推理的时候怎么办", names=names).follows_up
    assert not understand("推理的时候怎么办", ["dropout"]).follows_up
    long = "why does a network after hours of training on a lot of pictures forget"
    assert not understand(long, ["dropout"], names=names).follows_up


def test_a_question_that_stands_alone_has_no_conversation():
    question = understand("why does a wide network generalize at all", ["what is dropout"])
    assert not question.follows_up
    assert question.conversation == (question.text,)
