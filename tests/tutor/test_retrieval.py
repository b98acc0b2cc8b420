"""Retrieval: terms, fusion, refusal, and what the shipped index finds."""

import json

import numpy as np
import pytest

from tutor.corpus import read_corpus
from tutor.corpus.questions import read_questions
from tutor.errors import CorpusError
from tutor.retrieval.index import open_index
from tutor.retrieval.lexical import LexicalIndex, terms
from tutor.retrieval.refusal import REFUSED, Refusal, calibrate
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


def test_traditional_characters_give_the_same_terms():
    assert terms("過擬合與權重衰減") == terms("过拟合与权重衰减")


def test_bm25_prefers_the_document_with_the_rarer_word():
    index = LexicalIndex.build([["a", "b"], ["a", "c"], ["a", "d"]])
    scores = index.scores(["a", "c", "unknown"])
    assert scores.argmax() == 1
    assert index.scores(["unknown"]).tolist() == [0, 0, 0]


def test_similarities_are_numpys_inner_products():
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(50, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    np.testing.assert_allclose(VectorStore.build(vectors).similarities(vectors[7]), vectors @ vectors[7], atol=1e-6)


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


# Refusing


def test_the_threshold_refuses_the_share_that_is_wanted_of_what_the_notes_do_not_cover():
    outside = list(np.linspace(0.2, 0.5, 1001))
    refusal = calibrate([0.6, 0.7, 0.8], outside)
    assert np.mean([refusal.applies(value) for value in outside]) == pytest.approx(REFUSED, abs=0.002)
    assert not refusal.applies(0.6)


def test_the_threshold_never_refuses_more_than_a_tenth_of_what_the_notes_cover():
    inside = list(np.linspace(0.2, 0.8, 1001))
    refusal = calibrate(inside, [0.6, 0.7, 0.8])
    assert np.mean([refusal.applies(value) for value in inside]) <= 0.101


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


def test_questions_that_call_for_an_experiment_get_it_with_their_parameters(shipped_tutor):
    rows = [row for row in read_questions(shipped_tutor.corpus.folder) if row.demo]
    offered = [shipped_tutor.ask(row.question, row.history).demo for row in rows]
    right = [
        demo is not None and demo.name == row.demo and dict(row.params).items() <= demo.params.items()
        for row, demo in zip(rows, offered, strict=True)
    ]
    assert len(rows) >= 8
    assert np.mean(right) >= 0.75
