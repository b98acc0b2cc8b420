"""An answer in the terminal: the text, its sources with file and lines, the experiment to run."""

import re
import unicodedata

from rich.console import Console
from rich.markdown import Markdown
from rich.markup import escape

from tutor.answering import Answer

_FORMULA = re.compile(r"\$\$.+?\$\$|\$[^$\n]+\$", re.DOTALL)
_PUNCTUATION = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>])")


def open_console() -> Console:
    """Standard output; colours and markup only where it is a terminal."""
    return Console(soft_wrap=True, highlight=False)


def print_answer(answer: Answer) -> None:
    """Print an answer for a person to read; plain text when standard output is not a terminal."""
    console = open_console()
    print_text(console, answer.text)
    print_sources(console, answer)
    if answer.demo:
        flags = "".join(f" --{name.replace('_', '-')} {value}" for name, value in answer.demo.params.items())
        print_heading(console, "动手验证" if answer.language == "zh" else "See for yourself")
        console.print(escape(f"python -m demos {answer.demo.name}{flags}"))
    print_questions(console, answer)


def print_text(console: Console, text: str) -> None:
    """Print Markdown: as a page in a terminal, as it stands anywhere else."""
    if console.is_terminal:
        console.print(rendered(text), soft_wrap=False)
    else:
        console.print(escape(harmless(text)))


def print_heading(console: Console, heading: str) -> None:
    console.print(f"\n[bold]{escape(heading)}")


def print_sources(console: Console, answer: Answer) -> None:
    """Print a line for each passage that is cited, with its place in the notes."""
    if answer.citations:
        print_heading(console, "来源" if answer.language == "zh" else "Sources")
    for citation in answer.citations:
        place = f"{citation.note}.{citation.language}.md:{citation.start_line}-{citation.end_line}"
        console.print(escape(harmless(f"[{citation.n}] {citation.title} › {citation.section}  ({place})")))


def print_questions(console: Console, answer: Answer, *, numbered: bool = False) -> None:
    """Print the questions that lead on, with their numbers if they can be asked by them."""
    if answer.follow_ups:
        print_heading(console, "接着可以问" if answer.language == "zh" else "You could go on with")
    for number, question in enumerate(answer.follow_ups, start=1):
        console.print(escape(harmless(f"{number if numbered else '-'} {question}")))


def rendered(text: str) -> Markdown:
    """Markdown as Rich shows it; formulas stay as they are written."""
    guarded = _FORMULA.sub(lambda formula: _PUNCTUATION.sub(r"\\\1", formula[0]), harmless(text))
    return Markdown(guarded, hyperlinks=False)


def harmless(text: str) -> str:
    """Text without control characters, by which a note or a model could steer the terminal."""
    return "".join(c for c in text if c in "\n\t" or unicodedata.category(c) != "Cc")
