"""Double descent: more and more random features of the same digits, and the smallest weights that fit.

The error on new images falls, rises to a peak where there are as many features as examples, and falls again
below its first valley. At the peak the examples can just be fitted, and only with huge weights; a little ridge
penalty forbids these, and the peak is gone: the negative control. With wrong labels the second valley is no
longer the lower one. All is linear algebra in closed form; beside it stands what pure noise does to features
that are random numbers, where the theory is exact.

Echoes Belkin, Hsu, Ma and Mandal, "Reconciling modern machine-learning practice and the classical bias-variance
trade-off", PNAS 116 (2019), and Hastie, Montanari, Rosset and Tibshirani, "Surprises in high-dimensional
ridgeless least squares interpolation", Annals of Statistics 50 (2022). Run: python -m demos double-descent
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from demos.kit import knobs
from demos.kit.claims import Claim, Finding, judge, setting
from demos.kit.experiment import Demo, Frame, Map, Try, View
from demos.kit.panels import Axis, Curve, Curves, Pictures, Role, curve, line, picture, points
from demos.kit.parameters import Parameters, number
from demos.kit.seeding import Streams, normal, streams
from demos.kit.statistics import geometric_mean
from demos.kit.text import Text

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from demos.kit.samples import Split


@dataclass(frozen=True, kw_only=True)
class DoubleDescentParameters(Parameters):
    weight_decay: float = number(
        0.0,
        0.0,
        100.0,
        label=Text("岭惩罚（权重衰减）", "Ridge penalty (weight decay)"),
        help=Text(
            "对权重平方的惩罚，以特征的平均特征值为单位", "penalty on squared weights, in units of the mean eigenvalue"
        ),
        words=("ridge", "weight decay", "weight_decay", "l2", "lambda", "岭", "岭惩罚", "岭回归", "权重衰减", "惩罚"),
    )
    label_noise: float = knobs.flipped_labels(0.0)
    train_size: int = knobs.train_size(200, minimum=50, maximum=300)


RIDGE = 0.01  # of the arm that is shown for comparison
WITH_RIDGE = setting(weight_decay=RIDGE)

PEAKS = Claim(
    id="double-descent-peaks-at-threshold",
    text=Text(
        "特征数等于样本数时误差出现尖峰：比特征少一半时高，也比特征最多时高",
        "The error peaks where features equal examples: it is far above that of half as many, and of the most",
    ),
    metric="error on new images with as many features as examples, minus the larger of those with half and with most",
    measured=Text(
        "尖峰处的误差比两侧（特征少一半、特征最多）都高，至少高出 {effect}",
        "At the threshold the error exceeded that on both sides, with half and with most features, by {effect}",
    ),
    minimum=0.3,
    negative_control=WITH_RIDGE,
)
FALLS_LOWER = Claim(
    id="double-descent-second-valley-is-lower",
    text=Text(
        "标签干净时，第二个谷更低：特征最多的模型比样本数以内的任何一个都准",
        "With clean labels the second valley is the lower: the most features beat any number below that of examples",
    ),
    metric="lowest error with fewer features than examples, minus the error with most",
    measured=Text(
        "特征最多时的误差比特征少于样本时的最低误差还低 {effect}",
        "With most features the error was below the lowest with fewer features than examples by {effect}",
    ),
    minimum=0.03,
    negative_control=setting(label_noise=0.4),
)
RIDGE_HELPS = Claim(
    id="double-descent-ridge-removes-peak",
    text=Text(
        "一点点岭惩罚就去掉尖峰：特征数等于样本数处的误差大降",
        "A little ridge penalty removes the peak: the error with as many features as examples falls far",
    ),
    metric="error with as many features as examples, without minus with a ridge penalty of 0.01",
    measured=Text(
        "在特征数等于样本数处，岭惩罚使误差降低 {effect}",
        "With as many features as examples, the ridge penalty lowered the error by {effect}",
    ),
    minimum=0.35,
    negative_control=WITH_RIDGE,
)

RATIOS = (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 1, 1.1, 1.25, 1.5, 2, 4, 7, 10)  # features per example
HALF, EQUAL = RATIOS.index(0.5), RATIOS.index(1)
TEST_SIZE = 500  # new images for each seed
NOISES = 20  # targets of pure noise that each seed fits
SHOWN = 6  # training images in the picture
SMALLEST = 1e-12  # a share of the largest eigenvalue below which there is no direction, only rounding
FINE = np.sort([*np.geomspace(RATIOS[0], RATIOS[-1], 200), 1.0])  # where the theory is drawn
INFINITE = 1e4  # what the theory says of as many features as examples is drawn this high


@dataclass
class Sweep:
    """What came out, one entry for each number of features: (arms, seeds)."""

    counts: list[int] = field(default_factory=list)
    test: list[np.ndarray] = field(default_factory=list)  # share of new images that are misread
    train: list[np.ndarray] = field(default_factory=list)
    squares: list[np.ndarray] = field(default_factory=list)  # the sum of the squared weights
    noise: list[np.ndarray] = field(default_factory=list)  # the same where targets are noise and features Gaussian


def solve(products: "Tensor", targets: "Tensor", count: int, penalties: Sequence[float]) -> tuple["Tensor", "Tensor"]:
    """Ridge regression on `count` features, known by the examples' inner products (seeds, n, n) only.

    Returns for each penalty the mixtures (arms, seeds, n, targets) of the examples' features that are the weights,
    and the sum of the squared weights (arms, seeds). Without a penalty these are the smallest weights that fit best.
    """
    import torch

    eigenvalues, directions = torch.linalg.eigh(products)
    along = directions.mT @ targets
    unit = eigenvalues.sum(1, keepdim=True) / min(count, products.shape[1])  # the mean of those that are not 0
    mixtures, squares = [], []
    for penalty in penalties:
        real = eigenvalues > SMALLEST * eigenvalues[:, -1:]
        divided = torch.where(real, 1 / (eigenvalues + penalty * unit), 0)[..., None] * along
        mixtures.append(directions @ divided)
        squares.append((eigenvalues[..., None] * divided.square()).sum((1, 2)))
    return torch.stack(mixtures), torch.stack(squares)


def relu_features(x: "Tensor", count: int, rngs: Streams) -> "Tensor":
    """Features relu(w·x + b) with random w and b: (seeds, n, inputs) to (seeds, n, count)."""
    import torch

    w = np.stack([rng.normal(0, 0.5, (x.shape[2], count)) for rng in rngs])
    b = np.stack([rng.uniform(0, 0.5, (1, count)) for rng in rngs])
    return torch.baddbmm(torch.from_numpy(b).to(x), x, torch.from_numpy(w).to(x)).relu_()


def experiment(p: DoubleDescentParameters, device: "torch.device") -> Iterator[Frame]:
    """Features are only ever added, so that a wider model has those of the narrower ones and more."""
    import torch

    from demos.kit import digits

    split = digits.split(p.seed, p.seeds, p.train_size, device, test_size=TEST_SIZE, flipped=p.label_noise)
    images = torch.cat((split.train.x, split.test.x), 1).double()
    images -= images[:, : p.train_size].mean((1, 2), keepdim=True)
    targets = torch.nn.functional.one_hot(split.train.y, digits.CLASSES).double() - 1 / digits.CLASSES
    features, gaussians = streams(p.seed, p.seeds, "features"), streams(p.seed, p.seeds, "Gaussian features")
    noise = torch.from_numpy(normal(streams(p.seed, p.seeds, "noise"), p.train_size, NOISES)).to(device)
    products = images.new_zeros(p.seeds, images.shape[1], p.train_size)  # of all images' features with the known ones'
    gaussian_products = images.new_zeros(p.seeds, p.train_size, p.train_size)
    sweep, count = Sweep(), 0
    for step in range(len(RATIOS) + 1):
        if step:
            added = max(1, round(RATIOS[step - 1] * p.train_size)) - count
            count += added
            new = relu_features(images, added, features)
            products += new @ new[:, : p.train_size].mT
            x = torch.from_numpy(normal(gaussians, p.train_size, added)).to(device)
            gaussian_products += x @ x.mT
            penalties = p.weight_decay, RIDGE
            mixtures, squares = solve(products[:, : p.train_size], targets, count, penalties)
            answers = (products @ mixtures).argmax(-1)  # (arms, seeds, images)
            sweep.counts.append(count)
            sweep.train.append(wrong(answers[..., : p.train_size], split.train.y))
            sweep.test.append(wrong(answers[..., p.train_size :], split.test.y))
            sweep.squares.append(squares.cpu().numpy())
            sweep.noise.append(solve(gaussian_products, noise, count, penalties)[1].cpu().numpy() / NOISES)
        yield Frame(step, len(RATIOS), lambda: view(p, sweep, split))


def wrong(answers: "Tensor", labels: "Tensor") -> np.ndarray:
    return (answers != labels).double().mean(-1).cpu().numpy()


def theory(ratio: np.ndarray, penalty: float, size: int) -> np.ndarray:
    """The sum of squared weights that fit noise of variance 1 on Gaussian features, `ratio` for each example.

    Without a penalty the mean is exact, p / (n - p - 1) or n / (p - n - 1), and infinite close to p = n. With one
    it is the limit of many examples and features, from the law of Marchenko and Pastur.
    """
    if penalty == 0:
        p, n = ratio * size, size
        room = np.abs(p - n) - 1
        return np.where(room > 0, np.minimum(p, n) / np.where(room > 0, room, 1), np.inf)
    scaled = penalty * np.maximum(ratio, 1)
    root = np.sqrt((1 - ratio + scaled) ** 2 + 4 * ratio * scaled)
    return ((1 + ratio + scaled) / root - 1) / 2


def findings(sweep: Sweep, seeds: int) -> tuple[Finding, ...]:
    """Of models not fitted yet, the widest that is stands in; before any, all err alike."""
    entries = sweep.test or [np.ones((2, seeds))]
    half, equal, most = (entries[min(k, len(entries) - 1)][0] for k in (HALF, EQUAL, len(RATIOS) - 1))
    ridge = entries[min(EQUAL, len(entries) - 1)][1]
    fewer = np.min([entry[0] for entry in entries[:EQUAL]], axis=0)
    return (
        judge(PEAKS, equal - np.maximum(half, most)),
        judge(FALLS_LOWER, fewer - most),
        judge(RIDGE_HELPS, equal - ridge),
    )


def view(p: DoubleDescentParameters, sweep: Sweep, split: "Split") -> View:
    chosen = Text(f"岭惩罚 {p.weight_decay:g}", f"ridge {p.weight_decay:g}")
    names = (chosen if p.weight_decay else Text("无惩罚", "no penalty"), Text(f"岭惩罚 {RIDGE}", f"ridge {RIDGE}"))
    roles: tuple[Role, Role] = ("arm", "control")
    ratios = [count / p.train_size for count in sweep.counts]

    def lines(entries: Sequence[np.ndarray], *, geometric: bool = False) -> list[Curve]:
        return [curve(names[k], roles[k], ratios, [row[k] for row in entries], geometric=geometric) for k in (1, 0)]

    train = curve(Text("训练图像", "training images"), "train", ratios, [row[0] for row in sweep.train])
    expected, found = [], []
    for k, penalty in enumerate((p.weight_decay, RIDGE)):
        name = Text(f"{names[k].zh}（理论）", f"{names[k].en}, theory")
        drawn = np.minimum(theory(FINE, penalty, p.train_size), INFINITE)
        expected.append(line(name, "theory", FINE, drawn, dashed=k == 1))
        found.append(points(names[k], roles[k], ratios, [geometric_mean(row[k]) for row in sweep.noise]))
    x = Axis(Text("特征数 ÷ 训练样本数", "features ÷ training examples"), scale="log", low=RATIOS[0], high=RATIOS[-1])
    share = Axis(Text("错误率", "error rate"), low=0.0, percent=True)
    squares = Axis(Text("权重的平方和", "sum of squared weights"), scale="log")
    titles = (
        Text("新图像上的错误率", "Error on new images"),
        Text("拟合数字所需的权重有多大", "How large the weights that fit the digits are"),
        Text("用高斯特征拟合纯噪声所需的权重", "The weights that fit pure noise with Gaussian features"),
    )
    panels = (
        Curves("error", titles[0], x, share, (*lines(sweep.test), train)),
        Curves("weights", titles[1], x, squares, tuple(lines(sweep.squares, geometric=True))),
        Curves("noise", titles[2], x, squares, tuple(expected), tuple(found)),
        examples(split),
    )
    return View(panels, findings(sweep, p.seeds))


def examples(split: "Split") -> Pictures:
    """The first training images of the first seed, with the labels that were given."""
    images = split.train.x[0, :SHOWN].reshape(-1, 8, 8).cpu().numpy()
    captions = (Text(f"标为 {label}", f"label {label}") for label in split.train.y[0, :SHOWN].tolist())
    title = Text("训练图像和给它们的标签", "Training images and the labels given to them")
    return Pictures("examples", title, tuple(picture(*pair) for pair in zip(captions, images, strict=True)))


demo = Demo(
    slug="double-descent",
    title=Text("双重下降", "Double descent"),
    summary=Text(
        "特征越多，误差先降、在特征数等于样本数处冒尖、再降得更低",
        "With more features the error falls, peaks where they equal the examples, and falls again, lower still",
    ),
    echoes="Belkin et al., PNAS 116 (2019); Hastie et al., Annals of Statistics 50 (2022)",
    equation="φ(x) = relu(Vx + b), V and b random;  w = argmin ‖Φw − y‖² + λ‖w‖²;  as λ → 0: w = Φ⁺y\n"
    "p features of n examples, p/n = 0.05 … 10;  arms: λ = weight_decay and λ = 0.01 (× mean eigenvalue of ΦΦᵀ)",
    parameters=DoubleDescentParameters,
    claims=(PEAKS, FALLS_LOWER, RIDGE_HELPS),
    experiment=experiment,
    contrast=WITH_RIDGE,
    explanation=Text(
        "特征数等于样本数时，恰好只有一组权重能拟合全部训练样本；特征的某些组合几乎为零，除以这样小的数，权重就大得离谱，"
        "新图像上的预测也随之乱跳。"
        "特征再多，能拟合的权重就有无穷多组，这里取其中最小的一组；可选的越多，最小的那组越小，函数也越平缓，误差于是再次下降。"
        "岭惩罚不许权重变大，代价只是训练样本拟合得略差，所以尖峰消失，过参数化的好处却还在。"
        "标签错得多时，再小的权重也得把错误一起拟合进去，第二个谷就不再低于第一个。"
        "这里的特征是随机而固定的，只学最后一层，所以尖峰正好在“特征数等于样本数”处；整个网络都训练时，尖峰的位置和高低还取决于训练方式，常常看不到。",
        "With as many features as examples just one set of weights fits them all. Some mixtures of the features are "
        "nearly zero there, and to divide by them takes huge weights, which throw the answers on new images about. "
        "With more features infinitely many sets of weights fit, and the smallest of them is taken here; the more "
        "there are to choose from, the smaller it is and the smoother the function, so the error falls again. A ridge "
        "penalty forbids large weights at the price of a slightly worse fit, and so it removes the peak. With "
        "many wrong labels even the smallest weights must fit what is wrong, and the second valley is no longer the "
        "lower one. The features here are random and fixed, and only the last layer is learnt, so the peak lies "
        "exactly where features equal examples; where a whole network is trained, its place and height also depend "
        "on the training, and often none is seen.",
    ),
    tries=(
        Try(
            Text("加一点岭惩罚：尖峰消失", "Add a little ridge penalty: the peak is gone"),
            WITH_RIDGE,
        ),
        Try(
            Text(
                "把四成标签改错：第二个谷不再更低",
                "Make 40% of the labels wrong: the second valley is not the lower one",
            ),
            {"label_noise": 0.4},
        ),
        Try(
            Text(
                "样本减到 100：尖峰跟着移到 100 个特征处",
                "Halve the examples: the peak moves to 100 features with them",
            ),
            {"train_size": 100},
        ),
    ),
    map=Map(
        claim="double-descent-peaks-at-threshold",
        x=("weight_decay", (0.0, 1e-4, 1e-3, 1e-2, 1e-1)),
        y=("label_noise", (0.0, 0.1, 0.2, 0.4)),
        parameters={"train_size": 60, "seeds": 4},
    ),
)

if __name__ == "__main__":
    from demos.kit.command import run

    raise SystemExit(run("double-descent"))
