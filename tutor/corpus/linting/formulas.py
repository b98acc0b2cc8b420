"""Formulas that the page could not draw."""

import re
from collections.abc import Iterator, Mapping
from functools import cache

from tutor.corpus.linting.finding import Finding, shown
from tutor.corpus.linting.katex import load_katex
from tutor.corpus.linting.markup import Markup

# Every formula is drawn by itself, so a command defined in one is unknown in the next; and a few of them that call one
# another take KaTeX as long as one likes.
_DEFINITION = re.compile(r"\\(?:[egx]?def|(?:re)?newcommand|providecommand|(?:future)?let)(?![a-zA-Z])")


def formula_findings(markups: Mapping[str, Markup]) -> Iterator[Finding]:
    """What KaTeX refuses; `markups` are those of the notes by the names of their files."""
    katex = load_katex()
    if katex is None:
        yield Finding("notes", 0, "warning", "formulas are not checked: the installed Gradio brings no KaTeX.")
        return
    fault_of = cache(katex.fault)  # both languages of a note have the same formulas
    for file, markup in markups.items():
        for formula in markup.formulas:
            if defined := _DEFINITION.search(formula.tex):
                fault = f"it defines a command ({defined[0]}), which holds nowhere else"
            else:
                fault = fault_of(formula.tex, formula.display)
            if fault:
                message = f"formula {shown(formula.tex)} cannot be drawn: {fault}. Correct it."
                yield Finding(file, formula.line, "error", message)
