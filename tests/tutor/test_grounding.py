"""Sentences of a generated answer are held against the passages that they cite."""

import pytest

from tutor.answering.grounding import checked, supported
from tutor.answering.question import understand
from tutor.answering.sentences import sentences_of
from tutor.corpus import Language, Passage

EN = (
    "Dropout switches off each unit of a layer at random with probability $p$. With 20% wrong labels a rate of 0.5 "
    "cost 28 points. At test time all units work."
)
ZH = (
    "暂退法在训练时以概率$p$随机关掉每层的神经元。标签错20%时，0.5的丢弃率让准确率低了28个百分点。"
    "测试时全部神经元都工作。"
)


def passage(text: str, language: Language) -> Passage:
    return Passage("dropout", language, "Dropout", "What dropout is", 0, "what", 1, 3, text)


def judged(text: str, question: str = "what is dropout", language: Language = "en") -> str:
    cited = [passage(EN if language == "en" else ZH, language)]
    return checked(text, cited, understand(question, (), language)).text


@pytest.mark.parametrize(
    "text",
    [
        "During training, dropout randomly switches off units in every layer [1].",
        "A rate of 0.5 cost 28 points when 20% of the labels were wrong. [1]",
        "In short: dropout switches off units [1].\n\n- At test time all of the units work [1]\n- **Random** units [1]",
        "The reason is easily told, and here it comes:\n\n$$x = 17$$\n\n```\nx = 99\n```",
        "| unit | [1] |\n|---|---|\n| test time | all units work [1] |",
        "Dropout switches off units, i.e. it drops them at random [1].",
    ],
)
def test_what_stands_in_the_passage_is_not_marked(text):
    assert judged(text) == text


@pytest.mark.parametrize(
    "marked",
    [
        "Bees dance to tell their sisters where flowers are [1]. ⚠",
        "At test time all units work. ⚠",
        "A rate of 0.5 cost 31 points [1]. ⚠",
        "Cats sleep on warm radiators. [1] ⚠ All units work at test time [1].",
        "- Cats sleep all day long [1] ⚠\n- At test time all units work [1]",
        "| a | b |\n|---|---|\n| cats | sleep on radiators [1] ⚠ |",
    ],
)
def test_what_does_not_is_marked_where_its_sentence_ends(marked):
    assert judged(marked.replace(" ⚠", "")) == marked


def test_chinese_sentences_are_judged_by_their_characters():
    marked = (
        "训练时，暂退法会随机关掉一些神经元[1]。蜜蜂跳舞告诉同伴花在哪里[1]。 ⚠测试时神经元全部工作。[1]"
        "标签错20%时低了28个百分点[1]。"
    )
    assert judged(marked.replace(" ⚠", ""), "暂退法是什么", "zh") == marked


def test_a_number_of_the_question_may_be_repeated():
    text = "With a rate of 0.9, dropout switches off units at random [1]."
    assert judged(text, "what does dropout of 0.9 do") == text
    assert judged(text) == text + " ⚠"


def test_a_passage_of_another_language_is_held_to_its_numbers_only():
    question = understand("dropout是什么", (), "zh")
    assert supported("关掉神经元的概率是0.5", [passage(EN, "en")], question)
    assert not supported("关掉神经元的概率是0.7", [passage(EN, "en")], question)


def test_an_answer_is_unfounded_if_most_of_it_is_made_up_or_nothing_is_said():
    cited, question = [passage(EN, "en")], understand("what is dropout")
    true, false = "At test time all units work [1].", "Cats sleep on warm radiators [1]."
    assert not checked(f"{true} {false}", cited, question).unfounded
    assert checked(f"{true} {false} {false}", cited, question).unfounded
    assert checked("So it is: [1].", cited, question).unfounded


def test_every_sentence_of_the_notes_is_supported_by_its_own_passage_and_hardly_any_by_another_note(shipped_tutor):
    for language in ("zh", "en"):
        question = understand("?", (), language)
        own = [each for each in shipped_tutor.corpus.passages if each.language == language][::7]
        others = own[len(own) // 2 :] + own[: len(own) // 2]
        pairs = [(said.text, one, other) for one, other in zip(own, others, strict=True) for said in sentences_of(one)]
        assert all(supported(said, [one], question) for said, one, _ in pairs)
        assert sum(supported(said, [other], question) for said, _, other in pairs) < 0.1 * len(pairs)
