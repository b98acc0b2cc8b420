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
    HOLDS,
    INK,
    LINE,
    NORMAL,
    apart,
    area,
    box,
    breadth,
    dot,
    heading,
    line,
    quiet,
    text,
    window,
    wrapped,
)
from demos.kit.text import Text

WIDTH, EDGE = 480, 8
LEFT, TOP, HEIGHT, FOOT = 48, 42, 150, 52  # of a plot: room for tick labels, for the title, the data, the axis name
WIDEST_LABEL = 150
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
    curves = panel["curves"]
    names = [curve["name"][language] for curve in curves]
    xs = [x for curve in curves for x in curve["x"]]
    ys = [y for curve in curves for key in ("mean", "low", "high") for y in curve[key]]
    grid, across, up = _plot(panel, language, xs, ys, names)
    marks, ends = [], []
    for curve, name in zip(curves, names, strict=True):
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
    seen = window(across.start, up.end - 4, across.end - across.start + 4, HEIGHT + 4, marks)
    labels = [
        text(across.end + 8, at + 4, name, fill=colour, font_weight=600)
        for at, name, colour in apart(ends, up.end, up.start)
    ]
    return grid + seen + "".join(labels), TOP + HEIGHT + FOOT


def _histogram(panel: Mapping[str, Any], language: str) -> Drawn:
    edges, bars = panel["edges"], panel["bars"]
    names = [bar["name"][language] for bar in bars]
    shares = [share for bar in bars for share in bar["shares"]]
    grid, across, up = _plot(panel, language, edges, [0.0, *shares], names)
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
    names: Sequence[str],
) -> tuple[str, Range, Range]:
    """Title, grid, tick labels and axis names of a plot, with room for its lines' names, and where data go."""
    x, y = panel["x"], panel["y"]
    x_log, y_log = x["scale"] == "log", y["scale"] == "log"
    room = min(WIDEST_LABEL, max(map(breadth, names), default=0) + 14)
    bounds = span(xs, x["low"], x["high"], log=x_log)
    across = Range(*bounds, LEFT, WIDTH - room, x_log)
    up = Range(*span(ys, y["low"], y["high"], log=y_log), TOP + HEIGHT, TOP, y_log)
    marks = [heading(panel["title"][language]), quiet(0, TOP - 10, y["label"][language])]
    for value in ticks(up.low, up.high, 4, log=y_log):
        at = up.place(value)
        marks.append(line([(across.start, at), (across.end, at)], stroke_opacity=0.14))
        marks.append(quiet(LEFT - 6, at + 4, number_text(value, percent=y["percent"]), text_anchor="end"))
    for value in ticks(across.low, across.high, 5, log=x_log):
        label = number_text(value, percent=x["percent"])
        marks.append(quiet(across.place(value), up.start + 16, label, text_anchor="middle"))
    marks.append(line([(across.start, up.start), (across.end, up.start)], stroke_opacity=0.5))
    middle = (across.start + across.end) / 2
    marks.append(quiet(middle, up.start + 33, x["label"][language], text_anchor="middle"))
    return "".join(marks), across, up


_PANELS = {"curves": _curves, "dots": _dots, "hist": _histogram, "image": _images}
