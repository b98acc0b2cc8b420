"""The Gradio page: the two columns side by side, and which event calls what.

The columns are mostly HTML of ours, with Gradio as the wire. Elements carry what they want in `data-ask` or
`data-launch`; `static/tutor.js` passes a click on to the hidden `wire`, whose events arrive here. So a run button works
in every answer, old or new, from the keyboard too.
"""

from typing import Any

import gradio as gr
from gradio.events import api

from demos import kit
from tutor.answering import Answerer
from tutor.running import Runner
from tutor.web.chat import ChatColumn
from tutor.web.endpoints import Endpoints
from tutor.web.lab import LabColumn
from tutor.web.links import read_opening
from tutor.web.messages import Conversation
from tutor.web.notes import HTML_LANG
from tutor.web.wording import Language, interface_language, say

ANSWERS = 8  # questions answered at once; the next ones wait in the queue
WAITING = 2000  # events in the queue; a class that asks all at once must fit
# Gradio adds our script to a page that it is building already: either may be first.
WIRE = """
window.tutorWire = (kind, order) => {
  if (kind === "ask") trigger("ask", order);
  if (kind === "run") trigger("run", order);
};
"""
CHOSEN_LANGUAGE = """async () => {
  for (let waits = 0; !window.tutor && waits < 300; waits++) await new Promise((done) => setTimeout(done, 10));
  return [window.tutor?.chosenLanguage() ?? "auto"];
}"""
CHOICES = {"auto": "Auto · 自动", "zh": "中文", "en": "English"}  # each for those who read it

# Handlers of the page are no part of the API, and put no spinner over what they change.
QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
# One group each: the lowest limit of a group counts, and experiments must never keep questions waiting.
ASKING = {"concurrency_id": "ask", "concurrency_limit": ANSWERS}
RUNNING = {"concurrency_id": "run", "concurrency_limit": None}  # the runner has its own limits
STOPPING = {"concurrency_id": "stop", "concurrency_limit": None}
OTHERS = {"concurrency_id": "others", "concurrency_limit": 16}


def build(tutor: Answerer, runner: Runner) -> gr.Blocks:
    """The page and the endpoints, ready to be mounted."""
    language: Language = "en"  # until the browser says which it reads
    with gr.Blocks(title=f"{say('title', 'zh')} · {say('title', 'en')}", analytics_enabled=False) as blocks:
        # First, for a name goes to whoever takes it first, and handlers of the page take the names of functions.
        endpoints = Endpoints(tutor, runner)
        api(endpoints.ask, api_name="ask", **ASKING)
        api(endpoints.demos, api_name="demos", **OTHERS)
        api(endpoints.run_demo, api_name="run_demo", **RUNNING)

        spoken = gr.State(language)
        wire = gr.HTML(js_on_load=WIRE, elem_id="wire", apply_default_css=False, visible="hidden")
        with gr.Row(elem_id="top"):
            heading = gr.HTML(elem_id="heading", apply_default_css=False)  # empty: the page is not ready
            choice = gr.Radio(
                [(label, value) for value, label in CHOICES.items()],
                value="auto",
                label=say("language", language),
                container=False,
                elem_id="language",
            )
        with gr.Row(elem_id="columns", equal_height=False):
            with gr.Column(scale=6, min_width=320, elem_id="chat-column"):
                chat = ChatColumn(tutor, language)
            with gr.Column(scale=5, min_width=320, elem_id="lab-column"):
                lab = LabColumn(runner, language)

        def words(chosen: object, request: gr.Request) -> tuple[Language, dict[Any, Any]]:
            language = interface_language(chosen, request.headers.get("accept-language", ""))
            return language, {
                spoken: language,
                choice: gr.update(value=chosen if chosen in CHOICES else "auto", label=say("language", language)),
                heading: _heading(language),
            }

        def open_page(chosen: object, request: gr.Request) -> dict[Any, Any]:
            language, updates = words(chosen, request)
            opening = read_opening(dict(request.query_params))
            updates |= chat.words(language, Conversation()) | lab.open(opening, language)
            return updates | {chat.opening: opening.question}

        def speak(
            chosen: object, demo: str, knobs: object, conversation: Conversation, result: Any, request: gr.Request
        ) -> dict[Any, Any]:
            language, updates = words(chosen, request)
            try:
                params = kit.check(demo, knobs if isinstance(knobs, dict) else {})
            except kit.DemoError:
                params = {}
            return updates | chat.words(language, conversation) | lab.words(language, demo, params, result)

        everything = [spoken, choice, heading, *chat.outputs, *lab.outputs]
        speaking = [chat.conversation, spoken, chat.study]
        opened = blocks.load(open_page, choice, everything, js=CHOSEN_LANGUAGE, **OTHERS, **QUIET)
        opened.then(chat.ask_opening, [chat.opening, *speaking], chat.outputs, **ASKING, **QUIET)
        choice.input(
            speak,
            [choice, lab.demo, lab.controls, chat.conversation, lab.result],
            everything,
            js="(choice, demo, _, ...rest) => [window.tutor.choose(choice), demo, window.tutor.knobs(), ...rest]",
            **OTHERS,
            **QUIET,
        )
        chat.question.submit(chat.ask, [chat.question, *speaking], chat.outputs, **ASKING, **QUIET)
        wire.ask(chat.ask_chip, speaking, chat.outputs, **ASKING, **QUIET)
        chat.new.click(chat.clear, spoken, chat.outputs, **OTHERS, **QUIET)
        lab.demo.input(lab.pick, [lab.demo, spoken], lab.outputs, **OTHERS, **QUIET)
        lab.run.click(None, js="() => window.tutor.run()", api_visibility="private")
        wire.run(lab.start, spoken, lab.outputs, trigger_mode="multiple", **RUNNING, **QUIET)
        lab.stop.click(lab.halt, **STOPPING, **QUIET)
        lab.explore.click(lab.explore_result, [lab.result, spoken], lab.outputs, **OTHERS, **QUIET)
        blocks.unload(lab.halt)
    # The number matters: by default Gradio recomputes everybody's place in the queue at every change, which costs
    # time quadratic in the users, and in which one odd request ends the queue for all.
    return blocks.queue(status_update_rate=2, max_size=WAITING, api_open=False)


def _heading(language: Language) -> str:
    marks = f'lang="{HTML_LANG[language]}" data-close="{say("close", language)}" data-send="{say("send", language)}"'
    return (
        f'<div id="brand" {marks}><h1>{say("title", language)}</h1><p>{say("tagline", language)}</p></div>'
        f'<a class="notes-link" href="/notes?lang={language}">{say("all notes", language)}</a>'
        f'<a class="skip" href="#lab-title">{say("skip to lab", language)}</a>'
    )
