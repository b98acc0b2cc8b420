"""Early stopping: an over-sized network on noisy labels, trained to the end or stopped by a validation loss.

The network learns what the images share first and the wrong labels one by one later. Stopping when the loss on
held-out examples, whose labels are as noisy, no longer falls keeps it from the second. It gains more than the
held-out examples cost: a third network may train on them, too. With clean labels there is nothing to be kept
from, and holding examples back only costs: that is the negative control.

Echoes Prechelt, "Early stopping - but when?", Neural Networks: Tricks of the Trade, LNCS 1524 (1998); the order
of learning is that of Arpit et al., "A closer look at memorization in deep networks", ICML 2017.
Run: python -m demos early-stopping
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from demos.kit import knobs
from demos.kit.claims import Claim, Finding, judge, setting
from demos.kit.experiment import Demo, Frame, Map, Try, View
from demos.kit.history import EPOCH, TEST, Arms, accuracy_curves
from demos.kit.panels import Axis, Curves, curve, points
from demos.kit.parameters import Parameters, number
from demos.kit.text import Text

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, kw_only=True)
class EarlyStoppingParameters(Parameters):
    patience: int = number(
        5,
        1,
        100,
        scale="log",
        unit="epochs",
        label=Text("耐心值", "Patience"),
        help=Text("验证损失连续多少轮没有新低就停下", "epochs in a row without a new lowest validation loss"),
        words=("patience", "耐心值", "耐心", "容忍轮数", "bad epochs"),
    )
    validation_size: int = number(
        200,
        20,
        400,
        unit="examples",
        label=Text("验证样本数", "Validation examples"),
        help=Text("留出来决定何时停的样本数", "examples held out to decide when to stop"),
        words=(
            "validation size",
            "validation examples",
            "validation set",
            "held-out",
            "验证样本数",
            "验证集",
            "验证样本",
        ),
    )
    label_noise: float = knobs.flipped_labels(0.3)
    train_size: int = knobs.train_size(500)
    width: int = knobs.width(128)
    epochs: int = knobs.epochs(40)
    learning_rate: float = knobs.learning_rate(4e-3)


CLEAN_LABELS = setting(label_noise=0.0)

RAISES_ACCURACY = Claim(
    id="early-stopping-raises-accuracy",
    text=Text(
        "标签有噪声时，早停的测试准确率高于训练到底",
        "With noisy labels, a network stopped early does better on new images than one trained to the end",
    ),
    metric="test accuracy, weights kept by early stopping minus weights of the last epoch",
    measured=Text("早停使测试准确率变化 {effect}", "Early stopping changed test accuracy by {effect}"),
    minimum=0.03,
    negative_control=CLEAN_LABELS,
)
REPAYS_VALIDATION = Claim(
    id="early-stopping-repays-validation",
    text=Text(
        "标签有噪声时，早停赚回的比留出验证样本付出的更多",
        "With noisy labels, early stopping gains more than the examples held out for it cost",
    ),
    metric="test accuracy, weights kept by early stopping minus training to the end on all examples",
    measured=Text(
        "与用上全部样本训练到底相比，早停使测试准确率变化 {effect}",
        "Against training to the end on all examples, early stopping changed test accuracy by {effect}",
    ),
    minimum=0.02,
    negative_control=CLEAN_LABELS,
)
SPARES_WRONG_LABELS = Claim(
    id="early-stopping-spares-wrong-labels",
    text=Text(
        "早停让网络少背错误标签",
        "Early stopping keeps the network from learning wrong labels by heart",
    ),
    metric="share of the wrong training labels that the network gives, last epoch minus kept weights",
    measured=Text(
        "训练到底使背下的错误标签比例比早停高 {effect}",
        "Training to the end raised the share of wrong labels learned by heart by {effect}",
    ),
    minimum=0.17,
    negative_control=CLEAN_LABELS,
)


ARMS: Arms = (
    (Text("早停留下的权重", "kept by early stopping"), "arm"),
    (Text("训练到底", "trained to the end"), "control"),
    (Text("全部样本训练到底", "all examples, to the end"), "other"),
)


@dataclass
class Record:
    """What is seen after each epoch, each entry (seeds,), and the epoch whose weights early stopping keeps.

    Training goes on behind the stop, to show what was missed; `kept` is decided by what came before alone.
    """

    patience: int
    train: list[np.ndarray] = field(default_factory=list)  # losses
    validation: list[np.ndarray] = field(default_factory=list)
    test: list[np.ndarray] = field(default_factory=list)  # accuracies
    all_data: list[np.ndarray] = field(default_factory=list)
    right: list[np.ndarray] = field(default_factory=list)  # shares of right and of wrong labels given back
    wrong: list[np.ndarray] = field(default_factory=list)
    kept: list[np.ndarray] = field(default_factory=list)

    def keep(self) -> None:
        """Early stopping: keep the best epoch so far, unless `patience` epochs have passed since the last best."""
        epoch, seeds = len(self.kept), range(len(self.validation[0]))
        best = self.kept[-1] if self.kept else np.zeros(len(seeds), dtype=int)
        running = epoch - best <= self.patience
        better = self.validation[epoch] < np.array(self.validation)[best, seeds]
        self.kept.append(np.where(running & better, epoch, best))

    def at_kept(self, entries: list[np.ndarray], epoch: int = -1) -> np.ndarray:
        """The entry of each seed at the epoch that was kept by `epoch`."""
        kept = self.kept[epoch]
        return np.array(entries)[kept, range(len(kept))]


def experiment(p: EarlyStoppingParameters, device: "torch.device") -> Iterator[Frame]:
    """One network with held-out examples and one that trains on those, too, both to the end."""
    from demos.kit import digits
    from demos.kit.samples import Samples
    from demos.kit.training import Training

    size = p.train_size + p.validation_size
    split = digits.split(p.seed, p.seeds, size, device, flipped=p.label_noise)
    truth = digits.split(p.seed, p.seeds, size, device).train.y
    train = Samples(split.train.x[:, : p.train_size], split.train.y[:, : p.train_size])
    held_out = Samples(split.train.x[:, p.train_size :], split.train.y[:, p.train_size :])
    is_wrong = (train.y != truth[:, : p.train_size]).cpu().numpy()
    layers = (digits.INPUTS, p.width, digits.CLASSES)
    training = Training(layers, train, p.seed, learning_rate=p.learning_rate)
    on_all = Training(layers, split.train, p.seed, learning_rate=p.learning_rate)
    record = Record(p.patience)
    for epoch in range(p.epochs + 1):
        if epoch:
            training.epoch()
            on_all.epoch()
        learned = (training.nets.predictions(train.x)[0] == train.y).cpu().numpy()
        record.right.append(share(learned, ~is_wrong))
        record.wrong.append(share(learned, is_wrong))
        record.train.append(training.loss(train)[0])
        record.validation.append(training.loss(held_out)[0])
        record.test.append(training.accuracy(split.test)[0])
        record.all_data.append(on_all.accuracy(split.test)[0])
        record.keep()
        yield Frame(epoch, p.epochs, lambda: view(record))


def share(learned: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """The share learned among the chosen examples of each seed, 0 where none is chosen."""
    return (learned & chosen).sum(1) / np.maximum(chosen.sum(1), 1)


def findings(record: Record) -> tuple[Finding, ...]:
    kept = record.at_kept(record.test)
    return (
        judge(RAISES_ACCURACY, kept - record.test[-1]),
        judge(REPAYS_VALIDATION, kept - record.all_data[-1]),
        judge(SPARES_WRONG_LABELS, record.wrong[-1] - record.at_kept(record.wrong)),
    )


def view(record: Record) -> View:
    kept = [record.at_kept(record.test, epoch) for epoch in range(len(record.kept))]
    entries = [np.stack(entry) for entry in zip(kept, record.test, record.all_data, strict=True)]
    test = accuracy_curves("test", TEST, ARMS, entries)
    return View((test, order_of_learning(record), losses(record)), findings(record))


def order_of_learning(record: Record) -> Curves:
    epochs = range(len(record.right))
    right = curve(Text("正确标签", "right labels"), "train", epochs, record.right)
    wrong = curve(Text("错误标签", "wrong labels"), "test", epochs, record.wrong)
    y = Axis(Text("学会的比例", "share learned"), low=0.0, high=1.02, percent=True)
    title = Text("哪些训练标签已经学会", "Which training labels have been learned")
    return Curves("learned", title, EPOCH, y, (right, wrong))


def losses(record: Record) -> Curves:
    """What early stopping looks at, and where the kept weights of each seed lie."""
    epochs = range(len(record.train))
    train = curve(Text("训练", "training"), "train", epochs, record.train)
    validation = curve(Text("验证", "validation"), "test", epochs, record.validation)
    name = Text("各种子留下的一轮", "kept, each seed")
    kept = points(name, "arm", record.kept[-1], record.at_kept(record.validation))
    y = Axis(Text("损失", "loss"), low=0.0)
    title = Text("早停看的损失", "The losses that early stopping sees")
    return Curves("losses", title, EPOCH, y, (train, validation), (kept,))


demo = Demo(
    slug="early-stopping",
    title=Text("早停", "Early stopping"),
    summary=Text(
        "标签有噪声时，在验证损失见底处停下，比训练到底更准",
        "On noisy labels, stopping where the validation loss is lowest beats training to the end",
    ),
    echoes="Prechelt, LNCS 1524 (1998); Arpit et al., ICML 2017",
    equation="keep θ(t*), t* = argmin over t of L_val(θ(t)), up to `patience` epochs without a new minimum\n"
    "compared: θ(t*), θ(T), and θ(T) of a network that also trains on the validation examples",
    parameters=EarlyStoppingParameters,
    claims=(RAISES_ACCURACY, REPAYS_VALIDATION, SPARES_WRONG_LABELS),
    experiment=experiment,
    explanation=Text(
        "梯度下降先学会许多样本共有的规律，再一个一个地去背例外，而错误标签正是例外。"
        "验证样本没有参加训练，网络开始背错误标签时，验证损失就掉头往上，这正是该停的时候。"
        "早停的代价是验证样本不能用来训练；标签有噪声时这笔代价赚得回来，标签干净时赚不回来。"
        "耐心太短，曲线抖一下就会停得太早。"
        "停在哪里还取决于看什么：这里看的是带噪声标签上的损失，它的最低点未必是准确率的最高点。",
        "Gradient descent learns first what many examples share and only then, one by one, the exceptions; wrong "
        "labels are exceptions. Nothing was trained on the validation examples, so their loss turns upwards when the "
        "network begins to learn wrong labels by heart, and that is the time to stop. The price is that these "
        "examples are missing from training: with noisy labels it is repaid, with clean ones it is not. With little "
        "patience, one chance wobble of the curve ends the training too soon. Where it stops also depends on what is "
        "watched: the lowest loss on noisy labels need not be the highest accuracy.",
    ),
    tries=(
        Try(
            Text("标签全对：早停还赚得回验证样本吗？", "All labels right: are the validation examples still repaid?"),
            {"label_noise": 0.0},
        ),
        Try(
            Text(
                "标签全对，而且耐心只有 1：停得太早要付多少代价？",
                "All labels right and a patience of 1: what does stopping too soon cost?",
            ),
            {"label_noise": 0.0, "patience": 1},
        ),
        Try(
            Text(
                "只有 20 个验证样本：停的时机还准吗？", "Only 20 validation examples: is the moment still well chosen?"
            ),
            {"validation_size": 20},
        ),
    ),
    map=Map(
        "early-stopping-repays-validation",
        x=("label_noise", (0.0, 0.1, 0.2, 0.3, 0.4)),
        y=("patience", (1, 2, 5, 20)),
        parameters={"seeds": 4},
    ),
)

if __name__ == "__main__":
    from demos.kit.command import run

    raise SystemExit(run("early-stopping"))
