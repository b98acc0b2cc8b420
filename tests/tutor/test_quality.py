"""How well an answer is made: each verdict falls when what it speaks of is broken, and stands otherwise."""

import io
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from tutor.answering import READ_MORE, Tutor
from tutor.answering.answer import Said
from tutor.answering.outline import BUDGET
from tutor.answering.question import understand
from tutor.corpus import read_corpus
from tutor.corpus.questions import LabelledQuestion
from tutor.evaluating.page import page
from tutor.evaluating.quality import QUALITIES, length_of, qualities
from tutor.evaluating.report import to_json
from tutor.evaluating.run import Run, Scores, carry_out
from tutor.evaluating.spread import spread
from tutor.evaluating.summary import summarise
from tutor.evaluating.table import print_summary
from tutor.retrieval.index import open_index
from tutor.retrieval.retriever import Retriever

WHAT = "Dropout switches off random units in training."
WHY = "Dropout works because no unit can rely on its partners."


@pytest.fixture
def corpus(corpus_folder):
    return read_corpus(corpus_folder)


@pytest.fixture
def tutor(corpus, encoder, tmp_path):
    return Tutor(Retriever(corpus, open_index(corpus, encoder, tmp_path / "home")[0], encoder), {})


@pytest.fixture
def judged(corpus):
    def judge(answer, question="why would muting neurons help", kind="why"):
        row = LabelledQuestion(question, notes=("dropout",), kind=kind)
        return qualities(row, understand(question), answer, corpus)

    return judge


@pytest.fixture
def answer(tutor):
    """It cites the section that says why."""
    return tutor.ask("why would muting neurons help")


def led_by(answer, text):
    """The answer with another first sentence."""
    return replace(answer, sentences=(Said(text, "cited", 1), *answer.sentences[1:]))


def with_sentences(answer, *texts):
    return replace(answer, sentences=tuple(Said(text, "cited", 1) for text in texts))


@pytest.mark.parametrize(
    ("question", "kind"),
    [("what does dropout do", "what"), ("why would muting neurons help", "why"), ("dropout到底干了啥", "what")],
)
def test_an_extractive_answer_is_well_made(tutor, judged, question, kind):
    assert judged(tutor.ask(question), question, kind) == dict.fromkeys(QUALITIES, 1)


def test_a_refusal_has_no_qualities(tutor, judged):
    assert judged(tutor.ask("how do I bake bread")) == {}


def test_an_extractive_sentence_is_supported_only_word_for_word(answer, judged):
    changed = WHY.replace("no unit", "one unit")
    assert judged(with_sentences(answer, WHY))["supported"] == 1
    assert judged(with_sentences(answer, WHY, changed))["supported"] == 0.5


def test_a_generated_sentence_is_supported_as_a_paraphrase(answer, judged):
    written = replace(with_sentences(answer, "Units cannot rely on partners [1].", "Cats bark [1]."), model="a model")
    assert judged(written)["supported"] == 0.5


def test_one_unsupported_sentence_makes_an_answer_ungrounded(answer, judged):
    made_up = replace(answer, sentences=(*answer.sentences, Said("Cats bark.", "unsupported")))
    led_over = replace(answer, sentences=(*answer.sentences, Said("To begin with:", "connective")))
    assert judged(made_up)["grounded"] == 0
    assert judged(made_up)["supported"] < 1
    assert judged(led_over)["grounded"] == judged(led_over)["supported"] == 1


def test_a_quote_is_verbatim_only_at_its_own_lines(answer, judged):
    first, *others = answer.citations
    for wrong in (replace(first, quote=first.quote + "!"), replace(first, start_line=1), replace(first, note="none")):
        assert judged(replace(answer, citations=(wrong, *others)))["verbatim"] == 0


@pytest.mark.parametrize(
    ("text", "direct"),
    [
        (WHY, 1),
        ("It works because no unit can rely on its partners.", 0),
        ("所以谁也不能只靠搭档。", 0),
        ("The survivors are scaled:", 0),
    ],
)
def test_a_direct_answer_neither_leans_back_nor_announces(answer, judged, text, direct):
    assert judged(led_by(answer, text))["direct"] == direct


def test_a_sentence_that_leads_into_its_formula_is_direct(answer, judged):
    text = "The survivors are scaled:"
    shown = replace(led_by(answer, text), text=f"{text[:-1]} [1]:\n\n$$x$$")
    assert judged(shown)["direct"] == 1


def test_a_direct_answer_is_of_the_kind_asked_or_on_the_words_of_the_question(tutor, judged):
    what = tutor.ask("what does dropout do")
    assert judged(what, "muting neurons", "why")["direct"] == 0
    assert judged(what, "muting random units", "why")["direct"] == 1
    assert judged(what, "muting neurons", "what")["direct"] == 1
    assert judged(what, "muting neurons", "slang")["direct"] == 1  # nothing asks for a kind: it is defined


@pytest.mark.parametrize(
    ("language", "text", "length"),
    [
        ("en", "One $a + b$ two [1]. Three [2][3]:\n\n$$\nx = y\n$$\n\n", 4),
        ("zh", "学习率 [1]取0.01，用Adam。\n\n$$x$$", 9),
        ("en", "|  | A |\n|---|---|\n| What it is | Two words [1]. |", 6),
    ],
)
def test_marks_display_formulas_and_what_may_be_read_besides_have_no_length(answer, language, text, length):
    more = f"{text}\n\n{READ_MORE[language]}\n\nMore words here."
    assert length_of(replace(answer, language=language, text=text)) == length
    assert length_of(replace(answer, language=language, text=more)) == length


def test_an_answer_beyond_its_length_is_too_long_unless_a_table_compares(answer, judged):
    words = "word " * (BUDGET["en"] - 2)
    assert judged(replace(answer, text=f"{words} word word"))["length"] == 1
    assert judged(replace(answer, text=f"{words} word word word"))["length"] == 0
    assert judged(replace(answer, text=f"{words}\n\n| a | b |\n|---|---|\n| c | d |"))["length"] == 1


def test_a_sentence_that_says_again_what_was_said_is_counted(answer, judged):
    assert judged(with_sentences(answer, WHAT, WHY))["no repetition"] == 1
    assert judged(with_sentences(answer, WHAT, WHY, WHAT, "Cats bark."))["no repetition"] == 0.75


def test_a_sentence_of_another_note_than_the_labelled_ones_is_not_direct(answer, corpus):
    question = "why would muting neurons help"
    judged = {
        note: qualities(LabelledQuestion(question, notes=(note,), kind="why"), understand(question), answer, corpus)
        for note in ("dropout", "overfitting")
    }
    assert {note: verdicts["direct"] for note, verdicts in judged.items()} == {"dropout": 1, "overfitting": 0}


# A whole run


def test_a_run_keeps_compares_and_reports_how_well_its_answers_are_made(tutor):
    rows = [LabelledQuestion(q, notes=("dropout",)) for q in ("what does dropout do", "dropout到底干了啥")]
    run = carry_out([*rows, LabelledQuestion("how do I bake bread", refuse=True)], 0, tutor, tutor.retriever)
    summary = summarise(run, run.scores, np.random.default_rng(0))
    assert all(summary.overall[name].now.questions == summary.overall[name].change.questions == 2 for name in QUALITIES)
    report = to_json(summary)
    lengths = {each.language: length_of(each.answer) for each in run.outcomes if not each.refused}
    assert {language: found["p50"] for language, found in report["length"].items()} == lengths
    took = [sum(each.answer.seconds.values()) for each in run.outcomes if not each.refused]
    assert report["seconds"]["p99"] <= max(took) + 1e-5  # rounded
    said = f"zh: {lengths['zh']} characters, {lengths['zh']} at the 95th; en: {lengths['en']} words"
    paper = io.StringIO()
    print_summary(summary, Console(file=paper, width=200))
    assert said in paper.getvalue()
    assert said in page(summary)


def test_a_quality_that_falls_beyond_noise_is_a_fault_and_is_listed_after_wrong_answers(tutor):
    row = LabelledQuestion("what does dropout do", notes=("dropout",))
    (made,) = carry_out([row], 0, tutor, tutor.retriever).outcomes
    many = [replace(made, key=str(n), scores={**made.scores, "direct": 0.0}) for n in range(50)]
    wrong = replace(made, key="wrong", scores={**made.scores, "concept@any": 0.0})
    run = Run("", "extractive", 3, (*many, wrong), 0)
    before = Scores("", "", 3, {str(n): {"direct": 1.0, "length": 1.0} for n in range(50)})
    assert summarise(run, before, np.random.default_rng(0)).fallen == ("direct",)
    misses = summarise(run, None, np.random.default_rng(0)).misses
    assert [miss.failed for miss in misses] == [("concept@any",), *[("direct",)] * 50]


def test_percentiles_are_those_of_numpy():
    values = np.random.default_rng(0).exponential(size=300)
    found = spread(values.tolist())
    assert (found.p50, found.p95, found.p99) == pytest.approx(np.percentile(values, (50, 95, 99)), abs=1e-5)
    assert found.answers == 300
