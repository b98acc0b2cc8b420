"""The renderers: hostile text stays text, nothing leaves its axis, PNG is not drawn without its letters."""

import math
import xml.etree.ElementTree as ElementTree
from itertools import pairwise

import pytest

from demos import kit
from demos.kit import raster
from demos.kit.axes import Range, number_text, span, ticks
from demos.kit.claims import Claim, judge, setting
from demos.kit.errors import DemoError
from demos.kit.marks import apart, breadth, wrapped
from demos.kit.panels import Axis, Bars, Curves, Dots, Histogram, Pictures, curve, picture
from demos.kit.raster import png
from demos.kit.text import Text

SVG = "{http://www.w3.org/2000/svg}"
EVIL = Text('恶<script>alert(1)</script>&"', "</text><script>alert('x')</script> & \"quotes\" onload=")


def hostile_event():
    """Every kind of panel, with every text an attack."""
    claim = Claim("c", EVIL, "metric", Text("{effect}", "{effect}"), 0.02, setting(a=1))
    axis = Axis(EVIL)
    panels = (
        Curves("a", EVIL, axis, axis, (curve(EVIL, "arm", (0, 1), [[0.1, 0.2], [0.3, math.nan]]),)),
        Histogram("b", EVIL, axis, axis, (0.0, 0.5, 1.0), (Bars(EVIL, "control", (0.4, 0.6)),)),
        Pictures("c", EVIL, (picture(EVIL, [[0.0, 0.5], [1.0, 2.0]]),)),
        Dots("d", EVIL, (judge(claim, [0.01, 0.05, 0.03]),), settled=True),
    )
    return {"event": "result", "panels": [panel.to_json() for panel in panels]}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_hostile_text_stays_text(language):
    root = ElementTree.fromstring(kit.svg(hostile_event(), language))
    allowed = {SVG + tag for tag in ("svg", "g", "text", "path", "circle", "rect")}
    assert {element.tag for element in root.iter()} <= allowed
    assert not any(name.startswith("on") for element in root.iter() for name in element.attrib)
    titles = [element.text for element in root.iter(SVG + "text")]
    assert EVIL.say(language) in titles


def test_what_is_not_finite_becomes_null_and_is_left_out():
    event = hostile_event()
    assert event["panels"][0]["curves"][0]["mean"][1] is None
    assert "nan" not in kit.svg(event).lower()


def test_an_event_without_panels_or_curves_can_be_drawn():
    axis = Axis(Text("横", "x"))
    empty = Curves("a", Text("空", "empty"), axis, axis, ())
    for event in ({"panels": []}, {"panels": [empty.to_json()]}):
        ElementTree.fromstring(kit.svg(event))


def test_colours_can_be_themed_and_text_takes_the_colour_of_the_page():
    drawn = kit.svg(hostile_event())
    assert "var(--demo-arm, #" in drawn
    assert 'fill="currentColor"' in drawn


@pytest.mark.usefixtures("fonts")
def test_a_png_has_the_size_of_its_picture_and_differs_by_language():
    zh, en = (png(hostile_event(), language) for language in ("zh", "en"))
    width, height = (int.from_bytes(en[start : start + 4], "big") for start in (16, 20))
    assert width == 960
    assert height > 960
    assert zh != en


def test_without_a_font_a_png_is_refused_with_advice(monkeypatch):
    raster.family.cache_clear()
    monkeypatch.setattr(raster, "_letter", lambda letter, name: b"blank")
    with pytest.raises(DemoError, match=r"no font on this machine draws Chinese letters.*--html"):
        png(hostile_event(), "zh")
    raster.family.cache_clear()


def test_a_family_that_is_not_there_is_not_chosen(monkeypatch):
    raster.family.cache_clear()
    pictures = {("A", "DejaVu Sans"): b"A'", ("B", "DejaVu Sans"): b"B'"}
    monkeypatch.setattr(raster, "_letter", lambda letter, name: pictures.get((letter, name), letter.encode()))
    assert raster.family("en") == "DejaVu Sans"
    raster.family.cache_clear()


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.0, 1.0, [0, 0.25, 0.5, 0.75, 1]),
        (0.795, 1.005, [0.8, 0.85, 0.9, 0.95, 1.0]),
        (-0.3, 20.2, [0, 5, 10, 15, 20]),
        (0, 60, [0, 20, 40, 60]),
    ],
)
def test_ticks_are_round_numbers_within_the_axis(low, high, expected):
    assert ticks(low, high, 4) == pytest.approx(expected)


def test_there_are_always_a_few_ticks_inside():
    for exponent in range(-8, 9):
        for factor in (1.0, 1.7, 3.3, 7.9):
            low, high = -0.2 * factor * 10.0**exponent, factor * 10.0**exponent
            found = ticks(low, high, 5)
            assert 3 <= len(found) <= 9
            assert all(low <= tick <= high for tick in found)


@pytest.mark.parametrize(("low", "high"), [(0.8, 100), (1, 3), (1e-6, 1e6), (2, 512), (3e-4, 5e-4)])
def test_log_ticks_lie_within_the_axis(low, high):
    found = ticks(low, high, 5, log=True)
    assert 1 <= len(found) <= 8
    assert all(low * 0.99 <= tick <= high * 1.01 for tick in found)


def test_a_span_is_never_empty():
    for values in ([], [None], [3.0, 3.0], [0.0]):
        low, high = span(values)
        assert low < high
    assert span([0.0, -1.0], log=True)[0] > 0


def test_places_run_from_start_to_end_and_what_cannot_be_on_a_log_axis_goes_to_its_low_end():
    linear, log = Range(0, 10, 100, 0), Range(1, 100, 0, 200, log=True)
    assert [linear.place(v) for v in (0, 5, 10)] == [100, 50, 0]
    assert [log.place(v) for v in (1, 10, 100, 0, -5)] == pytest.approx([0, 100, 200, 0, 0])


def test_numbers_are_written_as_people_write_them():
    assert [number_text(v) for v in (0, 0.25, 1000, 1e-5, 2.5e7)] == ["0", "0.25", "1,000", "1e-05", "2.5e+07"]
    assert number_text(0.125, percent=True) == "12.5%"


def test_labels_are_pushed_apart_within_their_bounds():
    placed = [at for at, _, _ in apart([(50, "a", ""), (51, "b", ""), (52, "c", ""), (199, "d", "")], 0, 200)]
    assert placed == sorted(placed)
    assert all(after - before >= 15 for before, after in pairwise(placed))
    assert placed[-1] <= 200


@pytest.mark.parametrize(
    "words",
    [
        "With noisy labels, dropout narrows the gap between training and test accuracy",
        "标签有噪声时，权重衰减提高测试准确率" * 3,
    ],
)
def test_wrapped_lines_fit_and_lose_nothing(words):
    lines = wrapped(words, 13, 200)
    assert len(lines) > 1
    assert all(breadth(line, 13) <= 213 for line in lines)
    assert "".join(lines).replace(" ", "") == words.replace(" ", "")
