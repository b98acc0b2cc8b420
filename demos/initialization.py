"""Initialization: a deep network started from weights that are too small, too large, or just right.

At every layer the variance of the signal is multiplied by one factor, which the initial weights decide, and
so is that of the gradient on its way back. He's initial weights make this factor 1 for ReLU. Xavier's lose
half at every layer, a fixed small deviation nearly all, and twice He's blow up; with a sigmoid the gradient
vanishes under Xavier's weights, too. With one hidden layer it matters little: the negative control.

Echoes Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks",
AISTATS 2010, and He, Zhang, Ren and Sun, "Delving deep into rectifiers", ICCV 2015.
Run: python -m demos initialization
"""

import itertools
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from demos.kit import knobs
from demos.kit.claims import DECADES, Claim, Finding, judge, setting
from demos.kit.experiment import Demo, Frame, Map, Try, View
from demos.kit.history import ACCURACY, EPOCH, Arms, arm_curves
from demos.kit.panels import THEORY, Axis, Curves, points
from demos.kit.parameters import Parameters, number
from demos.kit.statistics import geometric_mean
from demos.kit.text import Text

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from demos.kit.samples import Samples


@dataclass(frozen=True, kw_only=True)
class InitializationParameters(Parameters):
    init_std: float = number(
        0.05,
        0.0001,
        100.0,
        scale="log",
        label=Text("固定的初始标准差", "Fixed initial deviation"),
        help=Text(
            "“固定”一组初始权重的标准差", "standard deviation of the initial weights of the arm with a fixed one"
        ),
        words=("init std", "init_std", "initial std", "standard deviation", "std", "初始标准差", "标准差", "初始权重"),
    )
    init_var: float = number(
        0.0,
        0.0,
        10_000.0,
        label=Text("改为给定方差", "Its variance instead"),
        help=Text(
            "“固定”一组初始权重的方差；0 表示用上面的标准差",
            "variance of the same weights; 0 leaves it to the deviation",
        ),
        words=("init var", "init_var", "initial variance", "variance", "初始方差", "方差"),
    )
    depth: int = knobs.depth(10, maximum=16)
    width: int = knobs.width(64, maximum=96)
    train_size: int = knobs.train_size(500, maximum=1000)
    epochs: int = knobs.epochs(10, maximum=20)
    learning_rate: float = knobs.learning_rate(0.05)


SHALLOW = setting(depth=1)

BEATS_SMALL = Claim(
    id="initialization-he-beats-small",
    text=Text(
        "深 ReLU 网络用 He 初始化学得会，用固定的小标准差学不会",
        "A deep ReLU network learns from He's initial weights, not from a fixed small deviation",
    ),
    metric="test accuracy, He minus fixed deviation",
    measured=Text(
        "与固定标准差相比，He 初始化使测试准确率变化 {effect}",
        "Against the fixed deviation, He's initial weights changed accuracy on new images by {effect}",
    ),
    minimum=0.35,
    negative_control=SHALLOW,
)
BEATS_XAVIER = Claim(
    id="initialization-he-beats-xavier",
    text=Text(
        "在深 ReLU 网络中，He 初始化比 Xavier 初始化学得快",
        "In a deep ReLU network, He's initial weights learn faster than Xavier's",
    ),
    metric="test accuracy, He minus Xavier",
    measured=Text(
        "与 Xavier 初始化相比，He 初始化使测试准确率变化 {effect}",
        "Against Xavier's, He's initial weights changed accuracy on new images by {effect}",
    ),
    minimum=0.24,
    negative_control=SHALLOW,
)
SIGMOID_VANISHES = Claim(
    id="initialization-sigmoid-gradient-vanishes",
    text=Text(
        "深 sigmoid 网络的梯度传到第一层时已几乎消失，He 初始化的 ReLU 网络则不会",
        "The gradient of a deep sigmoid network has all but vanished at the first layer; with ReLU and He it has not",
    ),
    metric="log10 of the gradient at the first over the last hidden layer, ReLU with He minus sigmoid with Xavier",
    measured=Text(
        "从最后一层到第一层，sigmoid 网络的梯度比 ReLU 网络多缩小 {effect}",
        "From the last hidden layer to the first, the gradient shrank by {effect} more with sigmoid than with ReLU",
    ),
    minimum=2.5,
    negative_control=setting(depth=2),
    unit=DECADES,
)

BATCH = 50
FAINT, HUGE = 1e-30, 1e30  # sizes beyond are not told apart
NEW = 200  # new images for each seed


ARMS: Arms = (
    (Text("He", "He"), "arm"),
    (Text("固定", "fixed"), "control"),
    (Text("Xavier", "Xavier"), "test"),
    (Text("He 的两倍", "twice He"), "train"),
    (Text("sigmoid，Xavier", "sigmoid, Xavier"), "other"),  # the others are ReLU networks
)
HE, FIXED, XAVIER, _, SIGMOID = range(len(ARMS))


def deviations(p: InitializationParameters, inputs: int, outputs: int) -> tuple[float, ...]:
    """The deviation of the initial weights of a layer in each arm.

    He's is right for ReLU, Xavier Glorot's for activations that are the identity around 0.
    """
    he, xavier = math.sqrt(2 / inputs), math.sqrt(2 / (inputs + outputs))
    fixed = math.sqrt(p.init_var) or p.init_std
    return he, fixed, xavier, 2 * he, xavier


class Nets:
    """All arms and seeds; every arm starts from the same normal numbers, times its deviation."""

    def __init__(self, p: InitializationParameters, device: "torch.device") -> None:
        import torch

        from demos.kit import digits
        from demos.kit.bank import Bank
        from demos.kit.optimizers import SGD
        from demos.kit.seeding import normal, streams

        layers = (digits.INPUTS, *[p.width] * p.depth, digits.CLASSES)
        rngs = streams(p.seed, p.seeds, "initial values")
        weights = []
        for inputs, outputs in itertools.pairwise(layers):
            drawn = torch.from_numpy(normal(rngs, inputs, outputs, dtype=np.float32))
            weights.append(torch.cat([deviation * drawn for deviation in deviations(p, inputs, outputs)]))
        biases = [torch.zeros(p.seeds, 1, outputs) for outputs in layers[1:]]
        self.bank = Bank([*weights, *biases], len(ARMS), device, seeds=p.seeds)
        self.weights, self.biases = self.bank.values[: len(weights)], self.bank.values[len(weights) :]
        self.optimizer = SGD(self.bank, [p.learning_rate] * len(ARMS))
        self.accuracy: list[np.ndarray] = []  # (arms, seeds) on new images, before training and after each epoch

    def hidden(self, x: "Tensor") -> "list[Tensor]":
        """What each hidden layer puts into its activation, (models, n, width), for x (models, n, inputs)."""
        found = [self.biases[0].baddbmm(x, self.weights[0])]
        for weight, bias in zip(self.weights[1:-1], self.biases[1:-1], strict=True):
            found.append(bias.baddbmm(self.activated(found[-1]), weight))
        return found

    def logits(self, last: "Tensor") -> "Tensor":
        """The outputs, (models, n, classes), from the last of what `hidden` gives."""
        return self.biases[-1].baddbmm(self.activated(last), self.weights[-1])

    def activated(self, values: "Tensor") -> "Tensor":
        import torch

        first = self.bank.rows(SIGMOID).start
        return torch.cat([values[:first].relu(), values[first:].sigmoid()])

    def update(self, batch: "Samples") -> None:
        self.bank.differentiate(self.bank.cross_entropy(self.logits(self.hidden(batch.x)[-1]), batch.y))
        self.optimizer.step()

    def look(self, new: "Samples") -> None:
        """Note the accuracies of now."""
        import torch

        with torch.no_grad():
            self.accuracy.append(self.bank.accuracy(self.logits(self.hidden(new.x)[-1]), new.y))

    def sizes(self, batch: "Samples") -> tuple[np.ndarray, np.ndarray]:
        """Root mean squares of what each hidden layer puts into its activation, and of the loss gradient there.

        Both are (layers, arms, seeds), the mean being over images and units.
        """
        import torch

        hidden = self.hidden(batch.x)
        slopes = self.bank.slopes(self.bank.cross_entropy(self.logits(hidden[-1]), batch.y), hidden)
        squares = (values.double().square().mean((2, 3)) for values in (torch.stack(hidden), slopes))
        # Signals that overflow leave no number at all behind them.
        sizes = (mean.sqrt().nan_to_num(HUGE).clamp(FAINT, HUGE) for mean in squares)
        signals, gradients = map(self.bank.per_arm, sizes)
        return signals, gradients


def expected(p: InitializationParameters) -> tuple[np.ndarray, np.ndarray]:
    """What `sizes` should give for wide layers and inputs of variance 1, (layers, arms); gradients over the last one.

    By propagating variances, forward and back (Glorot and Bengio 2010; He et al. 2015).
    """
    from demos.kit.digits import INPUTS

    signals, gradients = np.ones((2, p.depth, len(ARMS)))
    into, between = deviations(p, INPUTS, p.width), deviations(p, p.width, p.width)
    for arm in range(len(ARMS)):
        moments = sigmoid_moments if arm == SIGMOID else relu_moments
        variance, factor = into[arm] ** 2 * INPUTS, between[arm] ** 2 * p.width
        for layer in range(p.depth):
            signals[layer, arm] = math.sqrt(variance)
            square, slope = moments(variance)
            gradients[: layer + 1, arm] *= math.sqrt(factor * slope) if layer < p.depth - 1 else 1.0
            variance = factor * square
    return signals.clip(FAINT, HUGE), gradients


def relu_moments(variance: float) -> tuple[float, float]:
    """Mean squares of ReLU and of its slope at normal values of this variance."""
    return variance / 2, 0.5


def sigmoid_moments(variance: float) -> tuple[float, float]:
    """The same of the sigmoid, by Gauss-Hermite quadrature."""
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    values = 1 / (1 + np.exp(-math.sqrt(variance) * nodes))
    weights = weights / weights.sum()
    return float(weights @ values**2), float(weights @ (values * (1 - values)) ** 2)


def experiment(p: InitializationParameters, device: "torch.device") -> Iterator[Frame]:
    """All arms from the same normal numbers, on the same batches."""
    from demos.kit import digits
    from demos.kit.samples import batches
    from demos.kit.seeding import streams

    split = digits.split(p.seed, p.seeds, p.train_size, device, test_size=NEW).standardized()
    nets, new = Nets(p, device), split.test.of_every_arm(len(ARMS))
    signals, slopes = nets.sizes(split.train.first(BATCH).of_every_arm(len(ARMS)))
    before = sizes(p, signals, slopes)

    def view() -> View:
        return View((learning(nets), *before), findings(nets, slopes))

    order = batches(streams(p.seed, p.seeds, "order"), p.train_size, BATCH, device)
    for epoch in range(p.epochs + 1):
        if epoch:
            for rows in itertools.islice(order, p.train_size // BATCH):
                nets.update(split.train.at(rows).of_every_arm(len(ARMS)))
        nets.look(new)
        yield Frame(epoch, p.epochs, view)


def findings(nets: Nets, slopes: np.ndarray) -> tuple[Finding, ...]:
    """Effects on accuracy by now, and on the gradients before training."""
    accuracy, growth = nets.accuracy[-1], np.log10(slopes[0] / slopes[-1])
    return (
        judge(BEATS_SMALL, accuracy[HE] - accuracy[FIXED]),
        judge(BEATS_XAVIER, accuracy[HE] - accuracy[XAVIER]),
        judge(SIGMOID_VANISHES, growth[HE] - growth[SIGMOID]),
    )


def learning(nets: Nets) -> Curves:
    lines = arm_curves(ARMS, range(len(nets.accuracy)), nets.accuracy)
    return Curves("learning", Text("哪种初始权重学得会", "Which initial weights learn"), EPOCH, ACCURACY, lines)


def sizes(p: InitializationParameters, signals: np.ndarray, slopes: np.ndarray) -> tuple[Curves, Curves]:
    """The signal on its way up and the gradient on its way down, before training, with the theory as dots."""
    theory = expected(p)
    last = geometric_mean(slopes[-1])  # the gradients of theory are relative to the last layer
    layer = range(1, p.depth + 1)
    x = Axis(Text("隐藏层（1 最靠近输入）", "hidden layer (1: next to the input)"))
    y = Axis(Text("均方根", "root mean square"), scale="log")

    def by_layer(name: str, title: Text, found: np.ndarray, expected: np.ndarray) -> Curves:
        lines = arm_curves(ARMS, layer, found, geometric=True)
        dots = points(THEORY, "theory", [*layer] * len(ARMS), expected.T.flatten())
        return Curves(name, title, x, y, lines, (dots,))

    up = Text("训练前：信号往上传", "Before training: the signal on its way up")
    down = Text("训练前：梯度往下传", "Before training: the gradient on its way down")
    downward = (theory[1] * last).clip(FAINT, HUGE)
    return by_layer("signals", up, signals, theory[0]), by_layer("gradients", down, slopes, downward)


demo = Demo(
    slug="initialization",
    title=Text("参数初始化", "Initialization"),
    summary=Text(
        "十层的 ReLU 网络：初始权重太小或太大都学不会，刚好才学得会",
        "A ten-layer ReLU network learns only if its initial weights are neither too small nor too large",
    ),
    echoes="Glorot and Bengio, AISTATS 2010; He et al., ICCV 2015",
    equation="hₗ = relu(Wₗhₗ₋₁) (the last arm: sigmoid),  Wₗ ~ N(0, s²);  SGD on −log softmax(W h)_y\n"
    "arms: s² = 2/in (He);  init_std²;  2/(in + out) (Xavier);  8/in;  2/(in + out) with sigmoid",
    parameters=InitializationParameters,
    claims=(BEATS_SMALL, BEATS_XAVIER, SIGMOID_VANISHES),
    experiment=experiment,
    explanation=Text(
        "一个单元把许多输入加权求和，和的方差是输入个数、权重方差与输入均方三者之积；ReLU 又使均方减半。"
        "权重方差取“2 ÷ 输入个数”（He）时每层的因子恰好是 1，取 Xavier 的值只有一半；因子逐层连乘，"
        "不是 1 就按指数缩小或放大，梯度往回传也是如此，灰点就是这样算出来的。信号太弱，输出几乎与图像无关；"
        "太强，一步就把网络推坏。sigmoid 的斜率不超过四分之一，梯度每往下一层大约只剩四分之一。"
        "只有一个隐藏层时没有连乘，怎样初始化差别不大；批归一化、残差连接和 Adam 也会减轻这种依赖。",
        "A unit adds up many weighted inputs, and the variance of the sum is the number of inputs times the variance "
        "of the weights times the mean square of the inputs; ReLU then halves the mean square. Weights of variance 2 "
        "over the number of inputs (He) make the factor of a layer exactly 1, Xavier's half of it. The factors "
        "multiply from layer to layer, so that any other than 1 shrinks or blows up the signal exponentially, and the "
        "gradient likewise on its way back: so the grey dots are computed. Too weak a signal leaves outputs that "
        "hardly depend on the image; with too strong a one the first steps wreck the network. A sigmoid is never "
        "steeper than a quarter, and about a quarter of the gradient is left at each layer. With one hidden layer "
        "nothing is multiplied up, and batch normalization, residual connections and Adam make a network less "
        "sensitive, too.",
    ),
    tries=(
        Try(
            Text(
                "只有一个隐藏层：几种初始权重都学得会，唯独 sigmoid 慢一些",
                "One hidden layer: all initial weights learn, and only the sigmoid is slower",
            ),
            {"depth": 1},
        ),
        Try(
            Text(
                "把固定的标准差调到接近 He 的值：深网络又学得会了",
                "A fixed deviation close to He's: the deep network learns again",
            ),
            {"init_std": 0.18},
        ),
        Try(
            Text(
                "标准差太大会怎样？看信号往上传时放大了多少",
                "And one that is too large? See how much the signal grows on its way up",
            ),
            {"init_std": 0.5},
        ),
    ),
    map=Map(
        claim=BEATS_SMALL.id,
        x=("init_std", (0.05, 0.1, 0.2, 0.4)),
        y=("depth", (1, 3, 6, 10)),
        parameters={"seeds": 4, "epochs": 5, "train_size": 300},
    ),
)

if __name__ == "__main__":
    from demos.kit.command import run

    raise SystemExit(run("initialization"))
