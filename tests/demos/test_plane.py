"""Planes: shades, points and paths in every renderer; contours that enclose what they should."""

import json
import math
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from demos import kit
from demos.kit.contours import rings
from demos.kit.fields import LARGEST, Field, field
from demos.kit.panels import Axis, Curves, Path, Plane, Points, curve
from demos.kit.raster import png
from demos.kit.terminal import plots
from demos.kit.text import Text

SVG = "{http://www.w3.org/2000/svg}"
EVIL = Text('恶<script>alert(1)</script>&"{x}', "</text><script>alert('x')</script> & \"quotes\" {x} onload=")
X, Y = Axis(Text("横", "across")), Axis(Text("纵", "up"))
LOG = Axis(Text("对数", "log"), scale="log")
TITLE, LABEL = Text("平面", "Plane"), Text("概率", "probability")
LEVELS = np.linspace(0, 1, 48)
SLOPE = np.add.outer(LEVELS, LEVELS) / 2
CLASSES = (
    Points(Text("甲类", "class one"), "arm", (0.2, 0.9), (0.9, 0.7)),
    Points(Text("乙类", "class two"), "control", (0.1, 0.4), (0.1, 0.2)),
)
TRAIL = Path(Text("动量", "momentum"), "train", (0.0, 0.5, 1.0), (1.0, 0.2, 0.6), dashed=True)


def shade(values=SLOPE, **more):
    return field(LABEL, np.asarray(values), (0.0, 1.0), (0.0, 1.0), **more)


def plane(field=None, points=(), paths=(), x=X, y=Y):
    panel = Plane("p", TITLE, x, y, field, points, paths).to_json()
    json.dumps(panel, allow_nan=False)
    return {"event": "result", "panels": [panel]}


def drawn(event, language="en"):
    markup = kit.svg(event, language)
    assert not re.search(r"\b(nan|inf)\b", markup)
    root = ElementTree.fromstring(markup)
    assert {element.tag for element in root.iter()} <= {
        SVG + tag for tag in ("svg", "g", "text", "path", "circle", "rect")
    }
    return root


def ways(root):
    return [element.get("d") for element in root.iter(SVG + "path")]


def everything(**more):
    return plane(shade(diverging=True, **more), CLASSES, (TRAIL,))


def enclosed(places):
    """Area by the shoelace formula: positive where the inside lies to the left."""
    x, y = places.T
    return float(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("cells", [False, True])
def test_names_stand_beside_the_plane_and_the_meaning_of_the_shades_below(language, cells):
    root = drawn(everything(cells=cells), language)
    words = [element.text for element in root.iter(SVG + "text")]
    for name in (TITLE, X.label, Y.label, TRAIL.name, *(points.name for points in CLASSES)):
        assert name.say(language) in words
    assert any(word.startswith(LABEL.say(language)) for word in words)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_hostile_text_stays_text(language):
    evil = field(EVIL, SLOPE, (0, 1), (0, 1))
    panel = Plane(
        "p", EVIL, Axis(EVIL), Axis(EVIL), evil, (Points(EVIL, "arm", (0,), (0,)),), (Path(EVIL, "arm", (0,), (0,)),)
    )
    event = {"panels": [panel.to_json()]}
    root = drawn(event, language)
    assert EVIL.say(language) in [element.text for element in root.iter(SVG + "text")]
    assert not any(name.startswith("on") for element in root.iter() for name in element.attrib)
    kit.plotly_figure(event, language)
    plots(event, language, colour=False)


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0, -3.0, 7.0, math.nan, math.inf])
@pytest.mark.parametrize("diverging", [False, True])
@pytest.mark.parametrize("cells", [False, True])
def test_a_constant_field_is_one_even_shade_or_none(value, diverging, cells):
    constant = np.full((5, 7), value)
    root = drawn(plane(shade(constant, diverging=diverging, cells=cells)))
    areas = [element for element in root.iter(SVG + "path") if element.get("fill-opacity")]
    blank = not math.isfinite(value) or value == 0.5 if diverging else not value > 0
    assert bool(areas) == (not blank and math.isfinite(value))
    assert not [element for element in root.iter(SVG + "path") if element.get("stroke-width") == "1.2"], "no boundary"


def test_what_is_not_known_is_a_hole():
    values = np.ones((5, 5))
    values[2, 2] = math.nan
    assert plane(shade(values))["panels"][0]["field"]["values"][2][2] is None
    found = sorted(map(enclosed, rings(np.where(np.isnan(values), -1, values), 0.5)))
    assert found == pytest.approx([-1.125, 16])


def test_a_row_starts_at_the_lowest_y_and_its_lowest_x():
    corner = np.zeros((3, 3))
    corner[0, 0] = 1.0
    for cells in (False, True):
        area = next(way for way in ways(drawn(plane(shade(corner, cells=cells)))) if way.endswith("Z"))
        numbers = [float(number) for number in re.findall(r"[\d.]+", area)]
        assert min(numbers) < 60, "the area begins at the left edge"
        assert max(numbers) > 280, "and at the lower one"


def test_contours_enclose_where_the_values_exceed_the_level():
    x, y = np.meshgrid(np.linspace(-2, 2, 41), np.linspace(-2, 2, 41))
    (circle,) = rings(np.exp(-(x**2) - y**2), math.exp(-1))
    assert enclosed(circle) * 0.1**2 == pytest.approx(math.pi, rel=0.01)
    (half,) = rings(np.tile(np.linspace(0, 1, 11), (6, 1)), 0.25)
    assert enclosed(half) == pytest.approx(7.5 * 5)
    assert sorted(map(tuple, half.tolist())) == [(2.5, 0), (2.5, 5), (10, 0), (10, 5)]


def test_contours_of_noise_are_closed_and_cover_what_they_should():
    noise = np.random.default_rng(3).uniform(size=(30, 20))
    above = [sum(map(enclosed, rings(noise, level))) for level in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)]
    assert above == sorted(above, reverse=True)
    assert above[0] == pytest.approx(29 * 19)
    assert above[-1] == 0


def test_the_boundary_runs_where_the_classes_are_equal_and_not_along_the_edge():
    strokes = [
        element.get("d") for element in drawn(plane(shade(SLOPE, diverging=True))).iter(SVG + "path")
        if element.get("stroke-width") == "1.2"
    ]  # fmt: skip
    assert strokes
    places = [tuple(map(float, place.split())) for way in strokes for place in way[1:].split("L")]
    left, right = min(places), max(places)
    assert left[1] < right[1], "from the upper left to the lower right corner"
    for x, y in places:
        share = (x - left[0]) / (right[0] - left[0])
        assert y == pytest.approx(left[1] + share * (right[1] - left[1]), abs=0.5)


def test_cells_are_rectangles_around_their_values_and_equal_neighbours_are_one():
    weights = np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]])
    event = plane(field(LABEL, weights, (0, 2), (0, 2), cells=True))
    (way,) = [way for way in ways(drawn(event)) if way.endswith("Z")]
    assert way.count("M") == 2
    labels = [element.text for element in drawn(event).iter(SVG + "text")]
    assert labels.count("0") == labels.count("1") == labels.count("2") == 2


def test_a_field_stays_small_and_can_be_themed():
    x, y = np.meshgrid(np.linspace(-2, 2, 48), np.linspace(-2, 2, 48))
    markup = kit.svg(plane(shade(0.5 + 0.5 * np.sin(3 * x) * np.cos(2 * y), diverging=True)))
    assert len(markup) < 60_000
    assert 'fill="var(--demo-arm, #' in markup
    assert 'fill="var(--demo-control, #' in markup


def test_a_plane_may_be_empty_or_have_sets_without_points():
    drawn(plane())
    nothing = (
        Points(Text("无", "none"), "arm", (), ()),
        Points(Text("未知", "unknown"), "arm", (math.nan,), (math.inf,)),
    )
    event = plane(None, nothing, (Path(Text("空", "empty"), "test", (), ()),))
    drawn(event)
    kit.plotly_figure(event)
    assert "Plane" in plots(event, "en", colour=False)


def test_a_log_axis_takes_points_and_paths_but_no_field():
    path = Path(Text("路", "path"), "arm", (1e-3, 1.0, 1e3, 0.0), (1, 2, 3, -1))
    event = plane(None, CLASSES, (path,), x=LOG, y=LOG)
    drawn(event)
    assert kit.plotly_figure(event).layout.xaxis.type == "log"
    assert "path" in plots(event, "en", colour=False)
    alike = Path(Text("原地", "stays"), "arm", (1.0, 1.0), (1.0, 1.0))
    assert "stays" in plots(plane(None, (), (alike,), x=LOG, y=LOG), "en", colour=False)
    with pytest.raises(ValueError, match="linear"):
        plane(shade(), x=LOG)


@pytest.mark.parametrize(
    ("values", "bounds"),
    [
        ((), (0, 1)),
        (((1.0, 2.0),), (0, 1)),
        (((1.0,), (2.0,)), (0, 1)),
        (((1.0, 2.0), (3.0,)), (0, 1)),
        (((1.0,) * (LARGEST + 1),) * 2, (0, 1)),
        (((1.0, 2.0), (3.0, 4.0)), (1, 1)),
        (((1.0, 2.0), (3.0, 4.0)), (0, math.inf)),
    ],
)
def test_a_field_that_cannot_be_is_refused(values, bounds):
    with pytest.raises(ValueError, match="field"):
        Field(LABEL, values, bounds, (0, 1))


def test_points_have_as_many_x_as_y():
    with pytest.raises(ValueError, match="class three"):
        Points(Text("丙类", "class three"), "arm", (1,), (1, 2))


def test_a_path_that_leaves_the_picture_stays_short_text():
    path = Path(Text("发散", "diverges"), "arm", (0.0, 0.5, 1e308), (0.0, -1e200, math.inf))
    assert len(kit.svg(plane(shade(), (), (path,)))) < 40_000


def test_sets_of_points_differ_in_shape_not_only_in_colour():
    root = drawn(plane(None, CLASSES))
    assert len(list(root.iter(SVG + "circle"))) == 3, "two points and the sample beside the plot"
    assert len([way for way in ways(root) if way.endswith("Z")]) == 3


@pytest.mark.usefixtures("fonts")
def test_a_png_shows_the_field():
    empty, full = png(plane(None, CLASSES)), png(everything())
    assert full.startswith(b"\x89PNG")
    assert len(full) > len(empty)


@pytest.mark.parametrize("cells", [False, True])
def test_plotly_has_a_heatmap_and_each_name_once(cells):
    event = everything(cells=cells)
    event["panels"] *= 2
    found = kit.plotly_figure(event)
    json.loads(found.to_json())
    assert [trace.type for trace in found.data].count("heatmap") == 2
    named = [trace.name for trace in found.data if trace.type == "scatter" and trace.showlegend]
    assert named == ["class one", "class two", "momentum"]


def test_the_terminal_prints_points_and_paths_and_skips_a_field_alone():
    printed = plots(everything(), "en", colour=False)
    for words in ("Plane", "class one", "class two", "momentum", "across"):
        assert words in printed
    assert plots(plane(shade()), "en", colour=False) == ""


def test_curves_hold_measured_points_in_every_renderer():
    x = (0.0, 0.5, 1.0)
    fit = curve(Text("拟合", "fit"), "arm", x, [[value, value] for value in x])
    data = Points(Text("样本", "data"), "train", (0.1, 0.4, math.nan), (0.2, 3.0, 1.0))
    event = {"panels": [Curves("c", TITLE, X, Y, (fit,), (data,)).to_json()]}
    json.dumps(event, allow_nan=False)
    root = drawn(event)
    assert [element.text for element in root.iter(SVG + "text") if "data" in (element.text or "")]
    circles = [element for element in root.iter(SVG + "circle") if "train" in element.get("fill")]
    assert len(circles) == 2
    assert all(float(circle.get("cy")) > 40 for circle in circles), "the axis holds the points too"
    assert "data" in [trace.name for trace in kit.plotly_figure(event).data]
    assert "data" in plots(event, "en", colour=False)
