"""A batch of questions: JSON lines `{"id", "question", "history": [earlier questions]}`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tutor.errors import CorpusError


def read_batch(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a batch file, each checked.

    Raises:
        CorpusError: the file cannot be read, or a row is something else; the message names the line.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")  # not splitlines: JSON may hold U+2028
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise CorpusError(f"{path}: cannot be read ({reason}). Give a file of JSON lines.") from None
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        row: Any = None
        try:
            row = json.loads(line)
            history = [] if row.get("history") is None else row["history"]
            fits = isinstance(row["question"], str) and isinstance(row.get("id"), str | int | None)
            fits = fits and isinstance(history, list) and all(isinstance(question, str) for question in history)
        except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
            fits = False
        if not fits:
            raise CorpusError(f'{path}:{number}: expected {{"id": …, "question": "…", "history": ["…"]}} as JSON.')
        yield row
