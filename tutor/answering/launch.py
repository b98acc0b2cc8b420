"""Which experiment a question calls for, and the parameters that its words set."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tutor.answering.answer import DemoLaunch


@dataclass(frozen=True)
class DemoParameter:
    """A parameter of a demo: its bounds and the words by which a question can set it."""

    name: str
    minimum: float
    maximum: float
    integral: bool
    words: tuple[str, ...]


@dataclass(frozen=True)
class DemoCard:
    """What the answerer knows of a demo; `contrast` is the setting that its effect is measured against."""

    name: str
    parameters: tuple[DemoParameter, ...]
    contrast: Mapping[str, float]

    @classmethod
    def from_catalogue(cls, row: Mapping[str, object]) -> "DemoCard":
        """Read a row of `demos.kit.catalogue()`."""
        parameters = [
            DemoParameter(
                name=parameter["name"],
                minimum=parameter["minimum"],
                maximum=parameter["maximum"],
                integral=parameter["type"] == "int",
                words=tuple(parameter["words"]),
            )
            for parameter in row["parameters"]  # type: ignore[attr-defined]
            if parameter["type"] in ("int", "float")
        ]
        return cls(str(row["name"]), tuple(parameters), dict(row.get("contrast") or {}))  # type: ignore[call-overload]


_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_NUMBER = re.compile(
    r"百分之([零〇一二两三四五六七八九十百\d.]+)|([-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?|[-+]?\.\d+)\s*"
    r"(%|％|k\b|thousand|万|million|亿|billion)?",
    re.IGNORECASE,
)
_SCALES = {
    "%": 0.01,
    "％": 0.01,
    "k": 1e3,
    "thousand": 1e3,
    "万": 1e4,
    "million": 1e6,
    "亿": 1e8,
    "billion": 1e9,
}
_RANGE = re.compile(r"\s*(?:[一-鿿]{0,2}[到至成为]|to|up to|down to|->|→)\s*", re.IGNORECASE)  # "from 16 to 512"
REACH = 24  # characters between a parameter's word and its number


def launch(card: DemoCard, question: str, earlier: str = "") -> DemoLaunch:
    """Offer a demo with what the question sets, clamped to the parameter's bounds.

    A follow-up such as "and with 0.001?" names no parameter: its number goes to the one that the `earlier`
    question set, and what that question set besides is kept.
    """
    params = _settings(card, question)
    if earlier:
        before = _settings(card, earlier)
        numbers = [_value(match) for match in _NUMBER.finditer(question)]
        if not params and before and numbers:
            name = next(iter(before))
            params = {name: _clamped(next(p for p in card.parameters if p.name == name), numbers[0])}
        params = before | params
    contrast = {name: value for name, value in card.contrast.items() if params.get(name) != value}
    return DemoLaunch(card.name, params, contrast)


def _settings(card: DemoCard, text: str) -> dict[str, float]:
    """The parameters that a text names together with a number; each number is used once."""
    numbers = list(_NUMBER.finditer(text))
    found: dict[str, float] = {}
    for parameter in card.parameters:
        near = [
            (distance, number)
            for word in _spoken(parameter.words, text)
            for number in numbers
            if (distance := _distance(word, number)) is not None
            if number.start() > word.start() or parameter.minimum <= _value(number) <= parameter.maximum
            if not parameter.integral or _value(number).is_integer()
        ]
        if near:
            _, number = min(near, key=lambda pair: pair[0])
            numbers.remove(number)
            following = next((other for other in numbers if other.start() > number.end()), None)
            if following and _RANGE.fullmatch(text, number.end(), following.start()):
                number = following  # where a change leads is what is asked about
                numbers.remove(number)
            found[parameter.name] = _clamped(parameter, _value(number))
    return found


def _distance(word: re.Match[str], number: re.Match[str]) -> int | None:
    """Characters between them, None if too far; a number before its word ("0.9 dropout") must be nearer."""
    if number.start() >= word.end():
        distance = number.start() - word.end()
        return distance if distance <= REACH else None
    distance = word.start() - number.end()
    return distance + REACH // 2 if 0 <= distance <= REACH // 2 else None


def _clamped(parameter: DemoParameter, value: float) -> float:
    clamped = min(max(value, parameter.minimum), parameter.maximum)
    return int(clamped) if parameter.integral else clamped


def _spoken(words: Sequence[str], question: str) -> list[re.Match[str]]:
    """Every place where the question names one of the words."""
    edges = ((r"(?<![a-z0-9]){}(?![a-z])" if word.isascii() else "{}").format(re.escape(word)) for word in words)
    return [found for edge in edges for found in re.finditer(edge, question, re.IGNORECASE)]


def _value(match: re.Match[str]) -> float:
    if match[1]:
        return _chinese(match[1]) / 100
    return float(match[2]) * _SCALES.get((match[3] or "").lower(), 1)


def _chinese(text: str) -> float:
    """A Chinese number below a thousand, such as 九十 or 二十五, or digits."""
    if re.fullmatch(r"\d+(\.\d+)?", text):
        return float(text)
    total, digit = 0, 0
    for c in text:
        if c in ("十", "百"):
            total += (digit or 1) * (10 if c == "十" else 100)
            digit = 0
        else:
            digit = _DIGITS.get(c, 0)
    return float(total + digit)
