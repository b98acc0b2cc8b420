"""One arm of a demo as a plain PyTorch file, which `demos/plain` holds by hand, set as a run was.

A file is in cells, each under a line that begins with `# %%`; one of them assigns the parameters, a line for each.
"""

import ast
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import demos
from demos.kit.errors import DemoError

FOLDER = Path(demos.__path__[0]) / "plain"
CELL = re.compile(r"^# %%[ \t]*(.*)\n?", re.MULTILINE)
PARAMETERS = "Parameters"  # how the heading of their cell begins
ASSIGNMENT = re.compile(r"^(\w+) = ([^#\n]*[^#\s])(?=[ \t]*(?:#.*)?$)", re.MULTILINE)


@dataclass(frozen=True)
class Cell:
    """A piece of a file that makes sense by itself; `heading` is what stands beside its `# %%`."""

    heading: str
    code: str


def script(result: Mapping[str, Any]) -> str:
    """The file of the demo that a result is of, with the parameters of the result. Raises DemoError."""
    return filled(plain(result["demo"]), result["params"])


def plain(slug: str) -> str:
    """The file as it is shipped, with the demo's defaults. Raises DemoError where a demo has none."""
    path = FOLDER / f"{slug.replace('-', '_')}.py"
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise DemoError(
            f"{slug} has no plain PyTorch file; write demos/plain/{path.name} in the form of those beside it"
        ) from None


def used(text: str) -> frozenset[str]:
    """The names that its parameter cell assigns."""
    begin, end = _parameter_cell(text)
    return frozenset(match[1] for match in ASSIGNMENT.finditer(text, begin, end))


def filled(text: str, params: Mapping[str, Any]) -> str:
    """The file with these values in its parameter cell; parameters that it does not assign are left out."""

    def assign(match: re.Match[str]) -> str:
        name, written = match.groups()
        kept = name not in params or ast.literal_eval(written) == params[name]
        return match[0] if kept else f"{name} = {json.dumps(params[name])}"

    begin, end = _parameter_cell(text)
    return text[:begin] + ASSIGNMENT.sub(assign, text[begin:end]) + text[end:]


def cells(text: str) -> tuple[str, list[Cell]]:
    """What a file says of itself, and its cells in order."""
    heads = list(CELL.finditer(text))
    ends = [head.start() for head in heads[1:]] + [len(text)]
    found = [Cell(head[1].strip(), text[head.end() : end].strip()) for head, end in zip(heads, ends, strict=True)]
    return ast.get_docstring(ast.parse(text)) or "", found


def _parameter_cell(text: str) -> tuple[int, int]:
    """Where its assignments begin and end."""
    heads = [*CELL.finditer(text), None]
    for head, following in pairwise(heads):
        assert head is not None
        if head[1].startswith(PARAMETERS):
            return head.end(), following.start() if following else len(text)
    raise ValueError(f"no cell is headed {PARAMETERS!r}")
