"""What the answerer knows of the experiments: their parameters, and the words by which a question names them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tutor.answering.mentions import form_of
from tutor.corpus import Language


@dataclass(frozen=True)
class DemoParameter:
    """A parameter of a demo: its bounds and the words by which a question can set it."""

    name: str
    minimum: float
    maximum: float
    integral: bool
    words: tuple[str, ...]
    default: float = 0.0
    unit: str = ""  # the English word that may follow its value

    @cached_property
    def forms(self) -> frozenset[str]:
        """Its words in the shape in which they are compared with others."""
        return frozenset(map(form_of, self.words))

    @property
    def is_share(self) -> bool:
        """Whether it is a part of a whole, so that "half" is a value of it and not a multiple."""
        return not self.integral and self.minimum == 0 and self.maximum <= 1

    def holds(self, value: float) -> bool:
        """Whether the value can be set as it is."""
        return self.minimum <= value <= self.maximum and (float(value).is_integer() or not self.integral)

    def clamped(self, value: float) -> float:
        """The nearest value that can be set."""
        inside = min(max(value, self.minimum), self.maximum)
        return round(inside) if self.integral else inside


@dataclass(frozen=True)
class DemoCard:
    """What the answerer knows of a demo; `contrast` is the setting that its effect is measured against.

    The first of the parameters is what the demo is about. `claims` holds the text of each by its id, and `code` gives
    the hash of the code that would run, by which a receipt is told from a stale one.
    """

    name: str
    parameters: tuple[DemoParameter, ...]
    contrast: Mapping[str, float]
    claims: Mapping[str, Mapping[Language, str]] = field(default_factory=dict)
    code: Callable[[], str] = str

    @classmethod
    def from_catalogue(cls, row: Mapping[str, Any], code: Callable[[], str] = str) -> "DemoCard":
        """Read a row of `demos.kit.catalogue()`; without its `code` no receipt of the demo counts."""
        parameters = [
            DemoParameter(
                name=parameter["name"],
                minimum=parameter["minimum"],
                maximum=parameter["maximum"],
                integral=parameter["type"] == "int",
                words=tuple(parameter["words"]),
                default=parameter["default"],
                unit=parameter["unit"],
            )
            for parameter in row["parameters"]
            if parameter["type"] in ("int", "float")
        ]
        claims = {claim["id"]: claim["text"] for claim in row["claims"]}
        return cls(row["name"], tuple(parameters), dict(row["contrast"]), claims, code)
