"""Many models of any shape, trained at once: batched tensors, with gradients by autograd.

For what the multilayer perceptrons of `mlp`, differentiated by hand, do not cover: recurrence, attention,
normalization, skip connections. The first dimension of every tensor counts the models, `a * seeds + r` for arm `a`
and seed `r`, and a demo writes its forward pass with products batched over it.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from demos.kit.samples import of_every_arm


class Bank:
    """Trainable tensors, each (models, …), that start from `initial` (seeds, …) or (models, …) of every one."""

    def __init__(self, initial: Sequence[Tensor], arms: int, device: torch.device, *, seeds: int) -> None:
        self.arms, self.seeds, self.models = arms, seeds, arms * seeds
        starts = [start if len(start) == self.models else of_every_arm(start, arms) for start in initial]
        self.values = [start.to(device, copy=True).requires_grad_() for start in starts]
        for value in self.values:
            value.grad = torch.zeros_like(value)

    @property
    def tensors(self) -> list[tuple[Tensor, Tensor]]:
        """Every tensor with its gradient, sharing the memory of the trained ones."""
        return [(value.detach(), _gradient(value)) for value in self.values]

    @property
    def size(self) -> int:
        """Parameters of one model."""
        return sum(value[0].numel() for value in self.values)

    def rows(self, arm: int) -> slice:
        """The models of one arm."""
        return slice(arm * self.seeds, (arm + 1) * self.seeds)

    def per_arm(self, values: Tensor) -> np.ndarray:
        """What each model has, (…, models), as (…, arms, seeds) on the CPU."""
        return values.detach().unflatten(-1, (self.arms, self.seeds)).cpu().numpy()

    def accuracy(self, logits: Tensor, y: Tensor) -> np.ndarray:
        """Share of right answers, (arms, seeds), from logits (models, n, classes) and labels (models, n)."""
        return self.per_arm((logits.argmax(-1) == y).double().mean(1))

    @staticmethod
    def cross_entropy(logits: Tensor, y: Tensor) -> Tensor:
        """Each model's mean cross-entropy in nats, (models,), from the same."""
        return -logits.log_softmax(-1).gather(-1, y[..., None]).mean((1, 2))

    @staticmethod
    def slopes(losses: Tensor, values: Sequence[Tensor]) -> Tensor:
        """The gradient of each model's own loss, (models,), at each of the values (models, …): (values, models, …)."""
        return torch.stack(torch.autograd.grad(losses.sum(), values))

    def differentiate(self, losses: Tensor) -> None:
        """Fill the gradients with those of each model's own loss; `losses` is (models,).

        No model has a part in another's loss, so the gradient of their sum is all of theirs.
        """
        for value in self.values:
            _gradient(value).zero_()
        losses.sum().backward()

    def gradient_norms(self) -> Tensor:
        """The length of each model's whole gradient, (models,)."""
        return torch.stack([_gradient(value).flatten(1).norm(dim=1) for value in self.values]).norm(dim=0)

    def clip(self, most: Sequence[float]) -> None:
        """Shorten each model's gradient to at most `most` of its arm (inf: as it is), as Pascanu et al. 2013 do."""
        limits = torch.tensor(most, device=self.values[0].device).repeat_interleave(self.seeds)
        shorter = (limits / self.gradient_norms()).clamp(max=1)
        for value in self.values:
            _gradient(value).mul_(shorter.view(-1, *[1] * (value.ndim - 1)))


def _gradient(value: Tensor) -> Tensor:
    assert value.grad is not None
    return value.grad
