"""The glossary, and which of its terms and which concepts a question names."""

import pytest

from tutor.corpus.glossary import Term, read_glossary
from tutor.errors import CorpusError
from tutor.retrieval.mentions import MentionFinder
from tutor.settings import shipped_corpus

GLOSSARY = (
    Term("过拟合", "overfitting", aliases=("overfit",), spellings=("overfiting", "过拟和"), note="overfitting"),
    Term("拟合", "fitting"),
    Term("生成对抗网络", "GAN", aliases=("generative adversarial network",)),
    Term("k折交叉验证", "k-fold cross-validation", note="cross-validation"),
)


@pytest.fixture(scope="module")
def finder() -> MentionFinder:
    return MentionFinder(GLOSSARY, {"adam": ["Adam", "Adam优化器"], "l2": ["L2正则化"]})


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("为什么会过拟合", ["overfitting"]),
        ("OVER-FITTING??", ["overfitting"]),
        ("my net is over fitting", ["overfitting"]),
        ("過擬合了怎麼辦", ["overfitting"]),
        ("模型过拟和了", ["overfitting"]),
        ("how do GANs work", ["gan"]),
        ("Ｋ折 交叉验证 vs 过拟合", ["k-fold cross-validation", "overfitting"]),
        ("the organ of a man", []),
        ("", []),
    ],
)
def test_a_term_is_found_however_it_is_written(finder: MentionFinder, text: str, terms: list[str]) -> None:
    assert list(finder.find(text).terms) == terms


def test_the_longest_form_is_taken(finder: MentionFinder) -> None:
    assert finder.find("过拟合").terms == ("overfitting",)
    assert finder.find("拟合").terms == ("fitting",)


def test_names_of_notes_and_terms_of_notes_name_concepts(finder: MentionFinder) -> None:
    assert finder.find("adam优化器会过拟合吗").notes == {"adam", "overfitting"}
    assert finder.find("用l2正则化好不好").notes == {"l2"}


def test_an_article_begins_no_name(finder: MentionFinder) -> None:
    assert finder.find("a dam in the river").notes == frozenset()


def test_terms_that_no_note_explains_are_foreign(finder: MentionFinder) -> None:
    mentions = finder.find("GAN会过拟合吗")
    assert mentions.foreign == ("gan",)
    assert mentions.notes == {"overfitting"}


@pytest.mark.parametrize(
    "text",
    [
        "just words",
        "- {zh: 过拟合}",
        "- {zh: 过拟合, en: 7}",
        "- {zh: 过拟合, en: overfitting, aliases: overfit}",
        "- {zh: 过拟合, en: overfitting, aliases: [no]}",
        "- {zh: 过拟合, en: overfitting, alias: [overfit]}",
        "- x",
        "{",
        "- &a {zh: 过拟合, en: overfitting}\n- *a",
        "[" * 100_000,
    ],
)
def test_a_file_that_is_no_glossary_is_named(tmp_path, text: str) -> None:
    (tmp_path / "glossary.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(CorpusError, match=r"glossary\.yaml") as caught:
        read_glossary(tmp_path)
    assert "\n" not in str(caught.value)


def test_a_corpus_may_have_no_glossary(tmp_path) -> None:
    assert read_glossary(tmp_path) == ()


def test_the_shipped_glossary_is_large_and_writes_no_form_twice() -> None:
    terms = read_glossary(shipped_corpus())
    forms = [form for term in terms for form in dict.fromkeys(form.lower() for form in term.forms)]
    assert len(terms) >= 800
    assert len(forms) == len(set(forms))
