"""The lab column: its components, and what happens when an experiment is chosen, run, stopped or explored."""

from collections.abc import AsyncIterator
from typing import Any

import gradio as gr

from demos import kit
from tutor.running import Busy, Runner
from tutor.web import readings
from tutor.web.controls import controls
from tutor.web.links import Opening
from tutor.web.wording import Language, say

FIRST = "dropout"  # the experiment that the lab opens with

Updates = dict[Any, Any]


class LabColumn:
    """Made inside `gr.Blocks`. `outputs` is what its handlers change."""

    def __init__(self, runner: Runner, language: Language) -> None:
        self._runner = runner
        first = FIRST
        self.result = gr.State(None)  # the last event of a run that finished, with the prediction before it
        self.heading = gr.HTML(_heading(language), elem_id="lab-heading", apply_default_css=False)
        self.demo = gr.Dropdown(
            _titles(language), value=first, label=say("experiment", language), filterable=False, elem_id="demo"
        )
        self.controls = gr.HTML(controls(first, {}, language), elem_id="controls", apply_default_css=False)
        with gr.Row(elem_id="buttons"):
            self.run = gr.Button(say("run", language), variant="primary", elem_id="run")
            self.stop = gr.Button(say("stop", language), interactive=False, elem_id="stop")
        self.status = gr.HTML(readings.announcement(None, language), elem_id="status", apply_default_css=False)
        self.progress = gr.HTML("", elem_id="progress", apply_default_css=False)
        self.plot = gr.HTML(readings.no_plot(language), elem_id="plot", apply_default_css=False)
        self.verdict = gr.HTML("", elem_id="verdict", apply_default_css=False)
        self.explore = gr.Button(say("explore", language), visible=False, size="sm", elem_id="explore")
        self.figure = gr.Plot(label=say("figure", language), show_label=False, visible=False, elem_id="figure")
        self.repeat = gr.HTML("", elem_id="repeat", apply_default_css=False)
        self.outputs = [
            self.result, self.heading, self.demo, self.controls, self.run, self.stop, self.status, self.progress,
            self.plot, self.verdict, self.explore, self.figure, self.repeat,
        ]  # fmt: skip

    def words(self, language: Language, demo: str, params: dict[str, Any], result: dict[str, Any] | None) -> Updates:
        """The column in a language, with the controls set to `params` and, if there is one, the last result."""
        updates = {
            self.heading: _heading(language),
            self.demo: gr.update(choices=_titles(language), value=demo, label=say("experiment", language)),
            self.controls: controls(demo, params, language),
            self.run: gr.update(value=say("run", language)),
            self.stop: gr.update(value=say("stop", language)),
            self.explore: gr.update(value=say("explore", language)),
        }
        if result is None:
            return {
                **updates,
                self.status: readings.announcement(None, language),
                self.plot: readings.no_plot(language),
            }
        return {**updates, **self._finished(result, language)}

    def open(self, opening: Opening, language: Language) -> Updates:
        """The column as an address asks for it."""
        demo = opening.demo or FIRST
        updates = self.words(language, demo, opening.params, None)
        if opening.refusal:
            updates[self.status] = readings.notice(say("link refused", language, message=opening.refusal))
        elif opening.demo:
            updates[self.status] = readings.filled_in(demo, language)
        return updates

    def pick(self, demo: str, language: Language) -> Updates:
        """Another demo was chosen."""
        return {self.controls: controls(demo, {}, language), self.status: readings.filled_in(demo, language)}

    async def start(self, language: Language, event: gr.EventData, request: gr.Request) -> AsyncIterator[Updates]:
        """Runs the order `{"name", "params", "prediction"}` of a button, and shows it until it ends.

        The run before it, if it is not over, is stopped. If the reader leaves, Gradio cancels this generator, which
        stops the run.
        """
        order: dict[str, Any] = event._data if isinstance(event._data, dict) else {}
        prediction = order.get("prediction", "")
        try:
            demo = kit.load(order.get("name", "")).slug
            run = self._runner.start(demo, order.get("params") or {}, owner=request.session_hash or "")
        except Busy:
            yield {self.status: readings.notice(say("error busy", language))}
            return
        except (kit.DemoError, TypeError, AttributeError) as error:
            yield {self.status: readings.notice(say("error setting", language, message=error))}
            return
        yield {
            self.demo: demo,
            self.controls: controls(demo, run.parameters, language) if "prediction" not in order else gr.skip(),
            self.stop: gr.update(interactive=True),
            self.plot: readings.no_plot(language),
            self.verdict: "",
            self.explore: gr.update(visible=False),
            self.figure: gr.update(visible=False, value=None),
            self.repeat: "",
            self.result: None,
        }
        seconds = 0.0
        async for happened in run.aevents():
            match happened["event"]:
                case "frame":
                    updates = {
                        self.progress: readings.progress(happened, language),
                        self.plot: readings.plot(happened, language),
                    }
                    if not seconds:
                        updates[self.status] = readings.announcement(happened, language)
                    seconds = happened["seconds"] or 1e-9
                    yield updates
                case "result":
                    result = {**happened, "prediction": prediction}
                    yield {self.result: result, self.progress: "", self.stop: gr.update(interactive=False)} | (
                        self._finished(result, language)
                    )
                case "stopped" | "error":
                    if happened.get("superseded"):
                        return  # what is shown belongs to the next run now
                    yield {
                        self.status: readings.announcement({**happened, "seconds": seconds}, language),
                        self.progress: "",
                        self.stop: gr.update(interactive=False),
                    }
                case _:
                    yield {
                        self.status: readings.announcement(happened, language),
                        self.progress: readings.progress(happened, language),
                    }

    def halt(self, request: gr.Request) -> None:
        """Stops what this reader runs."""
        self._runner.stop(request.session_hash or "")

    def explore_result(self, result: dict[str, Any] | None, language: Language) -> Updates:
        """The finished run as a figure to zoom into."""
        if result is None:
            return {self.figure: gr.skip()}
        return {
            self.figure: gr.update(value=kit.plotly_figure(result, language), visible=True),
            self.explore: gr.update(visible=False),
        }

    def _finished(self, result: dict[str, Any], language: Language) -> Updates:
        return {
            self.status: readings.announcement(result, language),
            self.plot: readings.plot(result, language),
            self.verdict: readings.verdict(result, result["prediction"], language),
            self.explore: gr.update(visible=True, value=say("explore", language)),
            self.figure: gr.update(visible=False, value=None),
            self.repeat: readings.repeat(result, language),
        }


def _titles(language: Language) -> list[tuple[str, str]]:
    return [(entry["title"][language], entry["name"]) for entry in kit.catalogue()]


def _heading(language: Language) -> str:
    return f'<h2 id="lab-title">{say("lab", language)}</h2>'
