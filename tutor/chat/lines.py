"""Where the lines of a conversation come from: a person at a terminal, or a pipe."""

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

PROMPT = "> "
KEPT = 1000  # lines of the history


def typed(history: Path) -> Iterator[str]:
    """Lines that a person types, until Ctrl-D; Ctrl-C drops the line begun.

    Where readline is there, lines can be edited, and those of earlier conversations come back from the file `history`.
    """
    remember = _remembering(history)
    while True:
        try:
            line = input(PROMPT).strip()
        except EOFError:
            print()
            return
        except KeyboardInterrupt:
            print()
            continue
        if line:
            remember(line)
            yield line


def piped(lines: Iterable[str]) -> Iterator[str]:
    """Lines of a pipe that say something."""
    return filter(None, map(str.strip, lines))


def _remembering(history: Path) -> Callable[[str], None]:
    """What adds a line to the history. Each is written at once, so that nothing is lost with a closed window."""
    try:
        import readline
    except ImportError:  # a build of Python without it: lines are typed as the terminal allows
        return lambda line: None
    readline.set_auto_history(False)
    readline.set_history_length(KEPT)
    with contextlib.suppress(OSError):  # a home that cannot be written has no history
        history.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(history, os.O_CREAT | os.O_RDWR, 0o600))
        history.chmod(0o600)
        readline.read_history_file(history)

    def remember(line: str) -> None:
        if line != readline.get_history_item(readline.get_current_history_length()):
            readline.add_history(line)
            with contextlib.suppress(OSError):
                readline.append_history_file(1, history)

    return remember
