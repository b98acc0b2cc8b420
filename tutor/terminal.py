"""An answer in the terminal: the text, who worded it, its sources with file and lines, the experiment to run."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from tutor.answering import Answer, Restart, origin_of
from tutor.answering.answer import Streamed
from tutor.corpus import Language

if TYPE_CHECKING:
    from rich.markdown import Markdown

QUIET = "dim"  # the style of what is said about an answer

SOURCES: dict[Language, str] = {"zh": "来源", "en": "Sources"}
EXPERIMENT: dict[Language, str] = {"zh": "动手验证", "en": "See for yourself"}
FURTHER: dict[Language, str] = {"zh": "接着可以问", "en": "You could go on with"}
RESTARTED: dict[Language, str] = {
    "zh": "语言模型没能答完，下面的回答摘自笔记原文。",
    "en": "The language model failed to answer; what is below is quoted from the notes.",
}

_FORMULA = re.compile(r"\$\$.+?\$\$|\$[^$\n]+\$", re.DOTALL)
_PUNCTUATION = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>])")


def open_console() -> Console:
    """Standard output; colours and markup only where it is a terminal."""
    return Console(soft_wrap=True, highlight=False)


def watched(console: Console, pieces: Iterable[Streamed], language: Language) -> Answer:
    """The answer that ends a stream, for `print_answer` to print.

    In a terminal its text is shown as it arrives, as far as there is room, and wiped at the end; where the model fails,
    what it said is wiped at once and a line in `language` says so.
    """
    if not console.is_terminal:
        *_, answer = pieces
        assert isinstance(answer, Answer)
        return answer
    from rich.live import Live
    from rich.text import Text

    text, live = "", Live(Text("…"), console=console, transient=True, auto_refresh=False)
    try:  # and not `with`, which leaves the screen to a Live that Ctrl-C met while it was starting
        live.start(refresh=True)
        for piece in pieces:
            if isinstance(piece, Answer):
                return piece
            text = "" if isinstance(piece, Restart) else text + piece
            live.update(rendered(text) if text else Text("…"), refresh=True)
            if isinstance(piece, Restart):
                console.print(RESTARTED[language], style=QUIET)
    finally:
        live.update(Text(), refresh=True)  # else what did not fit would be printed once more
        live.stop()
    raise AssertionError("a stream ends with its answer")


def print_answer(console: Console, answer: Answer, experiment: Sequence[str] = (), *, numbered: bool = False) -> None:
    """Print an answer for a person to read; plain text when standard output is not a terminal.

    `experiment` holds the lines on its experiment. The questions that lead on have numbers if they are `numbered`.
    """
    print_text(console, answer.text)
    if said := origin_of(answer):
        console.print()
    for line in said:
        print_quietly(console, line)
    print_sources(console, answer)
    if experiment:
        print_heading(console, EXPERIMENT[answer.language])
    for line in experiment:
        console.print(escape(harmless(line)))
    if answer.follow_ups:
        print_heading(console, FURTHER[answer.language])
    for number, question in enumerate(answer.follow_ups, start=1):
        console.print(escape(harmless(f"{number if numbered else '-'} {question}")))


def print_text(console: Console, text: str) -> None:
    """Print Markdown: as a page in a terminal, as it stands anywhere else."""
    if console.is_terminal:
        console.print(rendered(text), soft_wrap=False)
    else:
        console.print(escape(harmless(text)))


def print_heading(console: Console, heading: str) -> None:
    console.print(f"\n[bold]{escape(heading)}")


def print_quietly(console: Console, line: str) -> None:
    """Print a line that is not part of the answer."""
    console.print(escape(harmless(line)), style=QUIET)


def print_sources(console: Console, answer: Answer) -> None:
    """Print a line for each passage that is cited, with its place in the notes."""
    if answer.citations:
        print_heading(console, SOURCES[answer.language])
    for citation in answer.citations:
        place = f"{citation.note}.{citation.language}.md:{citation.start_line}-{citation.end_line}"
        console.print(escape(harmless(f"[{citation.n}] {citation.title} › {citation.section}  ({place})")))


def rendered(text: str) -> "Markdown":
    """Markdown as Rich shows it; formulas stay as they are written."""
    from rich.markdown import Markdown

    guarded = _FORMULA.sub(lambda formula: _PUNCTUATION.sub(r"\\\1", formula[0]), harmless(text))
    return Markdown(guarded, hyperlinks=False)


def harmless(text: str) -> str:
    """Text without control characters, by which a note or a model could steer the terminal."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) != "Cc")
