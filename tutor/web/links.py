"""Addresses that open something: a question, a setting of the lab, a passage of a note."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from demos import kit
from tutor.answering.question import LIMIT


@dataclass(frozen=True)
class Opening:
    """What an address asks the page to show; `refusal` says what it asked for in vain."""

    question: str = ""
    demo: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    refusal: str = ""


def note_link(slug: str, language: str, start_line: int = 0, end_line: int = 0) -> str:
    """The page of a note. No slash before the query: Gradio redirects that address and loses the query."""
    query = {"id": slug, "lang": language}
    if start_line:
        query["lines"] = f"{start_line}-{end_line}"
    return f"/notes?{urlencode(query)}"


def question_link(question: str) -> str:
    return f"/?{urlencode({'q': question})}"


def lab_link(demo: str, params: Mapping[str, Any]) -> str:
    """The lab with `demo` set to `params`; only what differs from the defaults is written."""
    return f"/?{urlencode({'demo': demo, **_chosen(demo, params)})}"


def command_line(demo: str, params: Mapping[str, Any]) -> str:
    """The same run in a terminal."""
    flags = [f"--{name.replace('_', '-')} {value}" for name, value in _chosen(demo, params).items()]
    return " ".join(("python -m demos", demo, *flags))


def read_opening(query: Mapping[str, str]) -> Opening:
    """What `/?q=…` or `/?demo=…&parameter=…` asks for; other names in the query are not ours and are ignored."""
    question = query.get("q", "").strip()
    demo = query.get("demo", "").strip()
    if not demo:
        return Opening(question=question[: LIMIT + 1])
    try:
        kinds = {entry["name"]: entry["type"] for entry in kit.entry(demo)["parameters"]}
        given = {name: _number(text, kinds[name]) for name, text in query.items() if name in kinds}
        checked = kit.check(demo, given)
    except kit.UnknownDemo as error:
        return Opening(question=question, refusal=str(error))
    except kit.DemoError as error:
        return Opening(question=question, demo=kit.load(demo).slug, refusal=str(error))
    return Opening(question=question, demo=kit.load(demo).slug, params=checked)


def _number(text: str, kind: str) -> str | float | int:
    """Text of an address as a number where the parameter is one; what is none is left for the check to refuse."""
    if kind == "choice":
        return text
    try:
        value = float(text)
    except ValueError:
        return text
    return int(value) if kind == "int" and value.is_integer() else value


def _chosen(demo: str, params: Mapping[str, Any]) -> dict[str, Any]:
    defaults = {entry["name"]: entry["default"] for entry in kit.entry(demo)["parameters"]}
    return {name: value for name, value in params.items() if value != defaults.get(name)}
