"""Double descent in plain PyTorch: one seed and one number of features after the other, nothing batched.

The same experiment as `python -m demos double-descent`: linear regression on more and more random features of digits,
with the smallest weights that fit. This is the arm without a penalty, whose error peaks where there are as many
features as examples. Set `weight_decay = 0.01` for its control, a ridge penalty, and the peak is gone; set
`ratio = 10.0` to have the error with most features as the result.
"""

# %%
import zlib

import numpy as np
import torch

try:
    from sklearn.datasets import load_digits
except ImportError:
    raise SystemExit("the digits come with scikit-learn, which is missing: pip install scikit-learn") from None

# %% Parameters: those of the demo. Set weight_decay = 0.01 for the control arm.
weight_decay = 0.0  # ridge penalty, in units of the mean eigenvalue of the features' products
label_noise = 0.0  # share of the training labels changed to another class
train_size = 200
seeds = 16
seed = 0
ratio = 1.0  # features for each training example where the result is taken: the peak

# %% The data: each seed draws its own training images and 500 for testing from the same 1,797
ratios = [0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0, 4.0, 7.0, 10.0]  # features for each example


def stream(k, purpose):
    """The random numbers of seed k for one purpose, the same as in the demo."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(k, zlib.crc32(purpose.encode()))))


pixels, labels = load_digits(return_X_y=True)
images = torch.tensor(pixels / 16, dtype=torch.float64)  # float64: at the peak, rounding counts


def split(k):
    """Training images, their labels with some of them wrong, test images, their labels."""
    order = stream(k, "split").permutation(len(images))
    train, test = order[:train_size], order[train_size : train_size + 500]
    given = labels[train]
    rng = stream(k, "label noise")
    wrong = rng.permutation(train_size)[: round(label_noise * train_size)]
    given[wrong] = (given[wrong] + rng.integers(1, 10, len(wrong))) % 10
    grey = images[train].mean()
    return images[train] - grey, torch.tensor(given), images[test] - grey, torch.tensor(labels[test])


# %% The model: random features relu(w·x + b), of which only the last layer is learned, by least squares
def more_features(x, test_x, count, rng):
    """So many new features of the training and of the test images."""
    w, b = torch.tensor(rng.normal(0, 0.5, (64, count))), torch.tensor(rng.uniform(0, 0.5, count))
    return torch.relu(x @ w + b), torch.relu(test_x @ w + b)


def solve(features, targets):
    """The weights with the least squared error plus penalty; without a penalty, the smallest of those that fit best."""
    n, count = features.shape
    if weight_decay == 0:
        return torch.linalg.lstsq(features, targets, rcond=1e-6, driver="gelsd").solution
    mean_eigenvalue = features.square().sum() / min(n, count)  # of the products, over those that are not 0
    penalty = weight_decay * mean_eigenvalue * torch.eye(count, dtype=features.dtype)
    return torch.linalg.solve(features.T @ features + penalty, features.T @ targets)


def sweep(k):
    """The share of misread test images of seed k for each number of features."""
    x, y, test_x, test_y = split(k)
    targets = torch.nn.functional.one_hot(y, 10).double() - 0.1
    rng = stream(k, "features")
    known, unknown = x[:, :0], test_x[:, :0]  # no features yet; they are only ever added
    errors = []
    for step in ratios:
        added = more_features(x, test_x, max(1, round(step * train_size)) - known.shape[1], rng)
        known, unknown = torch.cat((known, added[0]), dim=1), torch.cat((unknown, added[1]), dim=1)
        answers = (unknown @ solve(known, targets)).argmax(1)
        errors.append((answers != test_y).double().mean().item())
    return errors


# %% Run
curves = []
for k in range(seeds):
    curves.append(sweep(k))
    print(f"seed {k}: error {curves[k][ratios.index(ratio)]:.3f}")
means = np.mean(curves, axis=0)
for step, mean in zip(ratios, means, strict=True):
    print(f"{step:5.2f} features for each example: error {mean:.3f}")
result = float(means[ratios.index(ratio)])
print(f"result: {result:.6f}")
