"""Data augmentation in plain PyTorch: one network after the other, nothing batched.

The same experiment as `python -m demos data-augmentation`: few signals of MNIST-1D (Greydanus and Kobak, ICML 2024),
whose class lies in their shape, wherever that shape lies. This is the arm whose training signals are rolled along at
random, anew for every update. Set `shift = 0` for its control; with `shift = 20` and `epochs = 10` it does harm.
"""

# %%
import zlib

import numpy as np
import torch
from torch import nn

# %% Parameters: those of the demo. Set shift = 0 for the control arm.
shift = 5  # places, at most, of 40
train_size = 500
width = 128
epochs = 80
learning_rate = 4e-3
seeds = 16
seed = 0

# %% The signals: a shape for each of ten classes, padded, stretched, scaled, rolled along, laid into noise and sheared
shapes = [
    [5, 6, 6.5, 6.75, 7, 7, 7, 7, 6.75, 6.5, 6, 5],
    [5, 3, 3, 3.4, 3.8, 4.2, 4.6, 5, 5.4, 5.8, 5, 5],
    [5, 6, 6.5, 6.5, 6, 5.25, 4.75, 4, 3.5, 3.5, 4, 5],
    [5, 6, 6.5, 6.5, 6, 5, 5, 6, 6.5, 6.5, 6, 5],
    [5, 4.4, 3.8, 3.2, 2.6, 2.6, 5, 5, 5, 5, 5, 5],
    [5, 3, 3, 3, 3, 5, 6, 6.5, 6.5, 6, 4.5, 5],
    [5, 4, 3.5, 3.25, 3, 3, 3, 3, 3.25, 3.5, 4, 5],
    [5, 7, 7, 6.6, 6.2, 5.8, 5.4, 5, 4.6, 4.2, 5, 5],
    [5, 4, 3.5, 3.5, 4, 5, 5, 4, 3.5, 3.5, 4, 5],
    [5, 4, 3.5, 3.5, 4, 5, 5, 5, 5, 4.7, 4.3, 5],
]
kernel = np.exp(-((np.arange(-8, 9) / 2) ** 2) / 2)  # a Gaussian filter, of standard deviation 2
kernel /= kernel.sum()


def stream(k, purpose):
    """The random numbers of seed k for one purpose, the same as in the demo."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(k, zlib.crc32(purpose.encode()))))


def signal(label, length, scale, roll, noise, trifle, shear):
    """One signal of 40 values, from the random numbers that make it."""
    shape = np.array(shapes[label])
    shape = (shape - shape[0]) / shape.std() / 6
    place = np.linspace(0, length - 1, 72)  # the shape and the zeros behind it, stretched to 72 values
    values = scale * np.interp(place, np.arange(72), np.pad(shape, (0, 60)))
    values, inside = np.roll(values, roll), np.roll(place < 12, roll)
    smooth = np.convolve(np.pad(noise, 8, mode="symmetric"), kernel, mode="valid")
    values = np.where(inside, values, 0.25 * smooth) + 0.02 * trifle - shear * np.linspace(-0.5, 0.5, 72)
    return np.interp(np.linspace(0, 71, 40), np.arange(72), values)


def split(k):
    """Signals and labels for training, and 500 for testing, none of which is shifted."""
    # The demo draws twice as many for training: its third arm has all of them, this one the first half.
    n = 2 * train_size + 500
    rng = stream(k, "signals")
    labels = rng.integers(0, 10, n)
    lengths = 12 + rng.integers(36, 61, n)
    scales = 1 + 0.4 * (rng.random(n) - 0.5)
    rolls = rng.integers(0, 48, n)
    noise, trifles = rng.standard_normal((n, 72)), rng.standard_normal((n, 72))
    shears = 0.75 * (rng.random(n) - 0.5)
    rows = zip(labels, lengths, scales, rolls, noise, trifles, shears, strict=True)
    x = np.stack([signal(*row) for row in rows])
    known = x[: 2 * train_size]
    x, y = torch.tensor((x - known.mean()) / known.std(), dtype=torch.float32), torch.tensor(labels)
    return x[:train_size], y[:train_size], x[2 * train_size :], y[2 * train_size :]


# %% The augmentation, and the network: one hidden layer
def shifted(x, rng):
    """Every signal rolled along by its own number of places; what leaves at one end comes back at the other."""
    places = rng.integers(-shift, shift + 1, len(x))
    return torch.stack([values.roll(int(by)) for values, by in zip(x, places, strict=True)])


def network(k):
    """A new network with the initial values of seed k (He et al. 2015), all biases 0."""
    first, last = nn.Linear(40, width), nn.Linear(width, 10)
    rng = stream(k, "initial values 0")
    for layer in (first, last):
        values = rng.standard_normal((layer.in_features, layer.out_features), dtype="float32")
        layer.weight.data = torch.tensor(values.T * np.sqrt(2 / layer.in_features), dtype=torch.float32)
        nn.init.zeros_(layer.bias)
    return nn.Sequential(first, nn.ReLU(), last)


# %% The training
def train(k):
    """The test accuracy of seed k after the last epoch."""
    x, y, test_x, test_y = split(k)
    net = network(k)
    optimizer = torch.optim.Adam(net.parameters(), lr=learning_rate)
    falling = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 1 - epoch / epochs)  # to 0, along a line
    order, shifts = stream(k, "order"), stream(k, "shifts")
    batch = min(50, train_size)  # examples in one update
    for _ in range(epochs):
        rows = torch.tensor(order.permutation(train_size))
        for step in range(train_size // batch):  # a rest that does not fill a batch is left out
            chosen = rows[step * batch : (step + 1) * batch]
            loss = nn.functional.cross_entropy(net(shifted(x[chosen], shifts)), y[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        falling.step()
    with torch.no_grad():
        return (net(test_x).argmax(1) == test_y).double().mean().item()


# %% Run
results = []
for k in range(seeds):
    accuracy = train(k)
    results.append(accuracy)
    print(f"seed {k}: test accuracy {accuracy:.3f}")
result = float(np.mean(results))
print(f"result: {result:.6f}")
