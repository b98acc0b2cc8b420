"""Adam, AdamW and SGD for many models at once, each arm or even each model with its own settings.

Kingma and Ba 2015 (arXiv:1412.6980); Loshchilov and Hutter 2019 (arXiv:1711.05101); momentum as in Sutskever et
al. 2013. The updates are PyTorch's fused kernels, called directly: constructing a `torch.optim` class loads its
compiler, more than a second.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

import torch
from torch import Tensor


class Nets(Protocol):
    """What an optimizer trains: arms of models, and their tensors with the gradients, models first."""

    arms: int

    @property
    def tensors(self) -> list[tuple[Tensor, Tensor]]: ...

    def rows(self, arm: int) -> slice: ...


@dataclass(frozen=True)
class Group:
    """Tensors that share one setting, with what the optimizer remembers of their gradients."""

    setting: tuple[float, ...]
    parameters: list[Tensor]
    gradients: list[Tensor]
    memories: tuple[list[Tensor], ...]  # Adam: first and second moments; SGD: velocities
    steps: list[Tensor]


def grouped(nets: Nets, settings: Sequence[tuple[float, ...]], memories: int) -> list[Group]:
    """One group for all arms if they have one setting; else one for each run of arms that share theirs.

    Raises ValueError unless there is a setting for every arm.
    """
    if len(settings) != nets.arms:
        raise ValueError(f"{nets.arms} arms need as many settings, got {len(settings)}")
    if len(set(settings)) == 1:
        return [_group(settings[0], getattr(nets, "whole", nets.tensors), memories)]
    groups = []
    for setting, same in groupby(range(nets.arms), key=lambda arm: settings[arm]):
        chosen = list(same)
        rows = slice(nets.rows(chosen[0]).start, nets.rows(chosen[-1]).stop)
        groups.append(_group(setting, [(value[rows], slope[rows]) for value, slope in nets.tensors], memories))
    return groups


def _group(setting: tuple[float, ...], tensors: Sequence[tuple[Tensor, Tensor]], memories: int) -> Group:
    parameters, gradients = [value for value, _ in tensors], [slope for _, slope in tensors]
    remembered = tuple([torch.zeros_like(value) for value in parameters] for _ in range(memories))
    return Group(setting, parameters, gradients, remembered, [torch.zeros((), device=p.device) for p in parameters])


class AdamW:
    """Adam whose weight decay is decoupled from the gradient; without weight decay it is plain Adam.

    `learning_rate` and `weight_decay` hold one value for each arm of `nets`.
    """

    def __init__(
        self,
        nets: Nets,
        learning_rate: Sequence[float],
        weight_decay: Sequence[float] = (),
        betas: tuple[float, float] = (0.9, 0.999),
        epsilon: float = 1e-8,
    ) -> None:
        self.betas, self.epsilon = betas, epsilon
        decays = weight_decay or [0.0] * len(learning_rate)
        self.groups = grouped(nets, list(zip(learning_rate, decays, strict=True)), memories=2)

    def step(self, scale: float = 1.0) -> None:
        """One update from the gradients; `scale` multiplies the learning rates (a schedule)."""
        for group in self.groups:
            for taken in group.steps:
                taken += 1
            rate, decay = group.setting
            torch.ops.aten._fused_adamw_(
                group.parameters,
                group.gradients,
                *group.memories,
                [],
                group.steps,
                lr=rate * scale,
                beta1=self.betas[0],
                beta2=self.betas[1],
                weight_decay=decay,
                eps=self.epsilon,
                amsgrad=False,
                maximize=False,
            )


class ModelwiseAdamW:
    """AdamW where every model has settings of its own, each (models,); the tensors of `nets` are (models, …, …).

    `momentum` is what Kingma and Ba call β₁. Slower than `AdamW`: there is no fused kernel for it.
    """

    def __init__(self, nets: Nets, learning_rate: Tensor, weight_decay: Tensor, momentum: Tensor) -> None:
        settings = (learning_rate, weight_decay, momentum)
        self.rate, self.decay, self.momentum = (setting[:, None, None] for setting in settings)
        self.squares_kept, self.epsilon = 0.999, 1e-8
        self.tensors = nets.tensors
        self.means, self.squares = ([torch.zeros_like(value) for value, _ in self.tensors] for _ in range(2))
        self.steps = 0

    def step(self, scale: float = 1.0) -> None:
        """One update from the gradients; `scale` multiplies the learning rates (a schedule)."""
        self.steps += 1
        rate, kept = self.rate * scale, self.squares_kept
        first, all_squares = rate / (1 - self.momentum**self.steps), 1 - kept**self.steps
        for (value, slope), mean, square in zip(self.tensors, self.means, self.squares, strict=True):
            mean.lerp_(slope, 1 - self.momentum)
            square.mul_(kept).addcmul_(slope, slope, value=1 - kept)
            step = (first * mean).div_((square / all_squares).sqrt_().add_(self.epsilon))
            value.mul_(1 - rate * self.decay).sub_(step)


class SGD:
    """Stochastic gradient descent with momentum: v ← momentum · v + g, w ← w − learning rate · v.

    `learning_rate` and `momentum` hold one value for each arm of `nets`.
    """

    def __init__(self, nets: Nets, learning_rate: Sequence[float], momentum: Sequence[float] = ()) -> None:
        momenta = momentum or [0.0] * len(learning_rate)
        self.groups = grouped(nets, list(zip(learning_rate, momenta, strict=True)), memories=1)
        self._first = True

    def step(self, scale: float = 1.0) -> None:
        """One update from the gradients; `scale` multiplies the learning rates (a schedule)."""
        for group in self.groups:
            rate, momentum = group.setting
            torch.ops.aten._fused_sgd_(
                group.parameters,
                group.gradients,
                group.memories[0] if momentum else [],
                weight_decay=0.0,
                momentum=momentum,
                lr=rate * scale,
                dampening=0.0,
                nesterov=False,
                maximize=False,
                is_first_step=self._first,
            )
        self._first = False
