"""What a run shows, in HTML: how far it is, its plot, its verdict, and how to repeat it. Every text is escaped."""

import html
import json
from collections.abc import Mapping
from typing import Any

from demos import kit
from tutor.web.links import command_line, lab_link
from tutor.web.wording import Language, say

Event = Mapping[str, Any]


def progress(event: Event, language: Language) -> str:
    """How far a run is: a bar, the step, the time."""
    if event["event"] != "frame":
        return f'<div class="progress busy"><div class="bar"><i></i></div><p>{_waiting(event, language)}</p></div>'
    percent = round(100 * min(1.0, max(0.0, event["progress"])))
    step = say("step", language, step=event["step"], total=event["total"])
    seconds = say("seconds", language, seconds=f"{event['seconds']:.1f}")
    bar = (
        f'<div class="bar" role="progressbar" aria-label="{say("training", language)}" aria-valuemin="0" '
        f'aria-valuemax="100" aria-valuenow="{percent}"><i style="width:{percent}%"></i></div>'
    )
    return f'<div class="progress">{bar}<p><span>{step}</span><span>{seconds}</span></p></div>'


def plot(event: Event, language: Language) -> str:
    """The panels of a frame or result as SVG."""
    return f'<div class="plot">{kit.svg(dict(event), language)}</div>'


def no_plot(language: Language) -> str:
    return f'<div class="plot empty"><p>{say("plot empty", language)}</p></div>'


def announcement(event: Event | None, language: Language) -> str:
    """What a screen reader says, and what stands above the plot: phases of a run, not every frame."""
    if event is None:
        return _status(say("idle", language))
    match event["event"]:
        case "result":
            seconds = f"{event['seconds']:.1f}"
            return _status(say("finished", language, seconds=seconds, device=_device(event["device"])))
        case "stopped":
            return _status(say("stopped", language, seconds=f"{event.get('seconds', 0):.1f}"))
        case "error":
            return _status(say(f"error {event['reason']}", language, message=event["message"]), "warning")
        case "frame":
            return _status(say("training", language))
        case _:
            return _status(_waiting(event, language))


def notice(text: str) -> str:
    """A calm word in the place of the announcement, such as a setting that cannot be."""
    return _status(text, "warning")


def filled_in(demo: str, language: Language) -> str:
    return _status(say("ready to run", language, title=kit.entry(demo)["title"][language]))


def verdict(result: Event, prediction: str, language: Language) -> str:
    """Every claim with its effect and interval, how the prediction fared, why it came out so, and what to try next."""
    cards = "".join(_claim(claim, language) for claim in result["claims"])
    entry = kit.entry(result["demo"])
    return f'<div class="verdict">{_score(result, prediction, language)}{cards}{_why(entry, language)}</div>'


def repeat(result: Event, language: Language) -> str:
    """The address and the command that run the same again."""
    rows = (
        ("link", lab_link(result["demo"], result["params"])),
        ("command", command_line(result["demo"], result["params"])),
    )
    items = "".join(
        f'<div class="repeat-row"><span>{say(key, language)}</span><code>{html.escape(text)}</code>'
        f'<button type="button" data-copy="{html.escape(text)}" data-copied="{say("copied", language)}">'
        f"{say('copy', language)}</button></div>"
        for key, text in rows
    )
    return f'<details class="repeat"><summary>{say("repeat", language)}</summary>{items}</details>'


def _score(result: Event, prediction: str, language: Language) -> str:
    if prediction not in ("yes", "no") or not result["claims"]:
        return ""
    right = result["claims"][0]["holds"] == (prediction == "yes")
    key = "predicted right" if right else "predicted wrong"
    return f'<p class="prediction {"right" if right else "wrong"}">{say(key, language)}</p>'


def _claim(claim: Mapping[str, Any], language: Language) -> str:
    kind, key = ("holds", "holds") if claim["holds"] else ("fails", "does not hold")
    chip = f'<strong class="chip-verdict">{say(key, language)}</strong>'
    return (
        f'<article class="claim {kind}"><p class="claim-text">{chip} {html.escape(claim["text"][language])}</p>'
        f'<p class="measured">{html.escape(claim["sentence"][language])}</p></article>'
    )


def _why(entry: Mapping[str, Any], language: Language) -> str:
    why = html.escape(entry["explanation"][language])
    tries = "".join(
        f'<li><button type="button" class="try" data-launch="{html.escape(_order(entry["name"], step["params"]))}">'
        f"▶ {html.escape(step['text'][language])}</button></li>"
        for step in entry["tries"]
    )
    explained = f"<h3>{say('why so', language)}</h3><p>{why}</p>" if why else ""
    further = f"<h3>{say('try next', language)}</h3><ul>{tries}</ul>" if tries else ""
    return f'<section class="why">{explained}{further}</section>' if explained or further else ""


def _order(demo: str, params: Mapping[str, Any]) -> str:
    """What the button asks for when it is pressed."""
    return json.dumps({"name": demo, "params": dict(params)})


def _waiting(event: Event, language: Language) -> str:
    if event["event"] == "waiting":
        return say("waiting", language, position=event["position"])
    return say("starting", language)


def _device(device: str) -> str:
    return html.escape({"cpu": "CPU", "cuda": "GPU"}.get(device, device))


def _status(text: str, kind: str = "plain") -> str:
    return f'<p class="announcement {kind}">{html.escape(text)}</p>'
