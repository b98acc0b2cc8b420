"""Optimizers: gradient descent, momentum, RMSprop and Adam go down the same narrow valley.

The loss is ½ (flat · a² + steep · b²), a valley that is `condition` times as steep across as along. Gradient descent
needs steps in proportion to the condition number, momentum only to its square root. RMSprop and Adam scale the step
of each weight by itself: if the valley lies along the axes its narrowness costs them nothing, if it lies diagonally
it does. In a round bowl (condition 1) none of this holds: that is the negative control.

Echoes Polyak, "Some methods of speeding up the convergence of iteration methods", USSR Computational Mathematics and
Mathematical Physics 4 (1964); RMSprop as in Hinton's lecture 6e (2012), with Adam's correction of the first steps;
Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015. Run: python -m demos optimizers
"""

import cmath
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from demos.kit import knobs
from demos.kit.claims import ORDERS, Claim, Finding, judge, setting
from demos.kit.experiment import Demo, Frame, Map, Try, View
from demos.kit.fields import field
from demos.kit.history import STEP
from demos.kit.panels import THEORY, Axis, Curves, Plane, Role, curve, path, points
from demos.kit.parameters import Parameters, number
from demos.kit.statistics import geometric_mean
from demos.kit.text import Text

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, kw_only=True)
class OptimizersParameters(Parameters):
    condition: float = number(
        1000.0,
        1.0,
        3000.0,
        scale="log",
        label=Text("条件数", "Condition number"),
        help=Text("最陡方向与最平方向的曲率之比", "curvature of the steepest direction over that of the flattest"),
        words=("condition", "condition number", "kappa", "条件数", "病态程度"),
    )
    momentum: float = knobs.momentum(0.9, maximum=0.999)


ROUND_BOWL = setting(condition=1.0)

FASTER = Claim(
    id="momentum-needs-fewer-steps",
    text=Text(
        "在狭长的山谷里，动量法所需的步数远少于梯度下降",
        "In a narrow valley, momentum needs far fewer steps than gradient descent",
    ),
    metric="log10 of the steps of gradient descent over those of momentum",
    measured=Text(
        "梯度下降所需的步数比动量法多 {effect}", "Gradient descent took {effect} more steps than momentum did"
    ),
    minimum=0.6,
    negative_control=ROUND_BOWL,
    unit=ORDERS,
)
NEEDS_AXES = Claim(
    id="adaptive-steps-need-aligned-valley",
    text=Text(
        "RMSprop 和 Adam 逐个权重缩放步长：山谷斜放时，所需步数远多于山谷与坐标轴平行时",
        "RMSprop and Adam scale the step of each weight by itself: "
        "a valley that lies diagonally costs them far more steps than one that lies along an axis",
    ),
    metric="log10 of the steps in the diagonal over those in the aligned valley, the smaller of RMSprop and Adam",
    measured=Text(
        "斜放的山谷让 RMSprop 和 Adam 至少多走 {effect}的步数",
        "The diagonal valley cost RMSprop and Adam at least {effect} more steps",
    ),
    minimum=0.3,
    negative_control=ROUND_BOWL,
    unit=ORDERS,
)

TARGET = 1e-3  # of the distance at the start: where the steps stop being counted
RATES = (1e-3, 1e-2, 1e-1, 1.0)  # for RMSprop and Adam; the fastest on average counts
SWEEP = (0.2, 0.4, 0.6, 0.8, 1.0)  # the condition numbers tried, as powers of the largest
LARGEST = -1
ALIGNED, DIAGONAL = 0, 1
DESCENT, MOMENTUM, TUNED_MOMENTUM, RMSPROP, ADAM = 0, 1, 2, 3, 3 + len(RATES)  # the last two have one for each rate
FRAMES, LEAST_STEPS = 60, 500
PATH, SHOWN = 40, 2  # steps of the paths that are drawn, and which condition number they belong to
DECADES = 4  # of the loss, from dark to light behind the paths
TINY = 1e-9

OPTIMIZERS: tuple[tuple[int, Text, Role], ...] = (
    (DESCENT, Text("梯度下降", "gradient descent"), "control"),
    (MOMENTUM, Text("动量法", "momentum"), "arm"),
    (RMSPROP, Text("RMSprop", "RMSprop"), "train"),
    (ADAM, Text("Adam", "Adam"), "test"),
)


@dataclass(frozen=True)
class Rule:
    """One way to step: memory ← kept · memory + added · gradient, then w ← w − rate · memory / size.

    The size is 1, or with `squares_kept` the root of the running mean of the squared gradient.
    """

    rate: float
    kept: float = 0.0
    added: float = 1.0
    squares_kept: float = 0.0

    def roots(self, curvature: float) -> tuple[complex, complex]:
        """Of z² − (1 + μ − ηλ) z + μ: in a direction of curvature λ, momentum leaves a mixture of their powers."""
        trace = 1 + self.kept - self.rate * curvature
        gap = cmath.sqrt(trace**2 - 4 * self.kept + 1e-12j)  # the imaginary trifle keeps equal roots apart
        return (trace + gap) / 2, (trace - gap) / 2


def heavy_ball(condition: float, momentum: float) -> Rule:
    """Momentum with the smallest learning rate at which it is fastest; the curvatures are 1 / condition and 1.

    The second bound makes both directions equally fast; above the best momentum, the flat one needs less than that.
    """
    return Rule(min(condition * (1 - math.sqrt(momentum)) ** 2, 2 * (1 + momentum) / (1 + 1 / condition)), momentum)


def tuned_momentum(condition: float) -> float:
    """The best momentum, by Polyak."""
    root = math.sqrt(condition)
    return ((root - 1) / (root + 1)) ** 2


def rules(condition: float, momentum: float) -> list[Rule]:
    plain = [heavy_ball(condition, kept) for kept in (0.0, momentum, tuned_momentum(condition))]
    rmsprop = [Rule(rate, squares_kept=0.99) for rate in RATES]
    adam = [Rule(rate, kept=0.9, added=0.1, squares_kept=0.999) for rate in RATES]
    return plain + rmsprop + adam


def length(condition: float, momentum: float) -> int:
    """Steps of a run: half as many again as gradient descent or momentum need in the long run."""
    slowest = max(abs(root) for rule in rules(condition, momentum)[:2] for root in rule.roots(1 / condition))
    return max(LEAST_STEPS, math.ceil(1.5 * math.log(TARGET) / math.log(slowest)))


def predicted(start: np.ndarray, condition: float, rule: Rule, steps: np.ndarray) -> np.ndarray:
    """Closed form of the distance to the minimum, (steps, seeds), for gradient descent and momentum.

    `start` is (2, seeds), along and across the valley.
    """
    parts = []
    for curvature, begun in zip((1 / condition, 1.0), start, strict=True):
        one, other = rule.roots(curvature)
        share = (1 - rule.rate * curvature - other) / (one - other)
        parts.append(np.outer((share * one**steps + (1 - share) * other**steps).real, begun))
    return np.hypot(*parts)


class Race:
    """All rules in both valleys of every condition number: tensors (2 weights, valleys, rules, conditions, seeds)."""

    def __init__(self, p: OptimizersParameters, device: "torch.device") -> None:
        import torch

        from demos.kit.seeding import streams

        self.conditions = [p.condition**power for power in SWEEP]
        self.rules = list(zip(*(rules(condition, p.momentum) for condition in self.conditions), strict=True))
        table = [[(rule.rate, rule.kept, rule.added, rule.squares_kept) for rule in row] for row in self.rules]
        numbers = torch.tensor(table, dtype=torch.float64)[..., None]
        rate, kept, added, squares_kept = numbers.unbind(2)
        times = torch.arange(1, length(p.condition, p.momentum) + 1)[:, None, None, None]
        early = (1 - squares_kept**times).sqrt() / (1 - kept**times)  # running means begin at 0: Adam's correction
        self.scaled = (squares_kept > 0).to(device)
        self.rates = torch.where(squares_kept > 0, rate * early, rate).float().to(device)
        self.kept, self.added, self.squares_kept = (n.float().to(device) for n in (kept, added, squares_kept))

        turns = np.array([rng.uniform(0, 2 * np.pi) for rng in streams(p.seed, p.seeds, "start")])
        self.start = np.stack([np.cos(turns), np.sin(turns)])  # along and across the valley
        along, across = torch.from_numpy(self.start).float().to(device)
        flat = torch.tensor([1 / condition for condition in self.conditions], device=device)[:, None]
        shape = (2, 2, len(self.rules), len(self.conditions), p.seeds)
        self.weights, self.own, self.cross, self.memory, self.squares = torch.zeros(5, *shape, device=device)
        self.weights[0, ALIGNED], self.weights[1, ALIGNED] = along, across
        self.weights[0, DIAGONAL], self.weights[1, DIAGONAL] = (along - across) / 2**0.5, (along + across) / 2**0.5
        self.own[0, ALIGNED], self.own[1, ALIGNED], self.own[:, DIAGONAL] = flat, 1.0, (flat + 1) / 2
        self.cross[:, DIAGONAL] = (flat - 1) / 2

        self.shown = int(np.abs(self.start).min(axis=0).argmax())  # the seed that starts most aslant is drawn
        self.step, self.path = 0, [self.weights[:, DIAGONAL, :, SHOWN, self.shown].cpu().numpy().copy()]
        self.seen: dict[int, np.ndarray] = {}  # distances in the diagonal valley, (rules, conditions, seeds), by step
        self.taken = torch.ones(shape[1:], device=device)  # steps to the target, or one more than made so far
        self.away = torch.ones(shape[1:], dtype=torch.bool, device=device)  # not yet at the target
        self.needed = {row: self.steps_in_theory(row) for row in (DESCENT, TUNED_MOMENTUM)}

    def steps_in_theory(self, row: int) -> list[np.ndarray]:
        """Steps to the target at each condition number, of each seed, by the closed form."""
        times = np.arange(len(self.rates) + 1)
        pairs = zip(self.conditions, self.rules[row], strict=True)
        return [np.argmax(predicted(self.start, *pair, times) <= TARGET, axis=0) for pair in pairs]

    def advance(self) -> None:
        """One step of every rule; whoever is within the target stays there."""
        import torch

        gradient = (self.own * self.weights).addcmul_(self.cross, self.weights.flip(0))
        self.memory.mul_(self.kept).addcmul_(gradient, self.added)
        self.squares.mul_(self.squares_kept).addcmul_(gradient, gradient * (1 - self.squares_kept))
        size = torch.where(self.scaled, self.squares.sqrt().add_(TINY), 1.0)
        self.weights -= (self.rates[self.step] * self.memory).mul_(self.away).div_(size)
        self.step += 1
        self.away &= self.weights.square().sum(0) > TARGET**2
        self.taken += self.away
        if self.step <= PATH:
            self.path.append(self.weights[:, DIAGONAL, :, SHOWN, self.shown].cpu().numpy().copy())

    def look(self) -> None:
        self.seen[self.step] = self.weights[:, DIAGONAL].square().sum(0).sqrt().cpu().numpy()

    def fastest(self, rule: int, valley: int, condition: int) -> int:
        """The row of `rule`; for RMSprop and Adam, of the learning rate with which the seeds need fewest steps."""
        if rule < RMSPROP:
            return rule
        tried = slice(rule, rule + len(RATES))
        left = self.weights[:, valley, tried, condition].square().sum((0, -1))  # decides while none has arrived
        taken = self.taken[valley, tried, condition].double().mean(-1)
        return rule + int((taken + left.clamp(max=1) * TINY).argmin())

    def steps(self, rule: int, valley: int, condition: int = LARGEST) -> np.ndarray:
        """Steps to the target, of each seed."""
        return self.taken[valley, self.fastest(rule, valley, condition), condition].cpu().numpy()


def experiment(p: OptimizersParameters, device: "torch.device") -> Iterator[Frame]:
    """All optimizers start at the same places, one for each seed; the run is long enough for gradient descent."""
    race = Race(p, device)
    total = len(race.rates)
    for frame in range(FRAMES + 1):
        while race.step < frame * total // FRAMES:
            race.advance()
        race.look()
        yield Frame(race.step, total, lambda: view(race))


def findings(race: Race) -> tuple[Finding, ...]:
    descent, momentum = race.steps(DESCENT, DIAGONAL), race.steps(MOMENTUM, DIAGONAL)
    dearer = [np.log10(race.steps(rule, DIAGONAL) / race.steps(rule, ALIGNED)) for rule in (RMSPROP, ADAM)]
    return judge(FASTER, np.log10(descent / momentum)), judge(NEEDS_AXES, np.minimum(*dearer))


def view(race: Race) -> View:
    return View((approach(race), against_condition(race), paths(race)), findings(race))


def approach(race: Race) -> Curves:
    """Distance to the minimum in the diagonal valley, step by step, and what theory says of it."""
    times = np.array(list(race.seen))
    lines, marks = [], []
    for rule, name, role in OPTIMIZERS:
        row = race.fastest(rule, DIAGONAL, LARGEST)
        rows = [np.maximum(distances[row, LARGEST], TINY) for distances in race.seen.values()]
        lines.append(curve(name, role, times.tolist(), rows, geometric=True))
    for rule, every in ((DESCENT, 5), (MOMENTUM, 1)):
        distances = predicted(race.start, race.conditions[LARGEST], race.rules[rule][LARGEST], times[::every])
        marks += zip(times[::every], geometric_mean(distances + TINY), strict=True)
    theory = points(THEORY, "theory", *np.array([place for place in marks if place[1] > TARGET]).T)
    y = Axis(Text("离最低点的距离", "distance to the minimum"), scale="log", low=TARGET / 3, high=2.0)
    title = Text("在斜放的山谷里下降", "The way down the diagonal valley")
    return Curves("approach", title, STEP, y, tuple(lines), (theory,))


def against_condition(race: Race) -> Curves:
    """Steps against the condition number, with the best momentum for each; dashed where the valley is aligned."""
    conditions = range(len(race.conditions))
    lines, predictions = [], []
    for rule, name, role in OPTIMIZERS:
        row = TUNED_MOMENTUM if rule == MOMENTUM else rule
        steps = [race.steps(row, DIAGONAL, k) for k in conditions]
        lines.append(curve(name, role, race.conditions, steps))
        if rule < RMSPROP:
            predictions += [needed.mean() for needed in race.needed[row]]
        else:
            label = Text("{name}，平行", "{name}, aligned").format(name=name)
            steps = [race.steps(rule, ALIGNED, k) for k in conditions]
            lines.append(curve(label, role, race.conditions, steps, dashed=True))
    theory = points(THEORY, "theory", (*race.conditions, *race.conditions), predictions)
    x = Axis(Text("条件数", "condition number"), scale="log")
    y = Axis(Text(f"步数，最多 {race.step}", f"steps, of {race.step:,} at most"), scale="log")
    title = Text("距离缩小到千分之一所需的步数", "Steps until 1,000 times nearer")
    return Curves("steps", title, x, y, tuple(lines), (theory,))


def paths(race: Race) -> Plane:
    """The first steps of one seed in a diagonal valley of middling condition, over the logarithm of the loss."""
    condition, track = race.conditions[SHOWN], np.stack(race.path)  # (steps, 2 weights, rules)
    rows = [race.fastest(rule, DIAGONAL, SHOWN) for rule, _, _ in OPTIMIZERS]
    reach = 1.08 * max(1.0, float(np.abs(track[:, :, rows]).max()))
    grid = np.linspace(-reach, reach, 64)
    first, second = np.meshgrid(grid, grid)
    loss = ((first + second) ** 2 / condition + (second - first) ** 2) / 4
    height = 1 + np.log10(np.maximum(loss / loss.max(), 10.0**-DECADES)) / DECADES
    lines = [path(name, role, *track[:, :, row].T) for row, (_, name, role) in zip(rows, OPTIMIZERS, strict=True)]
    x, y = Axis(Text("第一个权重", "first weight")), Axis(Text("第二个权重", "second weight"))
    title = Text(
        f"前 {PATH} 步的路线，条件数 {condition:.0f}", f"The first {PATH} steps, condition number {condition:.0f}"
    )
    shade = field(Text("损失（对数）", "loss (log)"), height, (-reach, reach), (-reach, reach))
    return Plane("paths", title, x, y, shade, paths=tuple(lines))


demo = Demo(
    slug="optimizers",
    title=Text("优化器", "Optimizers"),
    summary=Text(
        "四种优化器走同一个狭长山谷：动量法快得多，逐个权重缩放步长只在山谷与坐标轴平行时才彻底管用",
        "Four optimizers in one narrow valley: momentum is far faster, and steps scaled weight by weight "
        "undo the narrowness only if the valley lies along an axis",
    ),
    echoes="Polyak, USSR Comp. Math. Math. Phys. 4 (1964); Kingma and Ba, ICLR 2015",
    equation="L = ½(a²/κ + b²), as it is or turned by 45°;  descent: w ← w − ηg;  momentum: v ← μv + g, w ← w − ηv\n"
    "RMSprop: w ← w − ηg/√v̂, v = running mean of g²;  Adam: w ← w − ηm̂/√v̂, m = running mean of g",
    parameters=OptimizersParameters,
    claims=(FASTER, NEEDS_AXES),
    experiment=experiment,
    contrast={"momentum": 0.0},
    explanation=Text(
        "梯度下降的步长受最陡方向限制，再大就会在两壁之间越荡越高，于是沿谷底只能慢慢挪，步数正比于条件数。"
        "动量法把历次梯度累加起来：横向的正负相消，纵向的越积越多，所以步数只随条件数的平方根增长。"
        "RMSprop 和 Adam 让每个权重除以自己梯度的大小，相当于分别拉伸各条坐标轴；山谷斜放时，两个权重的梯度一样大，"
        "这种拉伸就改变不了山谷的形状。这些规律对二次函数、且梯度没有噪声时才有证明；"
        "在深层网络上，四者都调好学习率以后往往相差不大。",
        "The steepest direction limits the step of gradient descent, which would otherwise climb from wall to wall, "
        "so it creeps along the valley floor: its steps grow with the condition number. Momentum adds up past "
        "gradients; those across the valley cancel and those along it accumulate, so its steps grow only with the "
        "square root. RMSprop and Adam divide each weight's gradient by its own typical size, which stretches the axes "
        "one by one; in a diagonal valley both weights have gradients of the same size, and no such stretching makes "
        "it rounder. All this is proved for quadratics without gradient noise; on deep networks the four, each with a "
        "tuned learning rate, often end up close together.",
    ),
    tries=(
        Try(
            Text(
                "圆碗：没有狭长的山谷，动量只会让小球来回摆",
                "A round bowl: there is no valley, and the ball just swings",
            ),
            {"condition": 2.0},
        ),
        Try(
            Text(
                "动量系数太大：小球冲过头，比梯度下降还慢",
                "Too much momentum: the ball overshoots and is slower than gradient descent",
            ),
            {"condition": 100.0, "momentum": 0.99},
        ),
        Try(
            Text("动量系数小一半：还能快多少？", "Half the momentum: how much of the gain is left?"),
            {"momentum": 0.45},
        ),
    ),
    map=Map(
        "momentum-needs-fewer-steps",
        x=("condition", (3.0, 10.0, 30.0, 100.0, 300.0)),
        y=("momentum", (0.0, 0.5, 0.8, 0.9, 0.99)),
        parameters={"seeds": 4},
    ),
)

if __name__ == "__main__":
    from demos.kit.command import run

    raise SystemExit(run("optimizers"))
