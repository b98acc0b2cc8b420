"""Labelled questions of a corpus, `questions.yaml`: what regression tests and calibration ask.

- {question: 为什么验证集loss先降后升, notes: [overfitting-underfitting, early-stopping]}
- {question: what is a GAN, refuse: true}
- {question: 那换成0.9呢, history: [dropout设成0.5会怎样], notes: [dropout], demo: dropout, params: {dropout: 0.9}}
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tutor.errors import CorpusError

LIMIT = 2_000_000  # bytes


@dataclass(frozen=True)
class LabelledQuestion:
    """A question with the notes that answer it; none if it is to be refused."""

    question: str
    notes: tuple[str, ...] = ()
    refuse: bool = False
    history: tuple[str, ...] = ()
    demo: str = ""
    params: tuple[tuple[str, float], ...] = ()


def read_questions(folder: Path) -> tuple[LabelledQuestion, ...]:
    """The labelled questions of a corpus folder; none if it has no questions.yaml.

    Raises:
        CorpusError: the file is not a list of questions.
    """
    path = folder / "questions.yaml"
    try:
        with path.open("rb") as file:
            text = file.read(LIMIT + 1)
        if len(text) > LIMIT:
            raise CorpusError(f"{path.name}: more than {LIMIT:,} bytes. Take some questions out.")
        rows = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise CorpusError(f"{path.name}: cannot be read: {str(error).splitlines()[0]}.") from None
    try:
        return tuple(_question(row) for row in rows or ())
    except (TypeError, KeyError, AttributeError):
        raise CorpusError(
            f"{path.name}: must be a list of {{question: …, notes: […]}} or {{question: …, refuse: true}}."
        ) from None


def _question(row: dict[str, Any]) -> LabelledQuestion:
    question, notes, history = row["question"], row.get("notes", []), row.get("history", [])
    for value, kind in ((question, str), (notes, list), (history, list)):
        if not isinstance(value, kind):
            raise TypeError
    if not all(isinstance(text, str) for text in (*notes, *history)):
        raise TypeError
    params = tuple((str(name), float(value)) for name, value in row.get("params", {}).items())
    return LabelledQuestion(
        question, tuple(notes), bool(row.get("refuse", False)), tuple(history), str(row.get("demo", "")), params
    )
