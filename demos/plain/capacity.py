"""Capacity in plain PyTorch: one polynomial after the other, nothing batched.

The same experiment as `python -m demos capacity`: least squares on a few noisy points of a sine wave. This is the
polynomial of the highest degree. Set `degree = 3` for its control, which is about right, or `degree = 1` for a line,
which is too stiff; with `noise_std = 0.0` there is nothing to overfit.
"""

# %%
import math
import zlib

import numpy as np
import torch

# %% Parameters: those of the demo. Set degree = 3 for the control.
degree = 12
train_size = 20
noise_std = 0.2  # the wave has height 1
frequency = 1.0  # periods of the wave within the interval
trials = 50  # how often the noise is drawn anew on the same inputs
seeds = 16
seed = 0


# %% The data: noisy points of the wave at random inputs from -1 to 1
def stream(k, purpose):
    """The random numbers of seed k for one purpose, the same as in the demo."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(k, zlib.crc32(purpose.encode()))))


def draw(k, size, purpose):
    """Inputs (size,) and the noisy outputs of every trial (size, trials)."""
    rng = stream(k, purpose)
    x = torch.tensor(rng.uniform(-1, 1, size))
    noise = torch.tensor(rng.standard_normal((size, trials)))
    return x, torch.sin(math.pi * frequency * x)[:, None] + noise_std * noise


# %% The polynomial, fitted by least squares
def powers(x):
    """1, x, x², … up to the degree: (size, degree + 1)."""
    return torch.stack([x**power for power in range(degree + 1)], dim=1)


def fit(x, y):
    """The coefficients with the least squared error on these points."""
    return torch.linalg.lstsq(powers(x), y).solution


def errors(k):
    """Mean squared error on the training points and on new ones, over all trials of seed k."""
    (x, y), (new_x, new_y) = draw(k, train_size, "training points"), draw(k, 200, "new points")
    train_errors, new_errors = [], []
    for trial in range(trials):
        coefficients = fit(x, y[:, trial])
        train_errors.append((powers(x) @ coefficients - y[:, trial]).square().mean().item())
        new_errors.append((powers(new_x) @ coefficients - new_y[:, trial]).square().mean().item())
    return float(np.mean(train_errors)), float(np.mean(new_errors))


# %% Run
results = []
for k in range(seeds):
    on_train, on_new = errors(k)
    results.append(on_new)
    print(f"seed {k}: mean squared error on the training points {on_train:.4f}, on new points {on_new:.4f}")
# The errors of the seeds spread over orders of magnitude, so their mean is that of the logarithms.
result = float(np.exp(np.log(results).mean()))
print(f"result: {result:.6f}")
