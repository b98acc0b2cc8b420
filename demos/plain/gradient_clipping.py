"""Gradient clipping in plain PyTorch: one recurrent network after the other, nothing batched over the seeds.

The same experiment as `python -m demos gradient-clipping`: a tanh network has to remember the sign of the first
number of a sequence, and its gradients explode on their way back through time. Set `arm = "no clipping"` to see it
diverge, or `gain = 0.7` for recurrent weights with which nothing explodes.
"""

# %%
import zlib

import numpy as np
import torch
from torch import nn

# %% Parameters: those of the demo. Set arm = "no clipping" for the control arm.
arm = "clipping"  # or "no clipping", or "recurrence fixed": only the output weights are trained, without clipping
max_norm = 1.0
gain = 1.8  # initial deviation of the recurrent weights times √width
length = 30
width = 40
learning_rate = 0.06
seeds = 16
seed = 0

measure = "diverged"  # the share of seeds that diverge; or "loss", the geometric mean of their last losses
steps = 100
batch = 16


# %% The data: sequences of normal numbers, new ones in every step; the answer is the sign of the first number
def stream(k, purpose):
    """The random numbers of seed k for one purpose, the same as in the demo."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(k, zlib.crc32(purpose.encode()))))


def normal(k, purpose, *shape):
    """Standard normal numbers of seed k."""
    return torch.from_numpy(stream(k, purpose).standard_normal(shape, dtype="float32"))


# %% The network
class Network(nn.Module):
    """h ← tanh(x · inward + h · recurrent) at each time, from h = 0; the answer is the last h · outward."""

    def __init__(self, k):
        super().__init__()
        self.inward = nn.Parameter(normal(k, "inward", 1, width) / 2)
        self.recurrent = nn.Parameter(normal(k, "recurrent", width, width) * gain / width**0.5)
        self.outward = nn.Parameter(normal(k, "outward", width, 1) / width**0.5)

    def forward(self, x):
        """x is (length, batch, 1)."""
        h = torch.zeros(batch, width)
        for now in x:
            h = torch.tanh(now @ self.inward + h @ self.recurrent)
        return h @ self.outward


# %% The training
def train(k):
    """The mean squared error in each step; always answering 0 would give 1."""
    network = Network(k)
    fixed = arm == "recurrence fixed"
    optimizer = torch.optim.SGD([network.outward] if fixed else list(network.parameters()), lr=learning_rate)
    losses = []
    for x in normal(k, "sequences", steps + 1, length, batch, 1):
        loss = (network(x) - x[0].sign()).square().mean()
        losses.append(min(loss.nan_to_num(1e6).item(), 1e6))  # losses beyond a million are not told apart
        optimizer.zero_grad()
        loss.backward()
        if arm == "clipping":
            nn.utils.clip_grad_norm_(network.parameters(), max_norm)
        optimizer.step()
    return losses


# %% Run: a training has diverged if its loss was ever above 10
# Where gradients explode, rounding errors grow with them: the losses agree with the demo's only for some steps, and
# then up to chance.
results = []
for k in range(seeds):
    losses = train(k)
    results.append(max(losses) > 10 if measure == "diverged" else np.log(losses[-1]))
    print(f"seed {k}: loss {losses[0]:.3f} before, {losses[-1]:.3f} after, {max(losses):.3g} at most")

result = float(np.mean(results) if measure == "diverged" else np.exp(np.mean(results)))
print(f"result: {result:.6f}")
