"""A picture as PNG, by resvg. What resvg does not know (CSS variables, the page's own colour) is settled here."""

import html
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from demos.kit.drawing import FONT, svg
from demos.kit.errors import DemoError

INK, PAPER, ZOOM = "#1f2328", "#ffffff", 2
FAMILIES = (
    "Noto Sans",
    "Noto Sans CJK SC",
    "DejaVu Sans",
    "Liberation Sans",
    "Arial",
    "Helvetica",
    "Segoe UI",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Ubuntu",
    "Cantarell",
    "FreeSans",
    "DejaVu Serif",
    "Times New Roman",
    "DejaVu Sans Mono",
)
MISSING = "no such family"  # resvg then takes whatever it falls back to
PROBES = {"en": [("A", "B")], "zh": [("A", "B"), ("训", "练")]}  # pairs that must not look alike


def png(event: Mapping[str, Any], language: str = "en") -> bytes:
    """The picture of an event on white paper. Raises DemoError where no font can draw its text."""
    return rasterized(svg(event, language), language)


def rasterized(drawn: str, language: str) -> bytes:
    """An SVG picture of ours as PNG. Raises DemoError where no font can draw its text."""
    drawn = re.sub(r"var\(--[\w-]+, (#[0-9a-f]+)\)", r"\1", drawn)
    drawn = drawn.replace(html.escape(FONT), family(language))
    return _render(drawn.replace("<svg ", f'<svg color="{INK}" ', 1), PAPER, ZOOM)


@lru_cache
def family(language: str) -> str:
    """A font family of this machine that can draw the language; one without serifs if there is one.

    resvg does not complain where it finds no font, it draws nothing. So pictures of letters are compared: two
    letters that look alike are blanks or the same empty box, and a family that draws like one that does not
    exist is not there. Raises DemoError where no family will do.
    """
    for name in (*FAMILIES, MISSING):
        there = name == MISSING or _letter("A", name) != _letter("A", MISSING)
        if there and all(_letter(one, name) != _letter(other, name) for one, other in PROBES[language]):
            return name
    script = {"en": "Latin", "zh": "Chinese"}[language]
    raise DemoError(
        f"no font on this machine draws {script} letters, so a PNG would have no text; "
        "install one (for example Noto Sans CJK) or write --html"
    )


def _letter(letter: str, name: str) -> bytes:
    return _render(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" font-family="{name}">'
        f'<text x="2" y="20" font-size="18">{letter}</text></svg>',
        PAPER,
        1,
    )


def _render(drawn: str, paper: str, zoom: float) -> bytes:
    import resvg_py

    return bytes(resvg_py.svg_to_bytes(svg_string=drawn, background=paper, zoom=zoom))
