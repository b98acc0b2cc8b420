"""Many multilayer perceptrons of one shape, trained at once, with forward and backward written out by hand.

Model `a * seeds + r` belongs to arm `a` and seed `r`. One layer of all models is one batched product, so
that small networks cost little more than their arithmetic; about ten times as fast, on one thread, as a
loop over `torch.nn.Module`s (`tests/benchmarks/batched_training.py` measures it).
"""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from demos.kit.seeding import Streams

LANE = 16  # outputs are padded to a multiple of this: products and softmax of odd widths are slow
CHUNK = 2**18  # most floats in one activation while evaluating: 1 MiB, which stays in the cache


def he_normal(layers: Sequence[int], rngs: Streams) -> list[Tensor]:
    """Initial weights of each layer, (seeds, in, out): normal with variance 2 / in (He et al. 2015)."""
    return [
        torch.stack([torch.from_numpy(rng.standard_normal((i, o), dtype="float32")) * math.sqrt(2 / i) for rng in rngs])
        for i, o in itertools.pairwise(layers)
    ]


@dataclass(frozen=True)
class Workspace:
    """Buffers of one training step, made once: allocating them anew costs more than the arithmetic."""

    hidden: list[Tensor]  # activations of each layer, (models, batch, out); the last are the padded logits
    deltas: list[Tensor]  # loss gradient at each hidden layer's activations, same shapes
    error: Tensor  # loss gradient at the padded logits, 0 in the padding


class MLPs:
    """ReLU networks with biases and a softmax output, from weights (models, in, out) of each layer.

    `parameters` and `gradients` are flat; `weights[l]` (models, in, out) and `biases[l]` (models, 1, out)
    are views of the former. Biases start at 0. Padded outputs have zero weights and gradients, for ever.
    """

    def __init__(self, initial: Sequence[Tensor], arms: int, device: torch.device) -> None:
        self.arms, self.models = arms, len(initial[0])
        self.seeds = self.models // arms
        self.classes = initial[-1].shape[2]
        shapes = [(weight.shape[1], weight.shape[2]) for weight in initial]
        padded = -(-self.classes // LANE) * LANE
        shapes[-1] = (shapes[-1][0], padded)
        self.layers = [shapes[0][0], *(out for _, out in shapes)]
        total = self.models * sum(i * o + o for i, o in shapes)
        self.parameters = torch.zeros(total, device=device)
        self.gradients = torch.zeros(total, device=device)
        self.weights, self.biases = self._views(self.parameters, shapes)
        self.weight_gradients, self.bias_gradients = self._views(self.gradients, shapes)
        for weight, start in zip(self.weights, initial, strict=True):
            weight[..., : start.shape[2]] = start.to(device)
        self._workspace: Workspace | None = None

    @property
    def size(self) -> int:
        """Parameters of one model, padding not counted."""
        last = self.layers[-2] + 1
        hidden = sum((i + 1) * o for i, o in zip(self.layers[:-2], self.layers[1:-1], strict=True))
        return hidden + last * self.classes

    @property
    def tensors(self) -> list[tuple[Tensor, Tensor]]:
        """Weights and biases of each layer, with their gradients."""
        return list(zip([*self.weights, *self.biases], [*self.weight_gradients, *self.bias_gradients], strict=True))

    @property
    def whole(self) -> list[tuple[Tensor, Tensor]]:
        """All parameters in one piece, with their gradients: for an optimizer that treats them alike."""
        return [(self.parameters, self.gradients)]

    def rows(self, arm: int) -> slice:
        """The models of one arm."""
        return slice(arm * self.seeds, (arm + 1) * self.seeds)

    def differentiate(
        self, x: Tensor, targets: Tensor, drop: Sequence[float] = (), rng: torch.Generator | None = None
    ) -> None:
        """Fill `gradients` with those of each model's mean cross-entropy on its own batch.

        x is (models, batch, inputs), targets (models, batch, padded classes) one-hot; see `one_hot`. `drop`
        holds the dropout rate of each arm (none: no dropout) and needs `rng`, on the parameters' device.
        """
        work = self._work(x.shape[1])
        last = len(self.weights) - 1
        below = [x, *work.hidden]
        for layer, hidden in enumerate(work.hidden):
            torch.baddbmm(self.biases[layer], below[layer], self.weights[layer], out=hidden)
            if layer < last:
                self._drop(hidden.relu_(), drop, rng)
        work.hidden[last][..., self.classes :] = -math.inf  # the padding's share of the softmax is exactly 0
        delta = torch.softmax(work.hidden[last], dim=-1, out=work.error)
        delta.sub_(targets).mul_(1 / x.shape[1])
        for layer in range(last, -1, -1):
            torch.bmm(below[layer].transpose(1, 2), delta, out=self.weight_gradients[layer])
            torch.sum(delta, 1, keepdim=True, out=self.bias_gradients[layer])
            if layer:
                lower = work.deltas[layer - 1]
                torch.bmm(delta, self.weights[layer].transpose(1, 2), out=lower)
                # A unit that is off, by ReLU or by dropout, has activation 0 and passes nothing down.
                torch.ops.aten.threshold_backward.grad_input(lower, work.hidden[layer - 1], 0, grad_input=lower)
                for arm, rate in enumerate(drop):
                    if rate:
                        lower[self.rows(arm)] *= 1 / kept(rate)
                delta = lower

    def one_hot(self, y: Tensor) -> Tensor:
        """Labels (…) as rows (…, padded classes) with a single 1."""
        return torch.nn.functional.one_hot(y, self.layers[-1]).float()

    def between(self, share: float) -> "MLPs":
        """One arm of networks on the straight line from arm 0 (share 0) to arm 1 (share 1), in weights."""
        line = MLPs(
            [torch.lerp(w[self.rows(0)], w[self.rows(1)], share) for w in self.weights], 1, self.parameters.device
        )
        line.classes = self.classes
        for bias, own in zip(line.biases, self.biases, strict=True):
            torch.lerp(own[self.rows(0)], own[self.rows(1)], share, out=bias)
        return line

    def flat_weights(self, arm: int) -> Tensor:
        """All weights of an arm's networks, biases and padding left out, in one row on the CPU."""
        rows, last = self.rows(arm), len(self.weights) - 1
        kept_columns = [w[rows][..., : self.classes] if k == last else w[rows] for k, w in enumerate(self.weights)]
        return torch.cat([weight.flatten() for weight in kept_columns]).cpu()

    def logits(self, x: Tensor, arm: int) -> Tensor:
        """The outputs of one arm, (seeds, n, classes), for x (seeds, n, inputs) or (n, inputs)."""
        rows = self.rows(arm)
        hidden = x.expand(self.seeds, *x.shape[-2:])
        for layer, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
            hidden = torch.baddbmm(bias[rows], hidden, weight[rows])
            if layer < len(self.weights) - 1:
                hidden.relu_()
        return hidden[..., : self.classes]

    def predictions(self, x: Tensor) -> Tensor:
        """The class that each model finds likeliest, (arms, seeds, n), for x as in `logits`."""
        step = max(1, CHUNK // (self.seeds * max(self.layers)))
        parts = [
            torch.stack([self.logits(piece, arm).argmax(-1) for arm in range(self.arms)])
            for piece in x.split(step, dim=-2)
        ]
        return torch.cat(parts, dim=-1)

    def accuracy(self, x: Tensor, y: Tensor) -> Tensor:
        """Share of right answers, (arms, seeds) in float64 on the CPU; y is (seeds, n)."""
        return (self.predictions(x) == y).double().mean(-1).cpu()

    def losses(self, x: Tensor, y: Tensor) -> Tensor:
        """Mean cross-entropy in nats, (arms, seeds) in float64 on the CPU, for x as in `logits` and y (seeds, n)."""
        found = [
            torch.nn.functional.cross_entropy(self.logits(x, arm).transpose(1, 2), y, reduction="none")
            .double()
            .mean(-1)
            for arm in range(self.arms)
        ]
        return torch.stack(found).cpu()

    def _views(self, flat: Tensor, shapes: list[tuple[int, int]]) -> tuple[list[Tensor], list[Tensor]]:
        weights, biases, start = [], [], 0
        for i, o in shapes:
            end = start + self.models * i * o
            weights.append(flat[start:end].view(self.models, i, o))
            start, end = end, end + self.models * o
            biases.append(flat[start:end].view(self.models, 1, o))
            start = end
        return weights, biases

    def _work(self, batch: int) -> Workspace:
        if self._workspace is None or self._workspace.error.shape[1] != batch:
            hidden = [self.parameters.new_empty(self.models, batch, width) for width in self.layers[1:]]
            deltas = [torch.empty_like(activation) for activation in hidden[:-1]]
            self._workspace = Workspace(hidden, deltas, torch.empty_like(hidden[-1]))
        return self._workspace

    def _drop(self, hidden: Tensor, drop: Sequence[float], rng: torch.Generator | None) -> None:
        """Inverted dropout in place (Srivastava et al. 2014): kept units grow, so their mean stays."""
        for arm, rate in enumerate(drop):
            if rate:
                rows = hidden[self.rows(arm)]
                rows.masked_fill_(dropped(rows.shape, rate, rng, rows.device), 0).mul_(1 / kept(rate))


LEVELS = 2**16  # dropout draws 16 random bits a unit, four units from one 64-bit number


def kept(rate: float) -> float:
    """The exact probability with which a unit survives a dropout rate: `rate` to the nearest 1/65,536."""
    return 1 - round(rate * LEVELS) / LEVELS


def dropped(shape: torch.Size, rate: float, rng: torch.Generator | None, device: torch.device) -> Tensor:
    """A mask that is true where a unit is dropped; several times cheaper than `bernoulli_`."""
    count = math.prod(shape)
    words = torch.empty(-(-count // 4), dtype=torch.int64, device=device)
    bits = words.random_(-(2**63), None, generator=rng).view(torch.int16)[:count].view(shape)
    return bits < round(rate * LEVELS) - LEVELS // 2
