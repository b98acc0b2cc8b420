"""L1 and sparsity in plain PyTorch: one strength of the penalty, one seed after the other, nothing batched.

The same experiment as `python -m demos l1-sparsity`: linear regression with more features than examples, of which only
a few matter. This is the arm with an L1 penalty, trained by soft-thresholding. Set `penalty = "l2"` for its control,
or `penalty = "l1 by gradient descent"` to see that a plain gradient step on |w| leaves nothing at exactly zero.
"""

# %%
import zlib

import numpy as np
import torch

# %% Parameters: those of the demo. Set penalty = "l2" for the control arm.
sparsity = 0.95  # share of the features that have no influence
features = 200
train_size = 100
noise_std = 1.0  # the standard deviation of the signal is 5
epochs = 300
seeds = 16
seed = 0
penalty = "l1"  # the arm; "l2": the control; "l1 by gradient descent": no soft-thresholding
strength_index = 17  # which of the 28 strengths; the demo tries all and chooses the best on validation data

# %% The data
strength = np.geomspace(1e-3, 30, 28)[strength_index].item()


def stream(k, purpose):
    """The random numbers of seed k for one purpose, the same as in the demo."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(k, zlib.crc32(purpose.encode()))))


def problem(k):
    """Features and targets for training, then 500 for testing, and which features matter."""
    rng = stream(k, "problem")
    useful = max(1, round((1 - sparsity) * features))
    chosen = rng.permutation(features)[:useful]
    influence = rng.uniform(1, 2, useful) * rng.choice([-1, 1], useful)
    true = np.zeros(features, dtype="float32")
    true[chosen] = 5 * influence / np.linalg.norm(influence)
    n = 2 * train_size + 500  # for training, for validation (not used here) and for testing
    x = rng.standard_normal((n, features), dtype="float32")
    noise = noise_std * rng.standard_normal(n, dtype="float32")
    x /= np.sqrt((x[:train_size] ** 2).mean(axis=0))  # every feature has mean square 1, so that one strength suits all
    x, y, matters = torch.tensor(x), torch.tensor(x @ true + noise), torch.tensor(true != 0)
    return x[:train_size], y[:train_size], x[2 * train_size :], y[2 * train_size :], matters


# %% The training: full gradient steps on half the mean squared error, and the penalty
def penalized(weights, length):
    """Where the penalty takes the weights that a gradient step has led to."""
    if penalty == "l1":  # nearer to zero by a constant length, and no farther than zero: soft-thresholding
        return weights.sign() * (weights.abs() - length).clamp(min=0)
    return weights / (1 + length)  # nearer to zero by a constant factor


def train(x, y):
    """The weights after the last epoch."""
    plain = penalty == "l1 by gradient descent"
    largest = torch.linalg.matrix_norm(x.T @ x / len(x), 2)  # curvature, which bounds the size of a step
    weights = torch.zeros(features)
    ahead = weights
    for epoch in range(epochs):
        slope = x.T @ (x @ ahead - y) / len(x)
        if plain:
            weights = ahead = ahead - (slope + strength * ahead.sign()) / largest
        else:  # with the momentum of FISTA (Beck and Teboulle 2009): the slope is taken a little ahead of the weights
            before, weights = weights, penalized(ahead - slope / largest, strength / largest)
            ahead = weights + epoch / (epoch + 3) * (weights - before)
    return weights


# %% Run
print(f"strength of the penalty: {strength:.3g}")
results = []
for k in range(seeds):
    x, y, new_x, new_y, matters = problem(k)
    weights = train(x, y)
    explained = (1 - (new_x @ weights - new_y).square().mean() / new_y.square().mean()).item()
    kept = weights != 0
    useless = (kept & ~matters).sum().item()
    results.append(explained)
    print(f"seed {k}: explains {explained:.3f} of the variance; keeps {kept.sum().item()} features, {useless} useless")
result = float(np.mean(results))
print(f"result: {result:.6f}")
