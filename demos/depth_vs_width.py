"""Depth versus width: two arms of a spiral told apart by a wide network and by deep ones with no more parameters.

One hidden layer must draw the winding boundary from straight creases laid side by side; each further layer folds what
the one before has folded. On long spirals the deep network does better, on training examples, too: the wide one does
not overfit, it does not get there. Every depth tries four learning rates, and each seed keeps the one with the best
validation accuracy. On a quarter turn, which hardly winds, nothing is gained: that is the negative control.

Echoes Telgarsky, "Benefits of depth in neural networks", COLT 2016. Run: python -m demos depth-vs-width
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from demos.kit import fields, knobs
from demos.kit.claims import Claim, Finding, judge, setting
from demos.kit.experiment import Demo, Frame, Map, Try, View
from demos.kit.history import EPOCH
from demos.kit.panels import Axis, Curves, Plane, Points, curve
from demos.kit.parameters import Parameters, number
from demos.kit.text import Text

if TYPE_CHECKING:
    import torch

    from demos.kit.samples import Samples
    from demos.kit.training import Training


@dataclass(frozen=True, kw_only=True)
class DepthVsWidthParameters(Parameters):
    depth: int = knobs.depth(3, maximum=12)
    width: int = number(
        128,
        6,
        512,
        scale="log",
        unit="units",
        label=Text("宽网络的宽度", "Width of the wide network"),
        help=Text(
            "只有一个隐藏层的网络有多少单元；深网络的参数不超过它",
            "units of the network with one hidden layer; the deep ones have no more parameters than it",
        ),
        words=("width", "wide", "hidden units", "units", "neurons", "宽度", "宽", "隐藏单元", "神经元数", "神经元"),
    )
    turns: float = number(
        2.75,
        0.25,
        3.0,
        label=Text("螺旋圈数", "Turns of the spiral"),
        help=Text("每条螺旋臂绕中心转几圈", "how many times each arm winds around the centre"),
        words=("turns", "turn", "windings", "spiral turns", "圈数", "圈", "螺旋圈数"),
    )
    train_size: int = knobs.train_size(1000)
    epochs: int = knobs.epochs(60)
    learning_rate: float = number(
        0.03,
        1e-5,
        1.0,
        scale="log",
        label=Text("学习率", "Learning rate"),
        help=Text(
            "四个候选学习率里的第二个；另外三个是它的三分之一、三倍和九倍",
            "the second of four that are tried; the others are a third of it, three times and nine times it",
        ),
        words=("learning rate", "learning_rate", "lr", "学习率", "步长"),
    )


HARDLY_WINDING = setting(turns=0.25)

RAISES_ACCURACY = Claim(
    id="depth-raises-accuracy",
    text=Text(
        "参数一样多时，深网络比只有一个隐藏层的宽网络更会分辨绕圈的螺旋",
        "With equally many parameters, a deep network tells winding spirals apart better than a wide one does",
    ),
    metric="test accuracy, deep minus wide, each with its own best learning rate",
    measured=Text(
        "深网络的测试准确率比宽网络高 {effect}", "The deep network's test accuracy exceeded the wide one's by {effect}"
    ),
    minimum=0.05,
    negative_control=HARDLY_WINDING,
)
FITS_TRAINING = Claim(
    id="depth-fits-training",
    text=Text(
        "宽网络不是过拟合：同样的训练时间里，连训练数据它也不如深网络拟合得好",
        "The wide network does not overfit: given as long, it fits even the training data less well",
    ),
    metric="training accuracy, deep minus wide, each with its own best learning rate",
    measured=Text(
        "深网络的训练准确率比宽网络高 {effect}",
        "The deep network's training accuracy exceeded the wide one's by {effect}",
    ),
    minimum=0.05,
    negative_control=HARDLY_WINDING,
)

DEPTHS = 1, 2, 3, 5  # always trained, beside the depth that is asked for
RATES = 1 / 3, 1.0, 3.0, 9.0  # tried, as multiples of the learning rate; the wide do best at about 3, the deep at 1
INPUTS, CLASSES, RADIUS, NOISE = 2, 2, 2.0, 0.05
HELD_OUT = 400  # examples for validation, and as many for the test
EPOCHS_PER_FRAME = 5
REACH, PIXELS, SHOWN = RADIUS + 0.2, 56, 200  # of the pictures: half a side, samples along it, training examples
WIDE, DEEP = Text("宽", "wide"), Text("深", "deep")


def layers(units: int, depth: int) -> tuple[int, ...]:
    return INPUTS, *[units] * depth, CLASSES


def size(units: int, depth: int) -> int:
    """Parameters of a network with `depth` hidden layers of so many units."""
    return (INPUTS + 1) * units + (depth - 1) * (units + 1) * units + (units + 1) * CLASSES


def units_within(budget: int, depth: int) -> int:
    """The most units in each of `depth` hidden layers for at most `budget` parameters."""
    units = 1
    while size(units + 1, depth) <= budget:
        units += 1
    return units


@dataclass
class Tuned:
    """Networks of one depth with four learning rates; of each seed counts the one with the best validation."""

    depth: int
    training: "Training"
    best: np.ndarray = field(init=False)  # which learning rate, of each seed
    train: np.ndarray = field(init=False)  # accuracies of the networks that count, of each seed
    tests: list[np.ndarray] = field(default_factory=list)  # the same on new points, one entry for each look

    def look(self, train: "Samples", validation: "Samples", test: "Samples") -> None:
        self.best = self.training.accuracy(validation).argmax(axis=0)
        seeds = np.arange(len(self.best))
        self.train = self.training.accuracy(train)[self.best, seeds]
        self.tests.append(self.training.accuracy(test)[self.best, seeds])

    def probability(self, places: np.ndarray) -> np.ndarray:
        """Of the second class at each of the places (n, 2), by the first seed's network."""
        import torch

        nets, model = self.training.nets, int(self.best[0]) * self.training.nets.seeds
        hidden = torch.from_numpy(places.astype(np.float32)).to(nets.parameters.device)
        for layer, (weight, bias) in enumerate(zip(nets.weights, nets.biases, strict=True)):
            hidden = torch.addmm(bias[model], hidden if layer == 0 else hidden.relu_(), weight[model])
        return hidden[:, :CLASSES].softmax(-1)[:, 1].cpu().numpy()


@dataclass
class Run:
    p: DepthVsWidthParameters
    points: "Samples"  # for training
    banks: list[Tuned] = field(default_factory=list)
    epochs: list[int] = field(default_factory=list)

    def of(self, depth: int) -> Tuned:
        return next(bank for bank in self.banks if bank.depth == depth)


def spirals(rng: np.random.Generator, n: int, turns: float) -> tuple[np.ndarray, np.ndarray]:
    """Points (n, 2) on two arms, evenly over the disc, and to which of the arms each belongs."""
    labels = rng.integers(0, CLASSES, n)
    radius = np.sqrt(rng.random(n))
    angle = 2 * np.pi * turns * radius + np.pi * labels
    points = RADIUS * radius[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return points + NOISE * rng.standard_normal((n, INPUTS)), labels


def draw(p: DepthVsWidthParameters, device: "torch.device") -> "tuple[Samples, Samples, Samples]":
    """Fresh points of each seed, for training, validation and test."""
    import torch

    from demos.kit.samples import Samples
    from demos.kit.seeding import streams

    sizes = p.train_size, HELD_OUT, HELD_OUT
    pairs = [spirals(rng, sum(sizes), p.turns) for rng in streams(p.seed, p.seeds, "spirals")]
    x = torch.from_numpy(np.stack([points for points, _ in pairs]).astype(np.float32)).to(device)
    y = torch.from_numpy(np.stack([labels for _, labels in pairs])).to(device)
    train, validation, test = (Samples(*part) for part in zip(x.split(sizes, 1), y.split(sizes, 1), strict=True))
    return train, validation, test


def experiment(p: DepthVsWidthParameters, device: "torch.device") -> Iterator[Frame]:
    """One bank for each depth, with an arm for each learning rate; all see the same points in the same order."""
    from demos.kit.training import Training

    splits = draw(p, device)
    budget = size(p.width, 1)
    run = Run(p, splits[0])
    rates = [factor * p.learning_rate for factor in RATES]
    for depth in sorted({*DEPTHS, p.depth}):
        shape = layers(units_within(budget, depth), depth)
        run.banks.append(Tuned(depth, Training(shape, splits[0], p.seed, arms=len(rates), learning_rate=rates)))
    for epoch in range(p.epochs + 1):
        if epoch:
            for bank in run.banks:
                bank.training.epoch(scale=1 - (epoch - 1) / p.epochs)  # the step size falls to 0
        if epoch % EPOCHS_PER_FRAME == 0 or epoch == p.epochs:
            for bank in run.banks:
                bank.look(*splits)
            run.epochs.append(epoch)
            yield Frame(epoch, p.epochs, lambda: view(run))


def findings(run: Run) -> tuple[Finding, Finding]:
    wide, deep = run.of(1), run.of(run.p.depth)
    return (
        judge(RAISES_ACCURACY, deep.tests[-1] - wide.tests[-1]),
        judge(FITS_TRAINING, deep.train - wide.train),
    )


def view(run: Run) -> View:
    wide, deep = run.of(1), run.of(run.p.depth)
    panels = boundary("wide", run, wide), boundary("deep", run, deep), while_training(run), by_depth(run)
    return View(panels, findings(run))


def boundary(name: str, run: Run, bank: Tuned) -> Plane:
    """Which arm the first seed's network takes each place for, and some of its training examples."""
    nets = bank.training.nets
    sides = np.linspace(-REACH, REACH, PIXELS)
    places = np.stack(np.meshgrid(sides, sides), axis=-1).reshape(-1, INPUTS)
    shade = bank.probability(places).reshape(PIXELS, PIXELS)
    points, labels = (part[0, :SHOWN].cpu().numpy() for part in (run.points.x, run.points.y))
    one, other = (tuple(map(tuple, points[labels == label].T.tolist())) for label in range(CLASSES))
    title = Text(
        f"{bank.depth} 层 × {nets.layers[1]} 个单元，共 {nets.size:,} 个参数",
        f"{bank.depth} × {nets.layers[1]} units, {nets.size:,} parameters",
    )
    bounds = -REACH, REACH
    return Plane(
        name,
        title,
        Axis(Text("输入 1", "input 1"), low=-REACH, high=REACH),
        Axis(Text("输入 2", "input 2"), low=-REACH, high=REACH),
        fields.field(Text("属于乙臂的概率", "probability of arm B"), shade, bounds, bounds, diverging=True),
        (Points(Text("甲臂", "arm A"), "control", *one), Points(Text("乙臂", "arm B"), "arm", *other)),
    )


def while_training(run: Run) -> Curves:
    wide, deep = run.of(1), run.of(run.p.depth)
    lines = curve(WIDE, "control", run.epochs, wide.tests), curve(DEEP, "arm", run.epochs, deep.tests)
    axis = Axis(Text("准确率", "accuracy"), high=1.0, percent=True)
    return Curves("test", Text("在新点上的准确率", "Accuracy on new points"), EPOCH, axis, lines)


def by_depth(run: Run) -> Curves:
    depths = [bank.depth for bank in run.banks]
    lines = (
        curve(Text("训练", "training"), "train", depths, [bank.train for bank in run.banks]),
        curve(Text("新点", "new points"), "test", depths, [bank.tests[-1] for bank in run.banks]),
    )
    x = Axis(Text("隐藏层数", "hidden layers"), scale="log")
    y = Axis(Text("准确率", "accuracy"), percent=True)
    return Curves("depths", Text("参数一样多，层数不同", "Equal parameters, different depths"), x, y, lines)


demo = Demo(
    slug="depth-vs-width",
    title=Text("深度与宽度", "Depth versus width"),
    summary=Text(
        "参数一样多：分辨两条绕圈的螺旋，几层窄的胜过一层宽的",
        "With equally many parameters, a few narrow layers tell two winding spirals apart better than a wide one",
    ),
    echoes="Telgarsky, COLT 2016",
    equation="ŷ = softmax(W_d₊₁ relu(W_d … relu(W₁x)));  x = r·(cos φ, sin φ) + noise,  φ = 2π·turns·r + πy\n"
    "compared: d = 1 with `width` units, d = depth with no more parameters;  Adam on −log ŷ_y",
    parameters=DepthVsWidthParameters,
    claims=(RAISES_ACCURACY, FITS_TRAINING),
    experiment=experiment,
    contrast=setting(depth=1),
    explanation=Text(
        "每个 ReLU 单元在平面上折一道直痕。一个隐藏层只能把直痕并排摆在一起，螺旋的每一段弯都要另外花单元去凑；"
        "后面的层折的却是已经折过的平面，前面的一道折痕可以用上好几次。万能逼近定理说一层也够，"
        "但没说要多少单元、梯度下降要走多久：训练得更久、数据更多，这里的宽网络还会追上来一些，"
        "所以差距说的是同样的预算里能学到什么。边界不怎么绕的时候，深度没有用处；层数太多、每层又太窄，"
        "没有残差连接的网络反而难训练。",
        "Each ReLU unit makes one straight crease in the plane. A single hidden layer can only lay creases side by "
        "side and spends new units on every bend of the spiral; a later layer folds what is folded already, so that "
        "one crease serves several times. The universal approximation theorem says that one layer would do, not with "
        "how many units nor after how many steps: with longer training and more data the wide network here catches up "
        "in part, so the gap is about what can be learned on the same budget. Where the boundary hardly winds, depth "
        "is of no use; and with many very narrow layers and no residual connections training gets harder again.",
    ),
    tries=(
        Try(
            Text("只绕四分之一圈：一层就够了，深度没有用处", "A quarter turn: one layer is enough, depth is of no use"),
            HARDLY_WINDING,
        ),
        Try(
            Text(
                "12 层，每层只有 4 个单元：太深太窄，反而难训练", "12 layers of few units: deep, narrow, hard to train"
            ),
            setting(depth=12, width=64, turns=1.5),
        ),
        Try(
            Text("预算减到四分之一：谁受的影响大？", "A quarter of the budget: which of them suffers more?"),
            setting(width=32),
        ),
    ),
    map=Map(
        "depth-raises-accuracy",
        x=("depth", (1, 2, 3, 5, 12)),
        y=("turns", (0.25, 1.0, 1.5, 2.0)),
        parameters=setting(seeds=5, width=64, train_size=400, epochs=40),
    ),
)

if __name__ == "__main__":
    from demos.kit.command import run

    raise SystemExit(run("depth-vs-width"))
