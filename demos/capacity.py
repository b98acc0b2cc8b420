"""Capacity: polynomials of growing degree, fitted to a few noisy points of a wave.

A straight line cannot bend enough, whatever the data say; a polynomial of degree 12 bends to the noise. The
error on the points it was fitted to falls with every degree all the same, so it cannot tell which degree is
right. Without noise the highest degree is the best, and on a flat truth nothing is too stiff: those are the
negative controls. All is least squares in closed form, and so is what it must come to on average.

Echoes Bishop, "Pattern recognition and machine learning", Springer (2006), section 1.1 (figures 1.4 to 1.7).
Run: python -m demos capacity
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from demos.kit import knobs
from demos.kit.claims import ORDERS, Claim, Finding, judge, setting
from demos.kit.experiment import Demo, Frame, Map, Try, View
from demos.kit.panels import Axis, Curve, Curves, Role, curve, line, points
from demos.kit.parameters import Parameters, number
from demos.kit.seeding import normal, streams
from demos.kit.text import Text

if TYPE_CHECKING:
    import torch
    from torch import Tensor


@dataclass(frozen=True, kw_only=True)
class CapacityParameters(Parameters):
    degree: int = number(
        12,
        0,
        15,
        label=Text("多项式次数", "Degree"),
        help=Text("最高拟合到几次多项式", "the highest degree of polynomial that is fitted"),
        words=("degree", "polynomial degree", "degree of the polynomial", "次数", "多项式次数", "多项式的次数", "阶数"),
    )
    train_size: int = knobs.train_size(20, minimum=16, maximum=1000)
    noise_std: float = knobs.target_noise(
        0.2,
        1.0,
        Text("观测值上高斯噪声的标准差；曲线的振幅为 1", "standard deviation of the noise; the wave has height 1"),
    )
    frequency: float = number(
        1.0,
        0.0,
        3.0,
        label=Text("频率", "Frequency"),
        help=Text("区间内正弦曲线的周期数；0 为平线", "periods of the sine within the interval; 0 is a flat line"),
        words=("frequency", "periods", "waves", "频率", "周期数"),
    )
    trials: int = number(
        50,
        2,
        200,
        label=Text("重复观测次数", "Trials"),
        help=Text("同一批输入上重新抽取噪声的次数", "how often the noise is drawn anew on the same inputs"),
        words=("trials", "trial", "noise draws", "试验次数", "重复观测次数"),
    )


UNDERFITS = Claim(
    id="capacity-too-low-underfits",
    text=Text(
        "容量太低会欠拟合：直线在新点上的误差比 3 次多项式大得多",
        "Too little capacity underfits: a straight line errs far more on new points than degree 3",
    ),
    metric="log10 of the mean squared error on new points, degree 1 minus degree 3",
    measured=Text(
        "在新点上，直线的误差与 3 次多项式相差 {effect}",
        "On new points the line's error differed from that of degree 3 by {effect}",
    ),
    minimum=0.25,
    negative_control=setting(frequency=0.0),
    unit=ORDERS,
)
OVERFITS = Claim(
    id="capacity-too-high-overfits",
    text=Text(
        "容量太高会过拟合：有噪声时，最高次多项式在训练点上误差最小，在新点上却比 3 次的大得多",
        "Too much capacity overfits: with noise, the highest degree has the least error on the training points, "
        "but errs far more than degree 3 on new ones",
    ),
    metric="log10 of the mean squared error on new points, highest degree minus degree 3",
    measured=Text(
        "在新点上，最高次多项式的误差与 3 次的相差 {effect}",
        "On new points the highest degree's error differed from that of degree 3 by {effect}",
    ),
    minimum=0.7,
    negative_control=setting(noise_std=0.0),
    unit=ORDERS,
)

LINE, MODERATE = 1, 3  # degrees that the claims compare
NEW_POINTS = 200  # on which a fit is tried, for each seed
LEAST = 1e-16  # what is smaller counts as this: it is rounding, and has no logarithm when it is 0
PLACES = np.linspace(-1, 1, 201)  # where the pictured fits are drawn
TALLEST = 2.5  # beyond which they are cut off


@dataclass(frozen=True)
class Data:
    """Inputs x (seeds, n), the truth there (seeds, n, 1), and what is observed of it (seeds, n, trials)."""

    x: "Tensor"
    truth: "Tensor"
    y: "Tensor"


@dataclass
class Errors:
    """What came out, one entry for each degree from 0 on: a number for each seed, or the fit in the picture."""

    train: list[np.ndarray] = field(default_factory=list)
    test: list[np.ndarray] = field(default_factory=list)
    bias: list[np.ndarray] = field(default_factory=list)  # squared: what is wrong on average over the noise
    variance: list[np.ndarray] = field(default_factory=list)  # what the noise adds
    fits: list[np.ndarray] = field(default_factory=list)


def draw(p: CapacityParameters, size: int, purpose: str, device: "torch.device") -> Data:
    """Points of the wave at random inputs from -1 to 1."""
    import torch

    rngs = streams(p.seed, p.seeds, purpose)
    x = torch.from_numpy(np.stack([rng.uniform(-1, 1, size) for rng in rngs])).to(device)
    noise = torch.from_numpy(normal(rngs, size, p.trials)).to(device)
    truth = torch.sin(math.pi * p.frequency * x)[..., None]
    return Data(x, truth, truth + p.noise_std * noise)


def polynomials(x: "Tensor", degree: int) -> "Tensor":
    """Chebyshev's polynomials up to the degree, (…, degree + 1): they span all, and are tamer than the powers of x."""
    import torch

    return torch.cos(torch.arange(degree + 1, dtype=x.dtype, device=x.device) * torch.arccos(x)[..., None])


def experiment(p: CapacityParameters, device: "torch.device") -> Iterator[Frame]:
    """One degree after the other, least squares for all seeds and all draws of the noise at once."""
    train, new = draw(p, p.train_size, "training points", device), draw(p, NEW_POINTS, "new points", device)
    errors = Errors()
    for step in range(p.degree + 2):
        if step:
            fit(errors, step - 1, train, new, p.noise_std)
        yield Frame(step, p.degree + 1, lambda: view(p, errors, train))


def fit(errors: Errors, degree: int, train: Data, new: Data, noise_std: float) -> None:
    import torch

    known, unknown = polynomials(train.x, degree), polynomials(new.x, degree)
    weights = torch.linalg.lstsq(known, train.y, driver="gels").solution  # (seeds, degree + 1, trials)
    errors.train.append(mean_square(known @ weights - train.y))
    errors.test.append(mean_square(unknown @ weights - new.y))
    # In theory: a fit's values are fixed mixtures of the observations, so noise of any draw passes through these.
    mixture = unknown @ torch.linalg.pinv(known)  # (seeds, new points, n)
    errors.bias.append(mean_square(mixture @ train.truth - new.truth))
    errors.variance.append(noise_std**2 * mean_square(mixture) * train.x.shape[1])
    places = torch.from_numpy(PLACES).to(train.x.device)
    errors.fits.append((polynomials(places, degree) @ weights[0, :, 0]).cpu().numpy())


def mean_square(values: "Tensor") -> np.ndarray:
    return values.square().mean((1, 2)).cpu().numpy()


def magnitudes(errors: Sequence[np.ndarray], high: int, low: int) -> np.ndarray:
    """By how many powers of ten one degree's error exceeds another's; of degrees not fitted, the highest that is."""
    one, other = (np.maximum(errors[min(degree, len(errors) - 1)], LEAST) for degree in (high, low))
    return np.log10(one / other)


def findings(p: CapacityParameters, errors: Errors) -> tuple[Finding, Finding]:
    test = errors.test or [np.ones(p.seeds)]  # before anything is fitted there is no difference
    return (
        judge(UNDERFITS, magnitudes(test, LINE, MODERATE)),
        judge(OVERFITS, magnitudes(test, p.degree, MODERATE)),
    )


def view(p: CapacityParameters, errors: Errors, train: Data) -> View:
    return View((fits(p, errors, train), curve_of_errors(p, errors), parts(errors)), findings(p, errors))


def fits(p: CapacityParameters, errors: Errors, train: Data) -> Curves:
    """The polynomials that the claims compare, and the points that they were fitted to."""
    highest = len(errors.fits) - 1
    roles: dict[int, Role] = {highest: "arm", LINE: "control", MODERATE: "train"}
    lines = [
        drawn(Text(f"{degree} 次", f"degree {degree}"), roles[degree], errors.fits[degree])
        for degree in sorted(roles)
        if 0 <= degree <= highest
    ]
    truth = drawn(Text("真实曲线", "truth"), "theory", np.sin(math.pi * p.frequency * PLACES), dashed=True)
    x = Axis(Text("输入", "input"), low=-1.0, high=1.0)
    label = Text(f"输出（截至 ±{TALLEST}）", f"output, cut off at ±{TALLEST}")
    y = Axis(label, low=-TALLEST, high=TALLEST)
    seen = train.y[0, :, 0].clamp(-TALLEST, TALLEST)
    known = points(Text("训练点", "training points"), "other", train.x[0].tolist(), seen.tolist())
    return Curves("fits", Text("第一个种子的拟合", "The fits of the first seed"), x, y, (truth, *lines), (known,))


def drawn(name: Text, role: Role, values: np.ndarray, *, dashed: bool = False) -> Curve:
    return line(name, role, PLACES, np.clip(values, -TALLEST, TALLEST), dashed=dashed)


def curve_of_errors(p: CapacityParameters, errors: Errors) -> Curves:
    """Both errors of each degree, and what least squares must come to on average over the noise."""
    noise = p.noise_std**2
    expected = [bias + variance + noise for bias, variance in zip(errors.bias, errors.variance, strict=True)]
    lines = (
        by_degree(Text("训练点", "training points"), "train", errors.train),
        by_degree(Text("新点", "new points"), "test", errors.test),
        by_degree(Text("新点（理论）", "new points, theory"), "theory", expected, dashed=True),
    )
    title = Text("误差与次数", "Error of each degree")
    return Curves("errors", title, DEGREE, Axis(Text("均方误差", "mean squared error"), scale="log"), lines)


def parts(errors: Errors) -> Curves:
    lines = (
        by_degree(Text("偏差的平方", "squared bias"), "control", errors.bias),
        by_degree(Text("方差", "variance"), "arm", errors.variance),
    )
    title = Text("新点上的误差由什么组成（理论）", "What the error on new points is made of, in theory")
    return Curves("parts", title, DEGREE, Axis(Text("均方误差", "mean squared error"), scale="log"), lines)


DEGREE = Axis(Text("多项式次数", "degree"))


def by_degree(name: Text, role: Role, errors: Sequence[np.ndarray], *, dashed: bool = False) -> Curve:
    rows = [np.maximum(row, LEAST) for row in errors]
    return curve(name, role, range(len(rows)), rows, dashed=dashed, geometric=True)


demo = Demo(
    slug="capacity",
    title=Text("模型容量", "Capacity"),
    summary=Text(
        "次数太低的多项式欠拟合，太高的过拟合，而训练误差看不出来",
        "Polynomials of too low a degree underfit, of too high a degree overfit, and the training error does not tell",
    ),
    echoes="Bishop, Pattern Recognition and Machine Learning (2006), section 1.1",
    equation="y = sin(πfx) + σε;  ŷ(x) = w₀ + w₁x + … + w_d x^d,  w = argmin Σᵢ (ŷ(xᵢ) − yᵢ)²\n"
    "compared: d = 1, d = 3 and d = degree",
    parameters=CapacityParameters,
    claims=(UNDERFITS, OVERFITS),
    experiment=experiment,
    contrast={"degree": MODERATE},
    explanation=Text(
        "次数每加一，多项式就多一个可以自由调节的系数，于是总能更贴近训练点；可训练点里有噪声，多出来的自由全用来追噪声了。"
        "新点上的误差由三部分组成：偏差（模型弯不到那个形状）随次数下降，方差（拟合跟着噪声走）随次数上升，再加上谁也消不掉的噪声；"
        "最合适的次数在两者相抵之处。"
        "没有噪声，或者数据足够多，方差就小得不要紧，高次也无妨：过拟合不是次数本身的错，而是次数相对于数据和噪声太高。"
        "这里求的是无约束的最小二乘；若加惩罚项，或者参数比样本还多时取范数最小的解，参数个数就不再等于容量，误差曲线也可以再次下降。",
        "Each further degree is one more coefficient to choose freely, so the polynomial always comes closer to the "
        "points it was fitted to; but these carry noise, and the freedom that the wave does not need is spent on it. "
        "The error on new points has three parts: bias, a shape the model cannot bend to, falls with the degree; "
        "variance, the share of noise that the fit follows, rises with it; and the noise of the new points stays. "
        "The best degree is where the two balance. Without noise, or with enough points, variance hardly counts and a "
        "high degree does no harm: what overfits is a degree too high for these data, not a high degree as such. "
        "All this is plain least squares: with a penalty, or with the smallest of many exact solutions, the number "
        "of coefficients no longer measures capacity, and the error may fall a second time.",
    ),
    tries=(
        Try(
            Text("去掉噪声：次数越高越准，过拟合消失", "Take the noise away: every degree helps, and nothing overfits"),
            {"noise_std": 0.0},
        ),
        Try(
            Text(
                "把训练点增加到 200 个：同样的次数不再过拟合", "Give it 200 points: the same degree no longer overfits"
            ),
            {"train_size": 200},
        ),
        Try(
            Text("让曲线多弯一倍：3 次也不够了", "Let the wave bend twice as often: now degree 3 is too low as well"),
            {"frequency": 2.0, "train_size": 60},
        ),
    ),
    map=Map(
        claim="capacity-too-high-overfits",
        x=("train_size", (16, 24, 40, 80, 200)),
        y=("noise_std", (0.001, 0.03, 0.1, 0.3, 1.0)),
        parameters={"trials": 20, "seeds": 8},
    ),
)

if __name__ == "__main__":
    from demos.kit.command import run

    raise SystemExit(run("capacity"))
