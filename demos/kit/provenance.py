"""Which code a result comes from: a hash that changes with whatever could change the numbers, and with nothing else."""

import ast
import hashlib
import importlib.util
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from demos.kit.discovery import load

PACKAGE = "demos"


@lru_cache
def code_hash(slug: str) -> str:
    """A hash of a demo's file and of every module of the kit that it imports, in turn; comments and docstrings aside.

    Raises UnknownDemo.
    """
    module = load(slug).experiment.__module__
    digest = hashlib.sha256()
    for name, tree in sorted(_reached(module).items()):
        digest.update(f"{name}\n{ast.dump(tree)}\n".encode())
    return digest.hexdigest()[:16]


def _reached(module: str) -> dict[str, ast.Module]:
    """The modules of the package that `module` imports, itself included, wherever in their text they import."""
    found: dict[str, ast.Module] = {}
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name not in found and (path := _file(name)):
            found[name] = _without_remarks(ast.parse(path.read_text(encoding="utf-8")))
            waiting += _imported(found[name])
    return found


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == PACKAGE:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] == PACKAGE)


def _file(name: str) -> Path | None:
    """The file of a module; none for a package, which only gathers names, or for what is no module."""
    try:
        spec = importlib.util.find_spec(name)
    except ModuleNotFoundError:  # a name inside a module
        return None
    if spec is None or spec.submodule_search_locations or not spec.origin:
        return None
    return Path(spec.origin)


def _without_remarks(tree: ast.Module) -> ast.Module:
    """Without docstrings, and without what only runs when the file is called as a command."""
    tree.body = [node for node in tree.body if not (isinstance(node, ast.If) and "__main__" in ast.dump(node.test))]
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node, clean=False):
            node.body = node.body[1:]
    return tree
