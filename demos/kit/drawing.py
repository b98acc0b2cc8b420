"""Any frame or result as one SVG picture: themable, readable on a phone, every text escaped.

Colours are CSS variables (`--demo-arm`, `--demo-control`, …) with fallbacks that read on light and on dark
paper; all else is `currentColor`. The one column is 480 units wide and may be shown at 360 pixels.
"""

import html
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from demos.kit.axes import Range, number_text, span, ticks
from demos.kit.marks import (
    COLOURS,
    FAILS,
    HALO,
    HOLDS,
    INK,
    LINE,
    NORMAL,
    SMALL,
    apart,
    area,
    box,
    breadth,
    dot,
    heading,
    line,
    point,
    quiet,
    text,
    window,
    wrapped,
)
from demos.kit.shades import extent, middles, ramp, shaded
from demos.kit.text import Text

WIDTH, EDGE = 480, 8
LEFT, TOP, HEIGHT, FOOT = 48, 42, 150, 52  # of a plot: room for tick labels, for the title, the data, the axis name
WIDEST_LABEL = 150
PLANE, RAMP = 250, 22  # of a plane: height of the data, room for what its shades mean
KEY, MANY = 30, 150  # room for a sample and before a name; more points than this are drawn smaller
FAR = 10.0 * WIDTH  # whatever lies beyond is drawn here, out of sight
IMAGE = 72  # side of a small picture
FONT = (
    "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'PingFang SC', 'Noto Sans CJK SC', "
    "'Microsoft YaHei', sans-serif"
)
LEAST = Text("至少 {value}", "minimum {value}")
MEASURED = Text(
    "{mean} {unit}，95% 区间 {low} 到 {high}：{word}", "{mean} {unit}, 95% interval {low} to {high}: {word}"
)
WORDS = {True: Text("成立", "holds"), False: Text("不成立", "does not hold"), None: Text("训练中", "so far")}
SHADES = {True: HOLDS, False: FAILS, None: COLOURS["arm"]}

Drawn = tuple[str, float]  # markup with its origin at the top left, and its height


def svg(event: Mapping[str, Any], language: str = "en") -> str:
    """Draw the panels of an event below one another. `language` is "zh" or "en"."""
    parts, top = [], 4.0
    for panel in event["panels"]:
        drawn, height = _PANELS[panel["kind"]](panel, language)
        parts.append(f'<g transform="translate(0 {top:g})">{drawn}</g>')
        top += height
    name = html.escape("; ".join(panel["title"][language] for panel in event["panels"]))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top:g}" role="img" aria-label="{name}" '
        f'fill="{INK}" font-family="{html.escape(FONT)}" '
        f'style="width:100%;max-width:{1.5 * WIDTH:g}px;height:auto">{"".join(parts)}</svg>'
    )


def _curves(panel: Mapping[str, Any], language: str) -> Drawn:
    curves, points = panel["curves"], panel["points"]
    names = [curve["name"][language] for curve in curves]
    names += ["• " + dots["name"][language] for dots in points]
    xs = [x for row in (*curves, *points) for x in row["x"]]
    ys = [y for curve in curves for key in ("mean", "low", "high") for y in curve[key]]
    ys += [y for dots in points for y in dots["y"]]
    grid, across, up = _plot(panel, language, xs, ys, _room(names))
    marks, ends = [], []
    for curve, name in zip(curves, names, strict=False):
        colour = COLOURS[curve["role"]]
        rows = zip(curve["x"], curve["mean"], curve["low"], curve["high"], strict=True)
        known = [(across.place(x), *map(up.place, rest)) for x, *rest in rows if None not in (x, *rest)]
        if not known:
            continue
        upper, lower = [(x, high) for x, _, _, high in known], [(x, low) for x, _, low, _ in known]
        marks.append(area([*upper, *reversed(lower)], colour, 0.2))
        dash = {"stroke_dasharray": "5 4"} if curve["dashed"] else {}
        marks.append(line([(x, mean) for x, mean, _, _ in known], colour, 2, stroke_linejoin="round", **dash))
        x, mean = known[-1][:2]
        marks.append(dot(x, mean, 3, colour))
        ends.append((mean, name, colour))
    for k, (dots, name) in enumerate(zip(points, names[len(curves) :], strict=True)):
        placed = _places(dots, across, up)
        marks += [point(k, *at, 3, COLOURS[dots["role"]]) for at in placed]
        if placed:
            ends.append((max(placed)[1], name, COLOURS[dots["role"]]))
    seen = window(across.start, up.end - 4, across.end - across.start + 4, HEIGHT + 4, marks)
    labels = [
        text(across.end + 8, at + 4, name, fill=colour, font_weight=600)
        for at, name, colour in apart(ends, up.end, up.start)
    ]
    return grid + seen + "".join(labels), TOP + HEIGHT + FOOT


def _plane(panel: Mapping[str, Any], language: str) -> Drawn:
    """The field, before it points and paths; their names stand beside the plot, what the shades mean below it."""
    field, rows = panel["field"], [*panel["points"], *panel["paths"]]
    if field:
        panel = {**panel, **{name: _around(field, name, panel[name]) for name in ("x", "y")}}
    xs, ys = ([value for row in rows for value in row[axis]] for axis in ("x", "y"))
    names = [wrapped(row["name"][language], SMALL, WIDEST_LABEL - KEY) for row in rows]
    room = _room([words for name in names for words in name], KEY if rows else EDGE)
    grid, across, up = _plot(panel, language, xs, ys, room, PLANE)
    marks, labels, top = [], [], up.end + 8
    for k, (row, name) in enumerate(zip(rows, names, strict=True)):
        colour, sample, middle = COLOURS[row["role"]], across.end + 18, top - 4
        places = _places(row, across, up)
        if "dashed" in row:
            marks += _trail(places, colour, dashed=row["dashed"])
            labels += _trail([(sample - 10, middle), (sample + 4, middle)], colour, dashed=row["dashed"])
        else:
            radius = 3 if len(places) <= MANY else 2.2
            marks += [point(k, *place, radius, colour) for place in places]
            labels.append(point(k, sample, middle, 4, colour))
        for words in name:
            labels.append(text(across.end + KEY, top, words, fill=colour, font_weight=600))
            top += LINE
    wide = across.end - across.start
    behind = window(across.start, up.end, wide, PLANE, shaded(field, across, up)) if field else ""
    seen = window(across.start - 4, up.end - 4, wide + 8, PLANE + 8, marks)
    below = ramp(field, language, across.end, up.start + FOOT - 6) if field else ()
    height = TOP + PLANE + FOOT + (RAMP if field else 0)
    return grid + behind + seen + "".join((*labels, *below)), height


def _trail(places: Sequence[tuple[float, float]], colour: str, *, dashed: bool) -> list[str]:
    """A path, with a halo that keeps it apart from what it runs over, and a mark where it has come to."""
    if not places:
        return []
    dash = {"stroke_dasharray": "5 4"} if dashed else {}
    return [
        line(places, HALO, 4, stroke_opacity=0.5, stroke_linejoin="round"),
        line(places, colour, 2, stroke_linejoin="round", **dash),
        dot(*places[-1], 4.5, colour, stroke=HALO),
    ]


def _places(row: Mapping[str, Any], across: Range, up: Range) -> list[tuple[float, float]]:
    """Where the known of some points lie on paper; those far beyond it not quite as far as they are."""
    known = [pair for pair in zip(row["x"], row["y"], strict=True) if None not in pair]
    return [(max(-FAR, min(FAR, across.place(x))), max(-FAR, min(FAR, up.place(y)))) for x, y in known]


def _around(field: Mapping[str, Any], name: str, axis: Mapping[str, Any]) -> dict[str, Any]:
    """The axis of a field: it ends where the field does unless it says otherwise, and shows cells whole."""
    low, high = extent(field, name)
    if field["cells"]:
        return {**axis, "low": low, "high": high, "ticks": middles(field, name)}
    return {"low": low, "high": high, **{key: value for key, value in axis.items() if value is not None}}


def _histogram(panel: Mapping[str, Any], language: str) -> Drawn:
    edges, bars = panel["edges"], panel["bars"]
    names = [bar["name"][language] for bar in bars]
    shares = [share for bar in bars for share in bar["shares"]]
    grid, across, up = _plot(panel, language, edges, [0.0, *shares], _room(names))
    marks, labels = [], []
    for k, (bar, name) in enumerate(zip(bars, names, strict=True)):
        colour, points = COLOURS[bar["role"]], [(across.place(edges[0]), up.start)]
        for left, right, share in zip(edges[:-1], edges[1:], bar["shares"], strict=True):
            points += [(across.place(left), up.place(share or 0)), (across.place(right), up.place(share or 0))]
        points.append((across.place(edges[-1]), up.start))
        marks.append(area(points, colour, 0.25, stroke=colour, stroke_width=1.5))
        labels.append(text(across.end + 8, up.end + 8 + LINE * k, name, fill=colour, font_weight=600))
    seen = window(across.start, up.end - 4, across.end - across.start + 4, HEIGHT + 4, marks)
    return grid + seen + "".join(labels), TOP + HEIGHT + FOOT


def _dots(panel: Mapping[str, Any], language: str) -> Drawn:
    """A strip for each claim: a dot per seed, mean and interval, zero and the claim's minimum."""
    marks, top = [heading(panel["title"][language])], 30.0
    for row in panel["rows"]:
        for words in wrapped(row["name"][language], NORMAL, WIDTH - EDGE):
            marks.append(text(0, top + 10, words, font_size=NORMAL))
            top += LINE
        colour = SHADES[row["holds"]]
        measured = MEASURED.format(
            **{key: f"{row[key]:+.1f}" for key in ("mean", "low", "high")},
            unit=row["unit"][language],
            word=WORDS[row["holds"]],
        )
        marks.append(text(0, top + 10, measured.say(language), fill=colour, font_weight=600))
        marks += _strip(row, language, colour, top + 14)
        top += 92
    return "".join(marks), top + 6


def _strip(row: Mapping[str, Any], language: str, colour: str, top: float) -> list[str]:
    values = [value for value in row["values"] if value is not None]
    across = Range(*span([*values, row["low"], row["high"], row["minimum"], 0.0]), EDGE, WIDTH - EDGE)
    middle, base = top + 30, top + 48
    zero, least, low, mean, high = map(across.place, (0.0, row["minimum"], row["low"], row["mean"], row["high"]))
    leftwards = least > WIDTH / 2
    label = getattr(LEAST.format(value=number_text(round(row["minimum"], 2))), language)
    return [
        line([(EDGE, base), (WIDTH - EDGE, base)], stroke_opacity=0.5),
        line([(zero, top + 14), (zero, base)], stroke_opacity=0.35),
        line([(least, top + 3), (least, base)], stroke_dasharray="3 3"),
        quiet(least + (-5 if leftwards else 5), top + 12, label, text_anchor="end" if leftwards else "start"),
        *(
            dot(across.place(value), middle + 7 * (k * 2 % 3 - 1), 3, colour, fill_opacity=0.45)
            for k, value in enumerate(values)
        ),
        line([(low, middle), (high, middle)], colour, 5, stroke_opacity=0.8),
        dot(mean, middle, 5.5, colour, stroke=INK),
        *(
            quiet(across.place(value), base + 15, number_text(value), text_anchor="middle")
            for value in ticks(across.low, across.high, 6)
        ),
    ]


def _images(panel: Mapping[str, Any], language: str) -> Drawn:
    """Small pictures in rows, their ink in the colour of the text so that they suit any paper."""
    marks, gap, down = [heading(panel["title"][language])], 8.0, IMAGE + 2.0 * LINE
    columns = int((WIDTH + gap) // (IMAGE + gap))
    for k, image in enumerate(panel["images"]):
        left, top, rows = (k % columns) * (IMAGE + gap), 28 + (k // columns) * down, image["values"]
        marks.append(box(left, top, IMAGE, IMAGE, fill="none", stroke=INK, stroke_opacity=0.25))
        high = IMAGE / len(rows)
        for i, row in enumerate(rows):
            wide = IMAGE / len(row)
            marks += [
                box(left + j * wide, top + i * high, wide, high, fill_opacity=f"{min(value, 1):.2f}")
                for j, value in enumerate(row)
                if value and value > 0
            ]
        marks.append(quiet(left + IMAGE / 2, top + IMAGE + 14, image["caption"][language], text_anchor="middle"))
    return "".join(marks), 28 + -(-len(panel["images"]) // columns) * down


def _plot(
    panel: Mapping[str, Any],
    language: str,
    xs: Sequence[float | None],
    ys: Iterable[float | None],
    room: float,
    height: float = HEIGHT,
) -> tuple[str, Range, Range]:
    """Title, grid, tick labels and axis names of a plot, with room for names beside it, and where data go."""
    x, y = panel["x"], panel["y"]
    x_log, y_log = x["scale"] == "log", y["scale"] == "log"
    bounds = span(xs, x["low"], x["high"], log=x_log)
    across = Range(*bounds, LEFT, WIDTH - room, x_log)
    up = Range(*span(ys, y["low"], y["high"], log=y_log), TOP + height, TOP, y_log)
    marks = [heading(panel["title"][language]), quiet(0, TOP - 10, y["label"][language])]
    for value in y.get("ticks") or ticks(up.low, up.high, 4, log=y_log):
        at = up.place(value)
        marks.append(line([(across.start, at), (across.end, at)], stroke_opacity=0.14))
        marks.append(quiet(LEFT - 6, at + 4, number_text(value, percent=y["percent"]), text_anchor="end"))
    for value in x.get("ticks") or ticks(across.low, across.high, 5, log=x_log):
        label = number_text(value, percent=x["percent"])
        marks.append(quiet(across.place(value), up.start + 16, label, text_anchor="middle"))
    marks.append(line([(across.start, up.start), (across.end, up.start)], stroke_opacity=0.5))
    middle = (across.start + across.end) / 2
    marks.append(quiet(middle, up.start + 33, x["label"][language], text_anchor="middle"))
    return "".join(marks), across, up


def _room(names: Sequence[str], before: float = 14) -> float:
    """The width that names take beside a plot, with so much before them."""
    return min(WIDEST_LABEL, max(map(breadth, names), default=0) + before)


_PANELS = {"curves": _curves, "plane": _plane, "dots": _dots, "hist": _histogram, "image": _images}
