"""Any frame or result as one SVG picture: themable, readable on a phone, every text escaped.

Colours are CSS variables (`--demo-arm`, `--demo-control`, …) with fallbacks that read on light and on dark
paper; all else is `currentColor`. The one column is 480 units wide and may be shown at 360 pixels.
"""

import html
from collections.abc import Mapping, Sequence
from typing import Any

from demos.kit.axes import Range, number_text, span, ticks

WIDTH = 480
PLOT_HEIGHT = 190
LEFT, GAP, FOOT = 48, 26, 40
SMALL, NORMAL, HEAD = 12, 13, 14.5
LINE = 17

COLOURS = {
    "arm": "var(--demo-arm, #2f81f7)",
    "control": "var(--demo-control, #d9772b)",
    "train": "var(--demo-train, #8b6fd6)",
    "test": "var(--demo-test, #1f9d78)",
    "theory": "var(--demo-theory, #8a8f98)",
    "other": "var(--demo-other, #c2558b)",
}
HOLDS, FAILS = "var(--demo-holds, #1f9d78)", "var(--demo-fails, #d1495b)"
FONT = "system-ui, -apple-system, 'Segoe UI', 'Noto Sans', 'PingFang SC', 'Noto Sans CJK SC', 'Microsoft YaHei', sans-serif"


def svg(event: Mapping[str, Any], language: str = "en") -> str:
    """Draw the panels of an event below one another. `language` is "zh" or "en"."""
    parts, top = [], 4.0
    for panel in event["panels"]:
        drawn, height = _PANELS[panel["kind"]](panel, language)
        parts.append(f'<g transform="translate(0 {top:g})">{drawn}</g>')
        top += height
    name = "; ".join(panel["title"][language] for panel in event["panels"])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top:g}" role="img" '
        f'aria-label="{html.escape(name)}" fill="currentColor" font-family="{html.escape(FONT)}" '
        f'style="width:100%;max-width:{WIDTH * 1.5:g}px;height:auto">{"".join(parts)}</svg>'
    )


def text(x: float, y: float, words: str, *, size: float = SMALL, anchor: str = "start", **more: str) -> str:
    """One line of text, escaped; `more` are attributes, with underscores for hyphens."""
    extra = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in more.items())
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size:g}" text-anchor="{anchor}"{extra}>{html.escape(words)}</text>'
    )


def breadth(words: str, size: float) -> float:
    """About how wide a line of text is: a Han character is one em, others a little over half."""
    return size * sum(1.0 if ord(letter) > 0x2E7F else 0.56 for letter in words)


def wrapped(words: str, size: float, room: float) -> list[str]:
    """Break text into lines that fit; Han text may break anywhere, other text at spaces."""
    pieces = words.split(" ") if " " in words else list(words)
    joint = " " if " " in words else ""
    lines = [pieces[0]]
    for piece in pieces[1:]:
        longer = lines[-1] + joint + piece
        if breadth(longer, size) <= room:
            lines[-1] = longer
        else:
            lines.append(piece)
    return lines


def _heading(words: str) -> str:
    return text(0, 16, words, size=HEAD, font_weight="600")


def _frame(
    panel: Mapping[str, Any], language: str, xs: Sequence[Any], ys: Sequence[Any], right: float
) -> tuple[str, Range, Range]:
    """Grid, tick labels and axis names of a plot, and where its data go."""
    x, y = panel["x"], panel["y"]
    x_log, y_log = x["scale"] == "log", y["scale"] == "log"
    across = Range(*span(xs, x["low"], x["high"], log=x_log), LEFT, WIDTH - right, x_log)
    up = Range(*span(ys, y["low"], y["high"], log=y_log), GAP + PLOT_HEIGHT + 14, GAP + 14, y_log)
    drawn = [_heading(panel["title"][language]), text(0, GAP + 4, y["label"][language], opacity="0.7")]
    for value in ticks(up.low, up.high, 4, log=y_log):
        at = up.place(value)
        drawn.append(
            f'<path d="M{across.start:.1f} {at:.1f}H{across.end:.1f}" stroke="currentColor" stroke-opacity="0.14"/>'
        )
        label = number_text(value, percent=y["percent"])
        drawn.append(text(LEFT - 6, at + 4, label, anchor="end", opacity="0.75"))
    for value in ticks(across.low, across.high, 5, log=x_log):
        label = number_text(value, percent=x["percent"])
        drawn.append(text(across.place(value), up.start + 16, label, anchor="middle", opacity="0.75"))
    middle = (across.start + across.end) / 2
    drawn.append(text(middle, up.start + 32, x["label"][language], anchor="middle", opacity="0.7"))
    drawn.append(
        f'<path d="M{across.start:.1f} {up.start:.1f}H{across.end:.1f}" stroke="currentColor" stroke-opacity="0.5"/>'
    )
    return "".join(drawn), across, up


def _curves(panel: Mapping[str, Any], language: str) -> tuple[str, float]:
    lines = panel["curves"]
    names = [line["name"][language] for line in lines]
    right = min(150, max([breadth(name, SMALL) for name in names], default=0) + 12)
    xs = [value for line in lines for value in line["x"]]
    ys = [value for line in lines for key in ("mean", "low", "high") for value in line[key]]
    frame, across, up = _frame(panel, language, xs, ys, right)
    drawn, ends = [frame], []
    for line, name in zip(lines, names, strict=True):
        colour = COLOURS[line["role"]]
        known = [
            (across.place(x), *(min(max(up.place(v), up.end), up.start) for v in (mean, low, high)))
            for x, mean, low, high in zip(line["x"], line["mean"], line["low"], line["high"], strict=True)
            if None not in (x, mean, low, high)
        ]
        if not known:
            continue
        upper = [f"{x:.1f} {high:.1f}" for x, _, _, high in known]
        lower = [f"{x:.1f} {low:.1f}" for x, _, low, _ in reversed(known)]
        drawn.append(f'<path d="M{"L".join(upper + lower)}Z" fill="{colour}" fill-opacity="0.2"/>')
        points = "L".join(f"{x:.1f} {mean:.1f}" for x, mean, _, _ in known)
        dash = ' stroke-dasharray="5 4"' if line["dashed"] else ""
        drawn.append(
            f'<path d="M{points}" fill="none" stroke="{colour}" stroke-width="2" stroke-linejoin="round"{dash}/>'
        )
        x, mean = known[-1][:2]
        drawn.append(f'<circle cx="{x:.1f}" cy="{mean:.1f}" r="3" fill="{colour}"/>')
        ends.append((mean, name, colour))
    for at, name, colour in _apart(ends, up.end, up.start):
        drawn.append(text(across.end + 8, at + 4, name, fill=colour, font_weight="600"))
    return "".join(drawn), GAP + 14 + PLOT_HEIGHT + FOOT + 12


def _apart(labels: Sequence[tuple[float, str, str]], top: float, bottom: float) -> list[tuple[float, str, str]]:
    """Push labels apart vertically, keeping their order and staying on the plot."""
    placed: list[tuple[float, str, str]] = []
    for at, name, colour in sorted(labels):
        placed.append((max(at, placed[-1][0] + LINE - 2) if placed else max(at, top), name, colour))
    limit = bottom
    for k in range(len(placed) - 1, -1, -1):
        at, name, colour = placed[k]
        placed[k] = (min(at, limit), name, colour)
        limit = placed[k][0] - LINE + 2
    return placed


def _dots(panel: Mapping[str, Any], language: str) -> tuple[str, float]:
    """A strip for each claim: a dot per seed, mean and interval, zero and the claim's minimum."""
    drawn, top = [_heading(panel["title"][language])], float(GAP)
    least_word, unit_gap = {"zh": "至少", "en": "minimum"}[language], {"zh": "", "en": " "}[language]
    for row in panel["rows"]:
        for line in wrapped(row["name"][language], NORMAL, WIDTH - 8):
            drawn.append(text(0, top + 12, line, size=NORMAL, opacity="0.85"))
            top += LINE
        everything = [*row["values"], row["low"], row["high"], row["minimum"], 0.0]
        across = Range(*span(everything), 8, WIDTH - 8)
        middle, colour = top + 34, HOLDS if row["holds"] else FAILS
        least = across.place(row["minimum"])
        anchor = "start" if least < WIDTH / 2 else "end"
        shift = 4 if anchor == "start" else -4
        label = f"{least_word}{unit_gap}{number_text(round(row['minimum'], 2))}"
        drawn += [
            f'<path d="M8 {middle + 20:.1f}H{WIDTH - 8}" stroke="currentColor" stroke-opacity="0.5"/>',
            f'<path d="M{across.place(0):.1f} {top + 10:.1f}V{middle + 20:.1f}" stroke="currentColor" stroke-opacity="0.35"/>',
            f'<path d="M{least:.1f} {top + 4:.1f}V{middle + 20:.1f}" stroke="currentColor" stroke-dasharray="3 3"/>',
            text(least + shift, top + 13, label, anchor=anchor, opacity="0.85"),
        ]
        for k, value in enumerate(row["values"]):
            if value is not None:
                y = middle - 7 + 7 * (k * 2 % 3)
                drawn.append(
                    f'<circle cx="{across.place(value):.1f}" cy="{y:.1f}" r="3" fill="{colour}" fill-opacity="0.45"/>'
                )
        low, high = across.place(row["low"]), across.place(row["high"])
        drawn.append(
            f'<path d="M{low:.1f} {middle:.1f}H{high:.1f}" stroke="{colour}" stroke-width="5" stroke-opacity="0.8"/>'
        )
        drawn.append(
            f'<circle cx="{across.place(row["mean"]):.1f}" cy="{middle:.1f}" r="5.5" fill="{colour}" stroke="currentColor"/>'
        )
        for value in ticks(across.low, across.high, 6):
            drawn.append(text(across.place(value), middle + 35, number_text(value), anchor="middle", opacity="0.75"))
        drawn.append(text(WIDTH - 8, middle + 50, row["unit"][language], anchor="end", opacity="0.7"))
        top = middle + 62
    return "".join(drawn), top + 8


def _histogram(panel: Mapping[str, Any], language: str) -> tuple[str, float]:
    edges, bars = panel["edges"], panel["bars"]
    heights = [value for bar in bars for value in bar["shares"]]
    names = [bar["name"][language] for bar in bars]
    right = min(150, max([breadth(name, SMALL) for name in names], default=0) + 12)
    frame, across, up = _frame(panel, language, edges, [0.0, *heights], right)
    drawn = [frame]
    for k, (bar, name) in enumerate(zip(bars, names, strict=True)):
        colour = COLOURS[bar["role"]]
        path = f"M{across.place(edges[0]):.1f} {up.place(0):.1f}"
        for left, end, share in zip(edges, edges[1:], bar["shares"], strict=False):
            height = min(max(up.place(share or 0), up.end), up.start)
            path += f"L{across.place(left):.1f} {height:.1f}L{across.place(end):.1f} {height:.1f}"
        path += f"L{across.place(edges[-1]):.1f} {up.place(0):.1f}"
        drawn.append(f'<path d="{path}Z" fill="{colour}" fill-opacity="0.25" stroke="{colour}" stroke-width="1.5"/>')
        drawn.append(text(across.end + 8, up.end + 8 + LINE * k, name, fill=colour, font_weight="600"))
    return "".join(drawn), GAP + 14 + PLOT_HEIGHT + FOOT + 12


def _images(panel: Mapping[str, Any], language: str) -> tuple[str, float]:
    """Small pictures in rows, their ink in the colour of the text so that they suit any paper."""
    drawn, images = [_heading(panel["title"][language])], panel["images"]
    side, gap = 72.0, 8.0
    columns = int((WIDTH + gap) // (side + gap))
    for k, image in enumerate(images):
        left, top = (k % columns) * (side + gap), GAP + (k // columns) * (side + 2 * LINE)
        rows = image["values"]
        cell_w, cell_h = side / max(len(rows[0]), 1), side / max(len(rows), 1)
        drawn.append(
            f'<rect x="{left:g}" y="{top:g}" width="{side:g}" height="{side:g}" fill="none" stroke="currentColor" stroke-opacity="0.25"/>'
        )
        for i, row in enumerate(rows):
            for j, value in enumerate(row):
                if value:
                    drawn.append(
                        f'<rect x="{left + j * cell_w:.2f}" y="{top + i * cell_h:.2f}" width="{cell_w:.2f}" '
                        f'height="{cell_h:.2f}" fill-opacity="{min(max(value, 0), 1):.2f}"/>'
                    )
        drawn.append(text(left + side / 2, top + side + 14, image["caption"][language], anchor="middle"))
    return "".join(drawn), GAP + -(-len(images) // columns) * (side + 2 * LINE) + 8


_PANELS = {"curves": _curves, "dots": _dots, "hist": _histogram, "image": _images}
