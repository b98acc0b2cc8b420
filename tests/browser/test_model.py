"""A hostile model's answer on the page, as Gradio draws it: nothing leads away, nothing loads, nothing runs."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.tutor.model_server import STEP, ModelServer, model_server
from tests.tutor.test_cleaning import HOSTILE
from tests.tutor.web.site import serving
from tutor.answering import Tutor
from tutor.answering.generative import load_model
from tutor.answering.sentences import sentences_of
from tutor.running import Runner
from tutor.settings import Settings
from tutor.web import create_app

QUESTION = "What is dropout?"
# The block of code that is never closed comes last; brackets without end would make the answer too long.
ON_A_PAGE = sorted(HOSTILE[:-1], key=lambda text: "```" in text)
# Of the last message, what a reader could follow or that loads something by itself, but for the page's own buttons.
LIVE = """() => {
  const text = [...document.querySelectorAll("#chat .bot .md, #chat .bot .prose")].at(-1);
  const found = [...text.querySelectorAll("a, img, iframe, svg, script, object, embed, form, link, style, .mermaid")];
  return found.filter((element) => !element.closest("button")).map((element) => element.outerHTML)
    .filter((html) => !/^<a [^>]*href="\\/notes\\?/.test(html));
}"""


@pytest.fixture
def model(monkeypatch) -> Iterator[ModelServer]:
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    with model_server() as served:
        yield served


def test_a_hostile_answer_is_only_text_while_it_arrives_and_after(chromium: Browser, shipped_tutor: Tutor, model):
    retriever = shipped_tutor.retriever
    true = sentences_of(retriever.retrieve(QUESTION, "en").hits[0].passages[0])[0].text + " [1]"
    paragraphs = [paragraph for text in ON_A_PAGE for paragraph in (true, true, text)]
    model.says("\n\n".join(paragraphs) + "\n\n", STEP, true)
    tutor = Tutor(retriever, {}, load_model("openai:local", model.url), "openai:local")
    asked: list[str] = []
    with Runner() as runner:
        for url in serving(lambda: create_app(tutor, runner, Settings())):
            context = chromium.new_context(locale="en-US")
            context.on("request", lambda request: asked.append(request.url))
            page = context.new_page()
            page.goto(f"{url}/?q={QUESTION}")
            page.get_by_text("ht//中").wait_for()
            arriving = page.evaluate(LIVE)
            model.step.set()
            page.get_by_text("Worded from the notes by openai:local").wait_for()
            page.wait_for_timeout(500)  # a diagram would be drawn late
            arrived = page.evaluate(LIVE)
            context.close()
            assert arriving == []
            assert arrived == []
            assert [address for address in asked if not address.startswith((url, "data:", "blob:"))] == []
