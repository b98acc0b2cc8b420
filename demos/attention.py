"""Attention: two layers learn to continue a sequence that repeats, and one layer does not.

Random tokens without any meaning are repeated. What comes next can be told only by looking up: where was the present
token last, and what followed it? That takes two heads in a row. The first writes down for every token which one was
before it, the second looks for the present token among these notes and copies: an induction head. If keys are
smeared, so that they already hold the token before, one layer is enough: that is the negative control. The length of
the repeated block differs from sequence to sequence: if it were fixed, copying by position would do as well.

Echoes Elhage et al., "A mathematical framework for transformer circuits" (2021), and Olsson et al., "In-context
learning and induction heads" (2022), transformer-circuits.pub. Run: python -m demos attention
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from demos.kit import knobs
from demos.kit.claims import Claim, Finding, judge, setting
from demos.kit.experiment import Demo, Frame, Map, Try, View
from demos.kit.fields import field
from demos.kit.history import UPDATES, Arms, arm_curves
from demos.kit.panels import Axis, Curves, Plane, Points, points
from demos.kit.parameters import Parameters, number
from demos.kit.text import Text

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from demos.kit.seeding import Streams


@dataclass(frozen=True, kw_only=True)
class AttentionParameters(Parameters):
    smear: float = number(
        0.0,
        0.0,
        1.0,
        label=Text("键的涂抹", "Smeared keys"),
        help=Text("每个键中换成前一个词元的键的比例", "share of each key replaced by the key of the token before"),
        words=("smear", "smeared", "smeared keys", "smeared key", "涂抹", "键的涂抹", "键混合"),
    )
    period: int = number(
        10,
        3,
        12,
        unit="tokens",
        label=Text("最长周期", "Longest period"),
        help=Text("重复的一段最多有多少个词元", "most tokens in the block that repeats"),
        words=("period", "block length", "longest period", "周期", "最长周期", "重复长度"),
    )
    spread: int = number(
        4,
        0,
        8,
        unit="tokens",
        label=Text("周期的变动", "Spread of the periods"),
        help=Text("各序列的周期最多比最长周期短多少", "by how much a sequence's period may fall short of the longest"),
        words=("spread", "period spread", "变动", "周期变动", "周期的变动"),
    )
    vocabulary: int = number(
        16,
        12,
        32,
        unit="tokens",
        label=Text("词表大小", "Vocabulary"),
        help=Text("不同的词元有多少个", "number of different tokens"),
        words=("vocabulary", "vocabulary size", "vocab", "词表", "词表大小", "词汇量"),
    )
    width: int = number(
        32,
        4,
        64,
        scale="log",
        unit="units",
        label=Text("宽度", "Width"),
        help=Text("每个词元的向量有多少维", "numbers in the vector of a token"),
        words=("width", "wide", "embedding size", "model dimension", "宽度", "嵌入维数", "维数"),
    )
    steps: int = knobs.steps(300, 500, Text("参数更新的次数，每次都用新的序列", "updates, each on new sequences"))
    learning_rate: float = knobs.learning_rate(2e-2)


SMEARED = setting(smear=1.0)

NEEDS_TWO = Claim(
    id="attention-two-layers-copy",
    text=Text(
        "预测重复的随机序列，两层注意力远胜一层",
        "Two layers of attention continue a repeated random sequence far better than one",
    ),
    metric="accuracy on new sequences where the next token can be told, two layers minus one",
    measured=Text("第二层注意力使准确率变化 {effect}", "The second layer of attention changed accuracy by {effect}"),
    minimum=0.25,
    negative_control=SMEARED,
)
LOOKS_UP = Claim(
    id="attention-induction-head",
    text=Text(
        "第二层学会看当前词元上一次出现之后的那个词元，单独一层学不会",
        "The second layer learns to look at what followed the present token last time; a single layer does not",
    ),
    metric="attention to what followed last time, second of two layers minus the single layer",
    measured=Text(
        "第二层放在上次后一个词元上的注意力比单独一层多 {effect}",
        "The second layer gave what followed last time more attention than the single layer did, by {effect}",
    ),
    minimum=0.25,
    negative_control=SMEARED,
)
WORK_TOGETHER = Claim(
    id="attention-heads-work-together",
    text=Text(
        "两层是配合工作的：不让第一层看前一个词元，第二层就查不到了",
        "The layers work together: if the first may not look at the token before, the second finds nothing",
    ),
    metric="accuracy of two layers, intact minus with the first layer kept from the token before",
    measured=Text(
        "对第一层遮住前一个词元，准确率下降 {effect}", "Hiding the token before from the first layer cost {effect}"
    ),
    minimum=0.3,
    negative_control=SMEARED,
)

BATCH, TESTED = 16, 32  # sequences of each seed, for an update and for testing
STEPS_PER_LOOK = 10
SHORTEST = 2  # period
BETAS = (0.9, 0.98)

ACCURACY: Arms = (
    (Text("两层", "two layers"), "arm"),
    (Text("一层", "one layer"), "control"),
    (Text("两层，遮住前一个", "two, one blind"), "other"),
)
ATTENTION: Arms = (
    (Text("第二层：上次之后", "2nd: followed"), "arm"),
    (Text("单层：上次之后", "single: followed"), "control"),
    (Text("第一层：前一个", "1st: before"), "test"),
)


@dataclass(frozen=True)
class Sequences:
    """Tokens (seeds, n, length), and where the next one can be told: after a whole period, (seeds, n, length - 1)."""

    tokens: "Tensor"
    told: "Tensor"


def draw(rngs: "Streams", count: int, p: AttentionParameters, device: "torch.device") -> Sequences:
    """Blocks of different tokens, repeated to twice the longest period."""
    import torch

    place = np.arange(2 * p.period)
    low = max(SHORTEST, p.period - p.spread)
    tokens, told = [], []
    for rng in rngs:
        blocks = rng.random((count, p.vocabulary)).argsort(axis=1)
        periods = rng.integers(low, p.period + 1, (count, 1))
        tokens.append(np.take_along_axis(blocks, place % periods, axis=1))
        told.append(place[:-1] >= periods)
    return Sequences(torch.from_numpy(np.stack(tokens)).to(device), torch.from_numpy(np.stack(told)).to(device))


class Networks:
    """Attention-only networks of `depth` layers with one head each, one network for each seed.

    A layer is x ← x + A x W. Its weights A come from the softmax of x_i · M · key_j + b(i - j), where the keys are
    the tokens' own vectors, and b is learnt for each distance (Shaw et al. 2018). M and W are the "QK" and "OV"
    circuits of Elhage et al.: products of two matrices which here are learnt as one.
    """

    def __init__(self, depth: int, p: AttentionParameters, device: "torch.device") -> None:
        import torch

        from demos.kit.bank import Bank
        from demos.kit.optimizers import AdamW
        from demos.kit.seeding import normal, streams

        rngs = streams(p.seed, p.seeds, "initial values")

        def drawn(inputs: int, outputs: int, scale: float) -> "Tensor":
            return torch.from_numpy(scale * normal(rngs, inputs, outputs, dtype=np.float32))

        length, width = 2 * p.period, p.width
        initial = [drawn(p.vocabulary, width, 1.0), drawn(width, p.vocabulary, width**-0.5)]
        for _ in range(depth):
            initial += [drawn(width, width, 1 / width), drawn(width, width, width**-0.5)]
            initial += [torch.zeros(p.seeds, length)]
        self.bank = Bank(initial, 1, device, seeds=p.seeds)
        self.embedding, self.unembedding, *rest = self.bank.values
        self.layers = list(zip(rest[::3], rest[1::3], rest[2::3], strict=True))
        self.optimizer = AdamW(self.bank, [p.learning_rate], betas=BETAS)
        self.smear = p.smear
        place = torch.arange(length, device=device)
        self.distance = place[:, None] - place

    def read(self, tokens: "Tensor", *, blind: bool = False) -> "tuple[Tensor, list[Tensor]]":
        """Logits (seeds, n, length, vocabulary) and the attention of every layer (seeds, n, length, length).

        With `blind` the first layer cannot look at the token before.
        """
        import torch
        from torch.nn.functional import one_hot, pad

        seeds, count, length = tokens.shape
        vocabulary, width = self.embedding.shape[1:]
        hidden = one_hot(tokens, vocabulary).float().view(seeds, -1, vocabulary) @ self.embedding
        later = self.distance < 0
        maps = []
        for k, (match, copy, bias) in enumerate(self.layers):
            keys = hidden.view(seeds * count, length, width)
            before = pad(keys, (0, 0, 1, -1))
            queries = (hidden @ match).view(keys.shape)
            scores = queries @ torch.lerp(keys, before, self.smear).mT * width**-0.5
            closed = later | (self.distance == 1) if blind and k == 0 else later
            # Times √width, b grows as fast under Adam as the products of vectors do.
            near = bias[:, self.distance.clamp(min=0)].masked_fill(closed, -torch.inf) * width**0.5
            weights = (scores.view(seeds, count, length, length) + near[:, None]).softmax(-1)
            read = weights.view(-1, length, length) @ keys
            hidden = hidden + read.view(hidden.shape) @ copy
            maps.append(weights)
        return (hidden @ self.unembedding).view(seeds, count, length, vocabulary), maps

    def learn(self, batch: Sequences, scale: float) -> None:
        """One update on the tokens that can be told."""
        logits, _ = self.read(batch.tokens)
        log_chances = logits[:, :, :-1].log_softmax(-1).gather(-1, batch.tokens[:, :, 1:, None])[..., 0]
        self.bank.differentiate(-mean_where(batch.told, log_chances))
        self.optimizer.step(scale)


def mean_where(told: "Tensor", values: "Tensor") -> "Tensor":
    """The mean over a seed's sequences and places, (seeds,)."""
    return (values * told).sum((1, 2)) / told.sum((1, 2))


class Trial:
    """One layer and two, trained on the same sequences, and what is seen of them in each look, (3, seeds)."""

    def __init__(self, p: AttentionParameters, device: "torch.device") -> None:
        from demos.kit.seeding import streams

        self.p, self.device = p, device
        self.one, self.two = Networks(1, p, device), Networks(2, p, device)
        self.rngs = streams(p.seed, p.seeds, "sequences")
        self.test = draw(streams(p.seed, p.seeds, "test"), TESTED, p, device)
        self.steps: list[int] = []
        self.accuracy: list[np.ndarray] = []  # of two layers, of one, and of two whose first is blind
        self.attention: list[np.ndarray] = []  # of the second layer and the single one, and of the first
        self.maps: list[Tensor] = []  # of the two layers in the latest look
        self.look(0)

    def learn(self, step: int) -> None:
        """Update `step` of all; the step size falls to 0."""
        batch = draw(self.rngs, BATCH, self.p, self.device)
        for networks in (self.one, self.two):
            networks.learn(batch, 1 - (step - 1) / self.p.steps)

    def look(self, step: int) -> None:
        """Note the accuracies of now, and what is looked at, on the test sequences."""
        import torch

        tokens, told = self.test.tokens, self.test.told
        with torch.no_grad():
            two, self.maps = self.two.read(tokens)
            one, (alone,) = self.one.read(tokens)
            blind, _ = self.two.read(tokens, blind=True)
        following = tokens[:, :, 1:, None] == tokens[:, :, None, :]  # places that hold the next token
        previous = (self.two.distance == 1)[:-1]
        right = [logits[:, :, :-1].argmax(-1) == tokens[:, :, 1:] for logits in (two, one, blind)]
        looks = (self.maps[1], following), (alone, following), (self.maps[0], previous)
        given = [(weights[:, :, :-1] * places).sum(-1) for weights, places in looks]
        self.steps.append(step)
        for kept, found in ((self.accuracy, right), (self.attention, given)):
            kept.append(np.stack([mean_where(told, values.double()).cpu().numpy() for values in found]))


def experiment(p: AttentionParameters, device: "torch.device") -> Iterator[Frame]:
    trial = Trial(p, device)
    yield Frame(0, p.steps, lambda: view(trial))
    for step in range(1, p.steps + 1):
        trial.learn(step)
        if step % STEPS_PER_LOOK == 0 or step == p.steps:
            trial.look(step)
            yield Frame(step, p.steps, lambda: view(trial))


def findings(trial: Trial) -> tuple[Finding, ...]:
    two, one, blind = trial.accuracy[-1]
    followed, alone, _ = trial.attention[-1]
    return judge(NEEDS_TWO, two - one), judge(LOOKS_UP, followed - alone), judge(WORK_TOGETHER, two - blind)


def view(trial: Trial) -> View:
    y = Axis(Text("准确率", "accuracy"), low=0.0, high=1.05, percent=True)
    title = Text("下一个词元的准确率（新序列）", "Accuracy of the next token, on new sequences")
    accuracy = Curves("accuracy", title, UPDATES, y, arm_curves(ACCURACY, trial.steps, trial.accuracy))
    y = Axis(Text("注意力", "attention"), low=0.0, high=1.05, percent=True)
    title = Text(
        "两个头怎样形成：看前一个词元，看上次之后的词元",
        "How the heads form: on the token before, on what followed last time",
    )
    heads = Curves("heads", title, UPDATES, y, arm_curves(ATTENTION, trial.steps, trial.attention))
    first = attention_map(trial, 0, Text("第一层看哪里", "Where the first layer looks"))
    second = attention_map(trial, 1, Text("第二层看哪里", "Where the second layer looks"), (where_to_look(trial),))
    return View((accuracy, heads, first, second), findings(trial))


def attention_map(trial: Trial, layer: int, title: Text, marks: tuple[Points, ...] = ()) -> Plane:
    """Attention of one layer in the first test sequence of the first seed, each row a place that looks."""
    weights = trial.maps[layer][0, 0].double().cpu().numpy()
    ends = (0.0, float(len(weights) - 1))
    shades = field(Text("注意力", "attention"), weights, ends, ends, cells=True)
    x, y = Axis(Text("被看的位置", "place looked at")), Axis(Text("当前位置", "present place"))
    return Plane(f"layer-{layer + 1}", title, x, y, shades, marks)


def where_to_look(trial: Trial) -> Points:
    """For every place of that sequence whose next token can be told: the places that hold that token."""
    tokens, told = (values[0, 0].cpu().numpy() for values in (trial.test.tokens, trial.test.told))
    present, seen = np.nonzero(np.tril(tokens[1:, None] == tokens) & told[:, None])
    return points(Text("该看的地方", "where to look"), "other", seen, present)


demo = Demo(
    slug="attention",
    title=Text("注意力与归纳头", "Attention and induction heads"),
    summary=Text(
        "要接着背一段重复的随机序列，注意力得有两层：第一层记下前一个词元，第二层据此查找",
        "To continue a random sequence that repeats takes two layers of attention: one notes, the next looks up",
    ),
    echoes="Olsson et al., 2022; Elhage et al., 2021",
    equation="x ← x + A x W in each of one or two layers;  A = softmax over j ≤ i of xᵢ M kⱼ/√d + √d b(i−j)\n"
    "kⱼ = (1−s) xⱼ + s xⱼ₋₁,  s = smear;  Adam on −log p(next token), where it can be told",
    parameters=AttentionParameters,
    claims=(NEEDS_TWO, LOOKS_UP, WORK_TOGETHER),
    experiment=experiment,
    explanation=Text(
        "一个位置上的键只写着它自己是哪个词元。要查“当前词元上次之后是什么”，该看的那个位置上却是另一个词元，"
        "光凭它自己的键认不出来。两层就有办法：第一层让每个位置看一眼前一个词元，把它记在自己的向量里；"
        "第二层拿当前词元去对照这些记录，找到后把那个位置上的词元抄下来，这就是归纳头。"
        "一层只能猜：它知道这一段里有哪些词元、哪些刚刚出现过，所以比瞎猜好得多，却定不下来是哪一个。"
        "把键涂抹，等于白送了第一层的记录；周期若固定不变，按距离去抄也行。少数种子找到了别的分工：遮住前一个词元也不碍事。"
        "这里没有前馈层，词元也没有意义，说明的是这种机制，而不是大模型里的一切。",
        "A key says which token stands at its place. What followed last time is another token than the present one, so "
        "its own key does not give it away. Two layers have a way: in the first, every place looks at the token before "
        "and notes it in its own vector; in the second, the present token is compared with these notes, and the token "
        "at the place that matches is copied: an induction head. A single layer can only guess: it knows which tokens "
        "belong to the block and which have just been, but not which is next. Smeared keys hold the note from the "
        "start; and if all periods were the same, copying from a fixed distance would do. A few seeds divide the work "
        "in another way and do not miss the token before. There are no feed-forward layers here and the tokens mean "
        "nothing: this shows one mechanism, not all that large models do.",
    ),
    tries=(
        Try(Text("涂抹键：一层就够了", "Smear the keys: one layer is enough"), {"smear": 1.0}),
        Try(Text("周期全都相同：数着位置也能抄对", "One period for all: counting back will often do"), {"spread": 0}),
        Try(Text("只训练 20 步：归纳头还没有形成", "Only 20 steps: no induction head has formed yet"), {"steps": 20}),
    ),
    map=Map(
        claim=NEEDS_TWO.id,
        x=("smear", (0.0, 0.25, 0.5, 0.75, 1.0)),
        y=("learning_rate", (1e-3, 3e-3, 1e-2, 3e-2, 1e-1)),
        parameters={"seeds": 4, "steps": 80},
    ),
)

if __name__ == "__main__":
    from demos.kit.command import run

    raise SystemExit(run("attention"))
