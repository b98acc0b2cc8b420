"""One declaration gives the check, the description and the schema; a wrong value is named with its range."""

import json
import math
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest

from demos.kit.errors import DemoError, ParameterError
from demos.kit.parameters import Parameters, choice, describe, number, schema
from demos.kit.text import Text

WORDS = Text("某物", "something")


@dataclass(frozen=True, kw_only=True)
class Sample(Parameters):
    units: int = number(8, 2, 64, label=WORDS, help=WORDS, scale="log", unit="units")
    rate: float = number(0.5, 0.0, 0.99, label=WORDS, help=WORDS, words=("rate",))
    act: str = choice("relu", ("relu", "tanh"), label=WORDS, help=WORDS)


def test_missing_values_are_filled_in():
    assert Sample.checked({"rate": 0.25}).to_json() == {
        "units": 8,
        "rate": 0.25,
        "act": "relu",
        "seeds": 16,
        "seed": 0,
    }


@pytest.mark.parametrize("value", [16, 16.0, np.int64(16), np.float32(16), Fraction(16)])
def test_whole_numbers_of_any_kind_become_ints(value):
    checked = Sample.checked({"units": value})
    assert checked.units == 16
    assert type(checked.units) is int


def test_hyphens_are_as_good_as_underscores():
    @dataclass(frozen=True, kw_only=True)
    class Hyphen(Parameters):
        train_size: int = number(10, 1, 20, label=WORDS, help=WORDS)

    assert Hyphen.checked({"train-size": 12}).train_size == 12
    with pytest.raises(ParameterError, match="train_size is given twice"):
        Hyphen.checked({"train-size": 12, "train_size": 12})


@pytest.mark.parametrize(
    "value", [1, 65, 8.5, math.nan, math.inf, -math.inf, True, "8", None, [8], 10**400, 1 + 2j, {}]
)
def test_what_is_no_whole_number_in_range_is_refused(value):
    with pytest.raises(ParameterError, match=r"^units must be a whole number from 2 to 64; got "):
        Sample.checked({"units": value})


@pytest.mark.parametrize("value", [-1e-9, 1.0, math.nan, math.inf, False, "0.5", None, b"1", 10**400])
def test_what_is_no_number_in_range_is_refused(value):
    with pytest.raises(ParameterError, match=r"^rate must be a number from 0\.0 to 0\.99; got "):
        Sample.checked({"rate": value})


@pytest.mark.parametrize("value", ["gelu", "", 1, None, True, ["relu"]])
def test_what_is_no_choice_is_refused(value):
    with pytest.raises(ParameterError, match="act must be one of relu, tanh; got "):
        Sample.checked({"act": value})


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("unit", "'unit'; did you mean units"),
        ("ponies", "it takes units, rate, act, seeds, seed"),
        (3, "'3'"),
        (None, "'None'"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(name, message):
    with pytest.raises(ParameterError, match=message):
        Sample.checked({name: 1})


def test_messages_are_one_short_line_whatever_the_input():
    for params in ({"x" * 10_000: 1}, {"units": "y" * 10_000}, {"units": "a\nb"}, {"a\nb": 1}):
        with pytest.raises(DemoError) as caught:
            Sample.checked(params)
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 200


def test_the_description_and_the_schema_say_the_same():
    rows, properties = {row["name"]: row for row in describe(Sample)}, schema(Sample)["properties"]
    assert list(rows) == ["units", "rate", "act", "seeds", "seed"] == list(properties)
    assert (rows["units"]["type"], properties["units"]["type"]) == ("int", "integer")
    assert (rows["rate"]["minimum"], properties["rate"]["minimum"]) == (0.0, 0.0)
    assert rows["act"]["choices"] == properties["act"]["enum"] == ["relu", "tanh"]
    json.dumps([list(rows.values()), properties], allow_nan=False)


@pytest.mark.parametrize(
    ("declare", "message"),
    [
        (lambda: number(5, 0, 4, label=WORDS, help=WORDS), "default 5 lies outside 0 to 4"),
        (lambda: number(1.0, 0.0, 4.0, label=WORDS, help=WORDS, scale="log"), "log scale needs a minimum above 0"),
        (lambda: choice("c", ("a", "b"), label=WORDS, help=WORDS), "default 'c' is not one of a, b"),
    ],
)
def test_a_declaration_that_contradicts_itself_is_refused(declare, message):
    with pytest.raises(ValueError, match=message):
        declare()
