"""A finding: one problem of a corpus, where it is and what to do about it."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]
SHOWN = 60  # characters of a value that a message repeats


@dataclass(frozen=True, order=True)
class Finding:
    """One problem. `line` counts from 1; 0 if it concerns no line in particular."""

    file: str
    line: int
    severity: Severity
    message: str

    def __str__(self) -> str:
        """One line whatever a note holds: a terminal obeys control characters."""
        place = f"{self.file}:{self.line}" if self.line else self.file
        text = f"{place}: {self.severity}: {self.message}"
        return "".join(character if character.isprintable() else "�" for character in text)


def shown(value: str) -> str:
    """A value in a message: quoted, and short whatever it is."""
    return repr(value if len(value) <= SHOWN else value[:SHOWN] + "…")


def listed(values: list[str], most: int = 5) -> str:
    """Values in a message, one after the other; of many only the first."""
    rest = f" and {len(values) - most} more" if len(values) > most else ""
    return ", ".join(map(shown, values[:most])) + rest
