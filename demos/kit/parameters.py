"""Parameters of a demo, declared once: a frozen dataclass whose fields are made by `number` or `choice`.

One declaration gives the check, the command-line flag, the slider, the JSON schema and the words by
which a question can set it.
"""

import dataclasses
import difflib
import math
import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Self

from demos.kit.errors import ParameterError
from demos.kit.text import Text

Scale = Literal["linear", "log"]


@dataclass(frozen=True)
class Declaration:
    """What is declared beside a parameter's name; a choice has `choices` and no bounds."""

    label: Text
    help: Text
    words: tuple[str, ...]
    minimum: float = -math.inf
    maximum: float = math.inf
    scale: Scale = "linear"
    unit: str = ""
    choices: tuple[str, ...] = ()


def number(
    default: float,
    minimum: float,
    maximum: float,
    *,
    label: Text,
    help: Text,  # noqa: A002 - the name that argparse and the sliders use
    words: Sequence[str] = (),
    unit: str = "",
    scale: Scale = "linear",
) -> Any:
    """Declare a number in [minimum, maximum]; it is an integer if its default is one.

    Raises ValueError where the declaration contradicts itself.
    """
    if not minimum <= default <= maximum:
        raise ValueError(f"default {default} lies outside {minimum} to {maximum}")
    if scale == "log" and minimum <= 0:
        raise ValueError(f"a log scale needs a minimum above 0, got {minimum}")
    declared = Declaration(label, help, tuple(words), minimum, maximum, scale, unit)
    return dataclasses.field(default=default, metadata={"declared": declared})


def choice(default: str, choices: Sequence[str], *, label: Text, help: Text, words: Sequence[str] = ()) -> Any:  # noqa: A002
    """Declare one of several names."""
    if default not in choices:
        raise ValueError(f"default {default!r} is not one of {', '.join(choices)}")
    declared = Declaration(label, help, tuple(words), choices=tuple(choices))
    return dataclasses.field(default=default, metadata={"declared": declared})


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Base of every demo's parameters; what follows is common to all."""

    seeds: int = number(
        16,
        2,
        32,
        label=Text("种子数", "Seeds"),
        help=Text("独立重复的次数；区间由它们算出", "independent repetitions; the interval is over them"),
        words=("seeds", "种子数", "重复次数", "repetitions"),
    )
    seed: int = number(
        0,
        0,
        2**31 - 1,
        label=Text("随机种子", "Seed"),
        help=Text("决定所有随机数的起点", "where all random numbers start"),
        words=("seed", "随机种子", "random seed"),
    )

    @classmethod
    def checked(cls, values: Mapping[str, Any]) -> Self:
        """Fill in the defaults and check every value.

        Raises ParameterError naming the parameter, what it may be and what was given.
        """
        known = declarations(cls)
        given = {}
        for name, value in values.items():
            key = name.replace("-", "_") if isinstance(name, str) else name
            if key not in known:
                raise ParameterError(_unknown(name, tuple(known)))
            if key in given:
                raise ParameterError(f"parameter {key} is given twice; give it once")
            given[key] = _checked(key, known[key], value)
        return cls(**given)

    def to_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in declarations(type(self))}


def declarations(parameters: type[Parameters]) -> dict[str, dataclasses.Field[Any]]:
    """The fields by name, the demo's own first and the common ones last."""
    fields = {field.name: field for field in dataclasses.fields(parameters)}
    common = [field.name for field in dataclasses.fields(Parameters)]
    return {name: fields[name] for name in [*(n for n in fields if n not in common), *common]}


def kind(field: dataclasses.Field[Any]) -> Literal["int", "float", "choice"]:
    if field.metadata["declared"].choices:
        return "choice"
    return "int" if isinstance(field.default, int) else "float"


def describe(parameters: type[Parameters]) -> list[dict[str, Any]]:
    """Everything that a slider, a flag or a question parser needs, as plain JSON data."""
    rows = []
    for name, field in declarations(parameters).items():
        declared: Declaration = field.metadata["declared"]
        rows.append(
            {
                "name": name,
                "type": kind(field),
                "default": field.default,
                "minimum": None if declared.choices else declared.minimum,
                "maximum": None if declared.choices else declared.maximum,
                "scale": declared.scale,
                "choices": list(declared.choices),
                "unit": declared.unit,
                "help": declared.help.to_json(),
                "label": declared.label.to_json(),
                "words": list(declared.words),
            }
        )
    return rows


def schema(parameters: type[Parameters]) -> dict[str, Any]:
    """JSON Schema (2020-12) of the parameters; all are optional, none other is allowed."""
    properties: dict[str, Any] = {}
    for name, field in declarations(parameters).items():
        declared: Declaration = field.metadata["declared"]
        limits: dict[str, Any]
        if declared.choices:
            limits = {"type": "string", "enum": list(declared.choices)}
        else:
            limits = {
                "type": "integer" if kind(field) == "int" else "number",
                "minimum": declared.minimum,
                "maximum": declared.maximum,
            }
        properties[name] = {**limits, "default": field.default, "description": declared.help.en}
    return {"type": "object", "properties": properties, "additionalProperties": False}


def _unknown(name: Any, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(str(name)[:50].replace("-", "_"), known, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]}?" if near else f"it takes {', '.join(known)}"
    return f"no parameter is called {str(name)[:50]!r}; {hint}"


def _checked(name: str, field: dataclasses.Field[Any], value: Any) -> int | float | str:
    declared: Declaration = field.metadata["declared"]
    shown = repr(value) if len(repr(value)) <= 50 else repr(value)[:50] + "…"
    if declared.choices:
        if not isinstance(value, str) or value not in declared.choices:
            raise ParameterError(f"{name} must be one of {', '.join(declared.choices)}; got {shown}")
        return value
    whole = kind(field) == "int"
    sort = "a whole number" if whole else "a number"
    wanted = f"{name} must be {sort} from {declared.minimum} to {declared.maximum}; got {shown}"
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise ParameterError(wanted)
    try:
        exact = float(value)
    except OverflowError:
        raise ParameterError(wanted) from None
    inside = math.isfinite(exact) and declared.minimum <= exact <= declared.maximum
    if not inside or (whole and exact != int(exact)):
        raise ParameterError(wanted)
    return int(exact) if whole else exact
