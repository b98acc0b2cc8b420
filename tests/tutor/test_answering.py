"""Answers: reading the question, composing from the notes, citing, refusing, offering the experiment."""

import pytest

from tutor.answering import Answer
from tutor.answering.chat_model import ExtractiveChatModel
from tutor.answering.citing import CitationMarks
from tutor.answering.evidence import Evidence
from tutor.answering.extractive import written
from tutor.answering.outline import LEADS
from tutor.answering.question import clean, fault_of, kind_of, language_of, understand
from tutor.answering.sentences import sentences_of, split
from tutor.corpus import Passage, read_corpus
from tutor.retrieval.index import open_index
from tutor.retrieval.retriever import Retriever


def passage(text):
    return Passage("n", "en", "T", "S", 0, "what", 1, 1, text)


# The question


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("dropout怎么选", "zh"),
        ("lr太大会怎样", "zh"),
        ("batch norm为什么有效", "zh"),
        ("torch.optim.SGD里weight_decay填1e-4还是5e-4", "zh"),
        ("what is 过拟合 in deep learning and why does it happen", "en"),
        ("why?", "en"),
    ],
)
def test_the_language_is_that_of_the_words_between_the_terms(text, language):
    assert language_of(text) == language


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("L1和L2有什么区别", "compare"),
        ("why does dropout work", "why"),
        ("什么时候该用早停", "when"),
        ("丢弃率怎么选", "how"),
        ("what is overfitting", "what"),
        ("模型越大越好吗", "pitfalls"),
        ("dropout 0.9", None),
    ],
)
def test_the_words_tell_which_kind_of_answer_is_wanted(text, kind):
    assert kind_of(text) == kind


@pytest.mark.parametrize(
    ("text", "fault"), [("", "empty"), (" \n\t", "empty"), ("🤔🔥❓", "wordless"), ("x" * 2001, "long"), ("为什么", "")]
)
def test_what_cannot_be_asked_is_told_apart(text, fault):
    assert fault_of(text) == fault


def test_markup_and_control_characters_leave_the_question():
    assert clean("<script>alert(1)</script><b>what</b>\x00 is\u202e overfitting?\ud800") == "what is overfitting??"


def test_a_comparison_of_numbers_is_not_markup():
    assert clean("why is train loss < val loss and acc > 0.9") == "why is train loss < val loss and acc > 0.9"


def test_a_follow_up_takes_its_subject_from_the_question_before():
    assert understand("那换成0.001呢？", ["学习率设成0.1会怎样"]).standalone == "学习率设成0.1会怎样"
    assert understand("它会变慢吗？", ["学习率设成0.1会怎样"]).standalone == "学习率设成0.1会怎样 它会变慢吗？"
    assert understand("does it hurt?", ["what is dropout"]).follows_up
    assert not understand("why does a wide network generalize at all", ["what is dropout"]).follows_up


def test_traditional_characters_are_understood_like_simplified_ones():
    asked, simplified = understand("為什麼會過擬合？"), understand("为什么会过拟合？")
    assert asked == simplified
    assert asked.kind == "why"


# Sentences


def test_sentences_end_where_a_reader_ends_them():
    assert split("One, e.g. this one. Two at 0.5! Three (see Fig. 2).") == [
        "One, e.g. this one.",
        "Two at 0.5!",
        "Three (see Fig. 2).",
    ]
    assert split("第一句。“第二句。”第三句！对吗？") == ["第一句。", "“第二句。”", "第三句！", "对吗？"]


def test_a_formula_is_never_cut_and_follows_the_sentence_that_it_belongs_to():
    sentences = sentences_of(passage("Take $a. B$ first. Then scale:\n\n$$\nx = 1\n$$\n\nDone."))
    assert [s.text for s in sentences] == ["Take $a. B$ first.", "Then scale:", "Done."]
    assert sentences[1].formula == "$$\nx = 1\n$$"
    assert sentences[1].cited(2) == "Then scale [2]:\n\n$$\nx = 1\n$$\n\n"


def test_of_two_formulas_in_a_row_none_is_lost():
    (sentence,) = sentences_of(passage("Both steps are:\n\n$$\nx = 1\n$$\n\n$$\ny = 2\n$$"))
    assert sentence.formula == "$$\nx = 1\n$$\n\n$$\ny = 2\n$$"


def test_code_and_tables_are_no_sentences_and_a_self_test_gives_its_answer_only():
    text = "```\ncode. here.\n```\n\n| a | b |\n\n- Q: Is it off?\n  A: Yes, off."
    assert [s.text for s in sentences_of(passage(text))] == ["Yes, off."]


def test_an_item_of_a_list_stays_whole_so_that_a_quoted_mistake_keeps_its_correction():
    sentences = sentences_of(passage('Intro:\n\n- "Bigger is better." It is not.\n- Plain. Two.'))
    assert [s.text for s in sentences] == ["Intro:", '"Bigger is better." It is not.', "Plain. Two."]
    assert [s.item for s in sentences] == [False, True, True]
    assert [s.announces for s in sentences] == [True, False, False]


def test_the_mark_stands_before_the_full_stop():
    assert sentences_of(passage("It works."))[0].cited(3) == "It works [3]."
    assert sentences_of(passage("有效。"))[0].cited(1) == "有效 [1]。"


# Citation marks


def test_marks_are_numbered_by_first_use_and_unknown_ones_dropped():
    marks = CitationMarks(known=3)
    text = "".join(marks.passed(["A [3]. B [9]. C [", "1]. D [3] [0]."]))
    assert text == "A [1]. B. C [2]. D [1]."
    assert marks.used == [3, 1]


def test_text_that_only_looks_like_a_mark_passes():
    marks = CitationMarks(known=1)
    assert "".join(marks.passed(["x [", "a] y", " [1"])) == "x [a] y [1"


# The shipped tutor


@pytest.mark.parametrize("question", ["为什么dropout能防止过拟合？", "How do L1 and L2 regularization differ?"])
def test_every_sentence_is_of_the_notes_or_claims_nothing_and_every_quote_is_verbatim(shipped_tutor, question):
    answer = shipped_tutor.ask(question)
    assert not answer.refused
    assert answer.model == "extractive"
    for citation in answer.citations:
        note = shipped_tutor.corpus.find(citation.note, citation.language)
        assert citation.quote in note.path.read_text(encoding="utf-8")
        assert f"[{citation.n}]" in answer.text
    own = {lead.split("{")[0] for leads in LEADS.values() for lead in leads.values()}
    for said in answer.sentences:
        if said.kind == "cited":
            quote = answer.citations[said.n - 1].quote
            assert "".join(said.text.split()) in "".join(quote.split()), said
        elif said.kind == "connective":
            assert any(said.text.startswith(lead) for lead in own), said
        else:
            assert said.kind == "measured"


def test_the_answer_is_in_the_language_of_the_question_or_in_the_one_asked_for(shipped_tutor):
    assert shipped_tutor.ask("why does dropout work").citations[0].language == "en"
    assert shipped_tutor.ask("dropout为什么有效").citations[0].language == "zh"
    assert shipped_tutor.ask("why does dropout work", language="zh").citations[0].language == "zh"


@pytest.mark.parametrize("question", ["今天天气怎么样", "推荐一部电影", "and what about bitcoin", "那GAN呢"])
def test_a_change_of_subject_is_refused_however_short_it_is(shipped_tutor, question):
    assert shipped_tutor.ask(question, ["dropout设成0.5会怎样"]).refused


@pytest.mark.parametrize(
    "question", ["为什么", "那换成0.9呢", "does it hurt?", "and in practice?", "怎么实现", "ok show me"]
)
def test_a_question_that_says_nothing_by_itself_continues_the_conversation(shipped_tutor, question):
    answer = shipped_tutor.ask(question, ["dropout设成0.5会怎样"])
    assert answer.citations[0].note == "dropout"


def test_the_stream_adds_up_to_the_answer(shipped_tutor):
    *pieces, answer = shipped_tutor.stream("what is early stopping")
    assert isinstance(answer, Answer)
    assert len(pieces) > 1
    assert "".join(pieces).strip() == answer.text


def test_a_refusal_names_the_nearest_topics_and_has_no_citation_and_no_demo(shipped_tutor):
    answer = shipped_tutor.ask("What are the components of a generative adversarial network's discriminator?")
    assert answer.refused
    assert answer.citations == ()
    assert answer.demo is None
    assert len(answer.follow_ups) == 3
    titles = {note.title for note in shipped_tutor.corpus.notes}
    assert sum(title in answer.text for title in titles) >= 3


@pytest.mark.parametrize(
    "text", ["", "🤔🔥❓", "a" * 10_000, "为什么" * 4000, "\ud800", "<script>", "[1] [2]", "{}", "\\", "%s"]
)
def test_whatever_is_typed_an_answer_comes_back(shipped_tutor, text):
    answer = shipped_tutor.ask(text)
    assert answer.text
    assert answer.refused or answer.citations


def test_markup_in_a_question_neither_breaks_it_nor_comes_back(shipped_tutor):
    answer = shipped_tutor.ask("<script>alert(1)</script><img src=x onerror=alert(2)> what is overfitting?")
    assert answer.citations[0].note == "overfitting-underfitting"
    assert "<script" not in answer.text
    assert "<img" not in answer.text


def test_the_same_question_gets_the_same_answer(shipped_tutor):
    first, second = (shipped_tutor.ask("过拟合怎么办").to_json() for _ in range(2))
    assert first | {"seconds": None} == second | {"seconds": None}


def test_the_langchain_model_says_what_the_tutor_says(corpus_folder, encoder, tmp_path):
    corpus = read_corpus(corpus_folder)
    retriever = Retriever(corpus, open_index(corpus, encoder, tmp_path)[0], encoder)
    question = understand("what does dropout do")
    evidence = Evidence(question, retriever.retrieve(question.text, "en", question.kind).hits)
    model, pieces = ExtractiveChatModel(), list(written(evidence))
    assert [chunk.text for chunk in model.stream(evidence.messages()) if chunk.text] == pieces
    assert model.invoke(evidence.messages()).text == "".join(pieces)
