"""Compression: a trained network with fewer weights, or with fewer bits for each.

Weights are set to zero in each layer, the smallest ones or as many at random. Without the smallest the network still
works where without random ones it does not, and a little more training brings most of what is lost back. Rounding
all weights to a few bits costs less than keeping only so many of them as fill the same space. Negative controls:
where almost nothing is left, both ways of pruning destroy the network; where nothing is pruned there is nothing to
bring back; and two bits are too few.

Echoes Han, Pool, Tran and Dally, "Learning both weights and connections for efficient neural networks", NIPS 2015,
and Han, Mao and Dally, "Deep compression", ICLR 2016. Run: python -m demos compression
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from demos.kit import knobs
from demos.kit.claims import Claim, judge, setting
from demos.kit.experiment import Demo, Frame, Map, Try, View
from demos.kit.history import ACCURACY, Arms, arm_curves
from demos.kit.panels import Axis, Curves, Pictures, curve, picture
from demos.kit.parameters import Parameters, number
from demos.kit.text import Text

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from demos.kit.mlp import MLPs
    from demos.kit.samples import Samples


@dataclass(frozen=True, kw_only=True)
class CompressionParameters(Parameters):
    sparsity: float = number(
        0.7,
        0.0,
        1.0,
        label=Text("稀疏度", "Sparsity"),
        help=Text("每层权重中被置零的比例", "share of each layer's weights set to zero"),
        words=("sparsity", "pruned", "prune", "pruning", "稀疏度", "剪枝比例", "剪枝", "剪掉"),
    )
    bits: int = number(
        4,
        2,
        16,
        unit="bits",
        label=Text("位数", "Bits"),
        help=Text("每个权重用几位存", "bits in which each weight is stored"),
        words=("bits", "bit", "int", "quantization bits", "位数", "位", "比特"),
    )
    width: int = knobs.width(64, maximum=128)
    train_size: int = knobs.train_size(1000)
    epochs: int = knobs.epochs(20, maximum=40)
    learning_rate: float = knobs.learning_rate(5e-3)


SIZE_MATTERS = Claim(
    id="compression-size-matters",
    text=Text(
        "剪掉绝对值最小的权重，比随机剪掉同样多的权重伤得轻得多",
        "Pruning the smallest weights does far less harm than pruning as many at random",
    ),
    metric="test accuracy right after pruning, by magnitude minus at random",
    measured=Text("按大小剪枝比随机剪枝准 {effect}", "Pruning by size left test accuracy higher by {effect}"),
    minimum=0.25,
    negative_control=setting(sparsity=0.99),
)
TRAINING_REPAIRS = Claim(
    id="compression-training-repairs",
    text=Text(
        "剪枝之后，剩下的权重再训练一小会儿，能补回丢掉的准确率",
        "A little more training of the weights that are left brings back what pruning by magnitude took",
    ),
    metric="test accuracy of the network pruned by magnitude, after more training minus right after pruning",
    measured=Text("再训练使测试准确率回升 {effect}", "More training raised test accuracy again by {effect}"),
    minimum=0.06,
    negative_control=setting(sparsity=0.0),
)
ROUNDING_IS_CHEAPER = Claim(
    id="compression-rounding-is-cheaper",
    text=Text(
        "同样大的空间里，全部权重存得粗一点，胜过只留下最大的几个、存得精细（都不再训练）",
        "In the same space, all weights stored coarsely do better than only the largest stored in full "
        "(none of them trained further)",
    ),
    metric="test accuracy, all weights rounded to so many bits, minus only the largest bits / 32 of them kept",
    measured=Text("占同样空间时，量化比剪枝准 {effect}", "In the same space, rounding beat pruning by {effect}"),
    minimum=0.25,
    negative_control=setting(bits=2),
)

FULL = 32  # bits of a weight as trained
TEST_SIZE = 500  # new images for each seed
SPARSITIES = 0.0, 0.2, 0.4, 0.6, 0.8, 0.9, 0.95  # of the curve, beside the one asked for
BITS = 2, 3, 4, 5, 6, 8  # likewise
EPOCHS_PER_FRAME = 4
MORE_STEPS, STEPS_PER_FRAME = 100, 10  # of training after pruning

BY_SIZE, AT_RANDOM = Text("按大小剪", "by size"), Text("随机剪", "at random")
AT_ONCE: Arms = (BY_SIZE, "arm"), (AT_RANDOM, "control")
TRAINED: Arms = (
    (Text("按大小剪，再训练", "by size, trained"), "arm"),
    (Text("随机剪，再训练", "at random, trained"), "control"),
)


@dataclass(frozen=True)
class Look:
    """What compression without more training makes of the networks: accuracies and errors (…, seeds)."""

    p: CompressionParameters
    sparsities: tuple[float, ...]
    bits: tuple[int, ...]
    pruned: list["Tensor"]  # weights of each layer, (2 × sparsities, seeds, in, out), by size and then at random
    at_once: np.ndarray  # (2, sparsities, seeds)
    rounded: np.ndarray  # (bits, seeds)
    kept: np.ndarray  # (bits, seeds): as many of the largest weights as fill the same space
    error: np.ndarray  # (bits, seeds): of rounding, as a share of the weights' root mean square
    law: np.ndarray  # (bits, seeds): what it would be if weights lay anywhere between two steps with equal chance
    unit: tuple[np.ndarray, ...]  # the first unit's weights as trained, rounded and pruned in both ways, (64,) each


def experiment(p: CompressionParameters, device: "torch.device") -> Iterator[Frame]:
    """Train, then prune in both ways to every sparsity and train what is left, all side by side."""
    import torch

    from demos.kit import digits
    from demos.kit.seeding import streams
    from demos.kit.training import Training

    split = digits.split(p.seed, p.seeds, p.train_size, device, test_size=TEST_SIZE)
    layers = (digits.INPUTS, p.width, p.width, digits.CLASSES)
    training = Training(layers, split.train, p.seed, learning_rate=p.learning_rate)
    rngs = streams(p.seed, p.seeds, "random pruning")
    shapes = itertools.pairwise(layers)
    chances = [torch.from_numpy(np.stack([rng.random(shape) for rng in rngs])).to(device) for shape in shapes]
    total = p.epochs + MORE_STEPS // STEPS_PER_FRAME
    look = compress(p, training.nets, chances, split.test)
    yield Frame(0, total, partial(view, look, look.at_once))
    for epoch in range(1, p.epochs + 1):
        training.epoch(scale=1 - (epoch - 1) / p.epochs)  # the step size falls to 0, and so below
        if epoch % EPOCHS_PER_FRAME == 0 or epoch == p.epochs:
            look = compress(p, training.nets, chances, split.test)
            yield Frame(epoch, total, partial(view, look, look.at_once))

    weights = [layer.flatten(0, 1) for layer in look.pruned]
    arms = len(look.pruned[0])
    more = Training(layers, split.train, p.seed, arms=arms, learning_rate=p.learning_rate, initial=weights)
    copy_biases(training.nets, more.nets)
    masks, draws = [layer != 0 for layer in weights], streams(p.seed, p.seeds, "draws")
    for step in range(1, MORE_STEPS + 1):
        drawn = torch.from_numpy(np.stack([rng.permutation(more.size)[: more.batch] for rng in draws]))
        more.update(drawn.to(device), scale=1 - (step - 1) / MORE_STEPS)
        for weight, mask in zip(more.nets.weights, masks, strict=True):
            weight[..., : mask.shape[2]] *= mask  # what is pruned stays 0
        if step % STEPS_PER_FRAME == 0:
            later = more.accuracy(split.test).reshape(look.at_once.shape)
            yield Frame(p.epochs + step // STEPS_PER_FRAME, total, partial(view, look, later))


def compress(p: CompressionParameters, nets: "MLPs", chances: list["Tensor"], test: "Samples") -> Look:
    """Prune and round the networks; `chances` are like the weights and say which random pruning takes first."""
    import torch

    sparsities, bits = tuple(sorted({*SPARSITIES, p.sparsity})), tuple(sorted({*BITS, p.bits}))
    weights = [*nets.weights[:-1], nets.weights[-1][..., : nets.classes]]  # without padding
    sizes = [layer.abs() for layer in weights]
    pruned = [
        torch.cat(ways) for ways in zip(*(prune(weights, by, sparsities) for by in (sizes, chances)), strict=True)
    ]
    rounded = [rounding(weights, b) for b in bits]
    gaps = [mean_square([new - old for new, old in zip(layers, weights, strict=True)]) for layers in rounded]
    even = [
        mean_square([step.expand_as(old) for step, old in zip(steps(weights, b), weights, strict=True)]) for b in bits
    ]
    whole = mean_square(weights)
    asked = sparsities.index(p.sparsity)
    shown = weights[0], rounded[bits.index(p.bits)][0], pruned[0][asked], pruned[0][len(sparsities) + asked]
    return Look(
        p,
        sparsities,
        bits,
        pruned,
        at_once=accuracy(nets, pruned, test).reshape(2, len(sparsities), -1),
        rounded=accuracy(nets, [torch.stack(layers) for layers in zip(*rounded, strict=True)], test),
        kept=accuracy(nets, prune(weights, sizes, [1 - b / FULL for b in bits]), test),
        error=np.sqrt(np.stack(gaps) / whole),
        law=np.sqrt(np.stack(even) / 12 / whole),
        unit=tuple(layer[0, :, 0].abs().cpu().numpy() for layer in shown),
    )


def prune(weights: list["Tensor"], scores: list["Tensor"], sparsities: Sequence[float]) -> list["Tensor"]:
    """Weights (sparsities, seeds, in, out) of each layer, 0 where a seed's scores are lowest."""
    import torch

    left = []
    for weight, score in zip(weights, scores, strict=True):
        rank = score.flatten(1).argsort().argsort().view_as(score)
        left.append(torch.stack([weight * (rank >= round(share * weight[0].numel())) for share in sparsities]))
    return left


def steps(weights: list["Tensor"], bits: int) -> list["Tensor"]:
    """The distance (seeds, 1, 1) of the values that a layer's weights may take, which are symmetric about 0."""
    return [weight.abs().amax((1, 2), keepdim=True) / (2 ** (bits - 1) - 1) for weight in weights]


def rounding(weights: list["Tensor"], bits: int) -> list["Tensor"]:
    return [(weight / step).round() * step for weight, step in zip(weights, steps(weights, bits), strict=True)]


def mean_square(layers: list["Tensor"]) -> np.ndarray:
    """Over all layers of a seed's network, (seeds,)."""
    import torch

    return torch.cat([layer.flatten(1) for layer in layers], 1).double().square().mean(1).cpu().numpy()


def accuracy(nets: "MLPs", weights: list["Tensor"], test: "Samples") -> np.ndarray:
    """Share of right answers, (arms, seeds), with these weights (arms, seeds, in, out) and the trained biases."""
    from demos.kit.mlp import MLPs

    changed = MLPs([layer.flatten(0, 1) for layer in weights], len(weights[0]), nets.parameters.device)
    copy_biases(nets, changed)
    return changed.accuracy(test.x, test.y).numpy()


def copy_biases(source: "MLPs", target: "MLPs") -> None:
    """Give every arm of `target` the biases of `source`, which has one arm."""
    for own, given in zip(target.biases, source.biases, strict=True):
        own[...] = given.repeat(target.arms, 1, 1)


def view(look: Look, later: np.ndarray) -> View:
    """`later` is like `look.at_once`, after as much more training as there has been."""
    pruning, bits = look.sparsities.index(look.p.sparsity), look.bits.index(look.p.bits)
    by_size, at_random = look.at_once[:, pruning]
    findings = (
        judge(SIZE_MATTERS, by_size - at_random),
        judge(TRAINING_REPAIRS, later[0, pruning] - by_size),
        judge(ROUNDING_IS_CHEAPER, look.rounded[bits] - look.kept[bits]),
    )
    return View((by_sparsity(look, later), by_bits(look), errors(look), one_unit(look)), findings)


def by_sparsity(look: Look, later: np.ndarray) -> Curves:
    trained = arm_curves(TRAINED, look.sparsities, list(later.swapaxes(0, 1)))
    at_once = arm_curves(AT_ONCE, look.sparsities, list(look.at_once.swapaxes(0, 1)), dashed=True)
    share = Axis(Text("稀疏度", "sparsity"), low=0.0, high=1.0, percent=True)
    return Curves("sparsity", Text("剪掉多少权重还能用", "How many weights can go"), share, ACCURACY, trained + at_once)


def by_bits(look: Look) -> Curves:
    lines = (
        curve(Text("全部，存得粗", "all, rounded"), "arm", look.bits, list(look.rounded)),
        curve(Text("最大的几个", "largest only"), "control", look.bits, list(look.kept)),
    )
    title = Text("同样的空间：少几位，还是少几个", "The same space: fewer bits or fewer weights")
    return Curves("bits", title, Axis(Text("平均每个权重的位数", "bits for each weight")), ACCURACY, lines)


def errors(look: Look) -> Curves:
    lines = (
        curve(Text("测得", "measured"), "arm", look.bits, list(look.error)),
        curve(Text("步长/√12", "step / √12"), "theory", look.bits, list(look.law), dashed=True),
    )
    title = Text("每少一位，舍入误差约加倍", "Each bit less about doubles the rounding error")
    size = Axis(Text("误差 ÷ 权重的大小", "error ÷ size of the weights"), scale="log")
    return Curves("error", title, Axis(Text("位数", "bits")), size, lines)


def one_unit(look: Look) -> Pictures:
    """How the first seed's first unit looks at the 8×8 pixels."""
    captions = Text("训练后", "as trained"), Text(f"{look.p.bits} 位", f"{look.p.bits} bits"), BY_SIZE, AT_RANDOM
    largest = look.unit[0].max()
    images = [np.minimum(weights / largest, 1).reshape(8, 8) for weights in look.unit]
    title = Text("一个单元连到 64 个像素的权重（越深越大）", "One unit's weights for the 64 pixels (dark: large)")
    return Pictures("unit", title, tuple(picture(*pair) for pair in zip(captions, images, strict=True)))


demo = Demo(
    slug="compression",
    title=Text("模型压缩", "Model compression"),
    summary=Text(
        "训练好的网络，剪掉大半最小的权重、或者每个权重只留几位，还能用",
        "A trained network works on without most of its smallest weights, or with a few bits for each",
    ),
    echoes="Han et al., NIPS 2015; Han, Mao and Dally, ICLR 2016",
    equation="by size: w ← w·1[|w| ≥ q_s];  at random: w ← w·1[u ≥ s], u ~ U(0, 1);  then Adam on the w ≠ 0\n"
    "rounding: w ← Δ·round(w/Δ),  Δ = max|w| / (2ᵇ⁻¹ − 1)",
    parameters=CompressionParameters,
    claims=(SIZE_MATTERS, TRAINING_REPAIRS, ROUNDING_IS_CHEAPER),
    experiment=experiment,
    explanation=Text(
        "一个权重对输出的作用与它的大小成比例，所以先剪最小的，改动也最小；随机剪则连最要紧的也一起剪掉。不过大小只是"
        "重要程度的替身：总是空白的像素，连着它的权重从没学过，却保留着不小的初值。留下来的权重再训练一会儿，会替被剪掉的"
        "补位，但剩得太少就补不回来了。舍入是在每个权重上加一点小噪声，噪声各不相关，大多互相抵消，所以比删掉便宜；可"
        "每少一位误差约加倍，只剩两位时每个权重只能取三个值，网络就坏了。这里算空间时没有计入剪枝还要记下的位置。",
        "What a weight contributes is in proportion to its size, so taking the smallest changes least, while chance "
        "takes the important ones as well. Size only stands in for importance, though: pixels that are always blank "
        "keep the sizeable weights with which they began. With more training the remaining weights take over from "
        "those that are gone, unless too few are left. Rounding adds a little noise to every weight, most of which "
        "cancels, so it is cheaper than deleting; but each bit less about doubles the noise, and with two bits a "
        "weight has only three values left. The space that a pruned network needs to say where its weights lie is not "
        "counted here.",
    ),
    tries=(
        Try(Text("剪掉 99%：怎么选都救不了", "99% pruned: no choice saves the network"), SIZE_MATTERS.negative_control),
        Try(Text("只剩 2 位：量化不再划算", "2 bits: rounding no longer pays"), ROUNDING_IS_CHEAPER.negative_control),
        Try(Text("网络很窄：富余少，同样的剪法伤得更重", "A narrow network has less to spare"), setting(width=16)),
    ),
    map=Map(
        SIZE_MATTERS.id,
        x=("sparsity", (0.0, 0.3, 0.6, 0.9, 0.99)),
        y=("width", (8, 16, 32, 64)),
        parameters=setting(seeds=4, epochs=8, train_size=500),
    ),
)

if __name__ == "__main__":
    from demos.kit.command import run

    raise SystemExit(run("compression"))
