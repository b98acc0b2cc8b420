"""Parameters that many demos share: one label, one help line and one set of words for each.

A demo gives the default and, where the field's usual range does not suit it, the bounds.
"""

from typing import Any

from demos.kit.parameters import number
from demos.kit.text import Text

LABEL_NOISE_WORDS = (
    "label noise",
    "label_noise",
    "noise",
    "noisy labels",
    "wrong labels",
    "random labels",
    "labels are wrong",
    "labels are random",
    "labels wrong",
    "labels random",
    "labels flipped",
    "of the labels",
    "mislabelled",
    "mislabeled",
    "标签噪声",
    "噪声标签",
    "错误标签",
    "随机标签",
    "标签错误",
    "标签是错的",
    "标签是随机的",
    "标签",
    "噪声",
)


def learning_rate(default: float, minimum: float = 1e-5, maximum: float = 10.0) -> Any:
    return number(
        default,
        minimum,
        maximum,
        scale="log",
        label=Text("学习率", "Learning rate"),
        help=Text("优化器每一步的步长", "step size of the optimizer"),
        words=("learning rate", "learning_rate", "lr", "学习率", "步长"),
    )


def width(default: int, minimum: int = 2, maximum: int = 512) -> Any:
    return number(
        default,
        minimum,
        maximum,
        scale="log",
        unit="units",
        label=Text("宽度", "Width"),
        help=Text("每个隐藏层的单元数", "units in each hidden layer"),
        words=("width", "wide", "hidden units", "units", "neurons", "宽度", "宽", "隐藏单元", "神经元数", "神经元"),
    )


def train_size(default: int, minimum: int = 50, maximum: int = 1200) -> Any:
    return number(
        default,
        minimum,
        maximum,
        unit="examples",
        label=Text("训练样本数", "Training examples"),
        help=Text("每个种子的训练样本数", "training examples of each seed"),
        words=(
            "train size",
            "train_size",
            "training examples",
            "training samples",
            "examples",
            "samples",
            "训练样本数",
            "训练样本",
            "样本数",
            "样本",
            "数据量",
        ),
    )


def epochs(default: int, minimum: int = 1, maximum: int = 100) -> Any:
    return number(
        default,
        minimum,
        maximum,
        unit="epochs",
        label=Text("训练轮数", "Epochs"),
        help=Text("训练集被完整看过的次数", "passes over the training set"),
        words=("epochs", "epoch", "训练轮数", "轮数", "轮"),
    )


def flipped_labels(default: float) -> Any:
    return number(
        default,
        0.0,
        1.0,
        label=Text("标签噪声", "Label noise"),
        help=Text("训练标签中被改成另一类的比例", "share of the training labels changed to another class"),
        words=LABEL_NOISE_WORDS,
    )


def depth(default: int, minimum: int = 1, maximum: int = 48) -> Any:
    return number(
        default,
        minimum,
        maximum,
        scale="log",
        unit="layers",
        label=Text("深度", "Depth"),
        help=Text("隐藏层的层数", "number of hidden layers"),
        words=("depth", "deep", "layers", "hidden layers", "深度", "层数", "隐藏层", "层"),
    )


def batch_size(default: int, minimum: int = 1, maximum: int = 100) -> Any:
    return number(
        default,
        minimum,
        maximum,
        scale="log",
        unit="examples",
        label=Text("批大小", "Batch size"),
        help=Text("每次更新所用的样本数", "examples in an update"),
        words=("batch size", "batch_size", "batch", "mini-batch", "批大小", "批量大小", "批次大小", "批次", "批量"),
    )


def momentum(default: float, maximum: float) -> Any:
    return number(
        default,
        0.0,
        maximum,
        label=Text("动量系数", "Momentum"),
        help=Text("每一步保留上一步速度的比例", "share of the velocity kept from one step to the next"),
        words=("momentum", "动量", "动量系数", "惯性"),
    )


def target_noise(default: float, maximum: float, help: Text) -> Any:  # noqa: A002 - as in `number`
    """Noise of the targets of a regression; `help` says what it is to be compared with."""
    return number(
        default,
        0.0,
        maximum,
        label=Text("噪声标准差", "Noise"),
        help=help,
        words=(
            "noise",
            "noise std",
            "noise_std",
            "noise level",
            "target noise",
            "label noise",
            "sigma",
            "噪声",
            "噪声标准差",
            "噪声强度",
            "目标噪声",
            "标签噪声",
        ),
    )


def steps(default: int, maximum: int, help: Text) -> Any:  # noqa: A002 - as in `number`
    """Updates of the parameters, where they are not counted in epochs; `help` says on what."""
    return number(
        default,
        1,
        maximum,
        unit="steps",
        label=Text("训练步数", "Training steps"),
        help=help,
        words=("steps", "training steps", "updates", "iterations", "步数", "训练步数", "更新次数"),
    )
