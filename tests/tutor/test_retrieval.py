"""Retrieval: terms, fusion, refusal, and what the shipped index finds."""

import json
from dataclasses import asdict

import numpy as np
import pytest

from demos.kit import names
from tutor.corpus import read_corpus
from tutor.corpus.questions import read_questions
from tutor.errors import CorpusError
from tutor.retrieval.encoder import load_encoder
from tutor.retrieval.entries import READ
from tutor.retrieval.fusion import Fusion
from tutor.retrieval.index import open_index
from tutor.retrieval.lexical import LexicalIndex, terms
from tutor.retrieval.refusal import FALSELY_REFUSED, FOLDS, REFUSED, Refusal, calibrate
from tutor.retrieval.retriever import Retriever
from tutor.retrieval.vectors import VectorStore


def opened(folder, encoder, home, **options):
    corpus = read_corpus(folder)
    index, change = open_index(corpus, encoder, home, **options)
    return Retriever(corpus, index, encoder), change


# Terms and scores


def test_chinese_becomes_bigrams_latin_becomes_words_and_question_phrases_go():
    assert terms("什么是过拟合？") == ["过拟", "拟合"]
    assert terms("What are Neural Networks?") == ["neural", "network"]
    assert terms("dropout率怎么选择") == ["dropout", "率", "选择"]


def test_a_compound_counts_with_its_parts():
    assert terms("a complexity-based bound") == ["complexity-based", "complexity", "based", "bound"]
    assert terms("lr 1e-4") == ["lr", "1e-4"]


def test_british_spelling_gives_the_same_terms():
    assert terms("memorised regularisation") == terms("memorized regularization")
    assert terms("raise the noise") == ["raise", "noise"]


def test_traditional_characters_give_the_same_terms():
    assert terms("過擬合與權重衰減") == terms("过拟合与权重衰减")


def test_bm25_prefers_the_document_with_the_rarer_word():
    index = LexicalIndex.build([["a", "b"], ["a", "c"], ["a", "d"]])
    scores = index.scores(["a", "c", "unknown"])
    assert scores.argmax() == 1
    assert index.scores(["unknown"]).tolist() == [0, 0, 0]


# Finding


def test_a_question_in_one_language_is_answered_from_the_note_of_that_language(corpus_folder, encoder, tmp_path):
    retriever, _ = opened(corpus_folder, encoder, tmp_path)
    for question, language in [
        ("what does dropout do", "zh"),
        ("随机失活", "en"),
        ("why would muting neurons help", "en"),
    ]:
        hit = retriever.retrieve(question, language).hits[0]
        assert hit.note == "dropout"
        assert {passage.language for passage in hit.passages} == {language}


def test_a_section_that_exists_in_one_language_only_is_still_found(corpus_folder, encoder, tmp_path):
    retriever, _ = opened(corpus_folder, encoder, tmp_path)
    assert retriever.retrieve("overfitting noise of the training set", "zh").hits[0].passages[0].language == "en"


def test_a_long_passage_is_encoded_by_its_beginning_and_found_by_its_last_word(corpus_folder, encoder, tmp_path):
    path = corpus_folder / "notes" / "dropout.en.md"
    before, _ = opened(corpus_folder, encoder, tmp_path)
    path.write_text(path.read_text() + "\n## A long part\n\n" + "Plain words follow one another. " * 40)
    long, _ = opened(corpus_folder, encoder, tmp_path)
    path.write_text(path.read_text() + "Last of all stands zyzzyva.\n")
    longer, change = opened(corpus_folder, encoder, tmp_path)
    assert not before.index.lexical.knows("zyzzyva")
    assert not long.index.lexical.knows("zyzzyva")
    assert longer.index.lexical.knows("zyzzyva")
    assert (change.fresh, change.encoded) == (False, 0)
    assert max(len(entry.text) for entry in longer.index.entries.entries) == READ["en"]


# Refusing


def test_the_threshold_lies_halfway_between_the_two_wishes():
    inside, outside = np.linspace(0.4, 0.9, 1001), np.linspace(0.1, 0.6, 1001)
    enough, bearable = np.quantile(outside, REFUSED), np.quantile(inside, FALSELY_REFUSED)
    refusal = calibrate(list(inside), list(outside))
    assert min(enough, bearable) < refusal.threshold < max(enough, bearable)
    assert refusal.threshold == pytest.approx((enough + bearable) / 2)


def test_what_is_told_apart_well_is_refused_and_answered_as_wished():
    refusal = calibrate(list(np.linspace(0.6, 0.9, 101)), list(np.linspace(0.1, 0.5, 101)))
    assert not refusal.applies(0.6)
    assert refusal.applies(0.5 - (1 - REFUSED) * 0.4)
    assert refusal.validated is not None
    assert refusal.validated[0] >= REFUSED - 0.01
    assert refusal.validated[1] == 0


def test_cross_validation_judges_each_question_by_the_others():
    rng = np.random.default_rng(0)
    inside, outside = list(rng.normal(0.6, 0.08, 400)), list(rng.normal(0.4, 0.08, 200))
    refusal = calibrate(inside, outside)
    fresh = rng.normal(0.6, 0.08, 100_000), rng.normal(0.4, 0.08, 100_000)
    assert refusal.validated == pytest.approx(
        (np.mean(fresh[1] <= refusal.threshold), np.mean(fresh[0] <= refusal.threshold)), abs=0.04
    )
    # An outlier cannot be judged well by questions among which it is the only one of its kind.
    assert calibrate([0.9] * FOLDS, [0.1] * (FOLDS - 1) + [0.6]).validated == (pytest.approx(0.9), 0)


def test_the_curve_starts_and_ends_where_nothing_and_everything_is_refused():
    refusal = calibrate(list(np.linspace(0.4, 0.9, 101)), list(np.linspace(0.1, 0.6, 101)))
    thresholds, outside, inside = np.array(refusal.curve).T
    assert (np.diff(thresholds) > 0).all()
    assert (np.diff(outside) >= 0).all()
    assert (np.diff(inside) >= 0).all()
    assert (outside >= inside).all()
    assert (outside[0], outside[-1], inside[0], inside[-1]) == (pytest.approx(0, abs=0.01), 1, 0, 1)


def test_a_refusal_survives_its_way_through_json():
    refusal = calibrate(list(np.linspace(0.4, 0.9, 30)), list(np.linspace(0.1, 0.6, 30)))
    assert Refusal.from_json(json.loads(json.dumps(asdict(refusal)))) == refusal
    assert Refusal.from_json(json.loads(json.dumps(asdict(Refusal())))) == Refusal()


def test_a_corpus_without_labelled_questions_gets_the_shipped_threshold():
    assert calibrate([], []) == Refusal()


def test_labelled_questions_set_the_threshold_of_a_corpus(corpus_folder, encoder, tmp_path):
    unset, _ = opened(corpus_folder, encoder, tmp_path)
    rows = [
        {"question": "what does dropout do", "notes": ["dropout"]},
        {"question": "bake a sourdough loaf", "refuse": True},
    ]
    (corpus_folder / "questions.yaml").write_text(json.dumps(rows))
    retriever, _ = opened(corpus_folder, encoder, tmp_path)
    assert retriever.index.refusal != unset.index.refusal
    assert retriever.index.refusal.answerable == 1
    assert not retriever.retrieve("what does dropout do", "en").refused
    assert retriever.retrieve("bake a sourdough loaf", "en").refused


@pytest.mark.parametrize(
    "text",
    ["just words", "- {question: q, notes: dropout}", "- {question: q, notes: [[x]]}", "- {question: [q]}", "- x"],
)
def test_a_question_file_that_is_no_list_of_questions_is_named(corpus_folder, text):
    (corpus_folder / "questions.yaml").write_text(text)
    with pytest.raises(CorpusError, match=r"questions\.yaml"):
        read_questions(corpus_folder)


# The shipped corpus


def test_the_shipped_questions_find_their_notes_and_strangers_are_refused(shipped_tutor):
    corpus = shipped_tutor.corpus
    covered = {note.slug for note in corpus.notes}
    rows = [row for row in read_questions(corpus.folder) if not row.history]
    inside = [row for row in rows if covered & set(row.notes)]
    outside = [row for row in rows if row.refuse]
    answers = {row.question: shipped_tutor.ask(row.question) for row in inside + outside}
    first = [bool(a.citations) and a.citations[0].note in row.notes for row in inside for a in [answers[row.question]]]
    refused = [answers[row.question].refused for row in outside]
    wrongly = [answers[row.question].refused for row in inside]
    assert len(inside) >= 100
    assert len(outside) >= 100
    assert np.mean(first) >= 0.85
    assert np.mean(refused) >= 0.80
    assert np.mean(wrongly) <= 0.10


def test_a_follow_up_is_found_through_its_history(shipped_tutor):
    corpus = shipped_tutor.corpus
    rows = [
        row for row in read_questions(corpus.folder) if row.history and {n.slug for n in corpus.notes} & set(row.notes)
    ]
    answers = [shipped_tutor.ask(row.question, row.history) for row in rows]
    found = [bool(a.citations) and a.citations[0].note in row.notes for row, a in zip(rows, answers, strict=True)]
    assert len(rows) >= 5
    assert np.mean(found) >= 0.7


def test_a_question_after_a_refused_one_is_answered_as_if_it_stood_alone(shipped_tutor):
    question = "groups=4 in Conv2d, what does it mean"
    after = shipped_tutor.ask(question, ["Where can I buy a bicycle in Paris?"])
    assert not after.refused
    assert after.citations == shipped_tutor.ask(question).citations


def test_questions_that_call_for_an_experiment_get_it_with_their_parameters(shipped_tutor):
    rows = [row for row in read_questions(shipped_tutor.corpus.folder) if row.demo in names()]
    offered = [shipped_tutor.ask(row.question, row.history).demo for row in rows]
    right = [
        demo is not None and demo.name == row.demo and dict(row.params).items() <= demo.params.items()
        for row, demo in zip(rows, offered, strict=True)
    ]
    assert len(rows) >= 8
    assert np.mean(right) >= 0.75


def test_an_approximate_search_finds_the_sections_that_an_exact_one_finds(shipped_tutor):
    encoder = load_encoder()
    index = shipped_tutor.retriever.index
    clustered = VectorStore.build(index.vectors.all(), limit=1_000)
    assert clustered.approximate
    outsiders = np.stack([index.asked[key] for key in index.outsiders])
    fusion = Fusion(index.entries, clustered, index.lexical, outsiders)
    rows = [row.question for row in read_questions(shipped_tutor.corpus.folder) if not row.refuse][::10]
    same, supports = [], []
    for question in rows:
        vector = encoder.encode([question])[0]
        exact, close = (of.scores(question, vector) for of in (index.fusion, fusion))
        same.append(exact.units[exact.rank.argmax()] == close.units[close.rank.argmax()])
        supports.append(abs(exact.support - close.support))
    assert np.mean(same) >= 0.9
    assert np.median(supports) < 0.01


def test_words_that_no_note_has_tell_another_sense_of_a_name(shipped_tutor):
    traps = [row.question for row in read_questions(shipped_tutor.corpus.folder) if row.kind == "trap"]
    assert len(traps) >= 40
    assert np.mean([shipped_tutor.ask(question).refused for question in traps]) >= 0.75
    for question in ("what does momentum do in SGD", "注意力机制是怎么算的", "what is inside a transformer block"):
        assert not shipped_tutor.ask(question).refused, question


@pytest.mark.parametrize(
    ("question", "heading"),
    [
        ("adam vs sgd", "SGD"),  # of Adam's sections, not the one that compares it with AdamW
        ("bias vs variance", "What bias and variance are"),  # not the one that compares both with overfitting
        ("dropout or weight decay, what is the difference", "L2"),
    ],
)
def test_a_comparison_is_led_by_a_section_that_compares_just_these(shipped_tutor, question, heading):
    found = shipped_tutor.retriever.retrieve(question, "en", "compare")
    assert heading in found.hits[0].passages[0].section


@pytest.mark.parametrize(
    ("question", "refused"),
    [
        ("a billiard ball rolls at 3 m/s, what is its momentum", True),  # near to the texts of one note alone
        ("my net aced the training data but bombs on new stuff", False),
        ("训练集上猛如虎，测试集上一看二百五", False),
    ],
)
def test_a_question_of_the_field_is_told_by_the_texts_around_it(shipped_tutor, question, refused):
    assert shipped_tutor.retriever.retrieve(question, "en").refused == refused


def test_where_clusters_hold_few_texts_all_of_them_are_around(shipped_tutor):
    fusion = shipped_tutor.retriever.index.fusion
    numbers, raw = np.arange(7), np.linspace(0.1, 0.7, 7).astype(np.float32)
    assert np.isfinite(fusion._around(numbers, raw))
