"""Which code a result comes from: a hash that changes with whatever could change the numbers, and with nothing else.

It is taken of the text and not of a syntax tree, whose printed form is another in every version of Python: a result
would count as out of date on all versions but one.
"""

import hashlib
import re
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path

import demos
from demos.kit.discovery import load

PACKAGE = "demos"
ROOT = Path(demos.__path__[0]).parent

_LONG = r'"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"""|' + r"'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'''"
_SHORT = r'"[^"\\\n]*(?:\\.[^"\\\n]*)*"|' + r"'[^'\\\n]*(?:\\.[^'\\\n]*)*'"
_REMARK = re.compile(
    rf"(?P<docstring>(?:\A|(?<=:)\n)\s*[rR]?(?:{_LONG})[^\S\n]*(?=\n|\Z))|(?P<string>{_LONG}|{_SHORT})|(?P<comment>#[^\n]*)",
    re.DOTALL,
)
_COMMAND = re.compile(r"^if __name__ == .*\n(?:(?:[ \t].*)?\n)*", re.MULTILINE)  # runs only when called as a command
_BLANK = re.compile(r"[^\S\n]*\n\s*\n|[^\S\n]+\n")
_IMPORT = re.compile(
    rf"^[ \t]*(?:from (?P<source>{PACKAGE}[\w.]*) import (?P<names>\([^)]*\)|[^\n]*)|import (?P<modules>[^\n]*))",
    re.MULTILINE,
)


@lru_cache
def code_hash(slug: str) -> str:
    """A hash of a demo's file and of every module of the kit that it imports, in turn; comments and docstrings aside.

    Raises UnknownDemo.
    """
    module = load(slug).experiment.__module__
    digest = hashlib.sha256()
    for name, code in sorted(_reached(module).items()):
        digest.update(f"{name}\n{code}\n".encode())
    return digest.hexdigest()[:16]


def _reached(module: str) -> dict[str, str]:
    """The code of the modules that `module` imports from the package, itself included, wherever they import."""
    found: dict[str, str] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in found and (read := _read(name)):
            found[name], imported = read
            waiting += imported
    return found


@cache  # every demo reaches much the same modules of the kit
def _read(name: str) -> tuple[str, tuple[str, ...]] | None:
    """What a module says to Python, and what it imports from the package; None for what has no file."""
    path = _file(name)
    if path is None:
        return None
    code = _without_remarks(path.read_text(encoding="utf-8"))
    return code, tuple(_imported(code))


def _imported(code: str) -> Iterator[str]:
    for match in _IMPORT.finditer(code):
        if source := match["source"]:
            yield source
            yield from (f"{source}.{name}" for name in re.findall(r"(\w+)(?: as \w+)?", match["names"]))
        else:
            yield from re.findall(rf"\b{PACKAGE}\.[\w.]+", match["modules"])


def _file(name: str) -> Path | None:
    """The file of a module, found without importing anything: most of the kit would bring torch.

    None for a package, which only gathers names, or for what is no module.
    """
    path = ROOT.joinpath(*name.split(".")).with_suffix(".py")
    return path if path.is_file() else None


def _without_remarks(code: str) -> str:
    """Without comments, docstrings and blank lines, and without what only runs when the file is called as a command."""
    told = _REMARK.sub(lambda match: match[0] if match.lastgroup == "string" else "", code)
    return _BLANK.sub("\n", _COMMAND.sub("", told)).strip()
