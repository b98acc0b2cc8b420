"""Which demos there are: every module of the `demos` folder, found by listing it. Nothing is registered."""

import difflib
import importlib
import pkgutil
from functools import lru_cache
from typing import Any

import demos
from demos.kit.errors import UnknownDemo
from demos.kit.experiment import Demo
from demos.kit.parameters import describe, schema


@lru_cache
def names() -> tuple[str, ...]:
    """The slugs of all demos, in alphabetical order."""
    modules = (module.name for module in pkgutil.iter_modules(demos.__path__) if not module.ispkg)
    return tuple(sorted(name.replace("_", "-") for name in modules if not name.startswith("_")))


def load(slug: str) -> Demo:
    """The demo of this name, written with hyphens or underscores.

    Raises UnknownDemo, naming the nearest.
    """
    name = slug.replace("_", "-") if isinstance(slug, str) else ""
    if name not in names():
        near = difflib.get_close_matches(name[:50], names(), n=3, cutoff=0.5) or names()[:3]
        raise UnknownDemo(f"no demo is called {str(slug)[:50]!r}; try {', '.join(near)}")
    return importlib.import_module(f"demos.{name.replace('-', '_')}").demo


def catalogue() -> list[dict[str, Any]]:
    """The entries of all demos."""
    return [entry(slug) for slug in names()]


def entry(slug: str) -> dict[str, Any]:
    """A demo with its claims and parameters, as JSON-able data. Raises UnknownDemo."""
    demo = load(slug)
    return {
        "name": demo.slug,
        "title": demo.title.to_json(),
        "summary": demo.summary.to_json(),
        "echoes": demo.echoes,
        "equation": demo.equation,
        "claims": [{"id": claim.id, "text": claim.text.to_json()} for claim in demo.claims],
        "contrast": dict(demo.contrast),
        "explanation": demo.explanation.to_json(),
        "tries": [{"text": step.text.to_json(), "params": dict(step.parameters)} for step in demo.tries],
        "parameters": describe(demo.parameters),
        "schema": schema(demo.parameters),
    }
