"""Ensemble: networks that differ only in their initial values, and the mean of their probabilities.

Together they are right more often than on average, because part of each one's error is its own and cancels out.
The squared error shows it exactly: it falls as 1 / members towards the part that all share. A second ensemble, whose
members see a bootstrap sample of the data each (bagging), loses more by the missing examples than it gains by
variety. Negative controls: one member is no ensemble; and with few examples, most of them mislabelled, bagging costs
nothing.

Echoes Lakshminarayanan, Pritzel and Blundell, "Simple and scalable predictive uncertainty estimation using deep
ensembles", NIPS 2017; on bagging, Lee et al., "Why M heads are better than one", arXiv:1511.06314.
Run: python -m demos ensemble
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from demos.kit import knobs
from demos.kit.claims import PERCENT, Claim, Finding, judge, setting
from demos.kit.experiment import Demo, Frame, Map, Try, View
from demos.kit.history import EPOCH, Arms, arm_curves
from demos.kit.panels import Axis, Curves, Pictures, curve, picture
from demos.kit.parameters import Parameters, number
from demos.kit.text import Text

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from demos.kit.training import Training


@dataclass(frozen=True, kw_only=True)
class EnsembleParameters(Parameters):
    members: int = number(
        8,
        1,
        16,
        label=Text("成员数", "Members"),
        help=Text("集成里有几个网络", "networks in the ensemble"),
        words=("members", "ensemble size", "networks", "models", "成员数", "成员", "个网络", "个模型", "集成规模"),
    )
    width: int = knobs.width(64, maximum=128)
    label_noise: float = knobs.flipped_labels(0.0)
    train_size: int = knobs.train_size(1000)
    epochs: int = knobs.epochs(20, maximum=40)
    learning_rate: float = knobs.learning_rate(1e-2)


ONE_MEMBER = setting(members=1)

RAISES_ACCURACY = Claim(
    id="ensemble-raises-accuracy",
    text=Text(
        "只在初值上不同的几个网络，把概率平均起来，比它们各自的平均水平更准",
        "Networks that differ only in their initial values are right more often together than on average",
    ),
    metric="test accuracy of the averaged probabilities, minus the members' mean test accuracy",
    measured=Text(
        "与成员的平均水平相比，合起来的测试准确率变化了 {effect}",
        "Compared with the members' mean, test accuracy together changed by {effect}",
    ),
    minimum=0.015,
    negative_control=ONE_MEMBER,
)
LOWERS_LOSS = Claim(
    id="ensemble-lowers-loss",
    text=Text(
        "合起来的概率也更可信：测试损失低于成员的平均损失",
        "The averaged probabilities can be trusted more, too: the test loss lies below the members' mean loss",
    ),
    metric="1 − test loss (cross-entropy) of the averaged probabilities / the members' mean test loss",
    measured=Text("合起来的测试损失比成员平均低 {effect}", "Together the test loss was lower by {effect}"),
    minimum=0.05,
    negative_control=ONE_MEMBER,
    unit=PERCENT,
)
BEATS_BAGGING = Claim(
    id="ensemble-beats-bagging",
    text=Text(
        "标签干净时，每个成员都用全部数据，胜过各用一份重抽样的数据（bagging）",
        "With clean labels, members that all see all the data do better than members that see a bootstrap sample each",
    ),
    metric="test accuracy of the ensemble on all the data, minus that of the ensemble on bootstrap samples",
    measured=Text(
        "用全部数据的集成，测试准确率比 bagging 高 {effect}",
        "The ensemble on all the data exceeded the bagged one in test accuracy by {effect}",
    ),
    minimum=0.015,
    negative_control=setting(train_size=200, label_noise=0.6),
)

TEST_SIZE = 600  # new signals for each seed
EPOCHS_PER_FRAME = 2
SHOWN = 5  # signals in the picture
TOGETHER, BAGGED = Text("集成", "ensemble"), Text("bagging 集成", "bagged ensemble")
ARMS: Arms = (TOGETHER, "arm"), (Text("成员平均", "members' mean"), "control"), (BAGGED, "other")
ACCURACY = Axis(Text("测试准确率", "accuracy on new signals"), percent=True)
MEMBERS = Axis(Text("成员数", "members"))


@dataclass
class Looks:
    """Accuracies on new signals at each look, and all log probabilities at the last one."""

    targets: "Tensor"  # (seeds, n)
    epochs: list[int] = field(default_factory=list)
    accuracies: list[np.ndarray] = field(default_factory=list)  # (3, seeds): together, alone, bagged
    logs: "Tensor" = field(init=False)  # (2, members, seeds, n, classes): on all the data, on bootstrap samples

    def look(self, epoch: int, logs: "Tensor") -> None:
        self.logs = logs
        together, bagged = self.accuracy(logs.exp().mean(1))
        alone = self.accuracy(logs[0]).mean(axis=0)
        self.epochs.append(epoch)
        self.accuracies.append(np.stack([together, alone, bagged]))

    def accuracy(self, scores: "Tensor") -> np.ndarray:
        """Share of right answers, (…, seeds), from scores (…, seeds, n, classes)."""
        return (scores.argmax(-1) == self.targets).double().mean(-1).cpu().numpy()


def experiment(p: EnsembleParameters, device: "torch.device") -> Iterator[Frame]:
    """Members on all the data, then as many on bootstrap samples, which start from the same initial values."""
    import torch

    from demos.kit import mnist1d
    from demos.kit.training import Training

    split = mnist1d.split(p.seed, p.seeds, p.train_size, device, test_size=TEST_SIZE, flipped=p.label_noise)
    layers = (mnist1d.INPUTS, p.width, mnist1d.CLASSES)
    starts = (*range(p.members), *range(p.members))
    training = Training(layers, split.train, p.seed, arms=len(starts), learning_rate=p.learning_rate, starts=starts)
    seen = torch.from_numpy(seen_examples(p)).to(device)
    looks = Looks(split.test.y)
    for epoch in range(p.epochs + 1):
        if epoch:
            learn(training, seen, scale=1 - (epoch - 1) / p.epochs)  # the step size falls to 0
        if epoch % EPOCHS_PER_FRAME == 0 or epoch == p.epochs:
            logits = torch.stack([training.nets.logits(split.test.x, arm) for arm in range(len(starts))])
            looks.look(epoch, logits.log_softmax(-1).unflatten(0, (2, p.members)))
            yield Frame(epoch, p.epochs, lambda: view(looks))


def seen_examples(p: EnsembleParameters) -> np.ndarray:
    """What each network sees of its seed's examples, (2 × members, seeds, n): all of them, or draws with repeats."""
    from demos.kit.seeding import streams

    shape = (p.members, p.train_size)
    drawn = np.stack([rng.integers(0, p.train_size, shape) for rng in streams(p.seed, p.seeds, "bootstrap")], axis=1)
    return np.concatenate([np.broadcast_to(np.arange(p.train_size), drawn.shape), drawn])


def learn(training: "Training", seen: "Tensor", scale: float) -> None:
    """One epoch: every network of a seed goes through what it sees in the same order of places."""
    for places in islice(training.batches, training.steps_per_epoch):
        rows = seen.gather(2, places.expand(len(seen), -1, -1))
        training.update(rows.flatten(0, 1), scale)


def findings(looks: Looks) -> tuple[Finding, ...]:
    together, alone, bagged = looks.accuracies[-1]
    of_targets = looks.logs[0].gather(-1, looks.targets.expand(looks.logs.shape[1:-1])[..., None])[..., 0].double()
    members = -of_targets.mean((0, 2)).cpu().numpy()
    mean = -(of_targets.logsumexp(0) - np.log(len(of_targets))).mean(-1).cpu().numpy()
    return (
        judge(RAISES_ACCURACY, together - alone),
        judge(LOWERS_LOSS, 1 - mean / members),
        judge(BEATS_BAGGING, together - bagged),
    )


def view(looks: Looks) -> View:
    probabilities = looks.logs.exp()
    counts = looks.logs.new_tensor(range(1, looks.logs.shape[1] + 1)).view(-1, 1, 1, 1)
    growing = probabilities.cumsum(1) / counts  # the mean of the first 1, 2, … members
    panels = while_training(looks), by_members(looks, growing), cancelling(looks, growing[0]), opinions(looks)
    return View(panels, findings(looks))


def while_training(looks: Looks) -> Curves:
    lines = arm_curves(ARMS, looks.epochs, looks.accuracies)
    return Curves("test", Text("在新信号上的准确率", "Accuracy on new signals"), EPOCH, ACCURACY, lines)


def by_members(looks: Looks, growing: "Tensor") -> Curves:
    """Accuracy of the first 1, 2, … members together."""
    counts = range(1, growing.shape[1] + 1)
    every, bagged = looks.accuracy(growing)
    lines = curve(TOGETHER, "arm", counts, list(every)), curve(BAGGED, "other", counts, list(bagged))
    return Curves("members", Text("多一个成员，多准一点", "What each further member adds"), MEMBERS, ACCURACY, lines)


def cancelling(looks: Looks, growing: "Tensor") -> Curves:
    """Squared error of the probabilities: measured, and as the variance of a mean of equally correlated errors."""
    counts = range(1, len(growing) + 1)
    one, shared = parts(looks)
    law = [shared + (one - shared) / count for count in counts]
    lines = (
        curve(Text("测得", "measured"), "arm", counts, list(brier(growing, looks.targets))),
        curve(Text("公式", "law"), "theory", counts, law, dashed=True),
        curve(Text("共有的误差", "shared error"), "theory", counts, [shared] * len(counts)),
    )
    title = Text("各自的误差按 1/成员数 抵消", "Errors of their own cancel as 1 / members")
    return Curves("error", title, MEMBERS, Axis(Text("概率的平方误差", "squared error")), lines)


def brier(probabilities: "Tensor", targets: "Tensor") -> np.ndarray:
    """Mean squared distance between probabilities (…, seeds, n, classes) and the one-hot targets, (…, seeds)."""
    right = probabilities.gather(-1, targets.expand(probabilities.shape[:-1])[..., None])[..., 0]
    return (probabilities.square().sum(-1) - 2 * right + 1).double().mean(-1).cpu().numpy()


def parts(looks: Looks) -> tuple[np.ndarray, np.ndarray]:
    """A member's squared error, on average, and what two members share of it: the mean product of their errors."""
    probabilities = looks.logs[0].exp()
    members = len(probabilities)
    one = brier(probabilities, looks.targets).mean(axis=0)
    every = brier(probabilities.mean(0), looks.targets)  # = one / members + shared × (1 − 1 / members)
    return one, (members * every - one) / (members - 1) if members > 1 else one


def opinions(looks: Looks) -> Pictures:
    """What each member says of the first seed's signals on which they disagree most: a column for each class."""
    each = looks.logs[0, :, 0].exp().cpu().numpy()
    mean, spread = each.mean(axis=0), each.var(axis=0).sum(axis=-1)
    shown = np.argsort(-spread, kind="stable")[:SHOWN]
    title = Text(
        "分歧最大的信号：每行一个成员，底下是平均；每列一类",
        "Rows: members, then their mean; columns: classes",
    )
    pictures = []
    for signal in shown:
        true, said = int(looks.targets[0, signal]), int(mean[signal].argmax())
        rows = np.vstack([each[:, signal], np.zeros_like(mean[:1]), mean[signal]])
        pictures.append(picture(Text(f"真 {true}，答 {said}", f"is {true}, says {said}"), rows))
    return Pictures("opinions", title, tuple(pictures))


demo = Demo(
    slug="ensemble",
    title=Text("集成学习", "Ensemble"),
    summary=Text(
        "几个只在初值上不同的网络，把概率平均起来，比单个更准，也更可信",
        "Networks that differ only in their initial values are right more often, and surer with reason, together",
    ),
    echoes="Lakshminarayanan et al., NIPS 2017; Lee et al., arXiv:1511.06314",
    equation="p̄ = 1/M · Σₘ softmax(fₘ(x)), from M initial values;  bagged: and from M bootstrap samples\n"
    "E‖p̄ − e_y‖² = shared + (one − shared)/M",
    parameters=EnsembleParameters,
    claims=(RAISES_ACCURACY, LOWERS_LOSS, BEATS_BAGGING),
    experiment=experiment,
    contrast=ONE_MEMBER,
    explanation=Text(
        "每个成员的误差都有两份：一份大家都有，一份归自己。取平均时，自己的那份各朝一方，互相抵消，只剩 1/成员数；"
        "大家都有的那份一点也不会少，所以加到几个之后就没什么可加的了。bagging 想靠换数据让成员更不一样，可每个成员"
        "因此只见到约 63% 的不同样本；像这里这样多一个样本就多学一点的时候，这个代价大过多出来的差异。样本很少、标签又"
        "多半是错的时候，成员本来就学不到多少，两种做法也就拉不开差距。",
        "A member's error has two parts: one that all members make, and one of its own. In the mean the parts of their "
        "own point in different directions and cancel, so that 1 / members of them is left; the common part stays "
        "whole, which is why the gain soon levels off. Bagging makes members differ more, but each of them then sees "
        "only about 63% of the distinct examples; where every further example still teaches something, as here, that "
        "costs more than the variety brings. With few examples, most of them mislabelled, there is little for any "
        "member to learn, and the two ways come out alike.",
    ),
    tries=(
        Try(
            Text("只用两个成员：约一半的好处已经到手", "Two members only: about half of the gain is there already"),
            setting(members=2),
        ),
        Try(
            Text(
                "样本很少、标签多半是错的：全部数据不再胜过 bagging",
                "Few examples, mostly mislabelled: all the data no longer beat bagging",
            ),
            BEATS_BAGGING.negative_control,
        ),
        Try(
            Text("成员只有 3 个单元：都太简单，合起来也还是不准", "Members of 3 units: too simple, and so together"),
            setting(width=3),
        ),
    ),
    map=Map(
        "ensemble-beats-bagging",
        x=("label_noise", (0.0, 0.2, 0.4, 0.6, 0.8)),
        y=("train_size", (50, 200, 500, 1000)),
        parameters=setting(seeds=8, members=6, width=48, epochs=12),
    ),
)

if __name__ == "__main__":
    from demos.kit.command import run

    raise SystemExit(run("ensemble"))
