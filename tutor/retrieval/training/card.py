"""The model card, written with the figures of the run that made the model."""

from collections.abc import Sequence
from dataclasses import dataclass

from tutor.retrieval.training.evaluation import Accuracy, Likeness
from tutor.retrieval.training.pairs import Pair, Split

SHIPPED = "int8 rows, float16 body"


@dataclass(frozen=True)
class Row:
    """One form of the model in the table of measurements."""

    form: str
    megabytes: float
    milliseconds: float
    accuracy: Accuracy
    likeness: Likeness


def model_card(
    split: Split, word_list: Sequence[Pair], words: int, seed: int, steps: int, measured: Sequence[Row]
) -> str:
    return "draft\n"
