"""What is measured while arms train side by side, above all accuracy after each epoch, and the curves that show it."""

from collections.abc import Collection, Sequence
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
STEP = Axis(Text("步数", "step"), low=0.0)
UPDATES = Axis(Text("更新次数", "updates"))
ACCURACY = Axis(Text("准确率（新图像）", "accuracy on new images"), low=0.0, high=1.0, percent=True)
TEST = Text("测试准确率（新图像）", "Accuracy on new images")
TRAIN = Text("训练准确率（含错误标签）", "Accuracy on the training labels, wrong ones included")
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


def arm_curves(
    arms: Arms, x: Sequence[float], entries: Collection[np.ndarray], *, dashed: bool = False, geometric: bool = False
) -> tuple[Curve, ...]:
    """A curve for each arm; `entries[i]` holds the values of all arms and seeds, (arms, seeds), at `x[i]`."""
    return tuple(
        curve(name, role, x, [entry[arm] for entry in entries], dashed=dashed, geometric=geometric)
        for arm, (name, role) in enumerate(arms)
    )


def accuracy_curves(name: str, title: Text, arms: Arms, entries: Sequence[np.ndarray]) -> Curves:
    """A curve for each arm over the epochs. The axis leaves out the steep start, once there is more to see."""
    settled = entries[max(1, len(entries) // 5) :]
    low = float(min((entry.mean(axis=1).min() for entry in settled), default=ROOM)) - ROOM
    axis = Axis(Text("准确率", "accuracy"), low=max(low, 0.0), percent=True)
    return Curves(name, title, EPOCH, axis, arm_curves(arms, range(len(entries)), entries))
