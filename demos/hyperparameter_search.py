"""Hyperparameter search: a grid, random search and Optuna's TPE, side by side on the same budget.

Four hyperparameters are chosen by search, and thousands of parameters by training: every candidate is really trained.
A grid of 16 trials has two values of each hyperparameter, random search 16; since little but the learning rate
matters, random search finds better networks. Whoever wins was also lucky on the validation images that chose it:
judged by others it is less accurate. With one hyperparameter to search the grid is as good: that is the negative
control; and a single trial, which nothing chose, is not flattered.

Echoes Bergstra and Bengio, "Random search for hyper-parameter optimization", JMLR 13 (2012); TPE: Bergstra et al.,
NIPS 2011; Akiba et al., "Optuna", KDD 2019. Run: python -m demos hyperparameter-search
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from demos.kit import knobs
from demos.kit.claims import Claim, Finding, judge, setting
from demos.kit.experiment import Demo, Frame, Map, Try, View
from demos.kit.history import Arms, arm_curves
from demos.kit.panels import Axis, Curves, Pictures, Plane, Role, picture, points
from demos.kit.parameters import Parameters, number
from demos.kit.text import Text

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from demos.kit.mlp import MLPs
    from demos.kit.samples import Split


@dataclass(frozen=True, kw_only=True)
class HyperparameterSearchParameters(Parameters):
    trials: int = number(
        16,
        1,
        36,
        unit="trials",
        label=Text("试验次数", "Trials"),
        help=Text(
            "每种搜索最多训练几个候选；取能排成完整网格的最大个数",
            "most candidates that each search may train; the largest full grid within it is the budget of all",
        ),
        words=("trials", "budget", "candidates", "runs", "试验次数", "试验", "次数", "预算", "候选"),
    )
    dimensions: int = number(
        4,
        1,
        4,
        label=Text("搜索的超参数个数", "Hyperparameters searched"),
        help=Text(
            "依次是学习率、权重衰减、动量、标签平滑；其余取默认值",
            "in turn learning rate, weight decay, momentum, label smoothing; the others keep their defaults",
        ),
        words=("dimensions", "hyperparameters", "knobs", "维数", "维", "超参数个数", "超参数", "旋钮"),
    )
    width: int = knobs.width(32, maximum=64)
    train_size: int = knobs.train_size(300, maximum=500)
    epochs: int = knobs.epochs(10, maximum=12)


ONE_DIMENSION, ONE_TRIAL = setting(dimensions=1), setting(trials=1)

BEATS_GRID = Claim(
    id="search-random-beats-grid",
    text=Text(
        "几个超参数里只有少数要紧时，同样的预算，随机搜索胜过网格",
        "Where few of several hyperparameters matter, random search beats a grid of the same budget",
    ),
    metric="test accuracy of the winner by validation, random search minus grid",
    measured=Text(
        "随机搜索选出的网络，测试准确率比网格选出的高 {effect}",
        "The network that random search chose exceeded the grid's in test accuracy by {effect}",
    ),
    minimum=0.04,
    negative_control=ONE_DIMENSION,
)
OPTIMISM = Claim(
    id="search-winner-optimistic",
    text=Text(
        "胜者的验证准确率偏高：换一批没参与挑选的图像，它就没那么准",
        "The winner's validation accuracy flatters it: on images that did not choose it, it is less accurate",
    ),
    metric="accuracy on the images that chose the winner, minus on as many others; each of two sets takes both parts",
    measured=Text(
        "胜者在挑选它的图像上的准确率高估了 {effect}",
        "On the images that chose it, the winner looked better than it was by {effect}",
    ),
    minimum=0.002,
    negative_control=ONE_TRIAL,
)


@dataclass(frozen=True)
class Knob:
    """A hyperparameter, its range (of the exponent of 10 where it is `log`) and where in it the default lies."""

    name: Text
    low: float
    high: float
    usual: float
    log: bool = False

    def value(self, place: np.ndarray) -> np.ndarray:
        """From places in the range, 0..1, to values."""
        value = self.low + (self.high - self.low) * place
        return 10**value if self.log else value

    def axis(self) -> Axis:
        low, high = (float(self.value(np.array(end))) for end in (0.0, 1.0))
        return Axis(self.name, "log" if self.log else "linear", low, high)


KNOBS = (
    Knob(Text("学习率", "learning rate"), -5.0, 0.0, 0.5, log=True),
    Knob(Text("权重衰减", "weight decay"), -4.0, 0.0, 0.0, log=True),
    Knob(Text("动量", "momentum"), 0.0, 0.98, 0.9 / 0.98),
    Knob(Text("标签平滑", "label smoothing"), 0.0, 0.3, 0.0),
)
REPEATS = 3  # searches of each kind for each seed
CHOOSING, JUDGING, TESTING = range(3)  # what the images that are not trained on are for
VALIDATION = 150  # images for choosing, and as many for judging; the test has the rest
GRID, RANDOM, TPE = range(3)
SEARCHES: Arms = (
    (Text("网格", "grid"), "control"),
    (Text("随机", "random"), "arm"),
    (Text("TPE（Optuna）", "TPE (Optuna)"), "test"),
)
BATCH = 50


def side(p: HyperparameterSearchParameters) -> int:
    """Values of each hyperparameter in the largest full grid within the trials."""
    return int(p.trials ** (1 / p.dimensions) + 1e-9)


def grids(rng: np.random.Generator, values: int, dimensions: int) -> np.ndarray:
    """Places of a grid for each repeat, (repeats, trials, dimensions), each in an order of its own.

    A grid lies anywhere in the range by chance, but those of a seed in different parts of what is left open (a Latin
    hypercube): the mean is the same, and does not hang on whether some grid happened on a good learning rate.
    """
    corners = np.stack(np.meshgrid(*[np.arange(values)] * dimensions, indexing="ij"), axis=-1).reshape(-1, dimensions)
    parts = rng.permuted(np.tile(np.arange(REPEATS), (dimensions, 1)), axis=1).T
    shifts = (parts + rng.random((REPEATS, dimensions))) / REPEATS
    return np.stack([rng.permutation((corners + shift) / values) for shift in shifts])


class Sampler:
    """Optuna's TPE, a study for each repeat and seed, over the same ranges as the others."""

    def __init__(self, rngs: list[np.random.Generator], dimensions: int) -> None:
        import optuna

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self.ranges = {str(k): optuna.distributions.FloatDistribution(0.0, 1.0) for k in range(dimensions)}
        samplers = [optuna.samplers.TPESampler(seed=int(rng.integers(2**31))) for _ in range(REPEATS) for rng in rngs]
        self.studies = [optuna.create_study(direction="maximize", sampler=sampler) for sampler in samplers]

    def ask(self) -> np.ndarray:
        """The next places to try, (repeats, seeds, dimensions)."""
        self.open = [study.ask(dict(self.ranges)) for study in self.studies]
        places = [[trial.params[name] for name in self.ranges] for trial in self.open]
        return np.array(places).reshape(REPEATS, -1, len(self.ranges))

    def tell(self, scores: np.ndarray) -> None:
        for study, trial, score in zip(self.studies, self.open, scores.ravel(), strict=True):
            study.tell(trial, float(score))


class Trainer:
    """Trains a network for each setting, all at once; those of one seed share initial values and batches."""

    def __init__(self, p: HyperparameterSearchParameters, split: "Split", device: "torch.device") -> None:
        from demos.kit import digits
        from demos.kit.mlp import he_normal
        from demos.kit.samples import batches
        from demos.kit.seeding import streams

        self.test, self.device = split.test, device
        self.initial = he_normal((digits.INPUTS, p.width, digits.CLASSES), streams(p.seed, p.seeds, "initial values"))
        rows = batches(streams(p.seed, p.seeds, "order"), p.train_size, BATCH, device)
        self.batches = [split.train.at(chosen) for chosen in islice(rows, p.epochs * (p.train_size // BATCH))]

    def untrained(self, arms: int) -> "MLPs":
        from demos.kit.mlp import MLPs
        from demos.kit.samples import of_every_arm

        return MLPs([of_every_arm(weight, arms) for weight in self.initial], arms, self.device)

    def train(self, places: np.ndarray) -> "MLPs":
        """Networks trained by AdamW, each with its own setting; `places` is (arms, seeds, hyperparameters)."""
        import torch

        from demos.kit.optimizers import ModelwiseAdamW

        nets = self.untrained(len(places))
        settings = [knob.value(places[..., k]).ravel() for k, knob in enumerate(KNOBS)]
        rate, decay, momentum, smooth = (torch.from_numpy(values).float().to(self.device) for values in settings)
        optimizer = ModelwiseAdamW(nets, rate, decay, momentum)
        uniform = nets.one_hot(torch.arange(nets.classes, device=self.device)).mean(0)
        for step, batch in enumerate(self.batches):
            every = batch.of_every_arm(nets.arms)
            targets = nets.one_hot(every.y)
            nets.differentiate(every.x, targets.lerp_(uniform.expand_as(targets), smooth[:, None, None]))
            optimizer.step(1 - step / len(self.batches))  # the step size falls to 0
        return nets

    def scores(self, nets: "MLPs") -> np.ndarray:
        """Accuracy on the images for choosing, for judging and for the test, (3, arms, seeds)."""
        right = (nets.predictions(self.test.x) == self.test.y).double()
        parts = right.split([VALIDATION, VALIDATION, right.shape[-1] - 2 * VALIDATION], dim=-1)
        return np.stack([part.mean(-1).cpu().numpy() for part in parts])


@dataclass
class Studies:
    """All trials so far, and what the winners among them are worth."""

    p: HyperparameterSearchParameters
    scores: list[np.ndarray] = field(default_factory=list)  # (3, searches, repeats, seeds); the first are untrained
    places: list[np.ndarray] = field(default_factory=list)  # (searches, repeats, seeds, hyperparameters), of each trial
    tests: list[np.ndarray] = field(default_factory=list)  # test accuracy of the winners so far, as in scores
    learned: "list[Tensor]" = field(default_factory=list)  # by the best network of the first random search

    def add(self, scores: np.ndarray, nets: "MLPs") -> None:
        """Scores (3, arms, seeds) of the newest networks."""
        self.scores.append(scores.reshape(3, len(SEARCHES), REPEATS, -1))
        self.tests.append(self.accuracy(TESTING, by=CHOOSING))
        if self.winners(CHOOSING)[RANDOM, 0, 0] == len(self.trials()[0]) - 1:
            model = RANDOM * REPEATS * self.p.seeds
            pairs = zip(nets.weights, nets.biases, strict=True)
            self.learned = [value[model].clone() for pair in pairs for value in pair]

    def trials(self) -> np.ndarray:
        """Scores (3, trials, searches, repeats, seeds); until there are trials, those of untrained networks."""
        return np.stack(self.scores[1:] or self.scores, axis=1)

    def winners(self, by: int) -> np.ndarray:
        """The best trial in the eyes of one of the three sets of images, (searches, repeats, seeds)."""
        return self.trials()[by].argmax(axis=0)

    def accuracy(self, of: int, by: int) -> np.ndarray:
        """What the winner by one set scores on another, (searches, repeats, seeds)."""
        return np.take_along_axis(self.trials()[of], self.winners(by)[None], axis=0)[0]


def experiment(p: HyperparameterSearchParameters, device: "torch.device") -> Iterator[Frame]:
    """A trial of every search, repeat and seed at a time; grid and random search know theirs beforehand."""
    from demos.kit import digits
    from demos.kit.seeding import streams

    budget = side(p) ** p.dimensions
    studies = Studies(p)
    trainer = Trainer(p, digits.split(p.seed, p.seeds, p.train_size, device), device)
    untrained = trainer.untrained(len(SEARCHES) * REPEATS)
    studies.add(trainer.scores(untrained), untrained)
    yield Frame(0, budget, lambda: view(studies))

    rngs = streams(p.seed, p.seeds, "search")
    on_grids = np.stack([grids(rng, side(p), p.dimensions) for rng in rngs], axis=1)
    points = np.stack([rng.random((REPEATS, budget, p.dimensions)) for rng in rngs], axis=1)
    tpe = Sampler(rngs, p.dimensions)
    for trial in range(budget):
        places = np.tile([knob.usual for knob in KNOBS], (len(SEARCHES), REPEATS, p.seeds, 1))
        places[..., : p.dimensions] = on_grids[:, :, trial], points[:, :, trial], tpe.ask()
        nets = trainer.train(places.reshape(-1, p.seeds, len(KNOBS)))
        scores = trainer.scores(nets)
        tpe.tell(scores[CHOOSING, TPE * REPEATS :])
        studies.places.append(places)
        studies.add(scores, nets)
        yield Frame(trial + 1, budget, lambda: view(studies))


def findings(studies: Studies) -> tuple[Finding, Finding]:
    tests = studies.accuracy(TESTING, by=CHOOSING).mean(axis=1)
    sets = (CHOOSING, JUDGING), (JUDGING, CHOOSING)
    gaps = [studies.accuracy(one, by=one) - studies.accuracy(one, by=other) for one, other in sets]
    blind = np.mean(gaps, axis=0)[:TPE]  # TPE's trials have seen one of the sets
    return judge(BEATS_GRID, tests[RANDOM] - tests[GRID]), judge(OPTIMISM, blind.mean(axis=(0, 1)))


def view(studies: Studies) -> View:
    return View((progress(studies), tried(studies), matters(studies), learned(studies)), findings(studies))


def progress(studies: Studies) -> Curves:
    lines = arm_curves(SEARCHES, range(len(studies.tests)), [tests.mean(axis=1) for tests in studies.tests])
    x, y = Axis(Text("已训练的候选", "trials")), Axis(Text("测试准确率", "test accuracy"), percent=True)
    return Curves("test", Text("到目前为止的胜者", "The winner so far"), x, y, lines)


def tried(studies: Studies) -> Plane:
    """The first two hyperparameters of all trials of the first seed's first searches."""
    one, other = KNOBS[:2]
    table = np.array([places[:, 0, 0] for places in studies.places]).reshape(-1, len(SEARCHES), len(KNOBS))
    sets = tuple(
        points(name, role, one.value(table[:, k, 0]), other.value(table[:, k, 1]))
        for k, (name, role) in enumerate(SEARCHES)
    )
    title = Text("各种搜索试过的值", "What each search tried")
    return Plane("tried", title, one.axis(), other.axis(), points=sets)


def matters(studies: Studies) -> Plane:
    """Accuracy of the first seed's random trials against two of the hyperparameters."""
    places = np.array([places[RANDOM, :, 0] for places in studies.places]).reshape(-1, len(KNOBS))
    scores = studies.trials()[TESTING, : len(studies.places), RANDOM, :, 0].ravel()
    roles: tuple[Role, Role] = ("arm", "control")
    sets = tuple(points(KNOBS[k].name, role, places[:, k], scores) for k, role in enumerate(roles))
    title = Text("两个超参数，哪个要紧？", "Two hyperparameters: which one matters?")
    x = Axis(Text("在取值范围里的位置", "place in the range"), low=0.0, high=1.0, percent=True)
    y = Axis(Text("测试准确率", "test accuracy"), low=0.0, high=1.0, percent=True)
    return Plane("matters", title, x, y, points=sets)


def learned(studies: Studies) -> Pictures:
    """The named_parameters() of the best network of the first random search, beside its hyperparameters."""
    from demos.kit import digits

    weight, bias, upper, upper_bias = (value.cpu().numpy() for value in studies.learned)
    upper, upper_bias = upper[:, : digits.CLASSES], upper_bias[:, : digits.CLASSES]  # the rest is padding
    tensors = {"0.weight": weight.T, "0.bias": bias, "2.weight": upper.T, "2.bias": upper_bias}
    pictures = tuple(
        picture(Text(name, name), np.abs(values) / max(float(np.abs(values).max()), 1e-12))
        for name, values in tensors.items()
    )
    total = sum(values.size for values in tensors.values())
    title = Text(f"学到 {total:,} 个参数", f"{total:,} parameters learned")
    if studies.places:
        best = studies.places[studies.winners(CHOOSING)[RANDOM, 0, 0]][RANDOM, 0, 0]
        rate = f"{KNOBS[0].value(best[0]):.2g}"
        title = Text(f"{title.zh}；选出的学习率 {rate}", f"{title.en}; learning rate chosen: {rate}")
    return Pictures("learned", title, pictures)


demo = Demo(
    slug="hyperparameter-search",
    title=Text("超参数搜索", "Hyperparameter search"),
    summary=Text(
        "同样的预算，网格、随机搜索和 TPE 各选各的：只有少数超参数要紧时，随机胜过网格",
        "Grid, random search and TPE on one budget: where few hyperparameters matter, random search beats the grid",
    ),
    echoes="Bergstra and Bengio, JMLR 13 (2012); Akiba et al., KDD 2019",
    equation="w ← (1 − ηλ)w − η m̂/√v̂, of momentum β, on cross-entropy with labels (1−α)e_y + α/10\n"
    "places of (η, λ, β, α) — grid: k of each, kᵈ ≤ trials;  random: U(0, 1)ᵈ;  TPE: argmax p(good)/p(bad)",
    parameters=HyperparameterSearchParameters,
    claims=(BEATS_GRID, OPTIMISM),
    experiment=experiment,
    explanation=Text(
        "参数是 named_parameters() 列出来的那些：两层的权重和偏置（0.weight、0.bias、2.weight、2.bias），"
        "由梯度下降学到；超参数是学习率、权重衰减、动量、标签平滑，在训练之外定好，靠验证集上的成绩来选。"
        "四维网格每个超参数只有寥寥几个取值，学习率的那几个要是都没落进好的那一段，其余的组合就全白费了；"
        "随机搜索每次试验都给每个超参数一个新值，所以不会吃这个亏。只搜一个超参数时，这个理由就不存在了，"
        "均匀排开的值反而比随机的点更不容易漏掉好的那一段；"
        "TPE 要先攒一些试验才猜得准，预算小的时候与随机搜索相差不大。"
        "胜者又是许多候选里验证成绩最好的，其中有一份是运气：该报告的是没参与挑选的测试集上的成绩。",
        "Parameters are what named_parameters() lists: the weights and biases of two layers (0.weight, 0.bias, "
        "2.weight, 2.bias), learned by gradient descent. Hyperparameters are learning rate, weight decay, momentum and "
        "label smoothing: set outside the training and chosen by the score on validation data. A grid over four of "
        "them has very few values of each, and if none of its learning rates lies in the good stretch, every "
        "combination with them is wasted; random search has a new value of each in every trial. With one "
        "hyperparameter there is no such waste, and evenly spaced values are less likely to miss the good stretch than "
        "random ones. TPE, which must gather trials before it can guess, differs little from random search on a small "
        "budget. The winner has the best validation score of many, and part of that is luck: report its score on test "
        "data that had no say in the choice.",
    ),
    tries=(
        Try(
            Text("只搜学习率：网格一点也不差", "Search the learning rate only: the grid is just as good"),
            ONE_DIMENSION,
        ),
        Try(
            Text(
                "只搜学习率，只有 4 次试验：随机的点会扎堆，网格反而好得多",
                "Four trials of the learning rate only: random draws clump, and the grid does far better",
            ),
            setting(dimensions=1, trials=4),
        ),
        Try(
            Text(
                "预算加倍：TPE 追上来了吗？胜者的虚高呢？", "Twice the budget: does TPE pull ahead? And the flattery?"
            ),
            setting(trials=36, dimensions=2),
        ),
    ),
    map=Map(
        "search-random-beats-grid",
        x=("dimensions", (1, 2, 3, 4)),
        y=("trials", (4, 9, 16)),
        parameters=setting(seeds=6, width=16, train_size=200, epochs=6),
    ),
)

if __name__ == "__main__":
    from demos.kit.command import run

    raise SystemExit(run("hyperparameter-search"))
