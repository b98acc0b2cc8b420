"""Over-parameterization: networks with few and with many parameters, on labels that mean nothing.

Each training label is drawn at random, so there is nothing to learn, only to memorise. Networks with many
times more parameters than examples memorise it all; just more parameters than examples is not enough. And
there is not one solution but many: two networks that both fit disagree about new images, and the network
half-way between them, weight by weight, fits much worse. With true labels the narrow networks fit as well
and the solutions agree: that is the negative control.

Echoes Zhang, Bengio, Hardt, Recht and Vinyals, "Understanding deep learning requires rethinking
generalization", ICLR 2017. Run: python -m demos over-parameterization
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from demos.kit import knobs
from demos.kit.claims import Claim, Finding, judge, setting
from demos.kit.experiment import Demo, Frame, Map, Try, View
from demos.kit.panels import Axis, Curves, Pictures, curve, picture
from demos.kit.parameters import Parameters, number
from demos.kit.text import Text

if TYPE_CHECKING:
    import torch

    from demos.kit.samples import Split
    from demos.kit.training import Training


@dataclass(frozen=True, kw_only=True)
class OverParameterizationParameters(Parameters):
    width: int = knobs.width(256)
    train_size: int = knobs.train_size(200, maximum=1000)
    label_noise: float = number(
        1.0,
        0.0,
        1.0,
        label=Text("随机标签比例", "Random labels"),
        help=Text("训练标签中重新随机抽取的比例", "share of the training labels drawn anew at random"),
        words=knobs.LABEL_NOISE_WORDS,
    )
    epochs: int = knobs.epochs(200, maximum=250)
    learning_rate: float = knobs.learning_rate(1e-2)


TRUE_LABELS = setting(label_noise=0.0)

FITS_RANDOM_LABELS = Claim(
    id="overparam-fits-random-labels",
    text=Text(
        "宽网络能记住随机标签：训练准确率远高于窄网络，也远高于它自己的测试准确率",
        "A wide network memorises random labels: its training accuracy is far above a narrow network's, "
        "and far above its own accuracy on new images",
    ),
    metric="training accuracy of the widest, minus the larger of the narrowest's and the widest's test accuracy",
    measured=Text(
        "最宽网络的训练准确率比最窄网络、也比自己的测试准确率至少高 {effect}",
        "The widest network's training accuracy exceeded the narrowest's, and its own on new images, by {effect}",
    ),
    minimum=0.4,
    negative_control=TRUE_LABELS,
)
MANY_SOLUTIONS = Claim(
    id="overparam-many-solutions",
    text=Text(
        "解不止一个：从不同初值出发，两个网络都拟合同一批数据，却对新图像意见不一",
        "There are many solutions: two networks from different initial values fit the same data, "
        "but disagree about new images",
    ),
    metric="lower training accuracy of two solutions, minus the share of new images on which they agree",
    measured=Text(
        "两个解对训练数据的拟合比它们在新图像上的一致程度高 {effect}",
        "Both solutions fitted the training data better than they agreed on new images, by {effect}",
    ),
    minimum=0.25,
    negative_control=TRUE_LABELS,
)
NEEDS_PARAMETERS = Claim(
    id="overparam-needs-parameters",
    text=Text(
        "参数仅仅多于样本还不够：要记住随机标签，参数必须多出许多倍",
        "Just more parameters than examples is not enough: memorising random labels takes many times more",
    ),
    metric="training accuracy, widest minus the narrowest that has more parameters than examples",
    measured=Text(
        "最宽网络的训练准确率比参数刚刚多于样本的网络高 {effect}",
        "The widest network's training accuracy exceeded that of the network with just more parameters than "
        "examples by {effect}",
    ),
    minimum=0.34,
    negative_control=TRUE_LABELS,
)

SHARES = tuple(k / 10 for k in range(11))  # where the line between two solutions is looked at
EPOCHS_PER_FRAME = 10
TEST_SIZE = 500  # new images for each seed
SHOWN = 6  # training images in the picture


@dataclass
class Bank:
    """Networks of one width; accuracies (arms, seeds) are those of the last look."""

    training: "Training"
    train: np.ndarray = field(init=False)
    test: np.ndarray = field(init=False)

    def look(self, split: "Split") -> None:
        self.train, self.test = self.training.accuracy(split.train), self.training.accuracy(split.test)

    @property
    def parameters(self) -> int:
        return self.training.nets.size


def widths(widest: int) -> list[int]:
    """2, 4, 8, … and the widest."""
    return sorted({2**k for k in range(1, widest.bit_length()) if 2**k <= widest} | {widest})


def experiment(p: OverParameterizationParameters, device: "torch.device") -> Iterator[Frame]:
    """One bank for each width, all on the same data; the widest has two arms, with different initial values."""
    from demos.kit import digits
    from demos.kit.training import Training

    split = digits.split(p.seed, p.seeds, p.train_size, device, test_size=TEST_SIZE, drawn=p.label_noise)
    banks = []
    for width in widths(p.width):
        starts = (0, 1) if width == p.width else (0,)
        layers = (digits.INPUTS, width, digits.CLASSES)
        training = Training(layers, split.train, p.seed, arms=len(starts), learning_rate=p.learning_rate, starts=starts)
        banks.append(Bank(training))
    for epoch in range(p.epochs + 1):
        if epoch:
            for bank in banks:
                bank.training.epoch(scale=1 - (epoch - 1) / p.epochs)  # the step size falls to 0
        if epoch % EPOCHS_PER_FRAME == 0 or epoch == p.epochs:
            for bank in banks:
                bank.look(split)
            yield Frame(epoch, p.epochs, lambda: view(banks, split))


def findings(banks: list[Bank], split: "Split") -> tuple[Finding, ...]:
    narrowest, widest = banks[0], banks[-1]
    enough = (bank for bank in banks if bank.parameters > split.train.x.shape[1])
    barely = next(enough, widest)
    wide = widest.train[0]
    one, other = widest.training.nets.predictions(split.test.x)
    agreement = (one == other).double().mean(-1).cpu().numpy()
    return (
        judge(FITS_RANDOM_LABELS, wide - np.maximum(narrowest.train[0], widest.test[0])),
        judge(MANY_SOLUTIONS, widest.train.min(axis=0) - agreement),
        judge(NEEDS_PARAMETERS, wide - barely.train[0]),
    )


def view(banks: list[Bank], split: "Split") -> View:
    panels = memorising(banks, split), between_solutions(banks[-1], split), examples(split)
    return View(panels, findings(banks, split))


def memorising(banks: list[Bank], split: "Split") -> Curves:
    """Accuracy of every width against its parameters per training example."""
    ratio = [bank.parameters / split.train.x.shape[1] for bank in banks]
    train = curve(Text("训练", "training"), "train", ratio, [bank.train[0] for bank in banks])
    test = curve(Text("新图像", "new images"), "test", ratio, [bank.test[0] for bank in banks])
    x = Axis(Text("参数个数 ÷ 训练样本数", "parameters ÷ training examples"), scale="log")
    y = Axis(Text("准确率", "accuracy"), low=0.0, high=1.05, percent=True)
    return Curves(
        "memorising", Text("多少参数能记住标签", "How many parameters memorise the labels"), x, y, (train, test)
    )


def between_solutions(widest: Bank, split: "Split") -> Curves:
    """Training accuracy along the straight line between the two solutions of each seed."""
    nets = widest.training.nets
    rows = [nets.between(share).accuracy(split.train.x, split.train.y)[0].numpy() for share in SHARES]
    x = Axis(Text("从解一到解二的路程", "way from one solution to the other"), low=0.0, high=1.0, percent=True)
    y = Axis(Text("训练准确率", "training accuracy"), low=0.0, high=1.05, percent=True)
    line = curve(Text("训练", "training"), "train", SHARES, rows)
    return Curves("between", Text("两个解之间的直线上", "On the straight line between two solutions"), x, y, (line,))


def examples(split: "Split") -> Pictures:
    """The first training images of the first seed, with the labels that were given."""
    images = split.train.x[0, :SHOWN].reshape(-1, 8, 8).cpu().numpy()
    labels = split.train.y[0, :SHOWN].tolist()
    title = Text("训练图像和给它们的标签", "Training images and the labels given to them")
    captions = (Text(f"标为 {label}", f"label {label}") for label in labels)
    return Pictures("examples", title, tuple(picture(*pair) for pair in zip(captions, images, strict=True)))


demo = Demo(
    slug="over-parameterization",
    title=Text("过参数化", "Over-parameterization"),
    summary=Text(
        "参数远多于样本的网络能记住随机标签，而且解有许多个",
        "Networks with far more parameters than examples memorise random labels, in many different ways",
    ),
    echoes="Zhang et al., ICLR 2017",
    equation="ŷ = softmax(W₂ relu(W₁x)) of width 2, 4, 8, … , `width`;  Adam on −log ŷ_y, y drawn at random\n"
    "between the solutions θ₀ and θ₁ of two initial values: θ(s) = (1−s)θ₀ + sθ₁",
    parameters=OverParameterizationParameters,
    claims=(FITS_RANDOM_LABELS, MANY_SOLUTIONS, NEEDS_PARAMETERS),
    experiment=experiment,
    explanation=Text(
        "随机标签里没有规律，只能一张一张地记。每记一张就多一组约束，参数远多于约束时，满足全部约束的权重不是一个点，而是"
        "一大片，从哪里出发就落到哪里附近；它们在训练图像上一致，在别处各说各的。参数只比样本多一点时，满足约束的解虽可能"
        "存在，梯度下降却往往找不到。标签真实时，同样的网络却学到了规律：记得住不等于只会死记。",
        "Random labels hold no pattern, so every image must be learned by itself, and each adds constraints. Where "
        "parameters far outnumber the constraints, the weights that satisfy them all are not a point but a wide "
        "region, and training ends near where it began: solutions agree on the training images and differ "
        "elsewhere. With just more parameters than examples, a solution may exist, yet gradient descent seldom "
        "finds it. With true labels the same networks learn the pattern: being able to memorise does not mean doing"
        " nothing else.",
    ),
    tries=(
        Try(Text("标签是真的：窄网络也行吗？", "True labels: do narrow networks do, too?"), {"label_noise": 0.0}),
        Try(Text("样本多四倍：要多宽才背得下？", "Four times the examples: how wide now?"), {"train_size": 800}),
        Try(Text("只有 8 个单元", "Only 8 units"), {"width": 8}),
    ),
    map=Map(
        "overparam-fits-random-labels",
        x=("label_noise", (0.0, 0.5, 1.0)),
        y=("width", (4, 16, 64)),
        parameters={"seeds": 4, "train_size": 100, "epochs": 60},
    ),
)

if __name__ == "__main__":
    from demos.kit.command import run

    raise SystemExit(run("over-parameterization"))
