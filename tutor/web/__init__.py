"""The web application: chat and lab in one Gradio page, the notes as pages of their own, guards in front.

    serving    binds the port, serves until a signal, leaves nothing behind
    app        puts the parts together: create_app(tutor, runner, settings)
    guards     what is refused before Gradio sees it
    page       the Gradio page: what is on it, which event calls what
    chat       an answer becomes a message: text, sources, run button, further questions
    lab        controls of a demo and what a run shows, as HTML
    links      addresses that open a question, a lab setting or a passage
    notes      a note as an HTML page with a passage highlighted
    endpoints  what programs call: /ask, /demos, /run_demo
    wording    every text of the interface, in Chinese and English

Gradio reads its environment when it is imported, so the settings that keep it offline are made here, first.
"""

import os

for _name, _value in {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "GRADIO_RUN_HISTORY": "False",
    "GRADIO_ANALYTICS_CACHE_FREQUENCY": "1000",  # else every event recomputes a table of all events before it
    "GRADIO_ANALYTICS_MAX_EVENTS": "500",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
}.items():
    os.environ.setdefault(_name, _value)

from tutor.web.app import create_app  # noqa: E402
from tutor.web.serving import serve  # noqa: E402

__all__ = ["create_app", "serve"]
