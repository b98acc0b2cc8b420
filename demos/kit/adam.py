"""Adam and AdamW for a bank of networks, each arm with its own learning rate and weight decay.

Kingma and Ba 2015 (arXiv:1412.6980); Loshchilov and Hutter 2019 (arXiv:1711.05101). The update is PyTorch's
fused kernel, called directly: constructing a `torch.optim` class loads its compiler, more than a second.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

import torch
from torch import Tensor

from demos.kit.mlp import MLPs


@dataclass(frozen=True)
class Group:
    """Tensors that share one setting, with the running moments of their gradients."""

    learning_rate: float
    weight_decay: float
    parameters: list[Tensor]
    gradients: list[Tensor]
    first: list[Tensor]
    second: list[Tensor]
    steps: list[Tensor]


class AdamW:
    """Adam whose weight decay is decoupled from the gradient; without weight decay it is plain Adam.

    `learning_rate` and `weight_decay` hold one value for each arm of `nets`.
    """

    def __init__(
        self,
        nets: MLPs,
        learning_rate: Sequence[float],
        weight_decay: Sequence[float],
        betas: tuple[float, float] = (0.9, 0.999),
        epsilon: float = 1e-8,
    ) -> None:
        self.betas, self.epsilon = betas, epsilon
        self.groups = []
        settings = list(zip(learning_rate, weight_decay, strict=True))
        if len(settings) != nets.arms:
            raise ValueError(f"{nets.arms} arms need as many settings, got {len(settings)}")
        if len(set(settings)) == 1:
            self._add(*settings[0], [nets.parameters], [nets.gradients])
            return
        arms = range(nets.arms)
        for setting, same in groupby(arms, key=settings.__getitem__):
            chosen = list(same)
            rows = slice(nets.rows(chosen[0]).start, nets.rows(chosen[-1]).stop)
            values, slopes = ([*nets.weights, *nets.biases], [*nets.weight_gradients, *nets.bias_gradients])
            self._add(*setting, [t[rows] for t in values], [t[rows] for t in slopes])

    def step(self, scale: float = 1.0) -> None:
        """One update from `nets.gradients`; `scale` multiplies the learning rates (a schedule)."""
        for group in self.groups:
            for taken in group.steps:
                taken += 1
            torch.ops.aten._fused_adamw_(
                group.parameters,
                group.gradients,
                group.first,
                group.second,
                [],
                group.steps,
                lr=group.learning_rate * scale,
                beta1=self.betas[0],
                beta2=self.betas[1],
                weight_decay=group.weight_decay,
                eps=self.epsilon,
                amsgrad=False,
                maximize=False,
            )

    def _add(self, rate: float, decay: float, parameters: list[Tensor], gradients: list[Tensor]) -> None:
        first, second = ([torch.zeros_like(tensor) for tensor in parameters] for _ in range(2))
        steps = [torch.zeros((), device=tensor.device) for tensor in parameters]
        self.groups.append(Group(rate, decay, parameters, gradients, first, second, steps))
