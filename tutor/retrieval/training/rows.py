"""Training of the Chinese rows: the body of MiniLM is frozen, its English vectors are the targets.

Loss of a pair: one minus the cosine between the Chinese text's vector and the teacher's vector of the English text,
plus a tenth of InfoNCE over the batch (van den Oord, Li and Vinyals, 2018), which keeps neighbours apart. Distilling
an English encoder into another language this way follows Reimers and Gurevych (2020).
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

PEAK_RATE = 2e-3
WARM_UP = 30  # steps
BATCH = 48
WINDOW = 1024  # texts sorted by length together, so that a batch needs little padding
TEMPERATURE = 0.05
CONTRAST = 0.1  # weight of InfoNCE
ALIKE = 0.95  # targets nearer than this are no negatives of each other
TRUSTED_AFTER = 150  # steps; from then on pairs that still look misaligned are left out
MISALIGNED = 0.15  # cosine


@dataclass(frozen=True)
class Example:
    """Token ids of a Chinese text, and the number of its target; `part` is drawn afresh each epoch at `share`."""

    ids: tuple[int, ...]
    target: int
    share: float


def train_rows(
    body: torch.nn.Module,
    table: np.ndarray,
    rows: np.ndarray,
    examples: Sequence[Example],
    targets: np.ndarray,
    steps: int,
    seed: int,
    report: Callable[[int, float], None],
) -> np.ndarray:
    """Trained Chinese rows: float32, the shape of `rows` (words, width).

    `body` is MiniLM's BertModel, `table` (pieces, width) its own input rows, `targets` (n, 384) the teacher's vectors.
    `report(step, mean cosine)` is called every 50 steps.
    """
    body.eval().requires_grad_(False)
    frozen = torch.from_numpy(table)
    learned = torch.nn.Embedding.from_pretrained(torch.from_numpy(rows.copy()), freeze=False, sparse=True)
    optimiser = torch.optim.SparseAdam(learned.parameters(), lr=PEAK_RATE)
    goals = torch.from_numpy(targets)
    cosines = []
    batches = _batches(examples, random.Random(seed))
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = PEAK_RATE * min(1, (step + 1) / WARM_UP) * max(0.05, 1 - step / steps)
        batch = next(batches)
        ids, mask = padded([example.ids for example in batch])
        inputs = torch.where(
            (ids < len(frozen)).unsqueeze(-1),
            frozen[ids.clamp(max=len(frozen) - 1)],
            learned((ids - len(frozen)).clamp(min=0)),
        )
        with torch.autocast("cpu", dtype=torch.bfloat16):
            hidden = body(inputs_embeds=inputs, attention_mask=mask).last_hidden_state
        vectors = pooled(hidden.float(), mask)
        goal = goals[[example.target for example in batch]]
        cosine = (vectors * goal).sum(1)
        trusted = (cosine.detach() > MISALIGNED).float() if step >= TRUSTED_AFTER else torch.ones(len(batch))
        loss = ((1 - cosine + CONTRAST * _info_nce(vectors, goal)) * trusted).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        cosines.append(cosine.mean().item())
        if (step + 1) % 50 == 0:
            report(step + 1, float(np.mean(cosines[-50:])))
    return learned.weight.detach().numpy()


def pooled(hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Mean of the token vectors (n, tokens, width) under `mask` (n, tokens), at unit length: (n, width)."""
    weights = mask.unsqueeze(-1).to(hidden.dtype)
    return functional.normalize((hidden * weights).sum(1) / weights.sum(1), dim=1)


def _info_nce(vectors: torch.Tensor, goal: torch.Tensor) -> torch.Tensor:
    """Cross-entropy of finding each text's own goal among the batch's: (n,)."""
    itself = torch.eye(len(goal), dtype=torch.bool)
    logits = (vectors @ goal.T / TEMPERATURE).masked_fill((goal @ goal.T > ALIKE) & ~itself, -1e4)
    return functional.cross_entropy(logits, torch.arange(len(goal)), reduction="none")


def _batches(examples: Sequence[Example], rng: random.Random) -> Iterator[list[Example]]:
    """Batches of similar length without end, every epoch in another order."""
    while True:
        drawn = [example for example in examples if rng.random() < example.share]
        rng.shuffle(drawn)
        epoch = []
        for start in range(0, len(drawn), WINDOW):
            window = sorted(drawn[start : start + WINDOW], key=lambda example: len(example.ids))
            epoch += [window[k : k + BATCH] for k in range(0, len(window), BATCH)]
        rng.shuffle(epoch)
        yield from epoch


def padded(texts: Sequence[tuple[int, ...]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Ids and mask, both int64 (n, longest)."""
    ids = torch.nn.utils.rnn.pad_sequence([torch.tensor(text) for text in texts], batch_first=True)
    lengths = torch.tensor([len(text) for text in texts])
    return ids, (torch.arange(ids.shape[1]) < lengths.unsqueeze(1)).long()
