"""A map drawn: a coloured table as SVG, as PNG by way of it, and as a web page with the intervals."""

from collections.abc import Mapping
from html import escape
from typing import Any

from demos.kit.discovery import load
from demos.kit.drawing import EDGE, FONT, WIDTH
from demos.kit.maps import MINUS, PLUS, legend, shown
from demos.kit.marks import COLOURS, INK, LINE, NORMAL, SMALL, box, quiet, text, wrapped
from demos.kit.page import PARAMETERS, document
from demos.kit.text import Text

LEFT, HIGH, GAP = 62, 46, 3  # room for the values of y; height of a cell, and how far it is from the next
FAINTEST, STRONGEST = 0.15, 0.7
SHADES = {PLUS: COLOURS["arm"], MINUS: COLOURS["control"]}
TITLE = Text("{title}：何时不成立", "{title}: when it does not hold")
EFFECT, INTERVAL = Text("效应", "effect"), Text("95% 区间", "95% interval")


def svg(found: Mapping[str, Any], language: str = "en") -> str:
    """The table, largest y on top; the stronger an effect, the darker its cell."""
    x, y, marks, top = found["x"], found["y"], [], 20.0
    for words in wrapped(found["text"][language], NORMAL, WIDTH - EDGE):
        marks.append(text(0, top, words, font_size=NORMAL, font_weight=600))
        top += LINE
    marks.append(quiet(0, top + 4, y["label"][language]))
    top += 14
    wide = (WIDTH - LEFT) / len(x["values"])
    most = max(abs(cell["effect"]) for row in found["cells"] for cell in row) or 1.0
    for value, row in zip(reversed(y["values"]), reversed(found["cells"]), strict=True):
        marks.append(quiet(LEFT - 8, top + HIGH / 2 + 4, f"{value:g}", text_anchor="end"))
        for k, cell in enumerate(row):
            left, middle = LEFT + k * wide, LEFT + (k + 0.5) * wide
            strength = FAINTEST + (STRONGEST - FAINTEST) * abs(cell["effect"]) / most
            shade = {"fill": SHADES[cell["sign"]], "fill_opacity": f"{strength:.2f}"} if cell["sign"] in SHADES else {}
            shade = shade or {"fill": "none", "stroke": INK, "stroke_opacity": 0.25}
            marks.append(box(left + GAP / 2, top + GAP / 2, wide - GAP, HIGH - GAP, **shade))
            marks.append(text(middle, top + 19, cell["sign"], text_anchor="middle", font_weight=600))
            marks.append(text(middle, top + 36, shown(found, cell["effect"]), text_anchor="middle"))
        top += HIGH
    for k, value in enumerate(x["values"]):
        marks.append(quiet(LEFT + (k + 0.5) * wide, top + 16, f"{value:g}", text_anchor="middle"))
    marks.append(quiet((LEFT + WIDTH) / 2, top + 34, x["label"][language], text_anchor="middle"))
    top += 58
    for words in wrapped(legend(found, language), SMALL, WIDTH - EDGE):
        marks.append(quiet(0, top, words))
        top += LINE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top:g}" role="img" '
        f'aria-label="{escape(found["text"][language])}" fill="{INK}" font-family="{escape(FONT)}" '
        f'style="width:100%;max-width:{1.5 * WIDTH:g}px;height:auto">{"".join(marks)}</svg>'
    )


def png(found: Mapping[str, Any], language: str = "en") -> bytes:
    """The table on white paper. Raises DemoError where no font can draw its text."""
    from demos.kit.raster import rasterized

    return rasterized(svg(found, language), language)


def page(found: Mapping[str, Any], language: str = "en") -> str:
    """A web page that needs nothing else: the table, its intervals, the parameters of all cells."""
    demo = load(found["demo"])
    x, y = found["x"], found["y"]
    heads = (x["label"][language], y["label"][language], EFFECT.say(language), INTERVAL.say(language))
    rows = "".join(
        f"<tr><td>{right:g}</td><td>{up:g}</td><td>{cell['sign']} {shown(found, cell['effect'])}</td>"
        f"<td>{shown(found, cell['ci95'][0])} … {shown(found, cell['ci95'][1])}</td></tr>"
        for up, row in zip(y["values"], found["cells"], strict=True)
        for right, cell in zip(x["values"], row, strict=True)
    )
    head = "".join(f"<th>{escape(words)}</th>" for words in heads)
    params = "".join(
        f"<tr><td>{escape(key)}</td><td>{escape(str(value))}</td></tr>" for key, value in found["params"].items()
    )
    title = TITLE.format(title=demo.title).say(language)
    return document(
        title,
        f"""<h1>{escape(title)}</h1><p>{escape(demo.summary.say(language))}</p>
{svg(found, language)}
<table><tr>{head}</tr>{rows}</table>
<h2>{escape(PARAMETERS.say(language))}</h2><table>{params}</table>""",
        language,
    )
