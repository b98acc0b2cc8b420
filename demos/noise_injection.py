"""Noise injection: an over-sized network on noisy labels, whose training images are blurred by random noise.

Noise that is drawn anew for every update cannot be learned by heart, and keeps the network from learning wrong
labels by heart, too. Noise that is drawn once and kept is learned like the rest: it helps far less. With clean
labels there is little to be kept from, and very weak noise changes nothing: those are the negative controls.

For a linear model trained on squared errors the effect is known exactly: noise of standard deviation σ acts like
a penalty of σ² on the squared length of the weights, as in ridge regression.

Echoes Bishop, "Training with noise is equivalent to Tikhonov regularization", Neural Computation 7 (1995).
Run: python -m demos noise-injection
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from demos.kit import knobs, seeding
from demos.kit.claims import Claim, Finding, judge, setting
from demos.kit.experiment import Demo, Frame, Map, Try, View
from demos.kit.history import TRAIN, Arms, accuracy_curves
from demos.kit.panels import Axis, Curves, Pictures, curve, picture, points
from demos.kit.parameters import Parameters, number
from demos.kit.text import Text

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from demos.kit.samples import Samples, Split
    from demos.kit.training import Training


@dataclass(frozen=True, kw_only=True)
class NoiseInjectionParameters(Parameters):
    noise_std: float = number(
        0.4,
        0.0,
        10.0,
        label=Text("输入噪声标准差", "Input noise"),
        help=Text(
            "训练时加在每个像素上的噪声的标准差（像素取 0 到 1）",
            "standard deviation of the noise on every pixel in training (pixels go from 0 to 1)",
        ),
        words=(
            "input noise",
            "noise std",
            "noise_std",
            "sigma",
            "σ",
            "standard deviation",
            "输入噪声",
            "标准差",
            "加噪",
        ),
    )
    label_noise: float = knobs.flipped_labels(0.3)
    train_size: int = knobs.train_size(500)
    width: int = knobs.width(128)
    epochs: int = knobs.epochs(40, maximum=80)
    learning_rate: float = knobs.learning_rate(4e-3)


WEAK_NOISE = setting(noise_std=0.02)

RAISES_ACCURACY = Claim(
    id="input-noise-raises-accuracy",
    text=Text(
        "标签有噪声时，训练时给输入加噪声能提高测试准确率",
        "With noisy labels, noise on the training inputs raises accuracy on new images",
    ),
    metric="test accuracy, with fresh noise minus without",
    measured=Text("输入噪声使测试准确率变化 {effect}", "Input noise changed test accuracy by {effect}"),
    minimum=0.035,
    negative_control=setting(label_noise=0.0),
)
FRESH_NOISE = Claim(
    id="input-noise-must-be-fresh",
    text=Text(
        "噪声要每一步重新抽：只抽一次的噪声帮助小得多",
        "The noise must be drawn anew for every update: drawn once and kept, it helps far less",
    ),
    metric="test accuracy, noise drawn anew minus noise drawn once",
    measured=Text(
        "与只抽一次的噪声相比，每步重抽使测试准确率变化 {effect}",
        "Against noise drawn once, noise drawn anew changed test accuracy by {effect}",
    ),
    minimum=0.03,
    negative_control=WEAK_NOISE,
)
WITHSTANDS_NOISE = Claim(
    id="input-noise-withstands-noise",
    text=Text(
        "加噪声训练的网络，在同样吵的新图像上也准得多",
        "A network trained with noise does far better on new images that are as noisy",
    ),
    metric="accuracy on test images with the same noise, with fresh noise in training minus without",
    measured=Text(
        "在带同样噪声的新图像上，加噪声训练使准确率变化 {effect}",
        "On new images with the same noise, training with noise changed accuracy by {effect}",
    ),
    minimum=0.18,
    negative_control=WEAK_NOISE,
)

ARMS: Arms = (
    (Text("不加噪声", "no noise"), "control"),
    (Text("每步重抽", "noise drawn anew"), "arm"),
    (Text("只抽一次", "noise drawn once"), "other"),
)
TEST = Text("测试准确率（新图像，不加噪声）", "Accuracy on new images without noise")
TEST_SIZE = 500  # new images for each seed
STDS = 0.05, 0.1, 0.2, 0.4, 0.8  # of the noise for the linear model
COPIES = 4  # noisy copies of the training set with which the linear model begins; each epoch adds one
SHOWN = 3  # test images in the pictures


class Linear:
    """Least squares from pixels to the ten classes, both centred, on more and more noisy copies of the images.

    For images X and noise E, all copies with noise σE have the sums of XᵀX + σ(XᵀE + EᵀX) + σ²EᵀE and of
    (X + σE)ᵀY, so that one set of sums serves for every σ. As copies add up, they tend to those of ridge regression.
    """

    def __init__(self, samples: "Samples", classes: int) -> None:
        import torch

        x, y = samples.x.double(), torch.nn.functional.one_hot(samples.y, classes).double()
        self.x, self.y = x - x.mean(1, keepdim=True), y - y.mean(1, keepdim=True)
        self.xx, self.xy = self.x.mT @ self.x, self.x.mT @ self.y
        self.copies, self.xe = 0, torch.zeros_like(self.xx)
        self.ee, self.ey = torch.zeros_like(self.xx), torch.zeros_like(self.xy)

    def add(self, noise: "Tensor") -> None:
        """One more copy, with this noise of standard deviation 1."""
        e = noise.double()
        self.copies += 1
        self.xe += self.x.mT @ e
        self.ee += e.mT @ e
        self.ey += e.mT @ self.y

    def trained(self, std: float) -> "Tensor":
        """The weights (seeds, pixels, classes) that fit all noisy copies best."""
        import torch

        gram = self.copies * self.xx + std * (self.xe + self.xe.mT) + std**2 * self.ee
        return torch.cholesky_solve(self.copies * self.xy + std * self.ey, torch.linalg.cholesky(gram))

    def ridge(self, std: float) -> "Tensor":
        """The weights that fit the images without noise best under a penalty of σ² on their squared length."""
        import torch

        penalty = std**2 * self.x.shape[1] * torch.eye(self.x.shape[2], device=self.x.device)
        return torch.cholesky_solve(self.xy, torch.linalg.cholesky(self.xx + penalty))


@dataclass
class State:
    """The networks, and their accuracies (3, seeds) after each epoch, in the order of ARMS."""

    split: "Split"
    noisy_test: "Samples"
    frozen: "Samples"
    arms: "Training"
    once: "Training"
    linear: Linear
    test: list[np.ndarray] = field(default_factory=list)
    train: list[np.ndarray] = field(default_factory=list)

    def look(self) -> None:
        """Training accuracy is that on the images as they are; for noise drawn once, as they were shown."""
        test = self.arms.accuracy(self.split.test), self.once.accuracy(self.split.test)
        train = self.arms.accuracy(self.split.train), self.once.accuracy(self.frozen)
        self.test.append(np.concatenate(test))
        self.train.append(np.concatenate(train))


def experiment(p: NoiseInjectionParameters, device: "torch.device") -> Iterator[Frame]:
    """Two arms, without noise and with noise drawn anew; a third network whose images carry noise drawn once."""
    from demos.kit import digits
    from demos.kit.samples import Samples
    from demos.kit.seeding import streams
    from demos.kit.training import Training

    fresh, once, tested, linear_noise = (
        streams(p.seed, p.seeds, purpose) for purpose in ("fresh noise", "frozen noise", "test noise", "linear noise")
    )

    def noisy(samples: Samples, rngs: list[np.random.Generator]) -> Samples:
        return Samples(samples.x + p.noise_std * normal(rngs, samples.x), samples.y)

    def alter(x: "Tensor") -> None:
        second = x[p.seeds :]
        second += p.noise_std * normal(fresh, second)

    split = digits.split(p.seed, p.seeds, p.train_size, device, test_size=TEST_SIZE, flipped=p.label_noise)
    frozen = noisy(split.train, once)
    layers = (digits.INPUTS, p.width, digits.CLASSES)
    arms = Training(layers, split.train, p.seed, arms=2, learning_rate=p.learning_rate, alter=alter)
    kept = Training(layers, frozen, p.seed, learning_rate=p.learning_rate)
    linear = Linear(split.train, digits.CLASSES)
    state = State(split, noisy(split.test, tested), frozen, arms, kept, linear)
    for epoch in range(p.epochs + 1):
        if epoch:
            arms.epoch()
            kept.epoch()
        for _ in range(1 if epoch else COPIES):
            linear.add(normal(linear_noise, split.train.x))
        state.look()
        yield Frame(epoch, p.epochs, lambda: view(state))


def normal(rngs: list[np.random.Generator], like: "Tensor") -> "Tensor":
    """Noise of standard deviation 1 in the shape of `like`, (seeds, n, inputs), each seed's from its own stream."""
    import torch

    return torch.from_numpy(seeding.normal(rngs, *like.shape[1:], dtype=np.float32)).to(like.device)


def findings(state: State) -> tuple[Finding, ...]:
    plain, fresh, once = state.test[-1]
    in_noise = state.arms.accuracy(state.noisy_test)
    return (
        judge(RAISES_ACCURACY, fresh - plain),
        judge(FRESH_NOISE, fresh - once),
        judge(WITHSTANDS_NOISE, in_noise[1] - in_noise[0]),
    )


def view(state: State) -> View:
    test = accuracy_curves("test", TEST, ARMS, state.test)
    train = accuracy_curves("train", TRAIN, ARMS, state.train)
    return View((test, train, penalty(state.linear), examples(state)), findings(state))


def penalty(linear: Linear) -> Curves:
    """The length of a linear model's weights for each noise, and what ridge regression says it should be."""

    def lengths(weights: "Tensor") -> np.ndarray:
        return weights.flatten(1).norm(dim=1).cpu().numpy()

    ridge = curve(Text("理论：岭回归", "theory: ridge"), "theory", STDS, [lengths(linear.ridge(std)) for std in STDS])
    trained = [lengths(linear.trained(std)).mean() for std in STDS]
    measured = points(Text("加噪声训练", "trained with noise"), "arm", STDS, trained)
    x = Axis(Text("噪声标准差", "standard deviation of the noise"), scale="log")
    y = Axis(Text("权重长度", "length of the weights"), low=0.0)
    title = Text("线性模型：噪声就是权重上的惩罚", "A linear model: the noise is a penalty on the weights")
    return Curves("penalty", title, x, y, (ridge,), (measured,))


def examples(state: State) -> Pictures:
    """Test images of the first seed, as they are and with noise."""
    pairs = zip(state.split.test.x[0, :SHOWN], state.noisy_test.x[0, :SHOWN], strict=True)
    images = [image.clamp(0, 1).reshape(8, 8).cpu().numpy() for pair in pairs for image in pair]
    captions = [Text("原图", "as it is"), Text("加噪声", "with noise")] * SHOWN
    title = Text("新图像和它们带噪声的样子", "New images, and the same with noise")
    return Pictures("examples", title, tuple(map(picture, captions, images)))


demo = Demo(
    slug="noise-injection",
    title=Text("噪声注入", "Noise injection"),
    summary=Text(
        "标签有错时，训练图像每一步都加上新的噪声，网络就背不下错标签，测试更准",
        "With wrong labels, fresh noise on the training images keeps a network from learning them by heart",
    ),
    echoes="Bishop, Neural Computation 7 (1995)",
    equation="min over θ of E_ε[−log p_θ(y | x + σε)], ε ~ N(0, I);  arms: σ = 0;  ε new in each update;  ε kept\n"
    "linear: E_ε‖W(x + σε) − y‖² = ‖Wx − y‖² + σ²‖W‖²",
    parameters=NoiseInjectionParameters,
    claims=(RAISES_ACCURACY, FRESH_NOISE, WITHSTANDS_NOISE),
    experiment=experiment,
    contrast={"noise_std": 0.0},
    explanation=Text(
        "要背下一个错标签，网络得在这一张图像附近急转弯；每次都换新的噪声，图像就成了一团雾，急转弯处处吃亏，"
        "平缓的答案几乎不受影响。只抽一次的噪声做不到这一点：它成了图像的一部分，和错标签一起被背了下来。"
        "对线性模型，这可以精确写出来：平均而言，噪声等于在权重长度的平方上加惩罚，所以测得的点落在理论曲线上。"
        "标签全对时没有错误可背，噪声只会盖住图像的细节，准确率持平甚至下降，除非新图像本身就吵。",
        "To learn one wrong label by heart, the network must turn sharply around one image. Noise drawn anew makes a "
        "cloud of that image: sharp turns then cost something every time, smooth answers almost nothing. Noise drawn "
        "once cannot do this; it becomes part of the image and is learned with the wrong label. For a linear model "
        "it is exact: on average the noise is a penalty on the squared length of the weights, and so the points "
        "lie on the curve. With all labels right there is nothing wrong to learn, and noise only hides detail: "
        "accuracy stays or falls, unless the new images are noisy themselves.",
    ),
    tries=(
        Try(
            Text(
                "标签全对：噪声还有用吗？再看带噪声的新图像。",
                "All labels right: does noise still help? And on noisy images?",
            ),
            {"label_noise": 0.0},
        ),
        Try(
            Text(
                "噪声大到看不清，标签又全对：代价多大？",
                "Noise that hides the digits, labels right: what does it cost?",
            ),
            {"noise_std": 1.0, "label_noise": 0.0},
        ),
        Try(
            Text("噪声极弱：还能挡住死记硬背吗？", "Very weak noise: does it still hold anything back?"),
            {"noise_std": 0.02},
        ),
    ),
    map=Map(
        "input-noise-raises-accuracy",
        x=("noise_std", (0.02, 0.1, 0.3, 0.6, 1.2)),
        y=("label_noise", (0.0, 0.1, 0.2, 0.3, 0.4)),
        parameters={"seeds": 4, "epochs": 30},
    ),
)

if __name__ == "__main__":
    from demos.kit.command import run

    raise SystemExit(run("noise-injection"))
