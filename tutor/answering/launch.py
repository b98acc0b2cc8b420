"""Which experiment a question calls for, and the parameters that its words set."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from tutor.answering.answer import Clamp, DemoLaunch
from tutor.answering.assigning import Lexicon, Reading
from tutor.answering.cards import DemoCard, DemoParameter
from tutor.answering.mentions import AKIN
from tutor.answering.quantities import Quantity


class Launcher:
    """Offers the demos that it knows; safe to share between threads."""

    def __init__(self, cards: Mapping[str, DemoCard]) -> None:
        self._cards = cards
        self._lexicon = Lexicon(tuple(cards.values()))

    def choose(self, candidates: Iterable[str], conversation: Sequence[str]) -> DemoLaunch | None:
        """Of the `candidates`, best first, the demo that can be set as the question says; None if there is none.

        A later candidate stands back unless it has a parameter with a value for which the earlier ones have none.
        `conversation` holds the question last, before it those that it follows up, oldest first; what they set is kept.
        """
        known = [self._cards[name] for name in dict.fromkeys(candidates) if name in self._cards]
        if not known:
            return None
        readings = [self._lexicon.read(text) for text in conversation]
        settings = [_settled(card, readings) for card in known]
        return max(settings, key=lambda setting: setting.fitness(own=setting is settings[0])).launch()


@dataclass
class _Setting:
    """What a conversation sets of one demo."""

    card: DemoCard
    params: dict[str, float] = field(default_factory=dict)
    contrast: dict[str, float] = field(default_factory=dict)
    clamped: dict[str, Clamp] = field(default_factory=dict)
    named: list[DemoParameter] = field(default_factory=list)  # the one named last comes first
    understood: int = 0  # values that found their parameter

    def fitness(self, *, own: bool) -> tuple[int, ...]:
        """What makes one demo suit a conversation better than another, `own` being that of the note which answers.

        That is the number of values set; then the own demo if it takes them as they are, one that is about them and
        does, the own; then fewer values out of bounds and more parameters named.
        """
        subject = bool(self.card.parameters) and self.card.parameters[0].name in self.params
        as_asked = not self.clamped
        named = len(self.named) if self.understood else 0
        return self.understood, own and as_asked, subject and as_asked, own, -len(self.clamped), named

    def launch(self) -> DemoLaunch:
        against = self.contrast or self.card.contrast
        contrast = {name: value for name, value in against.items() if self.params.get(name) != value}
        return DemoLaunch(self.card.name, self.params, contrast, tuple(self.clamped.values()))

    def name(self, parameter: DemoParameter) -> None:
        self.named = [parameter, *(other for other in self.named if other != parameter)]

    def set(self, parameter: DemoParameter, values: Sequence[Quantity]) -> None:
        """Set a parameter to the first value, against the second if there is one."""
        self.name(parameter)
        self.understood += 1
        base = self.params.get(parameter.name, parameter.default)
        meant = [_meant(parameter, value, base) for value in values[:2]]
        if meant == [0.0] and values[0].vague and self._is_control(parameter):
            return  # "without dropout" is what the demo compares with, whatever its parameters are
        self.clamped.pop(parameter.name, None)
        given = [self._bounded(parameter, value) for value in meant]
        self.params[parameter.name] = given[0]
        self.contrast.pop(parameter.name, None)
        if given[0] != given[-1]:
            self.contrast[parameter.name] = given[-1]

    def _is_control(self, parameter: DemoParameter) -> bool:
        return self.card.contrast.get(parameter.name) == 0.0

    def _bounded(self, parameter: DemoParameter, value: float) -> float:
        given = parameter.clamped(value)
        if abs(given - value) > 1e-9 * abs(value):
            self.clamped[parameter.name] = Clamp(parameter.name, value, given)
        return given


def _settled(card: DemoCard, readings: Sequence[Reading]) -> _Setting:
    setting = _Setting(card)
    for number, reading in enumerate(readings):
        for form in reading.named:
            if parameter := _parameter(card, form):
                setting.name(parameter)
        values = _values(card, reading)
        for parameter, own in values.items():
            setting.set(parameter, own)
        if reading.loose and not reading.asked:
            own = [parameter for form in reading.named if (parameter := _parameter(card, form))]
            heir = _heir(setting, reading.loose, own if number == 0 else None)
            if heir:
                setting.set(heir, [value for value in reading.loose if _takes(heir, value)])
    return setting


def _values(card: DemoCard, reading: Reading) -> dict[DemoParameter, list[Quantity]]:
    """The values of each parameter; if only one has any, a number without a word is another of it."""
    values: dict[DemoParameter, list[Quantity]] = {}
    for asked in reading.asked:
        parameter = _parameter(card, asked.form)
        if parameter and _takes(parameter, asked.values[0]):
            values.setdefault(parameter, []).extend(asked.values)
    if len(values) == len(reading.asked) == 1:
        for parameter, own in values.items():
            own += [one for one in reading.loose if not one.value.is_integer() and parameter.holds(one.value)]
    return values


def _heir(setting: _Setting, loose: Sequence[Quantity], only: Sequence[DemoParameter] | None) -> DemoParameter | None:
    """The parameter to which a number without a word belongs: "and with 0.9?"

    That is one the conversation is about, or else what the demo is about. Where nothing was asked before, it is the
    `only` parameter that the question names, if the values look like no count of something else: two that it can
    take, or one that is not whole.
    """
    value = loose[0]
    if only is not None:
        told = len(loose) > 1 or not value.value.is_integer()
        fits = len(only) == 1 and all(_takes(only[0], one) and only[0].holds(one.value) for one in loose)
        return only[0] if told and fits else None
    candidates = [*setting.named, *setting.card.parameters[:1]]
    fitting = [one for one in candidates if _takes(one, value)]
    relative = value.sort == "factor"
    return next((one for one in fitting if relative or one.holds(value.value)), next(iter(fitting), None))


def _parameter(card: DemoCard, form: str) -> DemoParameter | None:
    """The parameter that a form names; a bare word means what the demo is about: of input noise, "noise" is that."""
    forms = (form, *AKIN.get(form, ()))
    named = next((one for name in forms for one in card.parameters if name in one.forms), None)
    subject = card.parameters[0] if card.parameters else None
    if named and subject and _akin(named, subject) and any(own.endswith(form) for own in subject.forms):
        return subject
    return named


def _akin(one: DemoParameter, other: DemoParameter) -> bool:
    return bool(set(one.name.split("_")) & set(other.name.split("_")))


def _takes(parameter: DemoParameter, value: Quantity) -> bool:
    """Whether a quantity can be a value of the parameter at all, be it out of bounds."""
    if value.sort in ("factor", "fraction"):
        return True
    if value.vague and value.value == 0 < parameter.minimum:
        return False  # "without layers" is said of something else; "a batch of one" is the smallest there is
    return not parameter.integral or (value.sort == "plain" and value.value.is_integer())


def _meant(parameter: DemoParameter, value: Quantity, base: float) -> float:
    """The value in the parameter's own unit; multiples are of `base`."""
    if value.sort == "factor" or (value.sort == "fraction" and not parameter.is_share):
        return value.value * base
    return value.value
