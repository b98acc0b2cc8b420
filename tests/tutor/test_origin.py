"""Who worded an answer is said in the language of the answer."""

import pytest

from tutor.answering import Answer, origin_of


def said(**changes: object) -> str:
    fields = {"question": "q", "language": "en", "refused": False, "text": "It helps [1].", "model": "extractive"}
    return "\n".join(origin_of(Answer(**{**fields, **changes})))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "beginning"),
    [
        ({}, "Quoted from the notes."),
        ({"model": "openai:x"}, "Worded from the notes by openai:x"),
        ({"fallback": "late"}, "The language model did not answer in time"),
        ({"fallback": "failed"}, "The language model failed"),
        ({"fallback": "busy"}, "The language model is busy"),
        ({"fallback": "unfounded"}, "Most of what the language model said is not in the notes"),
        ({"fallback": "late", "language": "zh"}, "语言模型没有按时答完"),
    ],
)
def test_an_answer_says_who_worded_it(changes, beginning):
    assert said(**changes).startswith(beginning)


def test_a_refusal_is_nobodys_wording():
    assert said(refused=True) == ""


def test_the_mark_of_an_unsupported_sentence_is_explained_where_it_stands():
    assert "⚠ The sentence before it" in said(model="openai:x", text="It helps [1]. It sings [1]. ⚠")
    assert "⚠" not in said(model="openai:x")
