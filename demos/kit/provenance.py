"""Which code a result comes from: a hash that changes with whatever could change the numbers, and with nothing else."""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path

import demos
from demos.kit.discovery import load

PACKAGE = "demos"
ROOT = Path(demos.__path__[0]).parent


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
    tree = _without_remarks(ast.parse(path.read_text(encoding="utf-8")))
    return ast.dump(tree), tuple(_imported(tree))


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == PACKAGE:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == PACKAGE)


def _file(name: str) -> Path | None:
    """The file of a module, found without importing anything: most of the kit would bring torch.

    None for a package, which only gathers names, or for what is no module.
    """
    path = ROOT.joinpath(*name.split(".")).with_suffix(".py")
    return path if path.is_file() else None


def _without_remarks(tree: ast.Module) -> ast.Module:
    """Without docstrings, and without what only runs when the file is called as a command."""
    tree.body = [node for node in tree.body if not (isinstance(node, ast.If) and "__main__" in ast.dump(node.test))]
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node, clean=False):
            node.body = node.body[1:]
    return tree
