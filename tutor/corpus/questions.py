"""Labelled questions of a corpus, `questions.yaml`: what regression tests and calibration ask.

- {question: 为什么验证集loss先降后升, notes: [overfitting-underfitting, early-stopping]}
- {question: what is a GAN, refuse: true}
- {question: 那换成0.9呢, history: [dropout设成0.5会怎样], notes: [dropout], demo: dropout, params: {dropout: 0.9}}
"""

from dataclasses import dataclass
from pathlib import Path

import yaml

from tutor.errors import CorpusError


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
        rows = yaml.load(path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except FileNotFoundError:
        return ()
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise CorpusError(f"{path.name}: cannot be read: {str(error).splitlines()[0]}.") from None
    try:
        return tuple(
            LabelledQuestion(
                question=str(row["question"]),
                notes=tuple(row.get("notes", ())),
                refuse=bool(row.get("refuse", False)),
                history=tuple(row.get("history", ())),
                demo=row.get("demo", ""),
                params=tuple(row.get("params", {}).items()),
            )
            for row in rows or ()
        )
    except (TypeError, KeyError, AttributeError):
        raise CorpusError(
            f"{path.name}: must be a list of {{question: …, notes: […]}} or {{question: …, refuse: true}}."
        ) from None
