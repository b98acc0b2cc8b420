"""Formulas, links and images in the text of a note, with their lines, parsed as the web page parses them.

The inline parser takes quadratic time on some runs of brackets, so a note with far more of one character than any
text needs is not parsed at all; its `refusal` says why.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

from tutor.corpus.notes import Note

SPECIAL = "[]<`*_&|$\\"
SPECIAL_LIMIT = 2_000  # of each in a note; the most in a shipped one is some 250
_HIDDEN = "\0"  # stands for code, a formula or an escaped character in the plain text of a paragraph
_BROKEN = {
    re.compile(r"\]\("): "a link that cannot be read: write [text](https://…) without spaces in the address.",
    re.compile(r"\[\["): "[[…]] is no link here: write [text](concept.en.md).",
    re.compile(r"\]\["): "a reference that is defined nowhere: write [text](https://…).",
    re.compile(r"\$"): "a $ without a partner: close the formula, or write \\$ for a dollar sign.",
}


@dataclass(frozen=True)
class Formula:
    """TeX between dollar signs; `display` if it stands on a line of its own."""

    line: int
    tex: str
    display: bool


@dataclass(frozen=True)
class Link:
    """A link or an image; `target` is its address as the browser gets it."""

    line: int
    target: str
    image: bool


@dataclass
class Markup:
    """What the text of a note holds; `broken` are lines with markup that stays text, and why."""

    formulas: list[Formula] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    broken: list[tuple[int, str]] = field(default_factory=list)
    refusal: str = ""


def markup_of(note: Note) -> Markup:
    """Parse a note."""
    markup = Markup()
    for character in SPECIAL:
        if (count := note.text.count(character)) > SPECIAL_LIMIT:
            markup.refusal = (
                f"{count:,} times the character {character!r}: formulas and links are not checked beyond "
                f"{SPECIAL_LIMIT:,}. Split the note."
            )
            return markup
    line = 1
    for token in _parser().parse(note.text):
        line = token.map[0] + 1 if token.map else line
        if token.type.startswith("math_block"):
            markup.formulas.append(Formula(line, token.content, display=True))
        elif token.type == "inline":
            _inline(token.children or [], line, markup)
    return markup


@lru_cache(maxsize=1)
def _parser() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable("text_join")
    return markdown.use(dollarmath_plugin, double_inline=True).use(front_matter_plugin)


def _inline(tokens: list[Token], line: int, markup: Markup) -> None:
    """Collect what stands in a paragraph, whose first line is `line`."""
    plain = ""
    for token in tokens:
        here = line + plain.count("\n")
        if token.type.startswith("math_inline"):
            markup.formulas.append(Formula(here, token.content, display=token.type == "math_inline_double"))
            plain += _HIDDEN + "\n" * token.content.count("\n")
        elif token.type == "link_open":
            markup.links.append(Link(here, str(token.attrGet("href") or ""), image=False))
        elif token.type == "image":
            markup.links.append(Link(here, str(token.attrGet("src") or ""), image=True))
            plain += _HIDDEN
        elif token.type in ("softbreak", "hardbreak"):
            plain += "\n"
        else:
            plain += token.content if token.type == "text" else _HIDDEN
    for pattern, fault in _BROKEN.items():
        if found := pattern.search(plain):
            markup.broken.append((line + plain.count("\n", 0, found.start()), fault))
