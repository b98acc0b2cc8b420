"""Data augmentation: few signals, shown as they are or shifted a little, anew each time.

The signals of MNIST-1D keep their class wherever their shape lies. A network that sees each of them shifted along
at random, by up to a few places, does better on new signals, which are not shifted: better even than one with
twice as many signals, after as many updates. Shifted too far, and with too little time to learn all these cases,
it does worse: that is the negative control.

Echoes Simard, Steinkraus and Platt, "Best practices for convolutional neural networks applied to visual document
analysis", ICDAR 2003. Run: python -m demos data-augmentation
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from demos.kit import knobs
from demos.kit.claims import Claim, Finding, judge, setting
from demos.kit.experiment import Demo, Frame, Map, Try, View
from demos.kit.history import Arms, accuracy_curves, arm_curves
from demos.kit.panels import Axis, Curves, line
from demos.kit.parameters import Parameters, number
from demos.kit.text import Text

if TYPE_CHECKING:
    import torch

    from demos.kit.samples import Split
    from demos.kit.training import Training


@dataclass(frozen=True, kw_only=True)
class DataAugmentationParameters(Parameters):
    shift: int = number(
        5,
        0,
        20,
        unit="places",
        label=Text("最大平移", "Largest shift"),
        help=Text(
            "训练时每个信号随机循环平移的最大格数，信号共 40 格",
            "training signals, 40 places long, are rolled along at random by up to this many places",
        ),
        words=("shift", "shifts", "translation", "augmentation", "places", "平移", "移动", "增强强度", "格"),
    )
    train_size: int = knobs.train_size(500, maximum=1000)
    width: int = knobs.width(128)
    epochs: int = knobs.epochs(80)
    learning_rate: float = knobs.learning_rate(4e-3)


TOO_FAR_TOO_SHORT = setting(shift=20, epochs=10)

RAISES_ACCURACY = Claim(
    id="augmentation-raises-accuracy",
    text=Text(
        "训练时随机平移信号，测试准确率提高，虽然测试信号并没有平移",
        "Shifting the training signals at random raises accuracy on new signals, though these are not shifted",
    ),
    metric="test accuracy, with shifts minus without",
    measured=Text("随机平移使测试准确率变化 {effect}", "Random shifts changed test accuracy by {effect}"),
    minimum=0.06,
    negative_control=TOO_FAR_TOO_SHORT,
)
BEATS_TWICE_THE_DATA = Claim(
    id="augmentation-beats-twice-the-data",
    text=Text(
        "信号少的时候，随机平移比多一倍的新信号更管用",
        "With few signals, shifting them at random is worth more than twice as many signals",
    ),
    metric="test accuracy, with shifts minus without shifts on twice as many signals, after as many updates",
    measured=Text(
        "与多一倍信号、不平移相比，随机平移使测试准确率变化 {effect}",
        "Against twice as many signals, not shifted, random shifts changed test accuracy by {effect}",
    ),
    minimum=0.02,
    negative_control=TOO_FAR_TOO_SHORT,
)

ARMS: Arms = (
    (Text("不增强", "as they are"), "control"),
    (Text("随机平移", "shifted at random"), "arm"),
    (Text("多一倍信号", "twice as many"), "other"),
)
TEST = Text("测试准确率（新信号）", "Accuracy on new signals")
TEST_SIZE = 500  # new signals for each seed
PLACES = range(-20, 21, 5)  # shifts of the test signals in the picture
SHOWN = 200  # test signals of each seed for that picture


@dataclass
class State:
    """The networks without and with shifts, the one with twice the signals, and their test accuracies so far."""

    shift: int
    split: "Split"
    arms: "Training"
    twice: "Training"
    test: list[np.ndarray] = field(default_factory=list)  # (3, seeds) after each epoch

    def look(self) -> None:
        self.test.append(np.concatenate([net.accuracy(self.split.test) for net in (self.arms, self.twice)]))


def experiment(p: DataAugmentationParameters, device: "torch.device") -> Iterator[Frame]:
    """Two arms on the first half of each seed's signals, without and with shifts, and one network on all of them."""
    from demos.kit import mnist1d
    from demos.kit.seeding import streams
    from demos.kit.training import Training

    split = mnist1d.split(p.seed, p.seeds, 2 * p.train_size, device, test_size=TEST_SIZE)
    layers = (mnist1d.INPUTS, p.width, mnist1d.CLASSES)
    alter = shifter(p.shift, streams(p.seed, p.seeds, "shifts"))
    arms = Training(layers, split.train.first(p.train_size), p.seed, arms=2, learning_rate=p.learning_rate, alter=alter)
    twice = Training(layers, split.train, p.seed, learning_rate=p.learning_rate)
    state = State(p.shift, split, arms, twice)
    for epoch in range(p.epochs + 1):
        if epoch:
            scale = 1 - (epoch - 1) / p.epochs  # the step size falls to 0
            arms.epoch(scale)
            for rows in islice(twice.batches, arms.steps_per_epoch):
                twice.update(rows, scale)
        state.look()
        yield Frame(epoch, p.epochs, lambda: view(state))


def shifter(farthest: int, rngs: list[np.random.Generator]) -> "Callable[[torch.Tensor], None]":
    """Roll every input of the second arm along by its own random number of places, in place."""
    import torch

    def alter(x: "torch.Tensor") -> None:
        rows = x[len(rngs) :]
        places = np.stack([rng.integers(-farthest, farthest + 1, (x.shape[1], 1)) for rng in rngs])
        source = (np.arange(x.shape[2]) - places) % x.shape[2]
        rows.copy_(rows.gather(2, torch.from_numpy(source).to(x.device)))

    return alter


def findings(state: State) -> tuple[Finding, Finding]:
    plain, shifted, twice = state.test[-1]
    return judge(RAISES_ACCURACY, shifted - plain), judge(BEATS_TWICE_THE_DATA, shifted - twice)


def view(state: State) -> View:
    panels = accuracy_curves("test", TEST, ARMS, state.test), by_shift(state), examples(state)
    return View(panels, findings(state))


def by_shift(state: State) -> Curves:
    """Accuracy on test signals that are all shifted by as many places."""
    import torch

    test = state.split.test.first(SHOWN)
    rows = [state.arms.nets.accuracy(torch.roll(test.x, places, -1), test.y).numpy() for places in PLACES]
    lines = arm_curves(ARMS[:2], PLACES, rows)
    title = Text("测试信号也平移时的准确率", "Accuracy on new signals that are shifted, too")
    axis = Axis(Text("测试信号平移的格数", "places by which the test signals are shifted"))
    return Curves("by-shift", title, axis, Axis(Text("准确率", "accuracy"), low=0.0, percent=True), lines)


def examples(state: State) -> Curves:
    """The first training signal of the first seed, and the farthest shifts of it."""
    signal, far = state.split.train.x[0, 0].cpu().numpy(), state.shift
    places = range(len(signal))
    lines = (
        line(Text("原信号", "as it is"), "control", places, signal),
        line(Text(f"右移 {far} 格", f"{far} to the right"), "arm", places, np.roll(signal, far)),
        line(Text(f"左移 {far} 格", f"{far} to the left"), "other", places, np.roll(signal, -far)),
    )
    title = Text("一个训练信号和它平移得最远的样子", "A training signal and its farthest shifts")
    return Curves("examples", title, Axis(Text("位置", "place")), Axis(Text("值", "value")), lines)


demo = Demo(
    slug="data-augmentation",
    title=Text("数据增强", "Data augmentation"),
    summary=Text(
        "训练信号随机平移几格，少量数据也能学得更好；平移过头反而更差",
        "Training signals shifted a little at random make few data go further; shifted too far, they do harm",
    ),
    echoes="Simard, Steinkraus and Platt, ICDAR 2003",
    equation="min over θ of E_s[−log p_θ(y | x rolled by s places)],  s ~ U(−S … S) anew in each update\n"
    "arms: S = 0;  S = shift;  S = 0 with twice as many x",
    parameters=DataAugmentationParameters,
    claims=(RAISES_ACCURACY, BEATS_TWICE_THE_DATA),
    experiment=experiment,
    contrast={"shift": 0},
    explanation=Text(
        "信号的类别由形状决定，与形状落在哪里无关；全连接网络不知道这一点，样本少的时候只好把位置也背下来。"
        "随机平移等于把这条知识讲给网络听：同一个信号每次出现在不同位置，背位置就没有用了。"
        "新的信号也会带来新的位置，所以增强的好处随数据增多而变小，到某个时候多采数据更划算。"
        "平移得太远，网络要应付许多测试时少见的情形；步数不够或网络太窄，它连原来的任务也学不好。",
        "The class of a signal lies in its shape, not in where the shape lies. A fully connected network does not "
        "know this, and with few examples it learns places by heart. Random shifts tell it: each time a signal comes "
        "back it lies elsewhere, so learning its place no longer pays. New signals bring new places as well, so the "
        "gain shrinks as data grow, and at some point more data are worth more. Shifts that are too long ask for "
        "much that new signals rarely need, and a network with few updates or few units then fails at its task.",
    ),
    tries=(
        Try(
            Text("平移到 20 格、只训练 10 轮：增强为什么有害？", "Shifts of 20 and 10 epochs only: why does it harm?"),
            {"shift": 20, "epochs": 10},
        ),
        Try(
            Text(
                "信号多到 1000 个：增强还比得上多一倍数据吗？",
                "With 1000 signals: are shifts still worth as much as twice the data?",
            ),
            {"train_size": 1000, "epochs": 40},
        ),
        Try(Text("平移至多 1 格：够不够？", "Shifts of at most 1 place: are they enough?"), {"shift": 1}),
    ),
    map=Map(
        "augmentation-raises-accuracy",
        x=("shift", (1, 3, 5, 10, 20)),
        y=("epochs", (5, 10, 20, 40)),
        parameters={"seeds": 4},
    ),
)

if __name__ == "__main__":
    from demos.kit.command import run

    raise SystemExit(run("data-augmentation"))
