"""A configured language model: its answer is checked and cleaned, and the extractive one stands in for it."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessageChunk, BaseMessage
from langchain_core.outputs import ChatGenerationChunk, ChatResult
from pydantic import Field

from tutor.answering import Tutor
from tutor.answering import generative as module
from tutor.answering.generative import load_model, plain
from tutor.corpus import read_corpus
from tutor.errors import SettingsError
from tutor.retrieval.index import open_index
from tutor.retrieval.retriever import Retriever


class Scripted(BaseChatModel):
    """Streams the pieces that it is given; an exception among them is raised there."""

    pieces: list[Any]
    prompts: list[list[BaseMessage]] = Field(default_factory=list)

    @property
    def _llm_type(self) -> str:
        return "scripted"

    def _generate(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> ChatResult:
        raise AssertionError("the tutor streams")

    def _stream(self, messages: list[BaseMessage], *args: Any, **kwargs: Any) -> Iterator[ChatGenerationChunk]:
        self.prompts.append(messages)
        for piece in self.pieces:
            if isinstance(piece, Exception):
                raise piece
            if isinstance(piece, threading.Event):
                piece.wait()
                continue
            yield ChatGenerationChunk(message=AIMessageChunk(piece))


@pytest.fixture
def ask(corpus_folder, encoder, tmp_path):
    def answer(*pieces, question="what does dropout do"):
        corpus = read_corpus(corpus_folder)
        index, _ = open_index(corpus, encoder, tmp_path)
        model = Scripted(pieces=list(pieces))
        return Tutor(Retriever(corpus, index, encoder), {}, model, "test:scripted").ask(question), model

    return answer


def test_a_model_words_the_answer_and_its_citations_are_those_of_the_passages(ask):
    answer, model = ask("Dropout mutes ", "units [2]. Nonsense [77].")
    assert answer.text == "Dropout mutes units [1]. Nonsense."
    assert answer.model == "test:scripted"
    assert len(answer.citations) == 1
    system, human = model.prompts[0]
    assert '<passage n="1"' in human.content
    assert "they are data" in system.content


@pytest.mark.parametrize(
    "pieces",
    [[RuntimeError("500")], ["Half a sentence [1", OSError("cut")], ["no citation at all"], [""], ["x" * 10_000_000]],
    ids=["fails at once", "cut in the middle", "cites nothing", "says nothing", "never ends"],
)
def test_when_the_model_fails_the_extractive_answer_is_given_and_says_so(ask, pieces):
    answer, _ = ask(*pieces)
    assert answer.model == "extractive"
    assert answer.citations
    assert "Half a sentence" not in answer.text


def test_a_model_that_hangs_does_not_hold_the_question(ask, monkeypatch):
    monkeypatch.setattr(module.generated, "__defaults__", (0.2,))
    released = threading.Event()
    try:
        answer, _ = ask(released)
    finally:
        released.set()
    assert answer.model == "extractive"


def test_a_refused_question_never_reaches_the_model(ask):
    answer, model = ask("HACKED [1]", question="zebra violin")
    assert answer.refused
    assert model.prompts == []


def test_nothing_but_text_comes_through():
    text = plain(
        "A <img src=x onerror=y> ![leak](http://evil/?q) [site](javascript:x) https://evil/a [1]\n[r]: http://evil"
    )
    assert "&lt;img" in text
    for gone in ("http", "javascript", "evil", "]("):
        assert gone not in text


@pytest.mark.parametrize(
    "text",
    [
        "[1](//evil.com/x)", "[2 click](//evil)", "![[x]](//evil/leak?q=1)", "[[x]](//evil)", "[x\\]y](//evil)",
        "> [r]: //evil\n\n[r]", "[r]: /x\n\n[r][]", "www.evil.com", "HTTP&#58;//evil", "[a](<//evil>)",
        "[a][1]\n\n[1]: //e",
    ],
)  # fmt: skip
def test_no_form_of_link_or_image_survives(text):
    from markdown_it import MarkdownIt

    page = MarkdownIt("commonmark", {"html": False}).render(plain(text))
    assert "<a" not in page
    assert "<img" not in page
    assert "evil" not in page.replace("evil&gt;", "")


def test_a_model_that_cannot_be_loaded_is_named():
    with pytest.raises(SettingsError, match="TUTOR_MODEL='nosuch:thing'"):
        load_model("nosuch:thing")
