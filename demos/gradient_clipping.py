"""Gradient clipping: a recurrent network whose gradients explode, trained with and without a limit on their length.

A tanh network has to remember the sign of the first number of a sequence. Its recurrent weights start so large that
a gradient grows on its way back through time. Without clipping, one huge step saturates the units, and the loss
diverges; with clipping no step is longer than the limit allows. The same networks with their recurrent weights held
fixed stay calm at the same learning rate, so that it is the gradient through time that does the damage. With smaller
recurrent weights nothing explodes and nothing diverges: the negative control.

Echoes Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent neural networks", ICML 2013.
Run: python -m demos gradient-clipping
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from demos.kit import knobs
from demos.kit.claims import Claim, Finding, judge, setting
from demos.kit.experiment import Demo, Frame, Map, Try, View
from demos.kit.history import STEP, Arms, arm_curves
from demos.kit.panels import THEORY, Axis, Curves, curve, points
from demos.kit.parameters import Parameters, number
from demos.kit.statistics import geometric_mean
from demos.kit.text import Text

if TYPE_CHECKING:
    import torch
    from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class GradientClippingParameters(Parameters):
    max_norm: float = number(
        1.0,
        0.001,
        1000.0,
        scale="log",
        label=Text("裁剪阈值", "Largest norm"),
        help=Text("梯度范数超过它就按比例缩短", "a gradient longer than this is shortened to it"),
        words=("max norm", "max_norm", "clip", "clipping", "clip norm", "threshold", "裁剪阈值", "阈值", "裁剪"),
    )
    gain: float = number(
        1.8,
        0.1,
        10.0,
        label=Text("循环权重的增益", "Gain of the recurrent weights"),
        help=Text(
            "循环权重的初始标准差乘以宽度的平方根", "initial standard deviation of the recurrent weights times √width"
        ),
        words=("gain", "init gain", "spectral radius", "recurrent weights", "增益", "谱半径", "循环权重"),
    )
    length: int = number(
        30,
        2,
        60,
        unit="steps",
        label=Text("序列长度", "Sequence length"),
        help=Text("梯度要往回传这么多个时间步", "time steps through which the gradient travels back"),
        words=("length", "sequence length", "time steps", "序列长度", "时间步", "长度"),
    )
    width: int = knobs.width(40, minimum=4, maximum=64)
    learning_rate: float = knobs.learning_rate(0.06)


MILD = setting(gain=0.7)

PREVENTS = Claim(
    id="clipping-prevents-divergence",
    text=Text(
        "循环网络的梯度爆炸时，裁剪能防止训练发散",
        "Where the gradients of a recurrent network explode, clipping keeps training from diverging",
    ),
    metric="share of seeds that diverge, without clipping minus with",
    measured=Text(
        "裁剪使发散的种子所占比例降低了 {effect}", "Clipping lowered the share of seeds that diverged by {effect}"
    ),
    minimum=0.5,
    negative_control=MILD,
)
THROUGH_TIME = Claim(
    id="divergence-comes-through-time",
    text=Text(
        "祸根是穿过时间的梯度：同样的学习率，只要不动循环权重，训练就不发散",
        "It is the gradient through time that does it: at the same learning rate, "
        "networks whose recurrent weights are left alone do not diverge",
    ),
    metric="share of seeds that diverge, all weights trained minus only the output weights trained",
    measured=Text(
        "训练全部权重时，发散的种子所占比例比只训练输出权重时高 {effect}",
        "The share of seeds that diverged was higher by {effect} with all weights trained than with the output weights "
        "alone",
    ),
    minimum=0.5,
    negative_control=MILD,
)

STEPS, STEPS_PER_FRAME, BATCH = 100, 2, 16
DIVERGED = 10.0  # times the loss of always answering 0, which is 1
CEILING = 1e6  # losses and norms beyond are not told apart
FAR = 1e15  # nor are factors of growth beyond it, or below 1 / FAR
PLAIN, CLIPPED, FIXED = 0, 1, 2
ARMS: Arms = (
    (Text("不裁剪", "no clipping"), "control"),
    (Text("裁剪", "clipping"), "arm"),
    (Text("循环权重不动", "recurrence fixed"), "other"),
)


class Networks:
    """Recurrent networks h ← tanh(x · inward + h · recurrent) with the answer h · outward; all arms start alike."""

    def __init__(self, p: GradientClippingParameters, device: "torch.device") -> None:
        import torch

        from demos.kit.bank import Bank
        from demos.kit.optimizers import SGD
        from demos.kit.seeding import normal, streams

        def drawn(purpose: str, *shape: int) -> torch.Tensor:
            return torch.from_numpy(normal(streams(p.seed, p.seeds, purpose), *shape, dtype=np.float32))

        scale = 1 / math.sqrt(p.width)
        inward, outward = drawn("inward", 1, p.width) / 2, drawn("outward", p.width, 1) * scale
        recurrent = drawn("recurrent", p.width, p.width) * p.gain * scale
        self.p = p
        self.bank = Bank([inward, recurrent, outward], len(ARMS), device, seeds=p.seeds)
        self.optimizer = SGD(self.bank, [p.learning_rate] * len(ARMS))
        # (step, time, seeds, batch, 1), so that what a network sees at a time lies in one piece
        self.sequences = (
            drawn("sequences", STEPS + 1, p.length, BATCH, 1).permute(1, 2, 0, 3, 4).contiguous().to(device)
        )
        self.losses, self.norms = list[np.ndarray](), list[np.ndarray]()  # of each step, (arms, seeds)

    def states(self, x: "Tensor") -> list["Tensor"]:
        """The hidden states (models, batch, width) after each time."""
        import torch

        inward, recurrent, _ = self.bank.values
        states = [torch.tanh(x[0] * inward)]
        for now in x[1:]:
            states.append(torch.tanh(torch.baddbmm(now * inward, states[-1], recurrent)))
        return states

    def look(self, step: int) -> None:
        """Loss and gradient of every network on the sequences of this step."""
        x = self.sequences[step].repeat(1, len(ARMS), 1, 1)
        answers = self.states(x)[-1] @ self.bank.values[2]
        losses = (answers - x[0].sign()).square().mean((1, 2))
        self.bank.differentiate(losses)
        for _, gradient in self.bank.tensors[:2]:
            gradient[self.bank.rows(FIXED)] = 0
        for kept, found in ((self.losses, losses.detach()), (self.norms, self.bank.gradient_norms())):
            kept.append(found.nan_to_num(CEILING).clamp(max=CEILING).view(len(ARMS), -1).cpu().numpy())

    def update(self) -> None:
        self.bank.clip([math.inf, self.p.max_norm, math.inf])
        self.optimizer.step()

    def growth(self) -> tuple[np.ndarray, np.ndarray]:
        """How much longer a gradient is so many times before the end, (length, seeds), and what theory says.

        Theory takes the recurrent weights for independent of it: each time multiplies its length by the gain and the
        root mean square of tanh'.
        """
        import torch

        rows = self.bank.rows(PLAIN)
        with torch.no_grad():
            x = self.sequences[0].repeat(1, len(ARMS), 1, 1)
            states = [state[rows] for state in self.states(x)]
            _, recurrent, outward = (value[rows] for value in self.bank.values)
            gradient = (states[-1] @ outward - x[0, rows].sign()) * outward.mT
            lengths, theory = [gradient.square().mean((1, 2))], [gradient.square().mean((1, 2))]
            for state in reversed(states[1:]):
                slope = 1 - state.square()
                gradient = (gradient * slope) @ recurrent.mT
                lengths.append(gradient.square().mean((1, 2)))
                theory.append(theory[-1] * self.p.gain**2 * slope.square().mean((1, 2)))
        found, said = (torch.stack(squares).sqrt().cpu().numpy() for squares in (lengths, theory))
        return bounded(found / found[0]), bounded(said / said[0])


def bounded(growth: np.ndarray) -> np.ndarray:
    """What has overflowed counts as FAR."""
    return np.clip(np.nan_to_num(growth, nan=FAR), 1 / FAR, FAR)


def experiment(p: GradientClippingParameters, device: "torch.device") -> Iterator[Frame]:
    """Three arms from the same initial weights on the same sequences, new ones in every step."""
    networks = Networks(p, device)
    growth = networks.growth()
    for step in range(STEPS + 1):
        if step:
            networks.update()
        networks.look(step)
        if step % STEPS_PER_FRAME == 0:
            yield Frame(step, STEPS, lambda: view(networks, growth))


def diverged(networks: Networks) -> np.ndarray:
    """Whether the loss has ever been above the bound, (steps so far, arms, seeds), as 0 or 1."""
    return np.maximum.accumulate(np.stack(networks.losses) > DIVERGED).astype(float)


def findings(networks: Networks) -> tuple[Finding, Finding]:
    plain, clipped, fixed = diverged(networks)[-1]
    return judge(PREVENTS, plain - clipped), judge(THROUGH_TIME, plain - fixed)


def view(networks: Networks, growth: tuple[np.ndarray, np.ndarray]) -> View:
    share = Axis(Text("占比", "share of the seeds"), low=0.0, high=1.05, percent=True)
    loss = Axis(Text("均方误差", "mean squared error"), scale="log", low=0.1)
    norm = Axis(Text("裁剪前的范数", "norm before clipping"), scale="log")
    panels = (
        over_steps("diverged", Text("发散的种子", "Seeds that have diverged"), share, list(diverged(networks))),
        over_steps("loss", Text("损失（永远答 0 时为 1）", "Loss (always answering 0 gives 1)"), loss, networks.losses),
        over_steps("norm", Text("梯度的范数", "Norm of the gradient"), norm, networks.norms),
        back_in_time(*growth),
    )
    return View(panels, findings(networks))


def over_steps(name: str, title: Text, y: Axis, entries: list[np.ndarray]) -> Curves:
    lines = arm_curves(ARMS, range(len(entries)), entries, geometric=y.scale == "log")
    return Curves(name, title, STEP, y, lines)


def back_in_time(found: np.ndarray, theory: np.ndarray) -> Curves:
    """The gradient at each hidden state, before any training."""
    times = range(len(found))
    line = curve(Text("实测", "measured"), "arm", times, list(found), geometric=True)
    said = points(THEORY, "theory", times, geometric_mean(theory))
    x = Axis(Text("往回传的时间步数", "time steps back"), low=0.0)
    y = Axis(Text("相对于最后时刻的长度", "length relative to the last time"), scale="log")
    title = Text("训练之前：梯度往回传时怎样变长", "Before training: the gradient on its way back")
    return Curves("growth", title, x, y, (line,), (said,))


demo = Demo(
    slug="gradient-clipping",
    title=Text("梯度裁剪", "Gradient clipping"),
    summary=Text(
        "循环网络的梯度爆炸时，给梯度的长度设上限就能防止训练发散",
        "A limit on the length of the gradient keeps a recurrent network from diverging when its gradients explode",
    ),
    echoes="Pascanu, Mikolov and Bengio, ICML 2013",
    equation="hₜ = tanh(xₜu + hₜ₋₁W),  ŷ = h_T v,  L = (ŷ − sign x₁)²;  θ ← θ − η g·min(1, c/‖g‖)\n"
    "arms: c = ∞;  c = max_norm;  c = ∞ with u and W held fixed",
    parameters=GradientClippingParameters,
    claims=(PREVENTS, THROUGH_TIME),
    experiment=experiment,
    contrast={"max_norm": 1000.0},
    explanation=Text(
        "梯度每往回传一个时间步，就要乘一次循环权重和 tanh 的导数；两者合起来的倍数若大于 1，梯度就随步数指数增长。"
        "碰上一个特别长的梯度，普通的 SGD 会迈出同样长的一步，把循环权重推得很大，大多数隐藏单元随之饱和；"
        "这时输出层的曲率变大，原来合适的学习率就过大了，损失随即发散。"
        "裁剪保持梯度的方向不变，只限制它的长度，因此一步走不了太远。"
        "它只防止发散：梯度消失、学习率大得离谱时它都无能为力；本来就不会发散的训练，裁剪只会让它变慢。",
        "With every time step back, the gradient is multiplied by the recurrent weights and by the slope of tanh; if "
        "together they are larger than 1, it grows exponentially. Plain SGD answers a very long gradient with a step "
        "as long, which makes the recurrent weights large and saturates most hidden units. That raises the curvature "
        "seen by the output weights, the learning rate that suited them is now too large, and the loss diverges. "
        "Clipping keeps the direction and limits the length, so that no single step goes far. It only prevents "
        "divergence: it is no remedy for gradients that vanish or for a learning rate that is much too large, and "
        "where nothing diverges it merely slows training down.",
    ),
    tries=(
        Try(Text("循环权重较小：没有什么可裁剪的", "Smaller recurrent weights: nothing explodes"), {"gain": 0.7}),
        Try(Text("阈值太高：形同虚设", "A limit so high that it is none"), {"max_norm": 100.0}),
        Try(
            Text(
                "学习率降到三分之一：不裁剪也不发散，裁剪反而学得更慢",
                "A third of the learning rate: nothing diverges, and clipping only slows learning down",
            ),
            {"learning_rate": 0.02},
        ),
    ),
    map=Map(
        "clipping-prevents-divergence",
        x=("gain", (0.5, 1.0, 1.5, 2.0, 2.5)),
        y=("learning_rate", (0.01, 0.03, 0.06, 0.2, 1.0)),
        parameters={"seeds": 6},
    ),
)

if __name__ == "__main__":
    from demos.kit.command import run

    raise SystemExit(run("gradient-clipping"))
