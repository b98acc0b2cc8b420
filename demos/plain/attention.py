"""Attention in plain PyTorch: one network after the other, nothing batched over the seeds.

The same experiment as `python -m demos attention`: two layers of attention learn to continue a block of random
tokens that repeats. Set `layers = 1`, which is not enough, and then also `smear = 1.0`, for keys that already hold
the token before: with them it is.
"""

# %%
import zlib

import numpy as np
import torch
from torch import nn

# %% Parameters: those of the demo. Set layers = 1 for the control arm.
layers = 2
smear = 0.0  # share of each key that is replaced by the key of the token before
period = 10  # tokens in the longest block
spread = 4  # by how many tokens a block may be shorter
vocabulary = 16
width = 32
steps = 300
learning_rate = 2e-2
seeds = 16
seed = 0


# %% The data: a block of different tokens, repeated to twice the longest period
def stream(k, purpose):
    """The random numbers of seed k for one purpose, the same as in the demo."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(k, zlib.crc32(purpose.encode()))))


place = np.arange(2 * period)


def sequences(rng, count):
    """Tokens (count, length), and whether the next one can be told, (count, length - 1): once a block has passed."""
    blocks = rng.random((count, vocabulary)).argsort(axis=1)
    periods = rng.integers(max(2, period - spread), period + 1, count)
    tokens = np.array([block[place % own] for block, own in zip(blocks, periods, strict=True)])
    return torch.tensor(tokens), torch.tensor(place[:-1] >= periods[:, None])


# %% The network: attention only, with one head in a layer
class Attention(nn.Module):
    """x ← x + A x W, where the weights A are the softmax of x_i · M · key_j / √width + √width · b(i - j).

    M and W each stand for two matrices of a usual head: query and key, and value and output. The keys are the x_j
    themselves; b is learned for each distance.
    """

    def __init__(self, rng):
        super().__init__()
        self.match = nn.Parameter(normal(rng, width, width) / width)
        self.copy = nn.Parameter(normal(rng, width, width) / width**0.5)
        self.near = nn.Parameter(torch.zeros(len(place)))

    def forward(self, x):
        """The new x (count, length, width), and A (count, length, length)."""
        before = torch.cat([torch.zeros_like(x[:, :1]), x[:, :-1]], dim=1)
        keys = (1 - smear) * x + smear * before
        distance = torch.tensor(place[:, None] - place)
        scores = x @ self.match @ keys.mT / width**0.5 + self.near[distance.clamp(min=0)] * width**0.5
        weights = scores.masked_fill(distance < 0, -torch.inf).softmax(-1)  # nothing looks at later tokens
        return x + weights @ x @ self.copy, weights


class Network(nn.Module):
    """Token vectors, layers of attention, and logits of the next token."""

    def __init__(self, rng):
        super().__init__()
        self.embedding = nn.Parameter(normal(rng, vocabulary, width))
        self.unembedding = nn.Parameter(normal(rng, width, vocabulary) / width**0.5)
        self.layers = nn.ModuleList([Attention(rng) for _ in range(layers)])

    def forward(self, tokens):
        """Logits (count, length, vocabulary), and what the last layer looks at."""
        x, weights = self.embedding[tokens], None
        for layer in self.layers:
            x, weights = layer(x)
        return x @ self.unembedding, weights


def normal(rng, *shape):
    """Standard normal numbers."""
    return torch.from_numpy(rng.standard_normal(shape, dtype="float32"))


# %% The training
def train(k):
    """A network of seed k, trained on new sequences in every step."""
    network, rng = Network(stream(k, "initial values")), stream(k, "sequences")
    optimizer = torch.optim.Adam(network.parameters(), betas=(0.9, 0.98))
    for step in range(steps):
        optimizer.param_groups[0]["lr"] = learning_rate * (1 - step / steps)  # falls to 0
        tokens, told = sequences(rng, 16)
        logits, _ = network(tokens)
        # Only tokens that can be told count.
        loss = nn.functional.cross_entropy(logits[:, :-1][told], tokens[:, 1:][told])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return network


# %% Run
results = []
for k in range(seeds):
    network = train(k)
    tokens, told = sequences(stream(k, "test"), 32)
    with torch.no_grad():
        logits, weights = network(tokens)
    accuracy = (logits[:, :-1].argmax(-1) == tokens[:, 1:])[told].double().mean().item()
    holds_next = tokens[:, 1:, None] == tokens[:, None, :]  # for each token, the places that hold what comes next
    followed = (weights[:, :-1] * holds_next).sum(-1)[told].mean().item()
    results.append(accuracy)
    print(f"seed {k}: accuracy {accuracy:.3f}, attention to what followed last time {followed:.3f}")

result = float(np.mean(results))
print(f"result: {result:.6f}")
