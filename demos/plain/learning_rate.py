"""Learning rate in plain PyTorch: one run after the other, nothing batched.

The same experiment as `python -m demos learning-rate`: linear regression by small batches, the largest curvature of its
loss being 1. This is the arm whose learning rate falls along a cosine. Set `schedule = "constant"` for its control;
with `noise_std = 0.0` that one does better. Above a learning rate of 2 it diverges.
"""

# %%
import math
import zlib

import numpy as np
import torch
from torch import nn

# %% Parameters: those of the demo. Set schedule = "constant" for the control arm.
learning_rate = 0.3
batch_size = 10
noise_std = 1.0  # of the noise added to the targets
momentum = 0.0
epochs = 100
seeds = 16
seed = 0
schedule = "cosine"  # the arm; "constant": the control; "constant, a tenth" and "steps down": the others


# %% The data: 200 examples with 30 inputs, whose curvatures go from about 0.02 to 1
def stream(k, purpose):
    """The random numbers of seed k for one purpose, the same as in the demo."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(k, zlib.crc32(purpose.encode()))))


def problem(k):
    """Inputs (200, 30) and targets (200, 1)."""
    x = torch.tensor(stream(k, "inputs").standard_normal((200, 30)))
    x = x * torch.logspace(0, math.log10(0.02), 30, dtype=x.dtype).sqrt()
    x = x / torch.linalg.matrix_norm(x.T @ x / 200, 2).sqrt()  # so that the largest curvature is 1
    true = torch.tensor(stream(k, "weights").standard_normal((30, 1)))
    noise = torch.tensor(stream(k, "noise").standard_normal((200, 1)))
    return x, x @ true + noise_std * noise


# %% The training
def factor(done):
    """What the learning rate is multiplied by after this share of the run."""
    if schedule == "constant":
        return 1.0
    if schedule == "constant, a tenth":
        return 0.1
    if schedule == "steps down":
        return 0.1 ** sum(done >= drop for drop in (0.5, 0.75))
    return (1 + math.cos(math.pi * done)) / 2


def half_square(model, x, y):
    """Half the mean squared error, whose Hessian is that of the inputs' products."""
    return (model(x) - y).square().mean() / 2


def train(k):
    """The loss of seed k after the last epoch, above the lowest that any weights can have."""
    x, y = problem(k)
    best = torch.linalg.lstsq(x, y).solution
    lowest = (x @ best - y).square().mean().item() / 2
    model = nn.Linear(30, 1, bias=False, dtype=x.dtype)
    nn.init.zeros_(model.weight)
    optimizer = torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=momentum)
    steps = 200 // batch_size  # of an epoch
    falling = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: factor(step / (steps * epochs)))
    batches = stream(k, "batches")
    for _ in range(epochs):
        for rows in batches.integers(0, 200, (steps, batch_size)):  # with replacement
            optimizer.zero_grad()
            half_square(model, x[rows], y[rows]).backward()
            optimizer.step()
            falling.step()
    with torch.no_grad():
        return half_square(model, x, y).item() - lowest


# %% Run
results = []
for k in range(seeds):
    # Beyond these bounds losses are not told apart; what has diverged until it is no number counts as the larger.
    excess = float(np.clip(np.nan_to_num(train(k), nan=1e8), 1e-10, 1e8))
    results.append(excess)
    print(f"seed {k}: loss above its minimum {excess:.3g}")
result = float(np.mean(results))
print(f"result: {result:.9f}")
