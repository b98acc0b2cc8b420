"""Outsiders: questions that no note answers, `outsiders.txt` of a corpus, one a line; a line with # is a remark.

They show where the notes end. Labelled questions that are to be refused (`questions.yaml`) measure how well that is
known and must not stand here, too.
"""

import os
from pathlib import Path

from tutor.errors import CorpusError

NAME = "outsiders.txt"
LIMIT = 1_000_000  # bytes of the file
LONGEST = 500  # characters of a question
MOST = 10_000  # questions; each is asked whenever the index changes


def read_outsiders(folder: Path) -> dict[str, int]:
    """The outsiders of a corpus folder with their lines, from 1; none if it has no such file.

    Raises:
        CorpusError: the file cannot be read, or is larger than a list of questions.
    """
    path = folder / NAME
    if not os.path.lexists(path):
        return {}
    try:
        with path.open("rb") as file:
            content = file.read(LIMIT + 1)
        lines = content.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise CorpusError(f"{NAME}: cannot be read: it is not UTF-8.") from None
    except OSError as error:
        raise CorpusError(f"{NAME}: cannot be read: {error.strerror}.") from None
    found: dict[str, int] = {}
    for number, line in enumerate(map(str.strip, lines), start=1):
        if len(line) > LONGEST:
            raise CorpusError(f"{NAME}:{number}: more than {LONGEST} characters. Put one question on a line.")
        if line and not line.startswith("#"):
            found.setdefault(line, number)
    if len(content) > LIMIT or len(found) > MOST:
        raise CorpusError(f"{NAME}: more than {MOST:,} questions or {LIMIT:,} bytes. Take some questions out.")
    return found
