"""Noise injection in plain PyTorch: one network after the other, nothing batched.

The same experiment as `python -m demos noise-injection`: an over-sized network learns digits of which some have wrong
labels. This is the arm whose training images carry noise that is drawn anew for every update. Set `noise_std = 0.0`
for its control, or `drawn = "once"` for noise that stays the same in every epoch, and so can be learned by heart.
"""

# %%
import zlib

import numpy as np
import torch
from torch import nn

try:
    from sklearn.datasets import load_digits
except ImportError:
    raise SystemExit("the digits come with scikit-learn, which is missing: pip install scikit-learn") from None

# %% Parameters: those of the demo. Set noise_std = 0.0 for the control arm.
noise_std = 0.4  # of the noise on every pixel; pixels go from 0 to 1
label_noise = 0.3  # share of the training labels changed to another class
train_size = 500
width = 128
epochs = 40
learning_rate = 4e-3
seeds = 16
seed = 0
drawn = "anew"  # the arm; "once": the other arm, whose noise stays the same


# %% The data: each seed draws its own training images and 500 for testing from the same 1,797
def stream(k, purpose):
    """The random numbers of seed k for one purpose, the same as in the demo."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(k, zlib.crc32(purpose.encode()))))


images, labels = load_digits(return_X_y=True)
images = torch.tensor(images / 16, dtype=torch.float32)


def split(k):
    """Training images, their labels with some of them wrong, test images, their labels."""
    order = stream(k, "split").permutation(len(images))
    train, test = order[:train_size], order[train_size : train_size + 500]
    given = labels[train]
    rng = stream(k, "label noise")
    wrong = rng.permutation(train_size)[: round(label_noise * train_size)]
    given[wrong] = (given[wrong] + rng.integers(1, 10, len(wrong))) % 10
    return images[train], torch.tensor(given), images[test], torch.tensor(labels[test])


def with_noise(x, rng):
    """The images with Gaussian noise on every pixel."""
    return x + noise_std * torch.tensor(rng.standard_normal(x.shape, dtype="float32"))


# %% The network: one hidden layer
def network(k):
    """A new network with the initial values of seed k (He et al. 2015), all biases 0."""
    first, last = nn.Linear(64, width), nn.Linear(width, 10)
    rng = stream(k, "initial values 0")
    for layer in (first, last):
        values = rng.standard_normal((layer.in_features, layer.out_features), dtype="float32")
        layer.weight.data = torch.tensor(values.T * np.sqrt(2 / layer.in_features), dtype=torch.float32)
        nn.init.zeros_(layer.bias)
    return nn.Sequential(first, nn.ReLU(), last)


def accuracy(net, x, y):
    """Share of right answers."""
    with torch.no_grad():
        return (net(x).argmax(1) == y).double().mean().item()


# %% The training
def train(k):
    """The accuracy of seed k on new images as they are, and on the same with noise, after the last epoch."""
    x, y, test_x, test_y = split(k)
    if drawn == "once":
        x = with_noise(x, stream(k, "frozen noise"))
    net = network(k)
    optimizer = torch.optim.Adam(net.parameters(), lr=learning_rate)
    order, fresh = stream(k, "order"), stream(k, "fresh noise")
    batch = min(50, train_size)  # examples in one update
    for _ in range(epochs):
        rows = torch.tensor(order.permutation(train_size))
        for step in range(train_size // batch):  # a rest that does not fill a batch is left out
            chosen = rows[step * batch : (step + 1) * batch]
            shown = with_noise(x[chosen], fresh) if drawn == "anew" else x[chosen]
            loss = nn.functional.cross_entropy(net(shown), y[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return accuracy(net, test_x, test_y), accuracy(net, with_noise(test_x, stream(k, "test noise")), test_y)


# %% Run
results = []
for k in range(seeds):
    as_they_are, noisy = train(k)
    results.append(as_they_are)
    print(f"seed {k}: accuracy on new images {as_they_are:.3f}, on the same with noise {noisy:.3f}")
result = float(np.mean(results))
print(f"result: {result:.6f}")
