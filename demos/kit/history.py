"""What is measured while arms train side by side: accuracy after each epoch, and the curves that show it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from demos.kit.panels import Axis, Curve, Curves, Role, curve
from demos.kit.text import Text

if TYPE_CHECKING:
    from demos.kit.samples import Split
    from demos.kit.training import Training

Arms = tuple[tuple[Text, Role], ...]  # how each arm is called and coloured

EPOCH = Axis(Text("训练轮数", "epoch"))
ROOM = 0.05  # air below the lowest value in view, as accuracy


@dataclass
class History:
    """Accuracies of all arms and seeds, (arms, seeds), one entry for each epoch from 0 on."""

    train: list[np.ndarray] = field(default_factory=list)
    test: list[np.ndarray] = field(default_factory=list)

    def record(self, training: "Training", split: "Split") -> None:
        self.train.append(training.accuracy(split.train))
        self.test.append(training.accuracy(split.test))

    @property
    def gap(self) -> np.ndarray:
        """Training minus test accuracy after the last epoch, (arms, seeds)."""
        return self.train[-1] - self.test[-1]


def accuracy_curves(name: str, title: Text, arms: Arms, entries: Sequence[np.ndarray]) -> Curves:
    """A curve for each arm over the epochs. The axis leaves out the steep start, once there is more to see."""
    settled = entries[max(1, len(entries) // 5) :]
    low = float(min((entry.mean(axis=1).min() for entry in settled), default=ROOM)) - ROOM
    axis = Axis(Text("准确率", "accuracy"), low=max(low, 0.0), percent=True)
    lines: list[Curve] = [
        curve(arm, role, range(len(entries)), [entry[k] for entry in entries]) for k, (arm, role) in enumerate(arms)
    ]
    return Curves(name, title, EPOCH, axis, tuple(lines))
