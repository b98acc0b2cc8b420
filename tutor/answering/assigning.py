"""Which quantity of a question belongs to which word: "0.9 dropout with 64 units" -> dropout 0.9, unit 64.

Words and quantities are aligned in the order in which they stand, so that every quantity is used once, as many as
possible find a word, and each the nearest. A number for which the question has another word sets nothing.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from tutor.answering.cards import DemoCard, DemoParameter
from tutor.answering.mentions import Mention, mentions, spoken
from tutor.answering.quantities import Quantity, quantities

REACH = 6.0  # the most that the words between a parameter and its value may cost
NEAR = 1.5  # …of which a unit may stand from the word whose value it counts
UNUSED = 20.0  # cost of a quantity that finds no word: more than any assignment…
LINKED = 1.5  # …but less if it is compared with the one before, whose word it then shares


@dataclass(frozen=True)
class Asked:
    """What a question says of the word `form`: the value to set, after it those that it is compared with."""

    form: str
    values: tuple[Quantity, ...]


@dataclass(frozen=True)
class Reading:
    """What a question sets: `asked` with values, the forms `named` at all, and quantities that belong to no word."""

    asked: tuple[Asked, ...]
    named: tuple[str, ...]
    loose: tuple[Quantity, ...]


class Lexicon:
    """The words of all parameters of some demos."""

    def __init__(self, cards: Sequence[DemoCard]) -> None:
        every = [parameter for card in cards for parameter in card.parameters]
        self.words = frozenset(word for parameter in every for word in parameter.words)
        self.parameters: dict[str, list[DemoParameter]] = {}
        for parameter in every:
            for form in parameter.forms:
                self.parameters.setdefault(form, []).append(parameter)
        self._measured = {form for form, own in self.parameters.items() if not any(one.integral for one in own)}

    def read(self, text: str) -> Reading:
        """What `text` sets; it is in simplified characters."""
        text = text.translate(_NARROW)
        named = mentions(text, self.words)
        inside = {place for mention in named for place in range(mention.start, mention.end)}
        numbers = [number for number in quantities(text) if number.start not in inside and _is_free(number, named)]
        units = {
            number: unit for number, unit in _counted(text, named, numbers) if self._measures(unit, number, text, named)
        }
        numbers = [replace(number, end=units[number].end) if number in units else number for number in numbers]
        named = [mention for mention in named if mention not in units.values()]
        owners = self._aligned(text, named, numbers)
        _join(text, named, numbers, owners)
        return _reading(text, named, numbers, owners, self._measured)

    def _measures(self, unit: Mention, number: Quantity, text: str, named: Sequence[Mention]) -> bool:
        """Whether a word is only the unit of another word's value: the epochs in "patience of 3 epochs"."""
        for owner in named:
            between = text[owner.end : number.start] if owner.end <= number.start else text[unit.end : owner.start]
            units = {spoken(parameter.unit) for parameter in self.parameters.get(owner.form, ())}
            told = any(form in units for parameter in self.parameters.get(unit.form, ()) for form in parameter.forms)
            if owner.form != unit.form and told and _distance(between, follows=True) <= NEAR:
                return True
        return False

    def _aligned(self, text: str, named: Sequence[Mention], numbers: Sequence[Quantity]) -> dict[int, int]:
        """Number -> mention, by position: the cheapest alignment that keeps the order of both."""
        best: list[list[tuple[float, tuple[tuple[int, int], ...]]]] = [[(0.0, ())] * (len(named) + 1)]
        for i, number in enumerate(numbers):
            above, row = best[-1], []
            linked = i > 0 and _compared(text[numbers[i - 1].end : number.start])
            unused = LINKED if linked or number.vague else UNUSED
            for j in range(len(named) + 1):
                options = [(above[j][0] + unused, above[j][1])]
                if j:
                    options.append(row[-1])
                    cost = self._cost(text, named[j - 1], number)
                    if cost is not None:
                        options.append((above[j - 1][0] + cost, (*above[j - 1][1], (i, j - 1))))
                row.append(min(options, key=lambda option: option[0]))
            best.append(row)
        return dict(best[-1][-1][1])

    def _cost(self, text: str, mention: Mention, number: Quantity) -> float | None:
        """How far a quantity is from a word, None if it cannot be its value."""
        parameters = self.parameters.get(mention.form, [])
        follows = number.start >= mention.end
        between = text[mention.end : number.start] if follows else text[number.end : mention.start]
        distance = _distance(between, follows)
        share = bool(parameters) and all(parameter.is_share for parameter in parameters)
        if follows and number.stem and len(between) <= 1:
            distance -= 1.0  # width-8, lr0.1
        if number.vague:
            insists = not follows or (number.value == 1 and _TO.search(between))
            distance = distance if distance <= 1.0 and insists else REACH + 1
        elif number.sort == "factor" and follows and text[number.start].isascii():
            distance += 3.0  # twice the width
        elif parameters and not any(_fits(parameter, number) for parameter in parameters):
            distance += 4.0
        if parameters and all(parameter.integral for parameter in parameters):
            if number.sort == "share" or (number.sort == "plain" and not number.value.is_integer()):
                return None
            if not follows and not between.strip(" -个"):
                distance -= (
                    1.5 if text[mention.end - 1] in "sS" or not mention.form.isascii() else 0.5
                )  # 64 units, 20层
        elif not follows:
            if share and number.value > 1 and number.sort == "plain":
                return None  # 500 random labels
            distance += 0.5
        if len(mention.form) == 1 and mention.form > "\u3400" and between.strip():
            return None  # 层 and 位 only next to their number
        return distance if distance <= REACH else None


def _counted(text: str, named: Sequence[Mention], numbers: Sequence[Quantity]) -> Iterator[tuple[Quantity, Mention]]:
    """Numbers with the word that follows at once: 3 epochs, 20层, 8个模型."""
    for number in numbers:
        for mention in named:
            if mention.start >= number.end and not text[number.end : mention.start].strip(" -个"):
                yield number, mention


def _is_free(number: Quantity, named: Sequence[Mention]) -> bool:
    """Whether a number is no part of a name: int8 is one if int is a word, VGG16 is none."""
    return not number.stem or any(number.start - 1 <= mention.end <= number.start for mention in named)


def _fits(parameter: DemoParameter, number: Quantity) -> bool:
    return number.sort in ("factor", "fraction") or parameter.minimum <= number.value <= parameter.maximum


_NARROW = str.maketrans("０１２３４５６７８９．％", "0123456789.%")
_BREAK = re.compile(r"[.!?。！？;；\n]\s|[!?。！？;；\n]")
_INSISTING = re.compile(
    r"(?:\b(?:only|just|to|of|at|after|with|have|has|using)|[=到成为取用]|[只仅就].?)\s*$", re.IGNORECASE
)
_TO = re.compile(r"(?:\b(?:to|of|at)|[=到成为取])\s*$")
_TOKEN = re.compile(r"[A-Za-z']+|[^\sA-Za-z]")
_FILLERS = frozenset(
    "of is to at as rate value values be a an the set equal equals from about around only just by up was were like say "
    "size strength coefficient level are probability parameter goes go down with using use for my all these over "
    "got between currently even reaches has have exactly roughly nearly maybe its which number do does i mean too so "
    "slow fast small large big high low".split()
) | set("=:：个的是为成到设取用调改换变从大约只有仅值等于在降升加增至率系数提低高把给开选定了我将将(（")
_CONNECTORS = frozenset(
    "vs versus or and to compare compared compares against instead rather than with over better worse higher lower "
    "larger smaller more less through until".split()
) | set("和与跟还或到至变成比对、,-–~—→>/改换")
_TOWARDS = re.compile(
    r"(?<!compare )(?<!compared )\bto\b|[到至]|[变改换调]成|[变改换调]?为(?!什么|何|啥)|→|->|^\s*[-–~—]\s*$"
)
_FROM_TO = re.compile(
    r"[^\d,，。;；]{0,8}[增减降升加减拉提改变换调扩缩涨放][^\d,，。;；]{0,3}[到至成为]\s*"
)  # 条加到, 拉到: from one to the other
_SETS = re.compile(r"(?:[设调改换加][成为到]|直接用|\bset (?:it |this )?to|\bnow)\s*$", re.IGNORECASE)


def _distance(between: str, follows: bool) -> float:
    """What the words between a parameter and its value cost: fillers little, others more, a new sentence too much."""
    if len(between) > 60 or _BREAK.search(between):
        return REACH + 1
    cost = 0.0
    for token in _TOKEN.findall(between):
        if token.lower() in _FILLERS:
            cost += 0.2
        elif token in ",，、":
            cost += 3.0
        elif token.isascii():
            cost += 0.2 if token in "-()\"'`" else 2.0
        else:
            cost += 1.0
    return cost if follows else 1.5 * cost


def _join(text: str, named: Sequence[Mention], numbers: Sequence[Quantity], owners: dict[int, int]) -> None:
    """Give a number without a word that of its neighbour where both are compared: 0.9 or 0.1, from 16 to 512."""
    for order in (range(len(numbers)), range(len(numbers) - 1, -1, -1)):
        for one, other in pairwise(order):
            if one in owners and other not in owners and (not numbers[other].vague or other > one):
                start, end = numbers[min(one, other)].end, numbers[max(one, other)].start
                between, owner = text[start:end], named[owners[one]]
                if start <= owner.start and owner.end <= end:
                    between = f"{between[: owner.start - start]} {between[owner.end - start :]}"
                if _compared(between):
                    owners[other] = owners[one]


def _compared(between: str) -> bool:
    """Whether the words between two numbers set them against each other, and say nothing else."""
    if len(between) > 60 or _BREAK.search(between):
        return False
    if _FROM_TO.fullmatch(between):
        return True
    tokens = [token.lower() for token in _TOKEN.findall(between)]
    linked = [token in _CONNECTORS for token in tokens]
    return any(linked) and all(link or token in _FILLERS for link, token in zip(linked, tokens, strict=True))


def _reading(
    text: str,
    named: Sequence[Mention],
    numbers: Sequence[Quantity],
    owners: dict[int, int],
    measured: Collection[str],
) -> Reading:
    """What the owners of the numbers say; forms that are `measured` take any number, the others count."""
    values: dict[str, list[Quantity]] = {}
    owned = {named[owner].form for owner in owners.values()}
    for position, number in enumerate(numbers):  # "5e-4 is the usual value, what if I set it to 1"
        if len(owned) == 1 and position not in owners and _SETS.search(text[: number.start]):
            owners[position] = next(iter(owners.values()))
    for position in sorted(owners):
        owner, number = named[owners[position]], numbers[position]
        if number.sort == "fraction" and number.start >= owner.end and owner.form in measured:
            number = replace(number, sort="plain")  # a learning rate of a half, not half the learning rate
        number = _turned(owner, number)
        values.setdefault(owner.form, []).append(number)
    asked = tuple(Asked(form, _led(text, _alike(found))) for form, found in values.items() if _insisted(text, found))
    loose = tuple(number for position, number in enumerate(numbers) if position not in owners and not number.vague)
    return Reading(asked, tuple(dict.fromkeys(mention.form for mention in named)), loose)


def _turned(owner: Mention, number: Quantity) -> Quantity:
    """A quantity as the parameter counts it, if it is said of another one: a dropout rate is what is not kept."""
    if owner.turn == "rest" and 0 <= number.value <= 1:
        return replace(number, value=round(1 - number.value, 12))
    return number


def _insisted(text: str, values: Sequence[Quantity]) -> bool:
    """Whether a lone "one" or "single" is meant as a value: only one layer, not what one layer does."""
    lone = len(values) == 1 and values[0].vague and values[0].value == 1
    return not lone or bool(_INSISTING.search(text[: values[0].start]))


def _alike(values: Sequence[Quantity]) -> Sequence[Quantity]:
    """Values without the multiples where there are others: "doubled to 40" says it twice."""
    return [value for value in values if value.sort != "factor"] or values


def _led(text: str, values: Sequence[Quantity]) -> tuple[Quantity, ...]:
    """The values with the one to set first: where a change leads, else the one that is named first."""
    if len(values) == 2:
        sets = [bool(_SETS.search(text[: value.start])) for value in values]
        if sets == [False, True] or _TOWARDS.search(text[values[0].end : values[1].start]):
            return values[1], values[0]
    return tuple(values)
