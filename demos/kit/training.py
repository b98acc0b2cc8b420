"""Training all arms and seeds of a demo on the same data, epoch by epoch.

Arms differ only in what the demo says: they share each seed's split and batches, and its initial values too
unless the demo wants otherwise.
"""

from collections.abc import Callable, Sequence
from itertools import islice

import numpy as np
import torch
from torch import Tensor

from demos.kit.mlp import MLPs, he_normal
from demos.kit.optimizers import AdamW
from demos.kit.samples import Samples, batches, of_every_arm
from demos.kit.seeding import streams

BATCH = 50  # examples in one update; the rest of an epoch that does not fill a batch is left out


class Training:
    """`arms` × `seeds` networks and their optimizer; `layers` gives inputs, hidden widths and classes.

    `learning_rate` holds one value for all arms or one for each; `weight_decay` and `dropout` a value for each arm,
    none meaning 0; `starts` a number for each arm: arms with the same number start from the same initial values.
    `initial` weights (models, in, out) of each layer replace the drawn ones. `alter` changes the inputs of each
    update in place, (models, batch, inputs): the place for noise and augmentation, which one arm has and another not.
    """

    def __init__(
        self,
        layers: Sequence[int],
        samples: Samples,
        seed: int,
        *,
        arms: int = 1,
        learning_rate: float | Sequence[float],
        weight_decay: Sequence[float] = (),
        dropout: Sequence[float] = (),
        starts: Sequence[int] = (),
        initial: Sequence[Tensor] | None = None,
        alter: Callable[[Tensor], None] | None = None,
        batch: int = BATCH,
    ) -> None:
        seeds, self.size, _ = samples.x.shape
        device = samples.x.device
        rngs = [rng for k in starts or [0] * arms for rng in streams(seed, seeds, f"initial values {k}")]
        self.nets = MLPs(he_normal(layers, rngs) if initial is None else initial, arms, device)
        rates = [learning_rate] * arms if isinstance(learning_rate, int | float) else learning_rate
        self.optimizer = AdamW(self.nets, rates, weight_decay)
        self.alter = alter
        self.dropout = tuple(dropout)
        self.masks = torch.Generator(device).manual_seed(seed)
        self.batch = min(batch, self.size)
        self.batches = batches(streams(seed, seeds, "order"), self.size, self.batch, device)
        self.inputs = samples.x.flatten(0, 1)
        self.targets = self.nets.one_hot(samples.y.flatten())
        self._first_rows = torch.arange(seeds, device=device).repeat(arms)[:, None] * self.size
        shape = (self.nets.models, self.batch)
        self._x = self.inputs.new_empty(*shape, layers[0])
        self._targets = self.inputs.new_empty(*shape, self.targets.shape[1])

    @property
    def steps_per_epoch(self) -> int:
        return self.size // self.batch

    def epoch(self, scale: float = 1.0) -> None:
        """One pass over the training set in a fresh order; `scale` multiplies the learning rate."""
        for rows in islice(self.batches, self.steps_per_epoch):
            self.update(rows, scale)

    def update(self, rows: Tensor, scale: float = 1.0) -> None:
        """One step of every model on rows (seeds, batch) of its seed's samples, or (models, batch) if arms differ."""
        every = rows if len(rows) == self.nets.models else of_every_arm(rows, self.nets.arms)
        every = (every + self._first_rows).flatten()
        torch.index_select(self.inputs, 0, every, out=self._x.view(len(every), -1))
        torch.index_select(self.targets, 0, every, out=self._targets.view(len(every), -1))
        if self.alter:
            self.alter(self._x)
        self.nets.differentiate(self._x, self._targets, self.dropout, self.masks)
        self.optimizer.step(scale)

    def loss(self, samples: Samples) -> np.ndarray:
        """Mean cross-entropy in nats, (arms, seeds), with every unit present."""
        return self.nets.losses(samples.x, samples.y).numpy()

    def accuracy(self, samples: Samples) -> np.ndarray:
        """Share of right answers, (arms, seeds), with every unit present."""
        return self.nets.accuracy(samples.x, samples.y).numpy()
