"""Optimizers in plain PyTorch: one run down the valley after the other, nothing batched.

The same experiment as `python -m demos optimizers`: the loss is ½ (along² / condition + across²), a narrow valley. This
is the arm with momentum. Set `momentum = 0.0` for its control, gradient descent; set `optimizer` to "RMSprop" or "Adam"
and compare the diagonal valley with the aligned one.
"""

# %%
import math
import zlib

import numpy as np
import torch

# %% Parameters: those of the demo. Set momentum = 0.0 for the control arm.
condition = 1000.0  # curvature across the valley over that along it
momentum = 0.9  # in the demo's picture of steps it is the best for each condition number instead
seeds = 16
seed = 0
optimizer = "momentum"  # the arm; "RMSprop" and "Adam": the others
valley = "diagonal"  # or "aligned": one weight leads along it, the other across


# %% The valley
def stream(k, purpose):
    """The random numbers of seed k for one purpose, the same as in the demo."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(k, zlib.crc32(purpose.encode()))))


def start(k):
    """The two weights of seed k at the start, at distance 1 from the minimum."""
    turn = stream(k, "start").uniform(0, 2 * math.pi)
    along, across = math.cos(turn), math.sin(turn)
    if valley == "diagonal":
        along, across = (along - across) / math.sqrt(2), (along + across) / math.sqrt(2)
    return torch.tensor([along, across], requires_grad=True)


def half_square(weights):
    """The loss; its curvatures are 1 / condition and 1."""
    along, across = weights
    if valley == "diagonal":
        along, across = (weights[0] + weights[1]) / math.sqrt(2), (weights[1] - weights[0]) / math.sqrt(2)
    return (along**2 / condition + across**2) / 2


# %% The optimizers
def fastest_rate(kept):
    """The smallest learning rate with which gradient descent is fastest at this momentum (Polyak 1964)."""
    return min(condition * (1 - math.sqrt(kept)) ** 2, 2 * (1 + kept) / (1 + 1 / condition))


def made(weights, rate):
    """The optimizer of these weights; momentum has no use for the rate."""
    if optimizer == "Adam":
        return torch.optim.Adam([weights], lr=rate, betas=(0.9, 0.999), eps=1e-9)
    if optimizer == "RMSprop":
        # Adam without its momentum: torch.optim.RMSprop would not correct the running mean, which begins at 0.
        return torch.optim.Adam([weights], lr=rate, betas=(0.0, 0.99), eps=1e-9)
    return torch.optim.SGD([weights], lr=fastest_rate(momentum), momentum=momentum)


def shrinks_by(kept):
    """The factor by which the error along the valley shrinks in each step, in the long run."""
    return max(abs(np.roots([1, -(1 + kept - fastest_rate(kept) / condition), kept])))


# Half as many steps again as gradient descent or momentum need; who has not arrived by then counts as one step more.
slowest = max(shrinks_by(0.0), shrinks_by(momentum))
most = max(500, math.ceil(1.5 * math.log(1e-3) / math.log(slowest)))


def steps_needed(k, rate):
    """Steps of seed k until it is 1,000 times nearer to the minimum."""
    weights = start(k)
    stepper = made(weights, rate)
    for step in range(1, most + 1):
        stepper.zero_grad()
        half_square(weights).backward()
        stepper.step()
        if weights.detach().norm() <= 1e-3:
            return step
    return most + 1


# %% Run
rates = [fastest_rate(momentum)] if optimizer == "momentum" else [1e-3, 1e-2, 1e-1, 1.0]
results = []
for rate in rates:
    steps = [steps_needed(k, rate) for k in range(seeds)]
    results.append(float(np.mean(steps)))
    print(f"learning rate {rate:.3g}: {steps} steps, mean {results[-1]:.1f}")
# At a constant rate RMSprop ends up jittering around the minimum. Where it arrives only by such a jump, as in the
# diagonal valley, the last bit of every number decides when, and the demo's steps differ from these.
result = min(results)  # of the rate that is fastest on average
print(f"result: {result:.6f}")
