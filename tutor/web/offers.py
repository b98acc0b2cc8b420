"""The experiment under an answer, as one sentence whose numbers can be changed, and a button that runs it."""

import html
import json
from collections.abc import Mapping, Sequence
from typing import Any

from demos import kit
from tutor.answering import Answer, DemoLaunch
from tutor.composing.offering import clamped, runs, setting
from tutor.corpus.receipts import Receipt
from tutor.web.receipts import doubtful, receipt_lines
from tutor.web.wording import Language, say

SHOWN = 2  # parameters in the sentence, besides those that the question sets, and the seeds


def offer(answer: Answer) -> str:
    """The experiment of an answer in HTML; nothing if it has none, or one that is not here."""
    demo, language = answer.demo, answer.language
    if demo is None or demo.name not in kit.names():
        return ""
    entry = kit.entry(demo.name)
    rows = {row["name"]: row for row in entry["parameters"]}
    receipts: dict[str, Receipt] = {receipt.claim: receipt for receipt in answer.receipts}
    order = html.escape(json.dumps({"name": demo.name, "params": demo.params}))
    title = html.escape(say("run this", language, title=entry["title"][language]))
    doubt = f"<small>{say('claim in doubt', language)}</small>" if doubtful(demo.name, receipts) else ""
    return (
        f'<div class="experiment"><p class="setting">{_sentence(demo, entry, rows, language)}</p>'
        f"{_clamped(demo, language)}"
        f'<button type="button" class="launch" data-launch="{order}"><span>▶ {title}</span>{doubt}</button>'
        f"{_other(demo, language)}</div>"
        f"{receipt_lines(demo.name, receipts, language)}"
    )


def _sentence(
    demo: DemoLaunch, entry: Mapping[str, Any], rows: Mapping[str, Mapping[str, Any]], language: Language
) -> str:
    """ "Dropout rate [0.9] against 0, width [128], seeds [8]": what is asked about first."""
    asked = [name for name in demo.params if name in rows]
    control = {name: value for name, value in entry["contrast"].items() if demo.params.get(name) != value}
    contrasted = [name for name in control if name in rows]
    names = list(dict.fromkeys([*asked, *contrasted, *_foremost(rows, SHOWN), "seeds"]))
    *begun, last = (_part(rows[name], demo.params, control, language) for name in names)
    comma = say("comma", language)
    return " ".join([*(f"<span>{part}{comma}</span>" for part in begun), f"<span>{last}</span>"])


def _other(demo: DemoLaunch, language: Language) -> str:
    """A second button, where the question compares two values: a run compares one with the demo's own control."""
    buttons = ""
    for params in runs(demo)[1:]:
        order = html.escape(json.dumps({"name": demo.name, "params": params}))
        label = html.escape(say("or with", language, setting=setting(demo.name, params, language)))
        buttons += f'<button type="button" class="launch other" data-launch="{order}"><span>▶ {label}</span></button>'
    return buttons


def _foremost(rows: Mapping[str, Mapping[str, Any]], most: int) -> Sequence[str]:
    return [name for name, row in rows.items() if row["type"] != "choice" and name not in ("seed", "seeds")][:most]


def _part(row: Mapping[str, Any], params: Mapping[str, float], control: Mapping[str, float], language: Language) -> str:
    name = row["name"]
    value = params.get(name, row["default"])
    step, keyboard = ("1", "numeric") if row["type"] == "int" else ("any", "decimal")
    field = (
        f'<input type="number" data-set="{html.escape(name)}" value="{value:.12g}" min="{row["minimum"]:.12g}" '
        f'max="{row["maximum"]:.12g}" step="{step}" inputmode="{keyboard}">'
    )
    against = say("against", language, setting=f"{control[name]:g}") if name in control else ""
    return f"<label>{html.escape(row['label'][language])} {field}</label>{html.escape(against)}"


def _clamped(demo: DemoLaunch, language: Language) -> str:
    """What the question asked for and cannot be set."""
    return "".join(f'<p class="clamped">{html.escape(line)}</p>' for line in clamped(demo, language))
