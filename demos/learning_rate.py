"""Learning rate: too small, right and too large, and why it pays to let it fall.

Linear regression with inputs scaled so that the largest curvature of the loss is 1. With all examples in every step,
gradient descent diverges as soon as the learning rate exceeds 2 / λmax = 2, in every seed. With small batches the
noise of the gradient keeps the loss above its minimum, the higher the larger the rate; a rate that falls along a
cosine starts as fast as the large one and ends lower than either. Momentum moves the limit and labels without noise
need no falling rate: these are the negative controls.

Echoes Robbins and Monro, "A stochastic approximation method", Annals of Mathematical Statistics 22 (1951); the cosine
is from Loshchilov and Hutter, "SGDR", ICLR 2017. Run: python -m demos learning-rate
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from demos.kit import knobs
from demos.kit.claims import ORDERS, Claim, Finding, judge, setting
from demos.kit.experiment import Demo, Frame, Map, Try, View
from demos.kit.fields import field
from demos.kit.history import EPOCH, Arms, arm_curves
from demos.kit.panels import THEORY, Axis, Curves, Plane, Role, curve, line, path, points
from demos.kit.parameters import Parameters
from demos.kit.seeding import normal, streams
from demos.kit.statistics import geometric_mean
from demos.kit.text import Text

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, kw_only=True)
class LearningRateParameters(Parameters):
    learning_rate: float = knobs.learning_rate(0.3)
    batch_size: int = knobs.batch_size(10)
    noise_std: float = knobs.target_noise(
        1.0, 10.0, Text("加在目标值上的噪声的标准差", "standard deviation of the noise added to the targets")
    )
    momentum: float = knobs.momentum(0.0, maximum=0.99)
    epochs: int = knobs.epochs(100, minimum=2, maximum=200)


LIMIT_EXISTS = Claim(
    id="learning-rate-has-a-limit",
    text=Text(
        "学习率只要略高于 2/λmax，全批量梯度下降就会发散；略低一点则收敛",
        "Just above 2/λmax, full-batch gradient descent diverges; just below, it converges",
    ),
    metric="log10 of the excess loss at 1.05 times the limit over that at 0.95 times",
    measured=Text(
        "略高于极限的学习率，最后的损失比略低于极限的高 {effect}",
        "The loss ended {effect} higher just above the limit than just below it",
    ),
    minimum=6.0,
    negative_control=setting(momentum=0.9),
    unit=ORDERS,
)
DECAY_PAYS = Claim(
    id="learning-rate-decay-ends-lower",
    text=Text(
        "小批量训练时，按余弦下降的学习率最终的损失低于恒定的大学习率，也低于只有其十分之一的恒定学习率",
        "With small batches, a learning rate that falls along a cosine ends with a lower loss "
        "than the same rate kept constant, and lower than a tenth of it kept constant",
    ),
    metric="log10 of the lower excess loss of the two constant rates over that of the cosine",
    measured=Text(
        "两种恒定学习率中较好的一种，最后的超额损失仍比余弦高 {effect}",
        "The better of the two constant rates ended with an excess loss {effect} above that of the cosine",
    ),
    minimum=0.3,
    negative_control=setting(noise_std=0.0),
    unit=ORDERS,
)

TRAIN_SIZE, INPUTS, FLATTEST = 200, 30, 0.02  # curvatures from about FLATTEST to 1
LIMIT = 2.0  # 2 / λmax
MULTIPLES = (0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 0.7, 0.95, 1.05, 1.3, 1.7, 1.95, 2.2)  # of the limit, all examples
BELOW, ABOVE = MULTIPLES.index(0.95), MULTIPLES.index(1.05)
WATCHED: tuple[tuple[float, Text, Role], ...] = (
    (0.01, Text("极限的 1%", "1% of the limit"), "other"),
    (0.7, Text("极限的 70%", "70% of it"), "test"),
    (0.95, Text("极限的 95%", "95% of it"), "arm"),
    (1.05, Text("极限的 105%", "105% of it"), "control"),
)
SMALL = 0.1
SCHEDULES: Arms = (
    (Text("恒定", "constant"), "control"),
    (Text("恒定，十分之一", "constant, a tenth"), "other"),
    (Text("阶梯下降", "steps down"), "train"),
    (Text("余弦下降", "cosine"), "arm"),
)
CONSTANT, TENTH, COSINE = 0, 1, 3
FAR = 1e12  # where weights that diverge are held
LOWEST, HIGHEST = 1e-10, 1e8  # excess losses beyond are not told apart
PATH = 12  # epochs of the paths that are drawn
MARKS = 10  # epochs from one point of theory to the next
EXCESS = Text("超出最低损失的部分", "loss above its minimum")


def schedule(done: float) -> list[float]:
    """The factor of each arm's learning rate after a share of the run."""
    return [1.0, SMALL, 0.1 ** sum(done >= drop for drop in (0.5, 0.75)), (1 + math.cos(math.pi * done)) / 2]


class Regression:
    """Least squares of every seed, x (seeds, n, inputs) and y (seeds, n, 1), and where its minimum lies."""

    def __init__(self, p: LearningRateParameters, device: "torch.device") -> None:
        import torch

        spread = np.geomspace(1, FLATTEST, INPUTS) ** 0.5
        x = normal(streams(p.seed, p.seeds, "inputs"), TRAIN_SIZE, INPUTS) * spread
        x /= np.sqrt(np.linalg.eigvalsh(covariance(x))[:, -1])[:, None, None]  # the largest curvature is 1
        true = normal(streams(p.seed, p.seeds, "weights"), INPUTS, 1)
        y = x @ true + p.noise_std * normal(streams(p.seed, p.seeds, "noise"), TRAIN_SIZE, 1)
        hessian = covariance(x)
        best = np.linalg.solve(hessian, x.mT @ y / TRAIN_SIZE)
        self.residual = ((y - x @ best) ** 2).mean((1, 2))
        self.curvatures, self.directions = np.linalg.eigh(hessian)  # ascending
        self.errors = -(self.directions.mT @ best)[..., 0]  # at the start, where all weights are 0
        self.x, self.y, self.best, self.hessian = (
            torch.from_numpy(values).float().to(device) for values in (x, y, best, hessian)
        )


def covariance(x: np.ndarray) -> np.ndarray:
    """The Hessian of half the mean square error, (seeds, inputs, inputs)."""
    return x.mT @ x / x.shape[1]


class Descent:
    """Runs of gradient descent side by side: weights (seeds, inputs, runs), all 0 at the start."""

    def __init__(self, data: Regression, runs: int, momentum: float) -> None:
        self.data, self.momentum = data, momentum
        seeds, _, inputs = data.x.shape
        self.weights = data.x.new_zeros(seeds, inputs, runs)
        self.velocity = data.x.new_zeros(seeds, inputs, runs)

    def step(self, x: "torch.Tensor", y: "torch.Tensor", rates: "torch.Tensor") -> None:
        """One step of every run on the same examples, each with its own learning rate."""
        gradient = x.mT @ (x @ self.weights - y) / x.shape[1]
        self.velocity.mul_(self.momentum).add_(gradient)
        self.weights.sub_(rates * self.velocity).clamp_(-FAR, FAR)

    def excess(self) -> np.ndarray:
        """The loss of each run above the lowest possible, (runs, seeds)."""
        error = self.weights - self.data.best
        return (error * (self.data.hessian @ error)).sum(1).T.cpu().numpy() / 2


def expected(data: Regression, rates: np.ndarray, momentum: float, batch: float = math.inf) -> np.ndarray:
    """Theory: the mean of that after each step, (steps + 1, runs, seeds), for learning rates (steps, runs).

    In a direction of curvature λ, v ← μv + λe + noise and e ← e − ηv. The variance of the noise is that of Gaussian
    inputs in batches drawn with replacement; an infinite batch has none. Followed are the means of e², ev and v².
    """
    curvatures, residual = data.curvatures, data.residual[:, None]
    square = np.broadcast_to(data.errors**2, (rates.shape[1], *data.errors.shape))
    mixed, moving = np.zeros_like(square), np.zeros_like(square)
    losses = [(square * curvatures).sum(-1) / 2]
    for rate in rates[:, :, None, None]:
        slope = curvatures * square
        noise = curvatures * (slope + slope.sum(-1, keepdims=True) + residual) / batch
        moving = momentum**2 * moving + 2 * momentum * curvatures * mixed + curvatures * slope + noise
        onward = momentum * mixed + slope  # the old error times the new velocity
        rate = np.where(losses[-1] < FAR, rate[..., 0], 0.0)[..., None]  # what has diverged stays where it is
        square, mixed = square - 2 * rate * onward + rate**2 * moving, onward - rate * moving
        losses.append((square * curvatures).sum(-1) / 2)
    return np.array(losses)


class Run:
    """Both experiments: many learning rates with all examples in a step, and four schedules with small batches."""

    def __init__(self, p: LearningRateParameters, device: "torch.device") -> None:
        import torch

        self.p, self.data = p, Regression(p, device)
        self.full = Descent(self.data, len(MULTIPLES), p.momentum)
        self.full_rates = torch.tensor(MULTIPLES, device=device) * LIMIT
        self.small = Descent(self.data, len(SCHEDULES), p.momentum)
        self.steps = TRAIN_SIZE // p.batch_size  # of an epoch
        factors = [schedule(k / (self.steps * p.epochs)) for k in range(self.steps * p.epochs)]
        self.small_rates = torch.tensor(factors, device=device) * p.learning_rate
        self.draws = streams(p.seed, p.seeds, "batches")
        self.every = torch.arange(p.seeds, device=device)[:, None]
        self.full_losses, self.small_losses = [self.full.excess()], [self.small.excess()]
        self.path = [self.places()]
        rates = np.broadcast_to(np.array(MULTIPLES) * LIMIT, (p.epochs, len(MULTIPLES)))
        self.full_theory = expected(self.data, rates, p.momentum)
        small_theory = expected(self.data, np.array(factors) * p.learning_rate, p.momentum, p.batch_size)
        self.small_theory = small_theory[:: self.steps]

    def epoch(self) -> None:
        """One step with all examples, and as many small ones as see that many examples."""
        import torch

        done = len(self.full_losses) - 1
        self.full.step(self.data.x, self.data.y, self.full_rates)
        drawn = np.stack([rng.integers(0, TRAIN_SIZE, (self.steps, self.p.batch_size)) for rng in self.draws], axis=1)
        for step, rows in enumerate(torch.from_numpy(drawn).to(self.data.x.device)):
            rates = self.small_rates[done * self.steps + step]
            self.small.step(self.data.x[self.every, rows], self.data.y[self.every, rows], rates)
        self.full_losses.append(self.full.excess())
        self.small_losses.append(self.small.excess())
        self.path.append(self.places())

    def places(self) -> np.ndarray:
        """Where the first seed's runs with all examples are: (2, runs), in the flattest and the steepest direction."""
        error = (self.full.weights[0] - self.data.best[0]).cpu().numpy()
        return self.data.directions[0][:, [0, -1]].T @ error


def experiment(p: LearningRateParameters, device: "torch.device") -> Iterator[Frame]:
    run = Run(p, device)
    for epoch in range(p.epochs + 1):
        if epoch:
            run.epoch()
        yield Frame(epoch, p.epochs, lambda: view(run))


def findings(run: Run) -> tuple[Finding, Finding]:
    """Effects after the last epoch."""
    full, small = (np.log10(bounded(losses[-1])) for losses in (run.full_losses, run.small_losses))
    better = np.minimum(small[CONSTANT], small[TENTH])
    return judge(LIMIT_EXISTS, full[ABOVE] - full[BELOW]), judge(DECAY_PAYS, better - small[COSINE])


def bounded(losses: np.ndarray) -> np.ndarray:
    return np.clip(losses, LOWEST, HIGHEST)


def view(run: Run) -> View:
    return View((rates(run), too_small_or_large(run), schedules(run), paths(run)), findings(run))


def rates(run: Run) -> Curves:
    """Excess loss against the learning rate with all examples in a step, and the limit that theory gives."""
    x = [LIMIT * multiple for multiple in MULTIPLES]
    epoch = len(run.full_losses) - 1
    now = bounded(run.full_losses[-1])
    limit = LIMIT * (1 + run.p.momentum)
    edge = line(Text("极限", "limit"), "theory", (limit, limit), (LOWEST, HIGHEST), dashed=True)
    lines = curve(Text("损失", "loss"), "arm", x, list(now), geometric=True), edge
    theory = points(THEORY, "theory", x, geometric_mean(bounded(run.full_theory[epoch])))
    axis = Axis(Text("学习率", "learning rate"), scale="log")
    y = Axis(EXCESS, scale="log", low=float(now.min()) / 10, high=min(10 * float(now.max()), HIGHEST))
    title = Text(f"{epoch} 轮之后，每步用全部样本", f"After {epoch} epochs, with all examples in every step")
    return Curves("rates", title, axis, y, lines, (theory,))


def too_small_or_large(run: Run) -> Curves:
    """The same over the epochs, for some learning rates."""
    lines = []
    for multiple, name, role in WATCHED:
        rows = [bounded(losses[MULTIPLES.index(multiple)]) for losses in run.full_losses]
        lines.append(curve(name, role, range(len(rows)), rows, geometric=True))
    y = Axis(EXCESS, scale="log", high=1e3)
    return Curves("full", Text("太小、合适与太大", "Too small, right and too large"), EPOCH, y, tuple(lines))


def schedules(run: Run) -> Curves:
    """Excess loss with small batches over the epochs, and what theory expects."""
    epochs = range(len(run.small_losses))
    lines = arm_curves(SCHEDULES, epochs, [bounded(losses) for losses in run.small_losses])
    marked = [(epoch, arm) for epoch in epochs[::MARKS] for arm in range(len(SCHEDULES))]
    means = [bounded(run.small_theory[place]).mean() for place in marked]
    theory = points(THEORY, "theory", [epoch for epoch, _ in marked], means)
    size = run.p.batch_size
    title = Text(f"小批量：每步 {size} 个样本", f"Small batches: {size} examples in a step")
    return Curves("schedules", title, EPOCH, Axis(EXCESS, scale="log"), lines, (theory,))


def paths(run: Run) -> Plane:
    """The first epochs of the first seed with all examples, in the flattest and the steepest direction."""
    track = np.stack(run.path[: PATH + 1])  # (epochs, 2 directions, runs)
    flat, steep = np.abs(track[0, :, 0]) * (1.15, 3.5)
    first, second = np.meshgrid(np.linspace(-flat, flat, 64), np.linspace(-steep, steep, 64))
    loss = run.data.curvatures[0, 0] * first**2 + run.data.curvatures[0, -1] * second**2
    height = np.sqrt(loss / loss.max())
    ways = tuple(
        path(name, role, *track[:, :, MULTIPLES.index(multiple)].T) for multiple, name, role in reversed(WATCHED)
    )
    title = Text(f"前 {PATH} 轮的路线", f"The way of the first {PATH} epochs")
    axes = Axis(Text("最平的方向", "flattest direction")), Axis(Text("最陡的方向", "steepest direction"))
    shade = field(Text("损失", "loss"), height, (-flat, flat), (-steep, steep))
    return Plane("paths", title, *axes, shade, paths=ways)


demo = Demo(
    slug="learning-rate",
    title=Text("学习率", "Learning rate"),
    summary=Text(
        "学习率超过 2/λmax 必然发散；有梯度噪声时，让它逐渐下降比保持恒定更好",
        "Above 2/λmax training diverges; with noisy gradients, a rate that falls beats one that stays constant",
    ),
    echoes="Robbins and Monro, Ann. Math. Stat. 22 (1951); Loshchilov and Hutter, ICLR 2017",
    equation="v ← μv + ∇L,  w ← w − η(t)·v;  L = ½·mean (xw − y)² with λmax = 1: all examples need η < 2(1 + μ)\n"
    "small batches, arms: η(t) = η;  η/10;  η·0.1^drops;  η(1 + cos πt/T)/2",
    parameters=LearningRateParameters,
    claims=(LIMIT_EXISTS, DECAY_PAYS),
    experiment=experiment,
    explanation=Text(
        "在曲率为 λ 的方向上，每一步都把误差乘以 1 − ηλ；学习率 η 一旦超过 2/λ，这个因子的绝对值就大于 1，"
        "误差越滚越大。"
        "最陡的方向因此给所有方向定下了上限，而最平的方向只能按这个上限慢慢走，学习率太小时几乎不动。"
        "小批量的梯度带有噪声，权重会在最低点附近不停抖动，由此多出的损失与学习率大致成正比；"
        "先大后小，就能兼得大学习率的快和小学习率的准。"
        "这里的上限对二次函数和普通梯度下降是严格的；动量会把它抬高，而神经网络的曲率在训练中会变，2/λmax 只是参考。",
        "In a direction of curvature λ each step multiplies the error by 1 − ηλ. Once the learning rate η exceeds 2/λ "
        "this factor is larger than 1 in size and the error grows, so the steepest direction sets the limit for all, "
        "while the flattest one hardly moves if the rate is small. Gradients of small batches are noisy: the weights "
        "keep jittering around the minimum, the more the larger the rate. Starting large and ending small joins the "
        "speed of the one to the precision of the other. The limit is exact for quadratics and plain gradient descent; "
        "momentum raises it, and in a neural network, whose curvature changes while it trains, it is only a guide.",
    ),
    tries=(
        Try(Text("动量把极限抬高到 2(1+μ)/λmax", "Momentum raises the limit to 2(1 + μ)/λmax"), {"momentum": 0.9}),
        Try(
            Text("标签没有噪声：恒定的大学习率反而更好", "Labels without noise: the large constant rate does better"),
            {"noise_std": 0.0},
        ),
        Try(
            Text(
                "学习率本来就小：再让它下降只会更慢", "A rate that is small already: letting it fall only slows it down"
            ),
            {"learning_rate": 0.03},
        ),
    ),
    map=Map(
        "learning-rate-decay-ends-lower",
        x=("noise_std", (0.0, 0.1, 0.3, 1.0, 3.0)),
        y=("learning_rate", (0.01, 0.03, 0.1, 0.3, 1.0)),
        parameters={"seeds": 8, "epochs": 50},
    ),
)

if __name__ == "__main__":
    from demos.kit.command import run

    raise SystemExit(run("learning-rate"))
