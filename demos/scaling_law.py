"""Scaling law: more training examples lower the error as a power law, which forecasts the largest run.

Two ladders of training sizes, each twice the one before. First a regression whose features carry ever less: their
variances fall as a power of their rank, and theory says with which exponent the error must fall, and where each point
must lie. Then a small network on MNIST-1D. A straight line through all logarithms but those of the largest size
forecasts the error there, better than expecting no further gain. Where something else limits the error the line bends
and the forecast fails: noise in the regression's targets, a network that is too small (the negative controls).

Echoes Hestness et al., "Deep learning scaling is predictable, empirically", arXiv:1712.00409 (2017), and Kaplan et
al., "Scaling laws for neural language models", arXiv:2001.08361 (2020); the theory of the regression is that of
Bordelon, Canatar and Pehlevan, ICML 2020. Run: python -m demos scaling-law
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from demos.kit import knobs
from demos.kit.claims import PERCENT, Claim, Finding, judge, setting
from demos.kit.experiment import Demo, Frame, Map, Try, View
from demos.kit.panels import THEORY, Axis, Curve, Curves, curve, line, points
from demos.kit.parameters import Parameters, number
from demos.kit.statistics import geometric_mean
from demos.kit.text import Text

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, kw_only=True)
class ScalingLawParameters(Parameters):
    decay: float = number(
        1.0,
        0.3,
        1.5,
        label=Text("谱衰减指数", "Spectral decay"),
        help=Text(
            "回归：第 k 个特征的方差是 k 的 −(1 + 它) 次方；理论上误差以它为指数下降",
            "regression: feature k has variance k^−(1 + decay); in theory the error falls with this exponent",
        ),
        words=("decay", "spectral decay", "exponent", "spectrum", "alpha", "谱衰减", "衰减指数", "指数"),
    )
    noise_std: float = knobs.target_noise(
        0.0,
        1.0,
        Text("回归：训练目标上噪声的标准差", "regression: standard deviation of the noise on training targets"),
    )
    width: int = knobs.width(64, maximum=128)
    train_size: int = number(
        4000,
        32,
        8000,
        scale="log",
        unit="examples",
        label=Text("最大训练集", "Largest training set"),
        help=Text(
            "网络：最大的训练样本数；其余依次减半，共五级",
            "network: most training examples; the other four sizes are each half of the next",
        ),
        words=("train size", "train_size", "training examples", "examples", "训练样本数", "样本数", "样本", "数据量"),
    )
    steps: int = knobs.steps(
        1000, 1500, Text("网络：更新次数，每种样本数都一样", "network: updates, equally many for every size")
    )
    learning_rate: float = knobs.learning_rate(1e-2)


NOISY = setting(noise_std=0.3)
TOO_SMALL = setting(width=2)
CLOSER = "relative miss of expecting the last fitted error again, minus that of the power law's forecast"

EXPONENT = Claim(
    id="scaling-exponent-as-theory",
    text=Text(
        "回归误差的下降指数等于特征谱的衰减指数，正如理论所说",
        "The regression's error falls with the exponent of its spectrum, as theory says",
    ),
    metric="1 − |fitted exponent / exponent of the spectrum − 1|",
    measured=Text("拟合的指数与理论的吻合度为 {effect}", "The fitted exponent agreed with theory to {effect}"),
    minimum=0.75,
    negative_control=NOISY,
    unit=PERCENT,
)
FORECASTS_REGRESSION = Claim(
    id="scaling-forecasts-regression",
    text=Text(
        "由较小的几级画出的幂律能预报最大一级的回归误差",
        "A power law through the smaller sizes forecasts the regression's error at the largest",
    ),
    metric=CLOSER,
    measured=Text(
        "预报比“不再进步”离真值近 {effect}", "The forecast was closer to the truth than 'no further gain' by {effect}"
    ),
    minimum=0.4,
    negative_control=NOISY,
)
FORECASTS_NETWORK = Claim(
    id="scaling-forecasts-network",
    text=Text(
        "对神经网络也一样：小训练集上的误差能预报大训练集上的误差",
        "So it does for a neural network: errors with few examples forecast the error with many",
    ),
    metric=CLOSER,
    measured=Text(
        "对网络，预报比“不再进步”离真值近 {effect}",
        "For the network the forecast was closer to the truth than 'no further gain' by {effect}",
    ),
    minimum=0.03,
    negative_control=TOO_SMALL,
)

SIZES = 8, 16, 32, 64, 128, 256  # training sets of the regression
FEATURES, TEACHERS = 6000, 8  # targets of each seed, on the same examples; their mean error counts
RIDGE = 1e-10  # only rounds off
RUNGS, BATCH, TEST_SIZE = 5, 50, 1500  # sizes of the network's training sets; examples of an update; new examples
CHANCE = 0.9  # error of guessing among ten classes
FRAMES = 25  # while the networks train


@dataclass(frozen=True)
class Ladder:
    """Errors of each training size, (sizes, seeds). All but those of the largest size are fitted."""

    sizes: tuple[int, ...]
    errors: np.ndarray

    def exponent(self) -> np.ndarray:
        """How fast the fitted errors fall, of each seed, by least squares on logarithms."""
        logs = np.log(self.sizes[:-1])
        away = logs - logs.mean()
        return -(away @ np.log(self.errors[:-1])) / (away @ away)

    def law(self, size: float) -> np.ndarray:
        """The error that the fitted power law gives each seed at this size."""
        middle = np.log(self.sizes[:-1]).mean()
        return np.exp(np.log(self.errors[:-1]).mean(axis=0) - self.exponent() * (np.log(size) - middle))

    def closer(self) -> np.ndarray:
        """By how much less the law misses the largest size than the error of the size before it does."""
        truth = self.errors[-1]
        return np.abs(self.errors[-2] / truth - 1) - np.abs(self.law(self.sizes[-1]) / truth - 1)


def variances(decay: float) -> np.ndarray:
    return np.arange(1, FEATURES + 1) ** -(1.0 + decay)


@lru_cache
def theory(p: ScalingLawParameters, size: int) -> float:
    """The regression's expected error, for many features and examples (Bordelon et al. 2020, without a ridge)."""
    spectrum = variances(p.decay)
    low, high = 1e-12, 1e3
    for _ in range(100):  # they close in on the variance of the directions that are half learned
        middle = np.sqrt(low * high)
        low, high = (middle, high) if (spectrum / (spectrum + middle)).sum() > size else (low, middle)
    learned = spectrum / (spectrum + low)
    crowded = (learned**2).sum() / size
    return float(((spectrum * (1 - learned) ** 2).sum() + p.noise_std**2 * crowded) / (1 - crowded))


def regression(p: ScalingLawParameters, ladder: Ladder, device: "torch.device") -> Iterator[None]:
    """Fill in the errors of the interpolating linear model of least norm, size by size; the sets are nested.

    It begins with the error of predicting 0, for every size.
    """
    import torch

    from demos.kit.seeding import normal, streams

    most = SIZES[-1]
    rngs = streams(p.seed, p.seeds, "regression")
    spread = torch.from_numpy(np.sqrt(variances(p.decay)).astype(np.float32)).to(device)

    def drawn(*shape: int) -> "torch.Tensor":
        return torch.from_numpy(normal(rngs, *shape, dtype=np.float32)).to(device)

    def error(miss: "torch.Tensor") -> np.ndarray:
        return (miss * spread[:, None]).double().square().sum(1).mean(-1).cpu().numpy()

    truth = drawn(FEATURES, TEACHERS)
    ladder.errors[:] = error(truth)
    yield
    x = drawn(most, FEATURES).mul_(spread)
    targets = (x @ truth + p.noise_std * drawn(most, TEACHERS)).double()
    products = (x @ x.mT).double()
    for k, size in enumerate(SIZES):
        gram = products[:, :size, :size] + RIDGE * torch.eye(size, dtype=torch.float64, device=device)
        shares = torch.cholesky_solve(targets[:, :size], torch.linalg.cholesky(gram))
        ladder.errors[k] = error(truth - x[:, :size].mT @ shares.float())
        yield


def networks(p: ScalingLawParameters, ladder: Ladder, device: "torch.device") -> Iterator[int]:
    """Train a network for each size and seed side by side; gives the steps taken."""
    import torch

    from demos.kit import mnist1d
    from demos.kit.seeding import streams
    from demos.kit.training import Training

    split = mnist1d.split(p.seed, p.seeds, p.train_size, device, test_size=TEST_SIZE)
    layers = (mnist1d.INPUTS, p.width, mnist1d.CLASSES)
    training = Training(layers, split.train, p.seed, arms=RUNGS, learning_rate=p.learning_rate, batch=BATCH)
    rngs = streams(p.seed, p.seeds, "batches")
    step = 0
    for frame in range(1, FRAMES + 1):
        until = frame * p.steps // FRAMES
        drawn = np.stack([passes(rng, size, (until - step) * training.batch) for size in ladder.sizes for rng in rngs])
        rows = torch.from_numpy(drawn).to(device)
        for batch in rows.split(training.batch, dim=1):
            if batch.shape[1]:
                training.update(batch, scale=1 - step / p.steps)  # the step size falls to 0, for every size alike
                step += 1
        ladder.errors[:] = np.maximum(1 - training.accuracy(split.test), 1 / TEST_SIZE)
        yield step


def passes(rng: np.random.Generator, size: int, count: int) -> np.ndarray:
    """As many of the first `size` examples as asked for, pass by pass in fresh orders."""
    return rng.permuted(np.tile(np.arange(size), (-(-count // size), 1)), axis=1).ravel()[:count]


@dataclass(frozen=True)
class Run:
    p: ScalingLawParameters
    regression: Ladder
    network: Ladder


def experiment(p: ScalingLawParameters, device: "torch.device") -> Iterator[Frame]:
    """First the regression, a step for each size, then all networks; before that, guesses."""
    rungs = tuple(max(1, p.train_size // 2**k) for k in reversed(range(RUNGS)))
    run = Run(p, Ladder(SIZES, np.empty((len(SIZES), p.seeds))), Ladder(rungs, np.full((RUNGS, p.seeds), CHANCE)))
    total = len(SIZES) + p.steps
    for k, _ in enumerate(regression(p, run.regression, device)):
        yield Frame(k, total, lambda: view(run))
    for step in networks(p, run.network, device):
        yield Frame(len(SIZES) + step, total, lambda: view(run))


def findings(run: Run) -> tuple[Finding, ...]:
    return (
        judge(EXPONENT, 1 - np.abs(run.regression.exponent() / run.p.decay - 1)),
        judge(FORECASTS_REGRESSION, run.regression.closer()),
        judge(FORECASTS_NETWORK, run.network.closer()),
    )


def view(run: Run) -> View:
    expected = line(THEORY, "theory", SIZES, [theory(run.p, size) for size in SIZES])
    linear, network = Text("回归", "Regression"), Text("神经网络", "Neural network")
    squared, wrong = Text("平方误差", "squared error"), Text("错误率", "error rate")
    panels = (
        climbed("regression", linear, Axis(squared, scale="log"), run.regression, (expected,)),
        climbed("network", network, Axis(wrong, scale="log", low=0.2, high=1.0, percent=True), run.network),
    )
    return View(panels, findings(run))


def climbed(name: str, subject: Text, y: Axis, ladder: Ladder, theories: tuple[Curve, ...] = ()) -> Curves:
    """The errors over the sizes, the power law through all but the last of them, and the last one, held out."""
    title = Text("{subject}：误差 ∝ n^−{exponent}", "{subject}: error ∝ n^−{exponent}").format(
        subject=subject, exponent=f"{ladder.exponent().mean():.2f}"
    )
    fitted, largest = ladder.sizes[:-1], ladder.sizes[-1]
    law = curve(
        Text("预报", "forecast"), "control", ladder.sizes, [ladder.law(n) for n in ladder.sizes], geometric=True
    )
    lines = (*theories, law, curve(Text("测得", "measured"), "test", fitted, list(ladder.errors[:-1]), geometric=True))
    truth = points(Text("留出的一级", "held out"), "arm", [largest], [geometric_mean(ladder.errors[-1])])
    x = Axis(Text("训练样本数 n", "training examples n"), scale="log")
    return Curves(name, title, x, y, lines, (truth,))


demo = Demo(
    slug="scaling-law",
    title=Text("规模定律", "Scaling law"),
    summary=Text(
        "误差随训练样本数按幂律下降：由几次小训练就能预报最大的那一次",
        "Error falls with the number of training examples as a power law, and small runs forecast the largest",
    ),
    echoes="Hestness et al., arXiv:1712.00409 (2017); Kaplan et al., arXiv:2001.08361 (2020)",
    equation="error(n) ≈ a·n⁻ᵇ, a line through (ln n, ln error) without the largest n, forecasts the error there\n"
    "regression: var xₖ = k^−(1+decay), so that in theory b = decay;  network: softmax(W₂ relu(W₁x))",
    parameters=ScalingLawParameters,
    claims=(EXPONENT, FORECASTS_REGRESSION, FORECASTS_NETWORK),
    experiment=experiment,
    contrast=NOISY,
    explanation=Text(
        "在回归里，n 个样本大约学得会最重要的 n 个方向，剩下的误差就是其余方向的方差之和。方差按名次的幂次衰减，"
        "它们的和也就按 n 的幂次衰减：每多一倍样本，误差总是乘上同一个因子，在双对数坐标上是一条直线。"
        "网络为什么也这样，还没有定论；常见的说法是，任务里同样有许多越来越少见的模式。"
        "只有样本数是唯一的瓶颈时，直线才能往外延长：目标里的噪声、太小的网络、训练得不够，都会让它变弯，"
        "这时预报就太乐观了，而单看拟合过的那几个点未必看得出来。",
        "In the regression, n examples suffice for about the n most important directions, and the error left is the "
        "variance of all the others. Since the variances fall as a power of their rank, so does their sum as a power "
        "of n: each doubling of the examples multiplies the error by the same factor, a straight line on two "
        "logarithmic axes. Why networks do the same is not settled; a common account is that their tasks, too, consist "
        "of many patterns, each rarer than the one before. The line can be prolonged only while examples are the one "
        "thing that is short: noise in the targets, too small a network or too little training bend it, and then the "
        "forecast is too hopeful, though the points that were fitted may show little of it.",
    ),
    tries=(
        Try(
            Text("目标里有一点噪声：误差不再一路下降，预报落空", "A little noise in the targets: the forecast fails"),
            NOISY,
        ),
        Try(
            Text("隐藏层只有 2 个单元：再多数据也学不进去", "Two hidden units: further data no longer help"),
            TOO_SMALL,
        ),
        Try(
            Text("谱衰减慢一半：样本加倍还值多少？", "Half the spectral decay: what is a doubling of the data worth?"),
            setting(decay=0.5),
        ),
    ),
    map=Map(
        "scaling-forecasts-regression",
        x=("noise_std", (0.0, 0.01, 0.03, 0.1, 1.0)),
        y=("decay", (0.3, 0.6, 1.0, 1.5)),
        parameters=setting(seeds=4, width=2, train_size=32, steps=1),
    ),
)

if __name__ == "__main__":
    from demos.kit.command import run

    raise SystemExit(run("scaling-law"))
