"""The parameters of a demo as labelled controls, in HTML.

The browser collects the values of elements with `data-knob` and sends them back; they are checked where a run is
started, not here. Every text is escaped.
"""

import html
import math
from collections.abc import Mapping
from typing import Any

from demos import kit
from tutor.web.wording import Language, say

SHOWN = 4  # parameters that are seen at once; the others are folded away
POSITIONS = 1000  # of a slider on a logarithmic scale


def controls(demo: str, params: Mapping[str, Any], language: Language) -> str:
    """Every parameter of a demo as a labelled control set to `params` (missing ones: the default)."""
    entry = kit.entry(demo)
    rows = [
        _control(parameter, params.get(parameter["name"], parameter["default"]), language)
        for parameter in entry["parameters"]
    ]
    own, common = rows[:-2][:SHOWN], [*rows[:-2][SHOWN:], *rows[-2:]]
    summary = html.escape(entry["summary"][language])
    return (
        f'<form class="controls" data-demo="{html.escape(entry["name"])}" autocomplete="off">'
        f'<p class="summary">{summary}</p>{"".join(own)}'
        f"<details><summary>{say('more settings', language)}</summary>{''.join(common)}</details>"
        f"{_prediction(entry, language)}</form>"
    )


def _control(parameter: Mapping[str, Any], value: Any, language: Language) -> str:
    name = html.escape(parameter["name"])
    label, hint = html.escape(parameter["label"][language]), html.escape(parameter["help"][language])
    if parameter["type"] == "choice":
        options = "".join(
            f"<option{' selected' if choice == value else ''}>{html.escape(choice)}</option>"
            for choice in parameter["choices"]
        )
        field = f'<select id="knob-{name}" data-knob="{name}" aria-describedby="hint-{name}">{options}</select>'
        slider = ""
    else:
        slider, field = _slider(parameter, value, label, language), _number(parameter, value)
    return (
        f'<div class="knob"><label for="knob-{name}">{label}</label>{field}{slider}'
        f'<p class="hint" id="hint-{name}">{hint}</p></div>'
    )


def _number(parameter: Mapping[str, Any], value: Any) -> str:
    name, whole = html.escape(parameter["name"]), parameter["type"] == "int"
    low, high = _plain(parameter["minimum"]), _plain(parameter["maximum"])
    step, keyboard = ("1", "numeric") if whole else ("any", "decimal")
    return (
        f'<input type="number" id="knob-{name}" data-knob="{name}" value="{_plain(value)}" min="{low}" max="{high}" '
        f'step="{step}" inputmode="{keyboard}" aria-describedby="hint-{name}">'
    )


def _slider(parameter: Mapping[str, Any], value: Any, label: str, language: Language) -> str:
    """The same number as a slider; on a logarithmic scale it moves through positions that the browser converts."""
    low, high = float(parameter["minimum"]), float(parameter["maximum"])
    whole = parameter["type"] == "int"
    if parameter["name"] == "seed":
        return ""  # a slider over two thousand million seeds would choose nothing
    if parameter["scale"] == "log":
        place = POSITIONS * math.log(float(value) / low) / math.log(high / low)
        ends = f'data-low="{_plain(low)}" data-high="{_plain(high)}"'
        bounds = f'min="0" max="{POSITIONS}" step="1" value="{place:.0f}" {ends}'
    else:
        step = 1 if whole else 10 ** math.floor(math.log10((high - low) / 50))
        bounds = f'min="{_plain(low)}" max="{_plain(high)}" step="{_plain(step)}" value="{_plain(value)}"'
    said = html.escape(say("slider of", language, label=html.unescape(label)))
    kind = f'data-scale="{parameter["scale"]}" data-type="{parameter["type"]}"'
    return f'<input type="range" {bounds} {kind} data-for="{html.escape(parameter["name"])}" aria-label="{said}">'


def _plain(value: float) -> str:
    """A number as a form field takes it: no exponent that a reader would have to decode unless it is tiny."""
    return str(value) if isinstance(value, int) else f"{value:.12g}"


def _prediction(entry: Mapping[str, Any], language: Language) -> str:
    if not entry["claims"]:
        return ""
    choices = "".join(
        f'<label><input type="radio" name="prediction" value="{value}"{" checked" if not value else ""}> '
        f"{say(key, language)}</label>"
        for value, key in (("yes", "predict yes"), ("no", "predict no"), ("", "predict none"))
    )
    claim = html.escape(entry["claims"][0]["text"][language])
    return f'<fieldset class="predict"><legend>{say("predict", language)}{claim}</legend>{choices}</fieldset>'
