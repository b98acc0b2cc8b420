"""L1 and sparsity: linear regression with more features than examples, of which only a few matter.

An L1 penalty sets most weights to exactly zero and predicts far better than an L2 penalty, each at its own best
strength. It keeps many useless features all the same, and a plain gradient step on |w| makes no zero at all: that
takes soft-thresholding. Where every feature matters a little L2 is the better one: the negative control.

Echoes Tibshirani, "Regression shrinkage and selection via the lasso", JRSS B 58 (1996), and Ng, "Feature
selection, L1 vs. L2 regularization, and rotational invariance", ICML 2004; trained as in Beck and Teboulle, "A
fast iterative shrinkage-thresholding algorithm", SIAM J. Imaging Sciences 2 (2009).
Run: python -m demos l1-sparsity
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from demos.kit import knobs
from demos.kit.claims import PERCENT, Claim, judge, setting
from demos.kit.experiment import Demo, Frame, Map, Try, View
from demos.kit.history import Arms, arm_curves
from demos.kit.panels import Axis, Curves, line, points
from demos.kit.parameters import Parameters, number
from demos.kit.seeding import streams
from demos.kit.text import Text

if TYPE_CHECKING:
    import torch
    from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class L1SparsityParameters(Parameters):
    sparsity: float = number(
        0.95,
        0.0,
        1.0,
        label=Text("稀疏度", "Sparsity"),
        help=Text(
            "没有用的特征所占比例；至少有一个有用", "share of the features that have no influence; at least one has"
        ),
        words=(
            "sparsity",
            "sparse",
            "irrelevant features",
            "useless features",
            "稀疏度",
            "稀疏",
            "无用特征",
            "无关特征",
        ),
    )
    l1: float = number(
        0.0,
        0.0,
        100.0,
        label=Text("L1 强度 λ", "Strength of L1"),
        help=Text(
            "两组 L1 所用的 λ；0 表示取在验证集上最好的，论断说的就是那一个",
            "λ of both arms with L1; 0 takes the one that is best on validation data, of which the claims speak",
        ),
        words=("l1", "l1 strength", "l1 penalty", "lambda", "λ", "alpha", "l1 强度", "l1 系数", "惩罚强度", "惩罚系数"),
    )
    features: int = number(
        200,
        10,
        400,
        label=Text("特征数", "Features"),
        help=Text("输入特征的个数，也就是权重的个数", "inputs of the model, and so its weights"),
        words=("features", "inputs", "dimension", "dimensions", "特征数", "特征", "维数", "输入个数"),
    )
    train_size: int = knobs.train_size(100, minimum=20, maximum=1000)
    noise_std: float = knobs.target_noise(
        1.0,
        20.0,
        Text("目标值上噪声的标准差；信号的标准差为 5", "standard deviation of the noise; that of the signal is 5"),
    )
    epochs: int = knobs.epochs(300, maximum=600)


DENSE = setting(sparsity=0.0)
DENSE_AND_DATA = setting(sparsity=0.0, train_size=400)

PREDICTS_BETTER = Claim(
    id="l1-predicts-better-when-sparse",
    text=Text(
        "只有少数特征有用时，L1 的预测远好于 L2（强度各自在验证集上选）",
        "Where few features matter, L1 predicts far better than L2, each with the strength best on validation data",
    ),
    metric="share of the variance of new targets that is explained, L1 minus L2",
    measured=Text(
        "L1 解释的方差比例与 L2 相差 {effect}",
        "The share of variance explained by L1 differed from that by L2 by {effect}",
    ),
    minimum=0.23,
    negative_control=DENSE,
)
MAKES_ZEROS = Claim(
    id="l1-soft-threshold-makes-zeros",
    text=Text(
        "软阈值把多数权重变成恰好为零；同样的 L1 惩罚用普通梯度下降，则几乎没有零",
        "Soft-thresholding makes most weights exactly zero; plain gradient descent on the same penalty does not",
    ),
    metric="share of the weights that are exactly 0, soft-thresholding minus gradient descent",
    measured=Text(
        "恰好为零的权重比例，软阈值比普通梯度下降多 {effect}",
        "Soft-thresholding left more weights at exactly zero than gradient descent, by {effect}",
    ),
    minimum=0.37,
    negative_control=DENSE_AND_DATA,
)
KEEPS_TOO_MANY = Claim(
    id="l1-keeps-too-many",
    text=Text(
        "预测最好的 L1 强度留下太多特征：留下的大半没有用",
        "The strength that predicts best keeps too many features: most of those kept are useless",
    ),
    metric="share of useless features among those whose weight is not 0 under L1",
    measured=Text(
        "L1 留下的特征中，没有用的占 {effect}",
        "Among the features that L1 kept, the useless ones made up {effect}",
    ),
    minimum=0.37,
    negative_control=DENSE,
    unit=PERCENT,
)

SIGNAL = 5.0  # standard deviation of what the true weights make of the features
NEW = 500  # examples on which the models are tried
STRENGTHS = np.geomspace(1e-3, 30, 28)  # λ; all are trained at once, as columns, and with them any that is asked for
SHOWN = 17  # the strength of the pictured weights, unless one is asked for
EPOCHS_PER_FRAME = 10
L1, L2, PLAIN = range(3)  # arms: soft-thresholding, shrinking, gradient descent on |w|
ARMS: Arms = (
    (Text("L1（软阈值）", "L1, soft-thresholding"), "arm"),
    (Text("L2", "L2"), "control"),
    (Text("L1（普通梯度下降）", "L1, gradient descent"), "other"),
)


@dataclass(frozen=True)
class Examples:
    """Features x (seeds, n, features) and targets y (seeds, n, 1)."""

    x: "Tensor"
    y: "Tensor"

    def error(self, weights: "Tensor") -> "Tensor":
        """Mean squared error of each column of weights (seeds, features, columns)."""
        return (self.x @ weights - self.y).square().mean(1)


@dataclass(frozen=True)
class Problem:
    useful: "Tensor"  # (seeds, features), true where the true weight is not 0
    train: Examples
    validation: Examples
    new: Examples


def draw(p: L1SparsityParameters, device: "torch.device") -> Problem:
    """Gaussian features, scaled to mean square 1 over the training examples, and a few true weights."""
    import torch

    useful = max(1, round((1 - p.sparsity) * p.features))
    sizes = p.train_size, p.train_size, NEW
    weights = np.zeros((p.seeds, p.features, 1), dtype=np.float32)
    x = np.empty((p.seeds, sum(sizes), p.features), dtype=np.float32)
    noise = np.empty((p.seeds, sum(sizes), 1), dtype=np.float32)
    for seed, rng in enumerate(streams(p.seed, p.seeds, "problem")):
        chosen = rng.permutation(p.features)[:useful]
        sizes_and_signs = rng.uniform(1, 2, useful) * rng.choice([-1, 1], useful)
        weights[seed, chosen, 0] = SIGNAL * sizes_and_signs / np.linalg.norm(sizes_and_signs)
        x[seed] = rng.standard_normal(x.shape[1:], dtype=np.float32)
        noise[seed] = p.noise_std * rng.standard_normal(noise.shape[1:], dtype=np.float32)
    x /= np.sqrt(np.square(x[:, : p.train_size]).mean(1, keepdims=True))
    x, y = torch.from_numpy(x).to(device), torch.from_numpy(x @ weights + noise).to(device)
    parts = (Examples(*pair) for pair in zip(x.split(sizes, 1), y.split(sizes, 1), strict=True))
    return Problem(torch.from_numpy(weights[..., 0] != 0).to(device), *parts)


class Training:
    """Full gradient steps on half the mean squared error plus a penalty; every arm and strength is a column.

    After each step a penalized weight moves to where the penalty and its distance from the step's outcome
    balance: by a constant length under L1 (soft-thresholding), by a constant factor under L2. `asked` is a strength
    to add to the others, unless it is 0.
    """

    def __init__(self, train: Examples, asked: float = 0.0) -> None:
        import torch

        seeds, size, features = train.x.shape
        self.products = train.x.mT @ train.x / size
        self.moments = train.x.mT @ train.y / size
        self.step = 1 / torch.linalg.matrix_norm(self.products, 2)[:, None, None]
        self.values = np.union1d(STRENGTHS, asked) if asked else STRENGTHS
        self.asked = int(np.searchsorted(self.values, asked)) if asked else None  # its place among them
        self.strengths = torch.from_numpy(self.values).to(train.x)
        self.weights = train.x.new_zeros(seeds, features, len(ARMS) * len(self.values))
        self.ahead = self.weights  # where the slope is taken: beyond the weights, as momentum has it
        fast = torch.tensor([1.0, 1.0, 0.0], device=train.x.device)  # plain gradient descent has no momentum
        self.momentum = fast.repeat_interleave(len(self.values))

    def epoch(self, taken: int) -> None:
        """One step, after `taken` before it."""
        import torch

        pull = self.step * self.strengths
        raw = (self.ahead + self.step * self.pushes(self.ahead)).split(len(self.values), -1)
        soft = raw[L1].sign() * (raw[L1].abs() - pull).clamp(min=0)
        plain = raw[PLAIN] - pull * self.arm(PLAIN, self.ahead).sign()
        weights = torch.cat((soft, raw[L2] / (1 + pull), plain), -1)
        self.ahead = weights + taken / (taken + 3) * self.momentum * (weights - self.weights)
        self.weights = weights

    def pushes(self, weights: "Tensor") -> "Tensor":
        """How hard the data push each weight up: minus the slope of the loss without penalty."""
        return self.moments - self.products @ weights

    def arm(self, arm: int, columns: "Tensor") -> "Tensor":
        """The columns (…, strengths) of one arm."""
        return columns.split(len(self.values), -1)[arm]


def experiment(p: L1SparsityParameters, device: "torch.device") -> Iterator[Frame]:
    problem = draw(p, device)
    training = Training(problem.train, p.l1)
    for epoch in range(p.epochs + 1):
        if epoch:
            training.epoch(epoch - 1)
        if epoch % EPOCHS_PER_FRAME == 0 or epoch == p.epochs:
            yield Frame(epoch, p.epochs, lambda: view(training, problem))


def view(training: Training, problem: Problem) -> View:
    """Strengths are chosen on validation data, or asked for under L1; both arms with L1 have the same."""
    weights = training.weights
    validation = problem.validation.error(weights)
    explained = 1 - problem.new.error(weights) / problem.new.y.square().mean(1)
    zeros = (weights == 0).double().mean(1)
    one, two = (training.arm(arm, validation).argmin(1, keepdim=True) for arm in (L1, L2))
    if training.asked is not None:
        one.fill_(training.asked)

    def chosen(arm: int, values: "Tensor", strength: "Tensor") -> np.ndarray:
        return training.arm(arm, values).gather(1, strength)[:, 0].double().cpu().numpy()

    sparse = training.arm(L1, weights).gather(2, one[:, None].expand(-1, weights.shape[1], 1))[..., 0]
    kept = sparse != 0
    useless = (kept & ~problem.useful).sum(1) / kept.sum(1).clamp(min=1)
    findings = (
        judge(PREDICTS_BETTER, chosen(L1, explained, one) - chosen(L2, explained, two)),
        judge(MAKES_ZEROS, chosen(L1, zeros, one) - chosen(PLAIN, zeros, one)),
        judge(KEEPS_TOO_MANY, useless.double().cpu().numpy()),
    )
    panels = (
        shrinkage(training),
        by_strength(
            "explained", Text("在新数据上解释的方差", "Variance of new data explained"), training, explained, 2
        ),
        by_strength("zeros", Text("恰好为零的权重", "Weights that are exactly zero"), training, zeros, 3),
    )
    return View(panels, findings)


def shrinkage(training: Training) -> Curves:
    """Weights of the first seed against what the data alone would make of each, the others held where they are.

    At the minimum a weight is the soft threshold of that value under L1, and that value over 1 + λ under L2.
    """
    asked_for = (training.weights + training.pushes(training.weights))[0]
    shown = SHOWN if training.asked is None else training.asked
    found = [[training.arm(arm, v)[:, shown].tolist() for v in (asked_for, training.weights[0])] for arm in (L1, L2)]
    measured = tuple(points(*ARMS[arm], *pair) for arm, pair in zip((L1, L2), found, strict=True))
    strength = float(training.values[shown])
    most = max(1.0, strength, *map(abs, found[L1][0] + found[L2][0]))
    ends = (-most, -strength, strength, most)
    soft, shrunk = (-most + strength, 0.0, 0.0, most - strength), tuple(end / (1 + strength) for end in ends)
    lines = (
        line(Text("软阈值", "soft threshold"), "theory", ends, soft),
        line(Text("除以 1 + λ", "over 1 + λ"), "theory", ends, shrunk, dashed=True),
    )
    title = Text(f"第一个种子的权重，λ = {strength:.2g}", f"Weights of the first seed at λ = {strength:.2g}")
    x, y = Axis(Text("数据要求的权重", "weight that the data ask for")), Axis(Text("实际权重", "weight it gets"))
    return Curves("shrinkage", title, x, y, lines, measured)


def by_strength(name: str, title: Text, training: Training, values: "Tensor", arms: int) -> Curves:
    """The first arms over the strengths; values are (seeds, columns)."""
    rows = [training.arm(arm, values).T.double().cpu().numpy() for arm in range(arms)]
    lines = arm_curves(ARMS[:arms], training.values.tolist(), np.stack(rows, axis=1))
    x, y = Axis(Text("惩罚强度 λ", "strength λ of the penalty"), scale="log"), Axis(Text("比例", "share"), percent=True)
    return Curves(name, title, x, y, lines)


demo = Demo(
    slug="l1-sparsity",
    title=Text("L1 与稀疏性", "L1 and sparsity"),
    summary=Text(
        "特征多而有用的少：L1 把多数权重变成恰好为零，预测远好于 L2",
        "Many features of which few matter: L1 sets most weights to exactly zero and predicts far better than L2",
    ),
    echoes="Tibshirani, JRSS B 58 (1996); Ng, ICML 2004",
    equation="min over w of ½·mean (xw − y)² + λ‖w‖₁ (L1) or + ½λ‖w‖² (L2);  λ best on validation data, or l1\n"
    "L1: w ← S(w − ηg, ηλ), S(z, t) = sign z·max(|z| − t, 0);  gradient descent: w ← w − η(g + λ sign w)",
    parameters=L1SparsityParameters,
    claims=(PREDICTS_BETTER, MAKES_ZEROS, KEEPS_TOO_MANY),
    experiment=experiment,
    explanation=Text(
        "L1 的拉力大小恒定：数据的推力若小于 λ，权重就停在零上不动；推力更大的，也要被扣去一截。"
        "L2 的拉力随权重一起变小，谁也到不了零，于是只能用许多小权重去拼，把真正的信号摊薄到全部特征上；"
        "特征多于样本时，这样做代价很大。"
        "零要靠软阈值得到：普通梯度下降在 |w| 的尖点处来回跳，停不下来。"
        "按预测误差选出的 λ 偏小，因为 λ 大了会连有用的权重一起压短，所以总会放进许多无用特征。"
        "若几乎每个特征都有一点用，“多数为零”这个假设就是错的，L2 反而更好。",
        "The pull of L1 is the same however small a weight is: where the data push less than λ the weight rests at "
        "zero, and where they push harder it loses a constant length. The pull of L2 fades with the weight, so none "
        "ever arrives at zero, and the signal is spread over all features, which is costly when there are more of "
        "them than examples. The zeros need soft-thresholding: plain gradient descent hops across the kink of |w| "
        "and never comes to rest. A strength chosen for prediction is a mild one, as a stronger would shorten the "
        "useful weights too, and so it lets many useless features in. Where nearly every feature matters a little, "
        "the assumption behind L1 is wrong, and L2 predicts better.",
    ),
    tries=(
        Try(
            Text("让每个特征都有一点用：次序反过来，L2 更好", "Let every feature matter a little: now L2 is better"),
            {"sparsity": 0.0},
        ),
        Try(
            Text("样本增加到 1000：两种惩罚几乎一样好", "Give it 1,000 examples: the two predict almost equally well"),
            {"train_size": 1000},
        ),
        Try(
            Text(
                "去掉噪声：L1 几乎只留下真正有用的特征", "Take the noise away: L1 keeps little but the useful features"
            ),
            {"noise_std": 0.0},
        ),
    ),
    map=Map(
        claim="l1-predicts-better-when-sparse",
        x=("sparsity", (0.0, 0.5, 0.8, 0.9, 0.98)),
        y=("train_size", (25, 50, 100, 200, 400)),
        parameters={"features": 100, "epochs": 150, "seeds": 8},
    ),
)

if __name__ == "__main__":
    from demos.kit.command import run

    raise SystemExit(run("l1-sparsity"))
