"""The outline of an answer: what it says first, what supports it, what is compared, what is left to read on."""

from dataclasses import replace

import pytest

from tutor.answering import READ_MORE
from tutor.answering.choosing import says_the_same
from tutor.answering.evidence import Evidence, Measurement
from tutor.answering.extractive import written
from tutor.answering.leading_on import questions_on
from tutor.answering.outline import BUDGET, MORE, Table, outline
from tutor.answering.question import understand
from tutor.answering.sentences import length
from tutor.answering.studying import hint
from tutor.answering.verdict import verdict
from tutor.corpus import Passage
from tutor.retrieval.posed import Posed
from tutor.retrieval.retriever import Hit

QUESTIONS = [
    "为什么dropout能减轻过拟合",
    "学习率怎么选",
    "什么时候不该用批归一化",
    "注意力机制是怎么工作的",
    "what is weight decay",
    "how does momentum help",
    "when does early stopping hurt",
    "why do gradients vanish in deep sigmoid networks",
]


@pytest.fixture
def evidence(shipped_tutor):
    def of(text):
        question = understand(text)
        found = shipped_tutor.retriever.retrieve(question.text, question.language, question.kind)
        posed = {"asked_so": found.asked_so, "believed": found.believed, "compared": found.compared}
        return Evidence(question, found.hits, found.named, found.background, **posed)

    return of


def test_the_first_sentence_is_the_one_that_the_best_section_begins_with(evidence):
    found = evidence("why does dropout work")
    first = outline(found).answer[0][0]
    assert first.passage == found.hits[0].passages[0]
    assert first.passage.text.startswith(first.sentence.text)


@pytest.mark.parametrize("question", QUESTIONS)
def test_an_answer_is_short_says_nothing_twice_and_leaves_the_rest_to_read_on(evidence, question):
    found = replace(evidence(question), measured=Measurement("a-claim", "**Measured:** " + "a figure " * 12))
    outlined = outline(found)
    texts = [part.sentence.text for part in outlined.parts if part.passage]
    assert not any(says_the_same(a, b) for i, a in enumerate(texts) for b in texts[:i])
    language = found.question.language
    budget = BUDGET[language]
    assert sum(length(part.sentence.text, language) for paragraph in outlined.answer for part in paragraph) <= budget
    assert sum(length(text, language) for text in texts) <= (1 + MORE) * budget
    assert READ_MORE[found.question.language] in "".join(written(found))


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_reason_and_the_limit_come_from_the_note_that_answers(evidence, question):
    found = evidence(question)
    support = outline(found).answer[1]
    assert {part.passage.note for part in support} == {found.hits[0].note}
    assert {part.passage.kind for part in support} & {"why", "when", "pitfalls"}


def test_a_list_of_mistakes_leads_only_who_asks_for_mistakes(evidence):
    asked, symptom = evidence("what are common mistakes with Adam"), evidence("训练集上猛如虎，测试集上一看二百五")
    assert outline(asked).answer[0][0].passage.kind == "pitfalls"
    assert outline(symptom).answer[0][0].passage.kind != "pitfalls"


def test_what_speaks_of_the_same_number_must_speak_of_the_same_thing():
    passage = Passage("n", "en", "T", "How", 0, "how", 1, 1, "Exactly 90 files shrink. Pruning 90 percent needs care.")
    first = Hit("n", "what", 0, (replace(passage, kind="what", text="Pruning deletes weights."),), 1.0)
    found = Evidence(understand("pruning by 90 percent"), (first, Hit("n", "how", 1, (passage,), 0.5)))
    assert "needs care" in outline(found).answer[1][0].sentence.text


@pytest.mark.parametrize(
    ("question", "titles"),
    [
        ("adam vs sgd", ("Adam", "SGD")),
        ("dropout or weight decay, what is the difference", ("Dropout", "Weight decay")),
        ("transformer和rnn有什么区别", ("Transformer", "循环神经网络")),
    ],
)
def test_a_comparison_of_two_notes_stands_side_by_side_each_cell_cited(evidence, question, titles):
    found = evidence(question)
    table = next(one for one in outline(found).answer if isinstance(one, Table))
    assert all(wanted in title for wanted, title in zip(titles, table.columns, strict=True))
    lines = [line for line in "".join(written(found)).split("\n") if line.startswith("|")]
    assert len(lines) == 2 + len(table.rows)
    assert all(line.replace("\\|", "").count("|") == 4 for line in lines)
    assert all(line.count("[") >= 2 for line in lines[2:])


def test_a_bar_in_a_formula_does_not_end_a_cell(evidence):
    lines = [line for line in "".join(written(evidence("l1 vs l2 regularization"))).split("\n") if line[:1] == "|"]
    assert lines
    assert all(line.replace("\\|", "").count("|") == 4 for line in lines)


def test_a_question_that_makes_a_mistake_is_corrected_first(evidence):
    said = list(outline(evidence("更深的网络一定更好吗")).parts)
    assert said[0].passage is None
    assert "越深越好" in said[1].sentence.text
    assert said[1].passage.kind == "pitfalls"


@pytest.mark.parametrize(
    ("question", "judgement"),
    [
        ("动量取0.99会不会太大", "通常太大"),
        ("Is it fine to initialize all weights to zero?", "No"),
        ("Does weight decay of 10 hurt?", None),  # the self-test asks what happens, and does not answer yes or no
        ("动量取0.5会不会太大", None),  # another number
        ("what is momentum", None),  # nothing to judge
    ],
)
def test_a_judgement_comes_first_where_the_self_test_gives_one_of_the_very_case(shipped_tutor, question, judgement):
    found = shipped_tutor.ask(question)
    first = next(said for said in found.sentences if said.kind == "cited")
    by_self_test = found.citations[first.n - 1].section in ("自测", "Check yourself")
    assert by_self_test is (judgement is not None)
    assert judgement is None or first.text.startswith(judgement)


@pytest.mark.parametrize(
    ("asked", "posed", "judges"),
    [
        ("Does dropout help with clean labels?", "Does dropout help with clean labels?", True),
        ("Does dropout not help with clean labels?", "Does dropout help with clean labels?", False),
        ("Should dropout be on at test time?", "Should dropout be off at test time?", False),
        ("Is a dropout rate of 0.9 too high?", "Is a dropout rate of 0.1 too high?", False),
        ("What happens with dropout on clean labels?", "Does dropout help with clean labels?", False),
        ("Why does dropout help with clean labels?", "Does dropout help with clean labels?", False),
    ],
)
def test_a_self_test_judges_only_the_same_case_in_the_same_form(asked, posed, judges):
    item = Passage(
        "n", "en", "Dropout", "Check yourself", 1, "check", 1, 2, f"- Q: {posed}\n  A: No: it costs accuracy."
    )
    hit = Hit("n", "what", 0, (replace(item, kind="what", text="Dropout mutes units."),), 1.0)
    evidence = Evidence(
        understand(asked), (hit, Hit("n", "check", 1, (item,), 0.5)), asked_so=Posed(posed, item, likeness=0.9)
    )
    assert (verdict(evidence) is not None) is judges


def test_a_belief_is_put_right_if_it_is_stated_and_not_if_it_is_only_near():
    belief = '- "A wide net\n  overfits." It need not.\n- "Depth is free." It costs time.'
    item = Passage("n", "en", "Width", "What people get wrong", 1, "pitfalls", 1, 2, belief)
    hit = Hit("n", "what", 0, (replace(item, kind="what", text="Width counts units."),), 1.0)

    def found(text, likeness, belief="A wide net overfits."):
        believed = Posed(belief, item, likeness)
        return verdict(Evidence(understand(text), (hit, Hit("n", "pitfalls", 1, (item,), 0.5)), believed=believed))

    assert found("so every wide net overfits, right?", 0.72).pieces[0][0].text.startswith('"A wide net')
    assert found("so every wide net overfits, right?", 0.72).lead == "mistake"  # the note says no itself
    assert found("so depth is always free, right?", 0.72, "Depth is free.").lead == "not always"
    assert found("so every wide net overfits, right?", 0.6) is None
    assert found("why do wide nets overfit", 0.9) is None


def test_what_was_measured_stands_in_the_answer_and_not_in_what_is_left_to_read(evidence):
    found = evidence("why does dropout work")
    measured = Evidence(
        found.question, found.hits, found.named, found.background, Measurement("a-claim", "**Measured:** it holds.")
    )
    text = "".join(written(measured))
    before, more = text.split(READ_MORE["en"])
    assert "**Measured:** it holds." in before
    assert "Measured" not in more
    assert "Measured" not in "".join(written(found))


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_hint_says_something_of_the_note_but_not_the_answer_and_asks_back(evidence, question):
    found = evidence(question)
    answer = outline(found).answer[0][0].sentence.text
    hinted = [part for part in hint(found).parts if part.passage]
    assert hinted
    assert {part.passage.note for part in hinted} == {found.hits[0].note}
    assert not any(says_the_same(part.sentence.text, answer) for part in hinted)
    assert hinted[-1].passage.asks == hinted[-1].sentence.text


def test_a_hint_does_not_ask_back_what_was_asked(evidence):
    found = evidence("Does weight decay of 10 make the model underfit?")
    back = next(part for part in list(hint(found).parts)[::-1] if part.passage)
    same = replace(found, asked_so=Posed(back.sentence.text, back.passage, likeness=0.9))
    assert back.sentence.text not in [part.sentence.text for part in hint(same).parts]


def test_the_study_mode_gives_a_hint_without_the_experiment_and_the_answer_on_request(shipped_tutor):
    question = "why does dropout reduce overfitting"
    hinted, answer = shipped_tutor.ask(question, study=True), shipped_tutor.ask(question)
    assert hinted.hint
    assert hinted.demo is None
    assert hinted.citations
    assert not answer.hint
    assert answer.demo is not None
    assert len(hinted.text) < len(answer.text)


def test_three_questions_lead_on_to_the_same_note_to_what_it_requires_and_to_a_related_one(evidence, shipped_tutor):
    corpus = shipped_tutor.corpus
    asked = questions_on(evidence("why does dropout work"), corpus)
    assert len(asked) == 3
    keys = {key: note.slug for note in corpus.notes for section in note.sections for key in section.keys}
    notes = [keys[question] for question in asked]
    assert notes[0] == "dropout"
    assert notes[1] in corpus.find("dropout", "en").requires
    assert len(set(notes)) == 3
    for question in asked:
        assert not shipped_tutor.ask(question).refused
