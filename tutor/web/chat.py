"""The chat column: its components, and what happens when somebody asks."""

import logging
import time
from collections.abc import Iterator
from typing import Any

import gradio as gr

from tutor.answering import Answer, Answerer, Restart
from tutor.answering.question import LIMIT
from tutor.errors import TutorError
from tutor.web import messages
from tutor.web.messages import Conversation
from tutor.web.wording import Language, say

log = logging.getLogger(__name__)

EVERY = 0.05  # seconds between pieces of a streamed answer
FORMULAS: list[dict[str, str | bool]] = [
    {"left": "$$", "right": "$$", "display": True},
    {"left": "$", "right": "$", "display": False},
]


class ChatColumn:
    """Made inside `gr.Blocks`. `outputs` is what `ask` changes."""

    def __init__(self, tutor: Answerer, language: Language) -> None:
        self._tutor = tutor
        self.conversation = gr.State(Conversation())
        self.opening = gr.State("")  # the question that the address asks
        self.chat = gr.Chatbot(
            label=say("chat", language),
            show_label=False,
            container=False,
            layout="panel",
            buttons=["copy"],
            latex_delimiters=FORMULAS,
            feedback_options=None,
            allow_tags=False,
            height=None,
            elem_id="chat",
        )
        self.question = gr.Textbox(
            label=say("question", language),
            show_label=False,
            placeholder=say("question hint", language),
            max_lines=6,
            max_length=LIMIT,
            submit_btn=True,
            interactive=False,  # until the page has been opened in its language
            container=False,
            elem_id="question",
        )
        with gr.Row(elem_id="under-question"):
            self.fine_print = gr.HTML(_fine_print(language), elem_id="fine-print", apply_default_css=False)
            self.study = gr.Checkbox(label=say("study", language), container=False, elem_id="study")
            self.new = gr.Button(say("clear", language), size="sm", elem_id="clear")
        self.outputs = [
            self.opening, self.chat, self.question, self.conversation, self.fine_print, self.study, self.new,
        ]  # fmt: skip

    def words(self, language: Language, conversation: Conversation) -> dict[Any, Any]:
        """The texts of the column in a language. What was said stays as it was said."""
        shown = conversation.messages or (messages.welcome(language),)
        return {
            self.chat: gr.update(value=list(shown), label=say("chat", language)),
            self.question: gr.update(
                label=say("question", language), placeholder=say("question hint", language), interactive=True
            ),
            self.fine_print: _fine_print(language),
            self.study: gr.update(label=say("study", language)),
            self.new: gr.update(value=say("clear", language)),
        }

    def ask(
        self, question: str, conversation: Conversation, language: Language, study: bool = False
    ) -> Iterator[dict[Any, Any]]:
        """Streams the answer into the chat, or with `study` a hint; an empty question changes nothing."""
        question = question.strip() if isinstance(question, str) else ""
        if not question:
            yield {self.question: ""}
            return
        earlier = conversation.questions
        conversation = conversation.asking(question)
        yield {self.question: "", self.chat: [*conversation.messages, messages.partial("")]}
        told = messages.failed(language)
        text, shown = "", time.monotonic()
        try:
            for piece in self._tutor.stream(question, earlier, study=bool(study)):
                if isinstance(piece, Answer):
                    told = messages.answered(piece)
                    break
                text = "" if isinstance(piece, Restart) else text + piece
                if time.monotonic() - shown >= EVERY:
                    shown = time.monotonic()
                    yield {self.chat: [*conversation.messages, messages.partial(text)]}
        except TutorError as error:
            told = messages.partial(str(error))
        except Exception:  # whatever it is, the reader gets a sentence and the next question is answered
            log.exception("answering failed")
        conversation = conversation.told(told)
        yield {self.chat: list(conversation.messages), self.conversation: conversation}

    def ask_opening(
        self, question: str, conversation: Conversation, language: Language, study: bool
    ) -> Iterator[dict[Any, Any]]:
        """`ask` for the question of the address, if it has one; what the reader types meanwhile is left alone."""
        if question:
            yield from self.ask(question, conversation, language, study)
        else:
            yield {self.opening: ""}

    def clear(self, language: Language) -> dict[Any, Any]:
        """A new conversation."""
        return {self.chat: [messages.welcome(language)], self.conversation: Conversation()}

    def ask_chip(
        self, conversation: Conversation, language: Language, study: bool, event: gr.EventData
    ) -> Iterator[dict[Any, Any]]:
        """`ask` for a question that stands on a button; one under a hint wants the whole answer."""
        order = event._data if isinstance(event._data, dict) else {}
        yield from self.ask(order.get("question", ""), conversation, language, study and not order.get("whole"))


def _fine_print(language: Language) -> str:
    return f"<p>{say('fine print', language)}</p>"
