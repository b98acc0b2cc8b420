"""Training on questions and sections: the whole encoder learns which section a loosely asked question is about.

A batch holds question keys of sections of many notes, each with another text that leads to the same section (a
passage, or a key in either language); every other text of the batch is a negative (InfoNCE, van den Oord, Li and
Vinyals, 2018), and so are questions that no section answers. What the encoder knew before is kept by ordinary texts
whose vectors must stay where they are meant to be. Of the way that the weights have gone, a part is taken back: before
its end, an encoder knows the new subjects nearly as well and has forgotten less (WiSE-FT, Wortsman et al., 2022).
"""

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from tutor.retrieval.training.rows import Example, padded, pooled

BODY_RATE = 4e-5
ROWS_RATE = 5e-4
WARM_UP = 50  # steps
SECTIONS = 32  # in a batch, of as many notes as there are
OUTSIDERS = 24  # in a batch
KEPT = 16  # ordinary texts in a batch
KEEPING = 1.0  # weight of their loss
TEMPERATURE = 0.05
PASSAGE_SHARE = 0.5  # of the positives; the others are keys of the same section
LONGEST = 48  # tokens that are read of a passage
WAY = 0.8  # share of the way from the weights before to those after
SHORT = 24  # tokens; shorter texts are run together, so that little is padding

Ids = tuple[int, ...]


@dataclass(frozen=True)
class Section:
    """Token ids of the texts that lead to one section of a note: its question keys and its passages."""

    note: str
    keys: tuple[Ids, ...]
    passages: tuple[Ids, ...]


@dataclass(frozen=True)
class Lessons:
    """What is taught: `sections`, `outsiders` that belong to none, and `kept` texts with their vectors `targets`."""

    sections: Sequence[Section]
    outsiders: Sequence[Ids]
    kept: Sequence[Example]
    targets: np.ndarray  # float32 (n, 384)


def train_on_sections(
    body: torch.nn.Module,
    rows: np.ndarray,
    first_word: int,
    lessons: Lessons,
    steps: int,
    seed: int,
    report: Callable[[int, float], None],
) -> np.ndarray:
    """Train `body` in place and return the trained input rows, float32 of the shape of `rows` (ids, width).

    Rows before `first_word` (MiniLM's own) stay. `report(step, accuracy)` is called every 50 steps with the share of
    keys that were nearest to the text of their own section.
    """
    before = {name: weights.clone() for name, weights in body.state_dict().items()}
    body.eval().requires_grad_(True)
    frozen = torch.from_numpy(rows[:first_word])
    learned = torch.nn.Embedding.from_pretrained(torch.from_numpy(rows[first_word:].copy()), freeze=False, sparse=True)
    optimisers = (
        torch.optim.AdamW([p for name, p in body.named_parameters() if "word_embeddings" not in name], lr=BODY_RATE),
        torch.optim.SparseAdam(learned.parameters(), lr=ROWS_RATE),
    )
    goals = torch.from_numpy(lessons.targets)

    def run(texts: Sequence[Ids]) -> torch.Tensor:
        ids, mask = padded(texts)
        inputs = torch.where(
            (ids < first_word).unsqueeze(-1),
            frozen[ids.clamp(max=first_word - 1)],
            learned((ids - first_word).clamp(min=0)),
        )
        return pooled(body(inputs_embeds=inputs, attention_mask=mask).last_hidden_state, mask)

    def encode(texts: Sequence[Ids]) -> torch.Tensor:
        order = sorted(range(len(texts)), key=lambda number: len(texts[number]) > SHORT)
        parts = [[texts[n] for n in order if (len(texts[n]) > SHORT) == long] for long in (False, True)]
        return torch.cat([run(part) for part in parts if part])[np.argsort(order)]

    rng = random.Random(seed)
    batches = _batches(lessons.sections, rng)
    correct: list[float] = []
    for step in range(steps):
        for optimiser, peak in zip(optimisers, (BODY_RATE, ROWS_RATE), strict=True):
            optimiser.param_groups[0]["lr"] = peak * min(1, (step + 1) / WARM_UP) * max(0.02, 1 - step / steps)
        asked, texts = next(batches)
        outsiders = rng.sample(lessons.outsiders, min(len(lessons.outsiders), OUTSIDERS))
        kept = rng.sample(lessons.kept, min(len(lessons.kept), KEPT))
        vectors = encode([*asked, *outsiders, *texts, *(example.ids for example in kept)])
        keys, found, stayed = vectors.split([len(asked) + len(outsiders), len(texts), len(kept)])
        logits = keys @ found.T / TEMPERATURE
        own = torch.arange(len(asked))
        inside = logits[: len(asked)]
        loss = (functional.cross_entropy(inside, own) + functional.cross_entropy(logits.T, own)) / 2
        loss = loss + KEEPING * (1 - (stayed * goals[[example.target for example in kept]]).sum(1)).mean()
        for optimiser in optimisers:
            optimiser.zero_grad()
        loss.backward()
        for optimiser in optimisers:
            optimiser.step()
        correct.append((inside.argmax(1) == own).float().mean().item())
        if (step + 1) % 50 == 0:
            report(step + 1, float(np.mean(correct[-50:])))
    after = body.state_dict()
    body.load_state_dict({name: torch.lerp(before[name], after[name], WAY) for name in before})
    new_rows = (1 - WAY) * rows[first_word:] + WAY * learned.weight.detach().numpy()
    return np.concatenate([rows[:first_word], new_rows])


def _batches(sections: Sequence[Section], rng: random.Random) -> Iterator[tuple[list[Ids], list[Ids]]]:
    """Keys and texts of the same sections without end; within a batch every note comes as seldom as possible."""
    notes: dict[str, list[Section]] = {}
    for section in sections:
        notes.setdefault(section.note, []).append(section)
    queue: list[str] = []
    while True:
        chosen: list[Section] = []
        while len(chosen) < min(SECTIONS, len(sections)):
            queue = queue or rng.sample(sorted(notes), len(notes))
            section = rng.choice(notes[queue.pop()])
            if section not in chosen:
                chosen.append(section)
        asked, texts = [], []
        for section in chosen:
            key = rng.choice(section.keys)
            others = [other for other in section.keys if other != key]
            asked.append(key)
            texts.append(rng.choice(others if others and rng.random() >= PASSAGE_SHARE else section.passages)[:LONGEST])
        yield asked, texts
