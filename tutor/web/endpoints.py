"""What programs call, by `gradio_client` or plain HTTP: /ask, /demos and /run_demo.

Arguments arrive as whatever JSON the caller sent, so each is checked here, and a wrong one gets one line.
"""

from collections.abc import AsyncIterator
from typing import Any

import gradio as gr

from demos import kit
from tutor.answering import Answerer
from tutor.errors import TutorError
from tutor.running import Runner
from tutor.running.run import LAST

HISTORY_LIMIT = 50  # earlier questions


class Endpoints:
    """The three functions, over a tutor and a runner."""

    def __init__(self, tutor: Answerer, runner: Runner) -> None:
        self._tutor = tutor
        self._runner = runner

    def ask(self, question: str, history: list[str] | None = None, language: str = "auto") -> dict:
        """Answer a question; `history` holds the earlier questions of the conversation, oldest first."""
        if not isinstance(question, str):
            raise refusal(f"question must be a text; got {_shown(question)}.")
        history = [] if history is None else history
        if not isinstance(history, list) or not all(isinstance(entry, str) for entry in history):
            raise refusal(f"history must be a list of texts; got {_shown(history)}.")
        if language not in ("auto", "zh", "en"):
            raise refusal(f"language must be auto, zh or en; got {_shown(language)}.")
        return self._tutor.ask(question, history[-HISTORY_LIMIT:], language).to_json()

    def demos(self) -> list[dict]:
        """The catalogue of experiments: title, claims, parameters and their JSON schema."""
        return kit.catalogue()

    async def run_demo(
        self, name: str, parameters: dict[str, Any] | None = None, seeds: int | None = None
    ) -> AsyncIterator[dict]:
        """Run an experiment: yields its frames while it trains, and last its result. Leaving the stream stops it."""
        if not isinstance(name, str):
            raise refusal(f"name must be a text; got {_shown(name)}.")
        if parameters is not None and not isinstance(parameters, dict):
            raise refusal(f"parameters must be an object such as {{}}; got {_shown(parameters)}.")
        try:
            run = self._runner.start(name, parameters or {}, seeds=seeds)
        except (TutorError, kit.DemoError) as error:
            raise refusal(str(error)) from None
        async for event in run.aevents():
            if event["event"] in ("frame", "result"):
                yield event
            elif event["event"] in LAST:
                raise refusal(event.get("message", "the run was stopped"))


def refusal(line: str) -> gr.Error:
    """An error of one line, which is all that the caller gets to see."""
    return gr.Error(line, print_exception=False)


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:60] + "…"
