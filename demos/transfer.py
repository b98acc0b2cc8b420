"""Transfer: what a network has learnt of five classes helps it to learn five others from few examples.

One network learns the MNIST-1D classes 0 to 4 from many examples. Its hidden layers then start on the classes 5 to 9,
of which there are few, and do better than layers that start from scratch. Frozen, they do as well where examples are
few and worse where they are many. If the labels of the source are drawn at random, nothing of use is handed on: that
is the negative control; freezing costs nothing where examples are very few.

Echoes Yosinski, Clune, Bengio and Lipson, "How transferable are features in deep neural networks?", NIPS 2014.
Run: python -m demos transfer
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from demos.kit import knobs
from demos.kit.claims import Claim, Finding, judge, setting
from demos.kit.experiment import Demo, Frame, Map, Try, View
from demos.kit.history import EPOCH, UPDATES, Arms, arm_curves
from demos.kit.panels import Axis, Curves, curve
from demos.kit.parameters import Parameters, number
from demos.kit.text import Text

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from demos.kit.mlp import MLPs
    from demos.kit.samples import Samples
    from demos.kit.seeding import Streams


@dataclass(frozen=True, kw_only=True)
class TransferParameters(Parameters):
    train_size: int = number(
        200,
        20,
        400,
        unit="examples",
        label=Text("目标样本数", "Target examples"),
        help=Text("目标任务的训练样本数", "training examples of the target task"),
        words=("target examples", "train size", "examples", "samples", "样本数", "样本", "数据量", "目标样本"),
    )
    label_noise: float = number(
        0.0,
        0.0,
        1.0,
        label=Text("源任务的随机标签", "Random source labels"),
        help=Text("源任务标签中重新随机抽取的比例", "share of the source labels drawn anew at random"),
        words=(*knobs.LABEL_NOISE_WORDS, "random source labels", "源任务标签", "源标签"),
    )
    width: int = knobs.width(64, maximum=128)
    epochs: int = knobs.epochs(25, maximum=60)
    learning_rate: float = knobs.learning_rate(1e-2)


TUNING_HELPS = Claim(
    id="transfer-tuning-helps",
    text=Text(
        "目标样本少时，从学过别的类的网络接着训练（微调），胜过从头训练",
        "With few target examples, a network that has learnt other classes before does better than one from scratch",
    ),
    metric="test accuracy on the target classes, fine-tuned minus from scratch",
    measured=Text(
        "微调使目标任务的测试准确率比从头训练高 {effect}",
        "Fine-tuning exceeded training from scratch in target accuracy by {effect}",
    ),
    minimum=0.02,
    negative_control=setting(label_noise=1.0),
)
FREEZING_LIMITS = Claim(
    id="transfer-freezing-limits",
    text=Text(
        "目标样本多到 8 倍时，只训练最后一层（冻结其余各层）就不如全部微调",
        "With 8 times as many target examples, training the last layer only falls behind fine-tuning all layers",
    ),
    metric="test accuracy on the target classes with 8 × the examples, fine-tuned minus frozen",
    measured=Text(
        "样本为 8 倍时，全部微调的测试准确率比冻结高 {effect}",
        "With 8 times the examples, fine-tuning exceeded the frozen layers in target accuracy by {effect}",
    ),
    minimum=0.04,
    negative_control=setting(train_size=20),
)

CLASSES = 5  # of each task
SOURCE_SIZE, SOURCE_SHOWN, TEST_SIZE = 2400, 400, 500  # signals of each seed
SHARES = 0.25, 0.5, 1.0, 3.0, 8.0  # of the target examples asked for: the sizes that are tried
ASKED = SHARES.index(1.0)
STEPS_PER_EPOCH, BATCH = 12, 25  # target training: as many epochs of so many updates each, whatever the size

ARMS: Arms = (
    (Text("从头训练", "from scratch"), "control"),
    (Text("微调", "fine-tuned"), "arm"),
    (Text("冻结", "frozen"), "other"),
)
ACCURACY = Axis(Text("测试准确率", "accuracy on new signals"), percent=True)


@dataclass
class Looks:
    """Accuracies so far: on source labels (seeds,), and on new target signals (arms, sizes, seeds)."""

    sizes: tuple[int, ...]
    source: list[np.ndarray] = field(default_factory=list)
    target: list[np.ndarray] = field(default_factory=list)


def experiment(p: TransferParameters, device: "torch.device") -> Iterator[Frame]:
    """First the source task, then all arms and sizes of the target task side by side."""
    from demos.kit.samples import add_label_noise
    from demos.kit.seeding import streams
    from demos.kit.training import Training

    x, y = signals(SOURCE_SIZE, 0, streams(p.seed, p.seeds, "source"))
    add_label_noise(y, CLASSES, streams(p.seed, p.seeds, "label noise"), drawn=p.label_noise)
    scale = x.mean((1, 2), keepdims=True), x.std((1, 2), keepdims=True)
    source = samples(x, y, scale, device)
    test = samples(*signals(TEST_SIZE, CLASSES, streams(p.seed, p.seeds, "target test")), scale, device)
    shown = source.first(SOURCE_SHOWN)
    training = Training((x.shape[2], p.width, p.width, CLASSES), source, p.seed, learning_rate=p.learning_rate)

    looks = Looks(tuple(round(share * p.train_size) for share in SHARES))
    untrained = training.accuracy(test)
    looks.target.append(np.broadcast_to(untrained, (len(ARMS), len(SHARES), p.seeds)))
    for epoch in range(p.epochs + 1):
        if epoch:
            training.epoch(scale=1 - (epoch - 1) / p.epochs)  # the step size falls to 0, and so below
        looks.source.append(training.accuracy(shown)[0])
        yield Frame(epoch, 2 * p.epochs, lambda: view(looks))

    train = samples(*signals(looks.sizes[-1], CLASSES, streams(p.seed, p.seeds, "target")), scale, device)
    for k, accuracies in enumerate(target_task(p, training.nets, train, test, looks.sizes)):
        looks.target.append(accuracies)
        yield Frame(p.epochs + k + 1, 2 * p.epochs, lambda: view(looks))


def target_task(
    p: TransferParameters, source: "MLPs", train: "Samples", test: "Samples", sizes: tuple[int, ...]
) -> Iterator[np.ndarray]:
    """Accuracies (arms, sizes, seeds) every few updates. All arms begin with the same last layer, and see the same."""
    import torch

    from demos.kit.mlp import he_normal
    from demos.kit.samples import Samples
    from demos.kit.seeding import streams
    from demos.kit.training import Training

    layers = (*source.layers[:-1], CLASSES)
    fresh = he_normal(layers, streams(p.seed, p.seeds, "initial values of the target"))
    learnt = [*source.weights[:-1], fresh[-1].to(train.x.device)]
    several = len(sizes), 1, 1
    initial = [
        torch.cat([new.to(old.device).repeat(several), old.repeat(several)])
        for new, old in zip(fresh, learnt, strict=True)
    ]
    rate, arms = p.learning_rate, len(sizes)
    whole = Training(layers, train, p.seed, arms=2 * arms, learning_rate=rate, initial=initial, batch=BATCH)
    for bias, old in zip(whole.nets.biases[:-1], source.biases[:-1], strict=True):
        bias[len(bias) // 2 :] = old.repeat(several)  # the second half is fine-tuned
    frozen, frozen_test = (Samples(features(source, s.x), s.y) for s in (train, test))  # the same at every step
    last = [fresh[-1].repeat(several)]
    head = Training(layers[-2:], frozen, p.seed, arms=arms, learning_rate=rate, initial=last, batch=BATCH)
    draws = streams(p.seed, p.seeds, "draws")
    for step in range(1, p.epochs * STEPS_PER_EPOCH + 1):
        places = np.stack([rng.random(BATCH) for rng in draws])
        rows = np.concatenate([(places * size).astype(int) for size in sizes])
        rows = torch.from_numpy(rows).to(train.x.device)
        scale = 1 - (step - 1) / (p.epochs * STEPS_PER_EPOCH)
        whole.update(rows.repeat(2, 1), scale)
        head.update(rows, scale)
        if step % STEPS_PER_EPOCH == 0:
            accuracies = np.concatenate([whole.accuracy(test), head.accuracy(frozen_test)])
            yield accuracies.reshape(len(ARMS), arms, -1)


def signals(size: int, first: int, rngs: "Streams") -> tuple[np.ndarray, np.ndarray]:
    """Signals (seeds, size, inputs) of the five classes from `first` on, and their labels from 0 to 4."""
    from demos.kit import mnist1d

    y = np.stack([rng.integers(0, CLASSES, size) for rng in rngs])
    return np.stack([mnist1d.signals(first + row, rng) for row, rng in zip(y, rngs, strict=True)]), y


def samples(x: np.ndarray, y: np.ndarray, scale: tuple[np.ndarray, np.ndarray], device: "torch.device") -> "Samples":
    """Examples scaled by the mean and deviation of each seed's source signals."""
    import torch

    from demos.kit.samples import Samples

    scaled = ((x - scale[0]) / scale[1]).astype(np.float32)
    return Samples(torch.from_numpy(scaled).to(device), torch.from_numpy(y).to(device))


def features(nets: "MLPs", x: "Tensor") -> "Tensor":
    """What the last layer of each seed's network is given, (seeds, n, width)."""
    for weight, bias in zip(nets.weights[:-1], nets.biases[:-1], strict=True):
        x = (x @ weight + bias).relu()
    return x


def findings(looks: Looks) -> tuple[Finding, ...]:
    scratch, tuned, frozen = looks.target[-1]
    return judge(TUNING_HELPS, tuned[ASKED] - scratch[ASKED]), judge(FREEZING_LIMITS, tuned[-1] - frozen[-1])


def view(looks: Looks) -> View:
    return View((by_size(looks), by_step(looks), source_task(looks)), findings(looks))


def by_size(looks: Looks) -> Curves:
    lines = arm_curves(ARMS, looks.sizes, list(looks.target[-1].swapaxes(0, 1)))
    title = Text("目标样本有多少，能学到多准", "Accuracy by the number of target examples")
    return Curves("sizes", title, Axis(Text("目标样本数", "target examples"), scale="log"), ACCURACY, lines)


def by_step(looks: Looks) -> Curves:
    steps = [k * STEPS_PER_EPOCH for k in range(len(looks.target))]
    lines = arm_curves(ARMS, steps, [accuracies[:, ASKED] for accuracies in looks.target])
    title = Text("学目标任务的过程", "Learning the target task")
    return Curves("steps", title, UPDATES, ACCURACY, lines)


def source_task(looks: Looks) -> Curves:
    line = curve(Text("源任务", "source task"), "train", range(len(looks.source)), looks.source)
    y = Axis(Text("训练准确率", "training accuracy"), percent=True)
    title = Text("先学源任务（0–4 类）", "First the source task (classes 0 to 4)")
    return Curves("source", title, EPOCH, y, (line,))


demo = Demo(
    slug="transfer",
    title=Text("迁移学习", "Transfer learning"),
    summary=Text(
        "学过五个类的网络，用很少的样本学另外五个类，比从头学更准",
        "A network that has learnt five classes learns five others from few examples better than one from scratch",
    ),
    echoes="Yosinski et al., NIPS 2014",
    equation="ŷ = softmax(W₃ relu(W₂ relu(W₁x)));  Adam on −log ŷ_y of the target classes\n"
    "arms: all W drawn anew;  W₁ and W₂ of the source, trained on;  W₁ and W₂ of the source, held fixed",
    parameters=TransferParameters,
    claims=(TUNING_HELPS, FREEZING_LIMITS),
    experiment=experiment,
    explanation=Text(
        "源任务的信号和目标任务的信号是用同一套办法做出来的：都被平移、拉伸、加了噪声。前几层学会了应付这些变化，"
        "这套本事与认的是哪几类无关，所以能带过去。样本少的时候，冻结前几层还省掉了许多要从这点样本里定下来的权重，"
        "有时比微调更稳；样本多了，前几层里只对旧类有用的部分就成了障碍，要一起改才行。带过去的好处也有尽头：目标样本"
        "足够多、训练足够久，从头训练会追上来；源任务的标签若是乱的，网络只是死记硬背，带过去的东西没有用，甚至碍事。",
        "The signals of both tasks are made in the same way: shifted, stretched and laid into noise. The hidden layers "
        "learn to cope with that, whichever classes they tell apart, and this can be handed on. With few examples, "
        "freezing those layers also leaves far fewer weights to be settled by them, and may even do better than "
        "fine-tuning; with many, whatever served the old classes only stands in the way and must be changed, too. The "
        "gain has its end: with enough examples and updates, training from scratch catches up, and a source with "
        "meaningless labels is only learnt by heart, which helps nobody and may harm.",
    ),
    tries=(
        Try(
            Text(
                "源任务的标签全是乱的：学到的东西带过去没有用",
                "All labels of the source at random: nothing of use is handed on",
            ),
            TUNING_HELPS.negative_control,
        ),
        Try(
            Text(
                "目标样本极少：冻结不吃亏，往往还更好",
                "Very few target examples: freezing costs nothing and is often better",
            ),
            FREEZING_LIMITS.negative_control,
        ),
        Try(
            Text(
                "目标样本多、训练久：曲线右端，从头训练追上来了",
                "Many target examples, long training: at the right end of the curve, from scratch has caught up",
            ),
            setting(train_size=400, epochs=60),
        ),
    ),
    map=Map(
        TUNING_HELPS.id,
        x=("train_size", (20, 50, 100, 200)),
        y=("label_noise", (0.0, 0.25, 0.5, 1.0)),
        parameters=setting(seeds=8, width=48, epochs=10),
    ),
)

if __name__ == "__main__":
    from demos.kit.command import run

    raise SystemExit(run("transfer"))
