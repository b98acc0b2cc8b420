"""Files that a command writes: whether it can is found out before the training, and told in one line."""

import contextlib
import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from demos.kit.errors import DemoError

COLUMNS: tuple[str, ...] = ("demo", "kind", "panel", "name", "x", "mean", "low", "high", "claim", "seed", "effect")
PAINTED = {"png", "notebook"}  # need a font
LONGEST = 100  # of a path in a message


def check(files: Mapping[str, Path], language: str) -> None:
    """Better to miss a folder or a font now than after the training. Raises DemoError."""
    if len(set(files.values())) < len(files):
        raise DemoError("two outputs go to the same file; give each its own")
    for path in files.values():
        _try(path)
    if PAINTED & files.keys():
        from demos.kit.raster import family

        family(language)


def write(path: Path, content: str | bytes) -> None:
    """Raises DemoError where the file cannot be written."""
    try:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    except OSError as error:
        raise _refused(path, error) from error


def folder(path: Path) -> None:
    """Make a folder unless it is there, and see that a file can be written in it. Raises DemoError."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise _refused(path, error) from error
    _try(path / "index.html")


def table(result: Mapping[str, Any]) -> str:
    """A result as tidy CSV: a row for each point of a curve and one for each claim and seed; what is unknown is empty.

    `seed` counts the seeds of the run from 0.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows({"demo": result["demo"], **row} for row in _rows(result))
    return text.getvalue()


def _rows(result: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for panel, curves in result["series"].items():
        for name, line in curves.items():
            for values in zip(line["x"], line["mean"], line["low"], line["high"], strict=True):
                numbers = dict(zip(("x", "mean", "low", "high"), values, strict=True))
                yield {"kind": "series", "panel": panel, "name": name, **numbers}
    for claim in result["claims"]:
        for seed, effect in enumerate(claim["effects"]):
            yield {"kind": "effect", "claim": claim["id"], "seed": seed, "effect": effect}


def _try(path: Path) -> None:
    """Open the file for writing and leave it as it was. Pipes and devices are taken on trust."""
    try:
        there = path.exists()
        if path.is_dir() or not path.absolute().parent.is_dir():
            raise DemoError(f"cannot write {_short(path)}: give a file in a folder that exists")
        if not there or path.is_file():
            path.open("ab").close()
        if not there:
            with contextlib.suppress(FileNotFoundError):
                path.unlink()
    except DemoError:
        raise
    except (OSError, ValueError) as error:
        raise _refused(path, error) from error


def _refused(path: Path, error: Exception) -> DemoError:
    return DemoError(f"cannot write {_short(path)}: {getattr(error, 'strerror', None) or error}")


def _short(path: Path) -> str:
    words = str(path)
    return repr(words if len(words) <= LONGEST else words[:LONGEST] + "…")
