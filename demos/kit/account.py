"""What a run came to, in characters: plots, verdict, equation, why it is so, and what to try next."""

import re
import shutil
import sys
from collections.abc import Mapping
from typing import Any

from demos.kit import flags, terminal
from demos.kit.discovery import load
from demos.kit.page import EQUATION, NEXT, WHY
from demos.kit.text import Text

MARKS = {True: "✓ ", False: "✗ "}
# A space, a word, or a Han character with the punctuation that must not begin a line.
PIECES = re.compile(r"\s+|[^\s\u2e80-\uffff]+[，。、：；）”]*|[\u2e80-\uffff][，。、：；）”]*")


def account(result: Mapping[str, Any], language: str, *, colour: bool, width: int | None = None) -> str:
    """The whole account; lines break at `width` columns, or nowhere. `language` is "zh" or "en"."""
    demo = load(result["demo"])

    def lines(words: str, indent: str = "  ") -> str:
        return folded(words, width, indent)

    def say(words: Text) -> str:
        return words.say(language)

    claims = [lines(MARKS[claim["holds"]] + claim["sentence"][language]) for claim in result["claims"]]
    equation = [lines("  " + line, "    ") for line in demo.equation.splitlines()]
    steps = [f"{lines('  ' + say(step.text))}\n    {flags.written(demo, step.parameters)}" for step in demo.tries]
    parts = [
        [terminal.plots(result, language, colour=colour).rstrip()],
        claims,
        [say(EQUATION), *equation],
        [say(WHY), lines("  " + say(demo.explanation))],
        [say(NEXT), *steps],
    ]
    return "\n\n".join("\n".join(part) for part in parts)


def columns() -> int | None:
    """Where lines of standard output break: at the width of a terminal; what goes into a file is not cut."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def folded(words: str, width: int | None, indent: str) -> str:
    """Text in lines of at most `width` columns, of which a Han character takes two; later lines are indented."""
    from rich.cells import cell_len

    if width is None:
        return words
    lines = [""]
    for piece in PIECES.findall(words):
        if lines[-1].strip() and cell_len(lines[-1] + piece.rstrip()) > width:
            lines.append(indent + piece.lstrip())
        else:
            lines[-1] += piece
    return "\n".join(line.rstrip() for line in lines)
