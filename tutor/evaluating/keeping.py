"""Runs on disk, to be compared with: small files of verdicts, one question a line, replaced atomically.

{"format": 1, "made": "2026-11-20T08:00:00+00:00", "model": "extractive", "notes": 43,
 "scores": ["concept@1", …],
 "questions": {
  "0a1b2c3d4e5f": [1, 0, null, …],
  …}}
"""

import hashlib
import json
import os
import uuid
from collections.abc import Mapping
from pathlib import Path

from tutor.errors import SettingsError
from tutor.evaluating.run import Scores
from tutor.evaluating.summary import METRICS

FORMAT = 1
LIMIT = 10_000_000  # bytes


def last_run_file(home: Path, questions: Path) -> Path:
    """Where the last run over a question file is remembered; different files do not displace one another."""
    return home / "evaluations" / f"{hashlib.sha256(os.fsencode(questions.resolve())).hexdigest()[:12]}.json"


def write_scores(path: Path, scores: Scores) -> None:
    """Write a run for `read_scores`. Raises OSError."""
    head = {"format": FORMAT, "made": scores.made, "model": scores.model, "notes": scores.notes, "scores": METRICS}
    rows = (
        f"  {json.dumps(key)}: {json.dumps([_short(verdicts.get(name)) for name in METRICS], separators=(',', ':'))}"
        for key, verdicts in sorted(scores.questions.items())
    )
    body = ",\n".join(rows)
    text = json.dumps(head, ensure_ascii=False)[:-1] + f',\n "questions": {{\n{body}\n}}}}\n'
    unfinished = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    try:
        unfinished.write_bytes(text.encode("utf-8", "replace"))
        os.replace(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def read_scores(path: Path) -> Scores:
    """Read a run that `write_scores` wrote.

    Raises:
        SettingsError: there is none in this file.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LIMIT + 1)
        if len(content) > LIMIT:
            raise ValueError(f"more than {LIMIT:,} bytes")
        return _scores(json.loads(content))
    except OSError as error:
        reason = error.strerror or type(error).__name__
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        reason = "it is not a run of this version"
    raise SettingsError(f"{path}: no run to compare with ({reason}). Make one with --save-baseline {path}.")


def _scores(stored: Mapping[str, object]) -> Scores:
    made, model, notes, names, questions = (stored[name] for name in ("made", "model", "notes", "scores", "questions"))
    if stored["format"] != FORMAT or not all(isinstance(text, str) for text in (made, model)):
        raise ValueError
    if not isinstance(notes, int) or not isinstance(names, list) or not isinstance(questions, dict):
        raise TypeError
    rows = {
        key: {name: _share(value) for name, value in zip(names, row, strict=True) if value is not None}
        for key, row in questions.items()
    }
    return Scores(str(made), str(model), notes, rows)


def _share(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ValueError
    return float(value)


def _short(value: float | None) -> float | None:
    return int(value) if value is not None and value.is_integer() else value
