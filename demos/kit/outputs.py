"""The forms in which a run can be written to a file, and each of them made from its result."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from demos.kit import files, scripts
from demos.kit.experiment import Demo

PLAIN = {"script", "notebook"}  # made of the demo's plain PyTorch file


def check(outputs: Mapping[str, Path], demo: Demo, language: str) -> None:
    """Whether each can be made and written, found out before the training. Raises DemoError."""
    files.check(outputs, language)
    if PLAIN & outputs.keys():
        scripts.plain(demo.slug)


def left_out(outputs: Mapping[str, Path], demo: Demo, params: Mapping[str, Any]) -> list[str]:
    """Which of these parameters a plain file does without, since it is of one arm. None if none is written."""
    return sorted(set(params) - scripts.used(scripts.plain(demo.slug))) if PLAIN & outputs.keys() else []


def write(outputs: Mapping[str, Path], result: Mapping[str, Any], language: str) -> None:
    """Raises DemoError where a file cannot be written."""
    for form, path in outputs.items():
        files.write(path, content(form, result, language))


def content(form: str, result: Mapping[str, Any], language: str) -> str | bytes:
    """A result in one of the forms."""
    match form:
        case "html":
            from demos.kit.page import page

            return page(result, language)
        case "png":
            from demos.kit.raster import png

            return png(result, language)
        case "csv":
            return files.table(result)
        case "script":
            return scripts.script(result)
        case "notebook":
            from demos.kit.notebook import notebook

            return notebook(result, language)
    raise ValueError(f"no form is called {form!r}")
