"""Dropout: an over-sized network on noisy labels, trained with and without it.

Without dropout the network learns the wrong labels by heart; with it, it cannot, and does better on new
images. With clean labels nothing is gained: that is the negative control.

Echoes Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov, "Dropout: a simple way to prevent neural
networks from overfitting", JMLR 15 (2014). Run: python -m demos dropout
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from demos.kit import knobs
from demos.kit.claims import Claim, Finding, judge, setting
from demos.kit.experiment import Demo, Frame, Map, Try, View
from demos.kit.history import TEST, TRAIN, Arms, History, accuracy_curves
from demos.kit.parameters import Parameters, number
from demos.kit.text import Text

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, kw_only=True)
class DropoutParameters(Parameters):
    dropout: float = number(
        0.5,
        0.0,
        0.99,
        label=Text("丢弃率", "Dropout rate"),
        help=Text("训练时每个隐藏单元被置零的概率", "probability of zeroing each hidden unit in training"),
        words=("dropout", "dropout rate", "丢弃率", "暂退率", "drop rate", "drop probability"),
    )
    width: int = knobs.width(128)
    label_noise: float = knobs.flipped_labels(0.2)
    train_size: int = knobs.train_size(600, maximum=800)
    epochs: int = knobs.epochs(30, maximum=40)
    learning_rate: float = knobs.learning_rate(2e-3)


CLEAN_LABELS = setting(label_noise=0.0)

NARROWS_GAP = Claim(
    id="dropout-narrows-gap",
    text=Text(
        "标签有噪声时，dropout 缩小训练与测试准确率之差",
        "With noisy labels, dropout narrows the gap between training and test accuracy",
    ),
    metric="training minus test accuracy, without dropout minus with",
    measured=Text(
        "dropout 使训练与测试准确率之差缩小了 {effect}",
        "Dropout narrowed the gap between training and test accuracy by {effect}",
    ),
    minimum=0.07,
    negative_control=CLEAN_LABELS,
)
RAISES_ACCURACY = Claim(
    id="dropout-raises-accuracy",
    text=Text("标签有噪声时，dropout 提高测试准确率", "With noisy labels, dropout raises test accuracy"),
    metric="test accuracy, with dropout minus without",
    measured=Text("dropout 使测试准确率变化 {effect}", "Dropout changed test accuracy by {effect}"),
    minimum=0.02,
    negative_control=CLEAN_LABELS,
)

ARMS: Arms = (Text("无 dropout", "no dropout"), "control"), (Text("有 dropout", "dropout"), "arm")


def experiment(p: DropoutParameters, device: "torch.device") -> Iterator[Frame]:
    """Two arms, without and with dropout, from the same initial values on the same batches."""
    from demos.kit import digits
    from demos.kit.training import Training

    split = digits.split(p.seed, p.seeds, p.train_size, device, flipped=p.label_noise)
    layers = (digits.INPUTS, p.width, p.width, digits.CLASSES)
    training = Training(layers, split.train, p.seed, arms=2, learning_rate=p.learning_rate, dropout=(0.0, p.dropout))
    history = History()
    for epoch in range(p.epochs + 1):
        if epoch:
            training.epoch()
        history.record(training, split)
        yield Frame(epoch, p.epochs, lambda: view(history))


def findings(history: History) -> tuple[Finding, Finding]:
    """Effects after the last epoch. Training accuracy counts the labels as given, wrong ones included."""
    test = history.test[-1]
    return judge(NARROWS_GAP, history.gap[0] - history.gap[1]), judge(RAISES_ACCURACY, test[1] - test[0])


def view(history: History) -> View:
    test = accuracy_curves("test", TEST, ARMS, history.test)
    train = accuracy_curves("train", TRAIN, ARMS, history.train)
    return View((test, train), findings(history))


demo = Demo(
    slug="dropout",
    title=Text("Dropout（暂退法）", "Dropout"),
    summary=Text(
        "标签有噪声的大网络：训练时随机关掉一半单元，测试反而更准",
        "A large network on noisy labels does better on new images when half its units are off in training",
    ),
    echoes="Srivastava et al., JMLR 15 (2014)",
    equation="ŷ = softmax(W₃(m₂∘relu(W₂(m₁∘relu(W₁x)))));  Adam on −log ŷ_y\n"
    "arms: m = 1;  m ~ Bernoulli(1−p)/(1−p), drawn anew in each update, and m = 1 in every test",
    parameters=DropoutParameters,
    claims=(NARROWS_GAP, RAISES_ACCURACY),
    experiment=experiment,
    contrast={"dropout": 0.0},
    explanation=Text(
        "要背下一个错误标签，几个隐藏单元得配合得恰到好处；训练时每一步都随机少掉一半单元，这种配合就靠不住了。能留下来的"
        "，是许多单元各自都看得到的规律，也就是数字本来的样子。标签全对时没有什么不该背，丢弃只是让训练变慢。网络太窄时，"
        "剩下的单元连规律本身都装不下，丢弃反而有害。",
        "To learn a wrong label by heart, a few hidden units must fit together exactly, and that cannot be relied "
        "on when half of them are missing at every step. What survives is what many units see each for itself: how "
        "the digits really look. With clean labels there is nothing that should not be learned, and dropout only "
        "slows training. In a narrow network the units that are left cannot hold even the pattern, and dropout does"
        " harm.",
    ),
    tries=(
        Try(Text("标签全部正确：还有好处吗？", "All labels right: is anything gained?"), {"label_noise": 0.0}),
        Try(Text("换成只有 16 个单元的窄网络", "A narrow network of 16 units"), {"width": 16}),
        Try(Text("丢掉九成单元", "Drop nine units in ten"), {"dropout": 0.9}),
    ),
    map=Map(
        "dropout-raises-accuracy",
        x=("label_noise", (0.0, 0.1, 0.2, 0.4)),
        y=("width", (16, 64, 128, 256)),
        parameters={"seeds": 4, "train_size": 300, "epochs": 20},
    ),
)

if __name__ == "__main__":
    from demos.kit.command import run

    raise SystemExit(run("dropout"))
