"""Residual connections: deep networks with and without a shortcut past every layer.

A deep plain network fits even its own training images worse than a shallow one: that is degradation, not
overfitting. With a shortcut, h + W relu(h) in place of W relu(h), the deep network learns. Gradients are not
what the plain network lacks, its initial values see to those; but layer by layer it maps all images onto
nearly one direction. In a shallow network there is nothing to repair: the negative control.

Echoes He, Zhang, Ren and Sun, "Deep residual learning for image recognition", CVPR 2016, with the blocks of
their "Identity mappings in deep residual networks", ECCV 2016. Run: python -m demos residual
"""

import math
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from demos.kit import knobs
from demos.kit.claims import Claim, Finding, Unit, judge, setting
from demos.kit.experiment import Demo, Frame, Map, Try, View
from demos.kit.history import EPOCH, Arms, arm_curves
from demos.kit.panels import Axis, Curve, Curves, curve, line
from demos.kit.parameters import Parameters
from demos.kit.text import Text

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from demos.kit.samples import Samples, Split


@dataclass(frozen=True, kw_only=True)
class ResidualParameters(Parameters):
    depth: int = knobs.depth(32)
    width: int = knobs.width(32, maximum=64)
    train_size: int = knobs.train_size(500, maximum=600)
    epochs: int = knobs.epochs(12, maximum=30)
    learning_rate: float = knobs.learning_rate(1e-3)


SHALLOW = setting(depth=2)

LEARNS_DEEP = Claim(
    id="residual-deep-network-learns",
    text=Text(
        "网络很深时，残差连接大幅提高测试准确率",
        "Residual connections make a deep network far more accurate on new images",
    ),
    metric="test accuracy of the deepest networks, residual minus plain",
    measured=Text(
        "残差连接使最深网络的测试准确率变化 {effect}",
        "Residual connections changed the deepest network's accuracy on new images by {effect}",
    ),
    minimum=0.2,
    negative_control=SHALLOW,
)
PLAIN_DEGRADES = Claim(
    id="residual-plain-network-degrades",
    text=Text(
        "普通网络加深到四倍，连训练图像都拟合得更差：这是退化，不是过拟合",
        "A plain network four times as deep fits even its training images worse: degradation, not overfitting",
    ),
    metric="training accuracy of plain networks, a quarter of the depth minus the full depth",
    measured=Text(
        "普通网络在四分之一深度时的训练准确率比最深时高 {effect}",
        "At a quarter of the depth, the plain network's training accuracy was higher by {effect}",
    ),
    minimum=0.18,
    negative_control=setting(depth=4),
)
KEEPS_APART = Claim(
    id="residual-keeps-images-apart",
    text=Text(
        "训练之前，深的普通网络就把不同的图像压到几乎同一个方向，残差网络则不会",
        "Before training, a deep plain network turns all images to nearly one direction, and a residual one does not",
    ),
    metric="mean cosine of two images in the last hidden layer before training, plain minus residual",
    measured=Text(
        "普通网络最后一层中两幅图像的余弦比残差网络高 {effect}",
        "In the last hidden layer, two images had a cosine higher by {effect} in the plain network",
    ),
    minimum=0.1,
    negative_control=setting(depth=1),
    unit=Unit(Text("（余弦）", "(cosine)")),
)

BATCH = 50
LOOKED_AT = 200  # images of each seed in an accuracy, of those for training and of new ones each
PAIRS = 50  # training images before training, each compared with the next one
ARMS: Arms = (Text("普通", "plain"), "control"), (Text("残差", "residual"), "arm")

TEST, TRAIN = Text("{arm}，新图像", "{arm}, new images"), Text("{arm}，训练", "{arm}, training")
THEORY = Text("{arm}，理论", "{arm}, theory")
ACCURACY = Axis(Text("准确率", "accuracy"), low=0.0, high=1.0, percent=True)
LAYER = Axis(Text("层（0 为输入层之后）", "layer (0: after the first)"))


class Nets:
    """Plain networks (arm 0) and residual ones (arm 1) of one depth, all seeds at once.

    Both draw the same weights with variance 2 / inputs, as in He et al. 2015. Those on a residual branch are then
    divided by √depth: otherwise every block would double the variance of what passes.
    """

    def __init__(self, depth: int, p: ResidualParameters, split: "Split") -> None:
        import torch

        from demos.kit import digits
        from demos.kit.bank import Bank
        from demos.kit.mlp import he_normal
        from demos.kit.optimizers import AdamW
        from demos.kit.samples import batches
        from demos.kit.seeding import streams

        device = split.train.x.device
        layers = (digits.INPUTS, *[p.width] * (depth + 1), digits.CLASSES)
        enter, *blocks, leave = he_normal(layers, streams(p.seed, p.seeds, "initial values"))
        weights = [enter, *(torch.cat([w, w / math.sqrt(depth)]) for w in blocks), leave]
        biases = [torch.zeros(p.seeds, 1, width) for width in layers[1:]]
        self.depth = depth
        self.bank = Bank([*weights, *biases], len(ARMS), device, seeds=p.seeds)
        self.weights, self.biases = self.bank.values[: len(weights)], self.bank.values[len(weights) :]
        self.optimizer = AdamW(self.bank, [p.learning_rate] * len(ARMS))
        self.shortcut = torch.tensor([0.0, 1.0], device=device).repeat_interleave(p.seeds)[:, None, None]
        self.batches = batches(streams(p.seed, p.seeds, "order"), p.train_size, BATCH, device)
        self.seen = [part.of_every_arm(len(ARMS)) for part in (split.train.first(LOOKED_AT), split.test)]
        self.train: list[np.ndarray] = []  # accuracies (arms, seeds) before training and after each epoch
        self.test: list[np.ndarray] = []
        self.look()

    def hidden(self, x: "Tensor") -> "Iterator[Tensor]":
        """The values after the first layer and after each block, (models, n, width), for x (models, n, inputs)."""
        values = self.biases[0].baddbmm(x, self.weights[0])
        yield values
        for weight, bias in zip(self.weights[1:-1], self.biases[1:-1], strict=True):
            values = bias.baddbmm(values.relu(), weight).addcmul(self.shortcut, values)
            yield values

    def logits(self, last: "Tensor") -> "Tensor":
        """The outputs, (models, n, classes), from the values after the last block."""
        return self.biases[-1].baddbmm(last.relu(), self.weights[-1])

    def answers(self, x: "Tensor") -> "Tensor":
        """The outputs for x; of a hundred layers only the last is kept, unless gradients need the others."""
        (last,) = deque(self.hidden(x), maxlen=1)
        return self.logits(last)

    def epoch(self, samples: "Samples") -> None:
        """One pass over the training images in a fresh order, the same for both arms."""
        for rows in islice(self.batches, samples.x.shape[1] // BATCH):
            batch = samples.at(rows).of_every_arm(len(ARMS))
            self.bank.differentiate(self.bank.cross_entropy(self.answers(batch.x), batch.y))
            self.optimizer.step()

    def look(self) -> None:
        """Note the accuracies of now."""
        import torch

        for history, part in zip((self.train, self.test), self.seen, strict=True):
            with torch.no_grad():
                history.append(self.bank.accuracy(self.answers(part.x), part.y))

    def cosines(self) -> np.ndarray:
        """The mean cosine of two training images after each layer, (layers, arms, seeds)."""
        import torch

        found = []
        with torch.no_grad():
            for values in self.hidden(self.seen[0].x[:, : PAIRS + 1]):
                units = values.double() / values.double().norm(dim=-1, keepdim=True)
                # Where every unit is dead (the length is 0), images no longer differ at all.
                found.append((units[:, :-1] * units[:, 1:]).sum(-1).nan_to_num(1.0).mean(-1))
        return self.bank.per_arm(torch.stack(found))

    def gradient_sizes(self) -> np.ndarray:
        """Root mean square over images of the loss gradient at each layer's values, (layers, arms, seeds)."""
        first = self.seen[0].first(PAIRS)
        hidden = list(self.hidden(first.x))
        slopes = self.bank.slopes(self.bank.cross_entropy(self.logits(hidden[-1]), first.y) * PAIRS, hidden)
        # Dead units pass nothing down.
        return self.bank.per_arm(slopes.square().sum(-1).mean(-1).sqrt().clamp(min=1e-6))


def relu_cosine(cosine: np.ndarray) -> np.ndarray:
    """The cosine of W relu(a) and W relu(b) for Gaussian a and b with this cosine (Cho and Saul 2009)."""
    angle = np.arccos(np.clip(cosine, -1, 1))
    return (np.sin(angle) + (np.pi - angle) * np.cos(angle)) / np.pi


def expected_cosines(pairs: np.ndarray, depth: int) -> np.ndarray:
    """Mean cosines after each layer of infinitely wide networks, (layers, arms), from those of pairs of inputs.

    A branch of 1 / depth of the variance of what passes enters the mean with that weight.
    """
    plain, residual = pairs, pairs
    found = [(pairs.mean(), pairs.mean())]
    for _ in range(depth):
        plain = relu_cosine(plain)
        residual = (residual + relu_cosine(residual) / depth) / (1 + 1 / depth)
        found.append((plain.mean(), residual.mean()))
    return np.array(found)


def experiment(p: ResidualParameters, device: "torch.device") -> Iterator[Frame]:
    """Networks of the full depth, half of it, a quarter and so on, all from the same data in the same order."""
    from demos.kit import digits

    split = digits.split(p.seed, p.seeds, p.train_size, device, test_size=LOOKED_AT)
    depths = sorted({p.depth >> halvings for halvings in range(5)} - {0})
    stacks = [Nets(depth, p, split) for depth in depths]
    cosines, sizes = stacks[-1].cosines(), stacks[-1].gradient_sizes()
    before = alike(cosines, expected_cosines(input_cosines(split), p.depth)), gradients(sizes)
    total = p.epochs * len(stacks)

    def view() -> View:
        return View((learning(stacks[-1]), by_depth(stacks), *before), findings(stacks, cosines))

    yield Frame(0, total, view)
    for step in range(total):
        nets = stacks[step % len(stacks)]
        nets.epoch(split.train)
        nets.look()
        yield Frame(step + 1, total, view)


def input_cosines(split: "Split") -> np.ndarray:
    """The cosine of each pair of neighbouring training images, (seeds, pairs)."""
    x = split.train.x[:, : PAIRS + 1].double().cpu().numpy()
    x /= np.linalg.norm(x, axis=-1, keepdims=True)
    return (x[:, :-1] * x[:, 1:]).sum(-1)


def findings(stacks: list[Nets], cosines: np.ndarray) -> tuple[Finding, ...]:
    deepest = stacks[-1]
    shallower = next((nets for nets in stacks if nets.depth == deepest.depth // 4), stacks[0])
    return (
        judge(LEARNS_DEEP, deepest.test[-1][1] - deepest.test[-1][0]),
        judge(PLAIN_DEGRADES, shallower.train[-1][0] - deepest.train[-1][0]),
        judge(KEEPS_APART, cosines[-1][0] - cosines[-1][1]),
    )


def learning(deepest: Nets) -> Curves:
    """Training and test accuracy of the deepest networks."""
    title = Text(f"{deepest.depth} 个隐藏层的网络在学吗", f"Does a network of {deepest.depth} hidden layers learn?")
    return Curves("learning", title, EPOCH, ACCURACY, lines(range(len(deepest.test)), deepest.test, deepest.train))


def by_depth(stacks: list[Nets]) -> Curves:
    """The same accuracies of every depth, after the last epoch so far."""
    x = Axis(Text("隐藏层数", "hidden layers"), scale="log")
    last = lines([n.depth for n in stacks], [n.test[-1] for n in stacks], [n.train[-1] for n in stacks])
    return Curves("depth", Text("准确率随深度的变化", "Accuracy against depth"), x, ACCURACY, last)


def lines(x: Sequence[float], test: list[np.ndarray], train: list[np.ndarray]) -> tuple[Curve, ...]:
    """Test accuracy of both arms, and training accuracy dashed."""
    tested: Arms = tuple((TEST.format(arm=name), role) for name, role in ARMS)
    trained: Arms = tuple((TRAIN.format(arm=name), role) for name, role in ARMS)
    return *arm_curves(tested, x, test), *arm_curves(trained, x, train, dashed=True)


def alike(cosines: np.ndarray, expected: np.ndarray) -> Curves:
    """How alike two images look to each layer before training, (layers, arms, seeds), and the theory of it."""
    layers, found = range(len(cosines)), []
    for arm, (name, role) in enumerate(ARMS):
        found.append(curve(name, role, layers, list(cosines[:, arm])))
        found.append(line(THEORY.format(arm=name), "theory", layers, expected[:, arm], dashed=arm == 1))
    title = Text("训练前：不同图像有多相似", "Before training: how alike images become")
    return Curves("alike", title, LAYER, Axis(Text("两幅图像的余弦", "cosine of two images"), high=1.0), tuple(found))


def gradients(sizes: np.ndarray) -> Curves:
    """The gradient that reaches each layer before training, (layers, arms, seeds)."""
    found = arm_curves(ARMS, range(len(sizes)), sizes, geometric=True)
    title = Text("训练前：传到各层的梯度", "Before training: the gradient that reaches each layer")
    y = Axis(Text("梯度的长度", "length of the gradient"), scale="log", low=0.01, high=10.0)
    return Curves("gradients", title, LAYER, y, found)


demo = Demo(
    slug="residual",
    title=Text("残差连接", "Residual connections"),
    summary=Text(
        "几十层的普通网络连训练图像都学不好；给每层加一条捷径，同样深的网络就学得会",
        "Dozens of plain layers cannot even fit the training images; with a shortcut past each, they learn",
    ),
    echoes="He et al., CVPR 2016 and ECCV 2016",
    equation="plain: hₗ₊₁ = Wₗ relu(hₗ);  residual: hₗ₊₁ = hₗ + Wₗ relu(hₗ), whose Wₗ begin divided by √depth\n"
    "ŷ = softmax(W relu(h_depth));  Adam on −log ŷ_y",
    parameters=ResidualParameters,
    claims=(LEARNS_DEEP, PLAIN_DEGRADES, KEEPS_APART),
    experiment=experiment,
    explanation=Text(
        "普通网络的每一层都把前一层的结果整个改写，连“保持不变”也要学才会。随机的 ReLU 层使任意两幅图像的方向越靠越近，"
        "几十层之后几乎重合（灰线是无限宽网络的理论值），后面的层难以分辨，学得极慢；而传到各层的梯度并没有消失，"
        "病因不在那里。残差块只在原值上加一小步修改，图像之间的差别得以保留，网络从接近恒等映射的地方开始学；"
        "支路的初始权重除以深度的平方根，否则每过一块方差就翻一倍。捷径治的是“训练不动”，并不保证越深越好："
        "两三层的网络本来就学得会，捷径几乎没有用处。",
        "Each plain layer rewrites the whole of what it gets, so that even leaving it alone must be learnt. Random "
        "ReLU layers also draw the directions of any two images together, until after dozens of layers they nearly "
        "coincide (grey: theory at infinite width) and later layers can hardly tell them apart; the gradients, by "
        "contrast, have not vanished. A residual block adds a small change to what it gets, so the differences between "
        "images survive and learning starts near the identity; its initial weights are divided by the square root of "
        "the depth, for otherwise each block would double the variance. A shortcut cures training that gets nowhere; "
        "it does not make deeper better: networks of two or three layers learn anyway, and gain next to nothing.",
    ),
    tries=(
        Try(
            Text(
                "只留两层：普通网络也学得会，捷径几乎不带来什么",
                "Only two layers: the plain network learns as well, and the shortcut brings next to nothing",
            ),
            {"depth": 2},
        ),
        Try(
            Text(
                "把训练轮数加倍：普通网络追上了多少？退化是学得慢，还是学不会？",
                "Twice the epochs: how far does the plain network catch up? Is it slow, or is it stuck?",
            ),
            {"epochs": 24},
        ),
        Try(
            Text(
                "把网络加宽一倍：普通网络的退化减轻了吗？理论线与实测线靠得更近了吗？",
                "Twice as wide: do plain networks degrade less, and do the curves come closer to theory?",
            ),
            {"width": 64, "depth": 24},
        ),
    ),
    map=Map(
        claim=LEARNS_DEEP.id,
        x=("depth", (2, 4, 8, 16, 32)),
        y=("learning_rate", (1e-4, 1e-3, 1e-2)),
        parameters={"seeds": 4, "epochs": 5, "train_size": 300},
    ),
)

if __name__ == "__main__":
    from demos.kit.command import run

    raise SystemExit(run("residual"))
