"""Batch normalization: a deep network with and without it, trained by plain SGD at six learning rates.

With it, learning rates over a far wider range are usable, and a deep network learns better even when each
side has its best rate. In a shallow network little is gained, and with batches of a few images the noise of
their statistics makes it a loss: the negative controls. Nor does it keep gradients in order: before training
they grow towards the input by the same factor at each layer, whatever the scale of the weights.

Echoes Ioffe and Szegedy, "Batch normalization: accelerating deep network training by reducing internal
covariate shift", ICML 2015; the gradients, Yang, Pennington, Rao, Sohl-Dickstein and Schoenholz, "A mean
field theory of batch normalization", ICLR 2019. Run: python -m demos batch-norm
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from demos.kit import knobs
from demos.kit.claims import DECADES, Claim, Finding, judge, setting
from demos.kit.experiment import Demo, Frame, Map, Try, View
from demos.kit.history import ACCURACY, UPDATES, Arms, arm_curves
from demos.kit.panels import Axis, Curves, curve, line
from demos.kit.parameters import Parameters
from demos.kit.statistics import geometric_mean
from demos.kit.text import Text

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from demos.kit.samples import Samples


@dataclass(frozen=True, kw_only=True)
class BatchNormParameters(Parameters):
    depth: int = knobs.depth(10, maximum=12)
    batch_size: int = knobs.batch_size(50, minimum=2)
    width: int = knobs.width(32, maximum=48)
    train_size: int = knobs.train_size(500, maximum=500)
    epochs: int = knobs.epochs(10, maximum=12)


WIDENS_RATES = Claim(
    id="batch-norm-widens-learning-rates",
    text=Text(
        "批归一化使深网络能用的学习率范围宽得多",
        "Batch normalization makes a far wider range of learning rates usable in a deep network",
    ),
    metric="decades of learning rates within 90% of the seed's best test accuracy, with batch norm minus without",
    measured=Text(
        "批归一化使能用的学习率范围变化 {effect}",
        "Batch normalization changed the range of usable learning rates by {effect}",
    ),
    minimum=0.6,
    negative_control=setting(batch_size=4, epochs=1),
    unit=DECADES,
)
LEARNS_DEEP = Claim(
    id="batch-norm-deep-network-learns",
    text=Text(
        "即使各用各的最佳学习率，批归一化的深网络测试准确率也更高",
        "Even at the best learning rate of each, the deep network with batch normalization is more accurate",
    ),
    metric="highest test accuracy over the learning rates, with batch norm minus without",
    measured=Text(
        "各用最佳学习率时，批归一化使测试准确率变化 {effect}",
        "At the best rate of each, batch normalization changed accuracy on new images by {effect}",
    ),
    minimum=0.08,
    negative_control=setting(depth=1),
)
GRADIENTS_GROW = Claim(
    id="batch-norm-gradients-grow",
    text=Text(
        "批归一化并不稳住梯度：训练之前，深网络的梯度越靠近输入越大",
        "Batch normalization does not steady gradients: before training they grow towards the input of a deep network",
    ),
    metric="log10 of the gradient at the first over that at the last hidden layer, with batch norm minus without",
    measured=Text(
        "从最后一层到第一层，批归一化使梯度多增长 {effect}",
        "From the last hidden layer to the first, batch normalization made gradients grow by {effect} more",
    ),
    minimum=0.33,
    negative_control=setting(depth=2),
    unit=DECADES,
)

SPACING = 0.5  # decades between neighbouring learning rates
RATES = tuple(10 ** (SPACING * k) for k in range(-3, 3))  # 0.03 to 10
USABLE = 0.9  # a rate is usable that reaches this share of the best accuracy of any network of the seed
UPDATES_PER_FRAME = 6
NEW, KNOWN = 200, 100  # new images for each seed, and training images for the statistics with which they are judged
GROWTH = math.sqrt(math.pi / (math.pi - 1))  # of gradients at each layer, for wide layers and large batches
ARMS: Arms = (Text("无批归一化", "without"), "control"), (Text("批归一化", "batch norm"), "arm")


class Nets:
    """ReLU networks of all learning rates and seeds, all with batch normalization or all without."""

    def __init__(self, p: BatchNormParameters, device: "torch.device", *, normalized: bool) -> None:
        import torch

        from demos.kit import digits
        from demos.kit.bank import Bank
        from demos.kit.mlp import he_normal
        from demos.kit.optimizers import SGD
        from demos.kit.seeding import streams

        layers = (digits.INPUTS, *[p.width] * p.depth, digits.CLASSES)
        weights = he_normal(layers, streams(p.seed, p.seeds, "initial values"))
        biases = [torch.zeros(p.seeds, 1, outputs) for outputs in layers[1:]]
        scales = [torch.ones(p.seeds, 1, p.width) for _ in range(p.depth)] if normalized else []
        self.bank = Bank([*weights, *biases, *scales], len(RATES), device, seeds=p.seeds)
        self.weights, self.biases = self.bank.values[: len(weights)], self.bank.values[len(weights) :][: len(biases)]
        self.scales = self.bank.values[len(weights) + len(biases) :]
        self.optimizer = SGD(self.bank, RATES)
        self.accuracy: list[np.ndarray] = []  # (rates, seeds) on new images, before training and after each epoch

    def hidden(self, x: "Tensor", known: int) -> "list[Tensor]":
        """Activations of each hidden layer, (models, n, width); the first `known` rows of x give the statistics."""
        found = [x]
        for layer, (weight, bias) in enumerate(zip(self.weights[:-1], self.biases[:-1], strict=True)):
            if self.scales:
                found.append(normalize(found[-1] @ weight, self.scales[layer], bias, known).relu())
            else:
                found.append(bias.baddbmm(found[-1], weight).relu())
        return found[1:]

    def logits(self, last: "Tensor") -> "Tensor":
        return self.biases[-1].baddbmm(last, self.weights[-1])

    def update(self, batch: "Samples") -> None:
        last = self.hidden(batch.x, batch.x.shape[1])[-1]
        self.bank.differentiate(self.bank.cross_entropy(self.logits(last), batch.y))
        self.optimizer.step()

    def look(self, known: "Tensor", new: "Samples") -> None:
        """Note the accuracy on new images, normalized by the statistics of known ones."""
        import torch

        with torch.no_grad():
            last = self.hidden(torch.cat([known, new.x], 1), known.shape[1])[-1]
            self.accuracy.append(self.bank.accuracy(self.logits(last[:, known.shape[1] :]), new.y))

    def gradient_sizes(self, batch: "Samples") -> np.ndarray:
        """Root mean square over images of the loss gradient at each hidden layer, (layers, seeds), at one rate."""
        hidden = self.hidden(batch.x, batch.x.shape[1])
        slopes = self.bank.slopes(self.bank.cross_entropy(self.logits(hidden[-1]), batch.y), hidden)
        return self.bank.per_arm(slopes.square().sum(-1).mean(-1).sqrt().clamp(min=1e-9))[:, 0]


def normalize(values: "Tensor", scale: "Tensor", shift: "Tensor", known: int) -> "Tensor":
    """Batch normalization of values (models, n, width), each unit of each model by itself."""
    import torch

    flat = values.transpose(0, 1).flatten(1)  # (n, models · width): what torch calls channels
    mean = variance = None
    if known < len(flat):
        variance, mean = torch.var_mean(flat[:known], 0, correction=0)
    whole = mean is None
    flat = torch.nn.functional.batch_norm(flat, mean, variance, scale.flatten(), shift.flatten(), training=whole)
    return flat.view(-1, *values.shape[::2]).transpose(0, 1)


def experiment(p: BatchNormParameters, device: "torch.device") -> Iterator[Frame]:
    """Without and with batch normalization, at every learning rate: the same initial values and batches."""
    from demos.kit import digits
    from demos.kit.samples import batches
    from demos.kit.seeding import streams

    split = digits.split(p.seed, p.seeds, p.train_size, device, test_size=NEW).standardized()
    known, new = split.train.first(KNOWN).of_every_arm(len(RATES)).x, split.test.of_every_arm(len(RATES))
    both = [Nets(p, device, normalized=normalized) for normalized in (False, True)]
    batch = min(p.batch_size, p.train_size)
    sizes = [nets.gradient_sizes(split.train.first(batch).of_every_arm(len(RATES))) for nets in both]
    before = gradients(sizes)
    steps: list[int] = []

    def view() -> View:
        return View((by_rate(both), learning(both, steps), before), findings(both, sizes))

    total = p.epochs * (p.train_size // batch)
    rows = batches(streams(p.seed, p.seeds, "order"), p.train_size, batch, device)
    for step in range(total + 1):
        if step:
            chosen = split.train.at(next(rows)).of_every_arm(len(RATES))
            for nets in both:
                nets.update(chosen)
        if step % UPDATES_PER_FRAME == 0 or step == total:
            steps.append(step)
            for nets in both:
                nets.look(known, new)
            yield Frame(step, total, view)


def findings(both: Sequence[Nets], sizes: Sequence[np.ndarray]) -> tuple[Finding, ...]:
    """Effects by the accuracies of now, and by the gradients before training."""
    without, normalized = (nets.accuracy[-1] for nets in both)
    enough = USABLE * np.maximum(without.max(0), normalized.max(0))
    decades = [SPACING * (found >= enough).sum(0) for found in (without, normalized)]
    growth = [np.log10(found[0] / found[-1]) for found in sizes]
    return (
        judge(WIDENS_RATES, decades[1] - decades[0]),
        judge(LEARNS_DEEP, normalized.max(0) - without.max(0)),
        judge(GRADIENTS_GROW, growth[1] - growth[0]),
    )


def by_rate(both: Sequence[Nets]) -> Curves:
    """Accuracy at every learning rate by now."""
    lines = [curve(name, role, RATES, list(nets.accuracy[-1])) for nets, (name, role) in zip(both, ARMS, strict=True)]
    title = Text("哪些学习率能用", "Which learning rates are usable")
    return Curves("rates", title, Axis(Text("学习率", "learning rate"), scale="log"), ACCURACY, tuple(lines))


def learning(both: Sequence[Nets], steps: Sequence[int]) -> Curves:
    """Accuracy over the updates, on each side at the rate that is best by now on average over the seeds."""
    lines = []
    for nets, (name, role) in zip(both, ARMS, strict=True):
        best = int(nets.accuracy[-1].mean(1).argmax())
        called = Text(f"{name.zh}，学习率 {RATES[best]:.2g}", f"{name.en}, rate {RATES[best]:.2g}")
        lines.append(curve(called, role, steps, [entry[best] for entry in nets.accuracy]))
    title = Text("各用最佳学习率时的学习过程", "Learning at the best learning rate of each")
    return Curves("learning", title, UPDATES, ACCURACY, tuple(lines))


def gradients(sizes: Sequence[np.ndarray]) -> Curves:
    """The gradient at each hidden layer before training, and how it should grow from the last one down."""
    layers = range(1, len(sizes[0]) + 1)
    lines = arm_curves(ARMS, layers, np.stack(sizes, axis=1), geometric=True)
    last = float(geometric_mean(sizes[1][-1]))
    expected = [last * GROWTH ** (len(layers) - layer) for layer in layers]
    theory = line(Text("批归一化，理论", "batch norm, theory"), "theory", layers, expected)
    title = Text("训练前：传到各层的梯度", "Before training: the gradient that reaches each layer")
    y = Axis(Text("梯度的长度", "length of the gradient"), scale="log")
    x = Axis(Text("隐藏层（1 最靠近输入）", "hidden layer (1: next to the input)"))
    return Curves("gradients", title, x, y, (*lines, theory))


demo = Demo(
    slug="batch-norm",
    title=Text("批归一化", "Batch normalization"),
    summary=Text(
        "深网络用 SGD 训练：加上批归一化，学习率不必挑得那么准，也学得更好",
        "A deep network under SGD: with batch normalization many more learning rates work, and it learns better",
    ),
    echoes="Ioffe and Szegedy, ICML 2015; Yang et al., ICLR 2019",
    equation="h ← relu(γ (W h − μ)/σ + β), with μ and σ of each unit over the batch;  without: h ← relu(W h + β)\n"
    "ŷ = softmax(W h + β);  SGD on −log ŷ_y: θ ← θ − η∇, at each η = 0.03 … 10",
    parameters=BatchNormParameters,
    claims=(WIDENS_RATES, LEARNS_DEEP, GRADIENTS_GROW),
    experiment=experiment,
    explanation=Text(
        "批归一化让每个单元在一批图像上的均值为 0、方差为 1，权重放大几倍也不改变输出；步子太大使权重变大，"
        "后面的步子相对就变小，所以普通网络发散的学习率它仍能用。减去均值还使不同的图像在深层仍分得开。"
        "代价是每张图像的输出取决于同批的其他图像：一批只有几张时统计量噪声很大，又与判断新图像时所用的不同，于是得不偿失。"
        "它也不稳住梯度：宽网络中每往下一层梯度约增长 √(π/(π−1)) 倍（灰线），与权重大小无关，"
        "所以只靠它还训练不了上百层的网络，要配上残差连接。浅网络本来就好训练，好处很小。",
        "Batch normalization gives each unit mean 0 and variance 1 over the batch, so that weights several times as "
        "large put out the same; a step that was too long makes the weights larger and the next steps relatively "
        "shorter, and rates at which the plain network diverges still work. Taking off the mean also keeps images "
        "apart in deep layers. The price is that what comes out for an image depends on the others of its batch: with "
        "a few images the statistics are noisy, and differ from those by which new images are judged. Nor are "
        "gradients steadied: in wide layers they grow by √(π/(π−1)) at each layer on the way down (grey), whatever the "
        "weights, so that very deep networks need residual connections as well. A shallow network trains anyway and "
        "gains little.",
    ),
    tries=(
        Try(
            Text(
                "每批只有四张图像（更新次数相近）：统计量太吵，好处没有了",
                "Batches of four, about as many updates: the statistics are too noisy, and the gain is gone",
            ),
            {"batch_size": 4, "epochs": 1},
        ),
        Try(
            Text(
                "只有一个隐藏层：能用的学习率仍宽一些，最佳准确率却差不多",
                "A single hidden layer: somewhat more rates are usable, but the best accuracy is much the same",
            ),
            {"depth": 1},
        ),
        Try(
            Text(
                "一批用满一百张：梯度的增长离理论线更近了吗？",
                "Batches of a hundred: does the growth of the gradients come closer to theory?",
            ),
            {"batch_size": 100},
        ),
    ),
    map=Map(
        claim=LEARNS_DEEP.id,
        x=("depth", (1, 2, 4, 8)),
        y=("batch_size", (4, 10, 25)),
        parameters={"seeds": 4, "epochs": 2, "train_size": 200},
    ),
)

if __name__ == "__main__":
    from demos.kit.command import run

    raise SystemExit(run("batch-norm"))
