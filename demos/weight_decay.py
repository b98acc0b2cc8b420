"""Weight decay: an over-sized network on noisy labels, trained with and without shrinking its weights.

Without decay the weights grow until the wrong labels are learnt by heart. Decay as strong as this one holds
them small, and new images are recognised better. With clean labels nothing is gained: the negative control.

Echoes Krogh and Hertz, "A simple weight decay can improve generalization", NIPS 4 (1991); the decay is
decoupled as in Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019.
Run: python -m demos weight-decay
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from demos.kit import knobs
from demos.kit.claims import Claim, Finding, judge, setting
from demos.kit.experiment import Demo, Frame, Map, Try, View
from demos.kit.history import TEST, TRAIN, Arms, History, accuracy_curves
from demos.kit.panels import Axis, Bars, Histogram
from demos.kit.parameters import Parameters, number
from demos.kit.text import Text

if TYPE_CHECKING:
    import torch

    from demos.kit.training import Training


@dataclass(frozen=True, kw_only=True)
class WeightDecayParameters(Parameters):
    weight_decay: float = number(
        1.0,
        0.0,
        100.0,
        label=Text("权重衰减系数", "Weight decay"),
        help=Text("AdamW 每一步把权重乘以 1 − 学习率 × 此系数", "AdamW multiplies weights by 1 − learning rate × this"),
        words=("weight decay", "weight_decay", "权重衰减", "权重衰减系数", "l2", "lambda", "wd"),
    )
    width: int = knobs.width(256)
    label_noise: float = knobs.flipped_labels(0.2)
    train_size: int = knobs.train_size(500)
    epochs: int = knobs.epochs(60)
    learning_rate: float = knobs.learning_rate(2e-3)


RAISES_ACCURACY = Claim(
    id="weight-decay-raises-accuracy",
    text=Text("标签有噪声时，权重衰减提高测试准确率", "With noisy labels, weight decay raises test accuracy"),
    metric="test accuracy, with weight decay minus without",
    measured=Text("权重衰减使测试准确率变化 {effect}", "Weight decay changed test accuracy by {effect}"),
    minimum=0.02,
    negative_control=setting(label_noise=0.0),
)

ARMS: Arms = (Text("无衰减", "no decay"), "control"), (Text("有衰减", "decay"), "arm")
WEIGHTS = Text("权重的分布", "Where the weights lie")
EDGES = np.linspace(-0.8, 0.8, 49)  # of the histogram; weights beyond, or not finite, count in the outermost bins


def experiment(p: WeightDecayParameters, device: "torch.device") -> Iterator[Frame]:
    """Two arms, without and with decay, from the same initial values on the same batches."""
    from demos.kit import digits
    from demos.kit.training import Training

    split = digits.split(p.seed, p.seeds, p.train_size, device, flipped=p.label_noise)
    layers = (digits.INPUTS, p.width, digits.CLASSES)
    training = Training(
        layers, split.train, p.seed, arms=2, learning_rate=p.learning_rate, weight_decay=(0.0, p.weight_decay)
    )
    history = History()
    for epoch in range(p.epochs + 1):
        if epoch:
            training.epoch()
        history.record(training, split)
        yield Frame(epoch, p.epochs, lambda: view(history, training))


def findings(history: History) -> tuple[Finding]:
    """The effect after the last epoch."""
    return (judge(RAISES_ACCURACY, history.test[-1][1] - history.test[-1][0]),)


def view(history: History, training: "Training") -> View:
    test = accuracy_curves("test", TEST, ARMS, history.test)
    train = accuracy_curves("train", TRAIN, ARMS, history.train)
    return View((test, train, weight_histogram(training)), findings(history))


def weight_histogram(training: "Training") -> Histogram:
    """Shares of all weights of an arm, over all seeds, in each bin."""
    bars = []
    for arm, (name, role) in enumerate(ARMS):
        weights = training.nets.flat_weights(arm).nan_to_num(np.inf).numpy().clip(EDGES[0], EDGES[-1])
        counts, _ = np.histogram(weights, EDGES)
        bars.append(Bars(name, role, tuple(counts / counts.sum())))
    x, y = (
        Axis(Text("权重的值", "value of a weight")),
        Axis(Text("占比", "share of the weights"), low=0.0, percent=True),
    )
    return Histogram("weights", WEIGHTS, x, y, tuple(EDGES), tuple(bars))


demo = Demo(
    slug="weight-decay",
    title=Text("权重衰减", "Weight decay"),
    summary=Text(
        "标签有噪声的大网络：让权重保持很小，测试更准",
        "A large network on noisy labels does better on new images when its weights are kept small",
    ),
    echoes="Krogh and Hertz, NIPS 4 (1991); Loshchilov and Hutter, ICLR 2019",
    equation="w ← (1 − ηλ)w − η·m̂/√v̂ (AdamW) on L = −log ŷ_y,  ŷ = softmax(W₂ relu(W₁x))\n"
    "arms: λ = 0;  λ = weight_decay",
    parameters=WeightDecayParameters,
    claims=(RAISES_ACCURACY,),
    experiment=experiment,
    contrast={"weight_decay": 0.0},
    explanation=Text(
        "网络要在几张图上硬改答案，就得有很大的权重，好让输出在这些图附近急转弯。权重衰减每一步都把权重往零拉一点，这样的"
        "急弯维持不住；许多图共同要求的平缓变化却几乎不受影响。系数很小时看不出差别，太大时连规律本身也被压扁。标签全对时"
        "没有急弯需要压，准确率几乎不变。",
        "To force its answer on a few images, a network needs large weights, with which its output bends sharply "
        "around them. Decay pulls every weight a little towards zero at each step; such bends cannot be kept up, "
        "while gentle changes that many images ask for hardly suffer. A small coefficient makes no difference, a "
        "very large one flattens the pattern itself. With clean labels there is no bend to press down, and accuracy"
        " hardly changes.",
    ),
    tries=(
        Try(Text("标签全部正确：还有好处吗？", "All labels right: is anything gained?"), {"label_noise": 0.0}),
        Try(Text("常用的默认值 0.01：够吗？", "The usual default, 0.01: is it enough?"), {"weight_decay": 0.01}),
        Try(Text("衰减太强会怎样", "Far too much decay"), {"weight_decay": 10.0}),
    ),
    map=Map(
        "weight-decay-raises-accuracy",
        x=("weight_decay", (0.01, 0.1, 1.0, 3.0, 10.0)),
        y=("label_noise", (0.0, 0.1, 0.2, 0.4)),
        parameters={"seeds": 4, "train_size": 300, "epochs": 30},
    ),
)

if __name__ == "__main__":
    from demos.kit.command import run

    raise SystemExit(run("weight-decay"))
