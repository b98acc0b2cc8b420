"""An ensemble in plain PyTorch: one network after the other, nothing batched.

The same experiment as `python -m demos ensemble`: networks that differ only in their initial values, and the mean of
their probabilities. Set `bagged = True` for members that see a bootstrap sample of the data each, or `members = 1`
for no ensemble at all. It trains 128 networks, which takes a minute or two.
"""

# %%
import zlib

import numpy as np
import torch
from torch import nn

# %% Parameters: those of the demo. Set bagged = True for the other ensemble.
bagged = False
members = 8
width = 64
label_noise = 0.0  # share of the training labels changed to another class
train_size = 1000
epochs = 20
learning_rate = 1e-2
seeds = 16
seed = 0

# %% The data: MNIST-1D (Greydanus and Kobak, arXiv:2011.14439), signals of 40 values made from ten templates
templates = np.array(
    [
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
)
templates = (templates - templates[:, :1]) / templates.std(1, keepdims=True) / 6
kernel = np.exp(-(np.arange(-8, 9) ** 2) / 8)  # a Gaussian of deviation 2, for noise that is smooth
kernel /= kernel.sum()


def stream(k, purpose):
    """The random numbers of seed k for one purpose, the same as in the demo."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(k, zlib.crc32(purpose.encode()))))


def signals(labels, rng):
    """A signal for each label, (n, 40): its template padded, stretched, scaled, rolled, laid into noise and sheared."""
    n = len(labels)
    lengths, scales, shifts = 12 + rng.integers(36, 61, n), 1 + 0.4 * (rng.random(n) - 0.5), rng.integers(0, 48, n)
    smooth, sharp = 0.25 * rng.standard_normal((n, 72)), 0.02 * rng.standard_normal((n, 72))
    shears = 0.75 * (rng.random(n) - 0.5)
    x = np.empty((n, 40))
    for i in range(n):
        place = np.linspace(0, 1, 72) * (lengths[i] - 1)  # in the padded template, whose shape ends at 12
        shape = scales[i] * np.interp(place, np.arange(72), np.pad(templates[labels[i]], (0, 60)))
        noise = np.convolve(np.pad(smooth[i], 8, mode="symmetric"), kernel, mode="valid")
        signal = np.where(np.roll(place < 12, shifts[i]), np.roll(shape, shifts[i]), noise)
        signal += sharp[i] - shears[i] * np.linspace(-0.5, 0.5, 72)
        x[i] = np.interp(np.linspace(0, 71, 40), np.arange(72), signal)
    return x


def split(k):
    """Signals for training, their labels with some of them wrong, then 600 new signals and their labels."""
    rng = stream(k, "signals")
    labels = rng.integers(0, 10, train_size + 600)
    x = signals(labels, rng)
    x = torch.tensor((x - x[:train_size].mean()) / x[:train_size].std(), dtype=torch.float32)
    given = labels[:train_size].copy()
    noise = stream(k, "label noise")
    wrong = noise.permutation(train_size)[: round(label_noise * train_size)]
    given[wrong] = (given[wrong] + noise.integers(1, 10, len(wrong))) % 10
    return x[:train_size], torch.tensor(given), x[train_size:], torch.tensor(labels[train_size:])


# %% One member
def linear(inputs, outputs, rng):
    """A layer with weights of variance 2 / inputs (He et al. 2015) and biases of 0."""
    layer = nn.Linear(inputs, outputs)
    values = np.sqrt(2 / inputs) * rng.standard_normal((inputs, outputs), dtype="float32")
    layer.weight.data = torch.tensor(values.T, dtype=torch.float32)
    nn.init.zeros_(layer.bias)
    return layer


def train(k, member, x, y):
    """This member of seed k; all members go through what they see in the same order."""
    rng = stream(k, f"initial values {member}")
    net = nn.Sequential(linear(40, width, rng), nn.ReLU(), linear(width, 10, rng))
    optimizer = torch.optim.Adam(net.parameters())
    orders, batch = stream(k, "order"), min(50, train_size)
    for epoch in range(epochs):
        optimizer.param_groups[0]["lr"] = learning_rate * (1 - epoch / epochs)  # falls to 0
        order = torch.tensor(orders.permutation(train_size))
        for start in range(0, train_size - batch + 1, batch):
            rows = order[start : start + batch]
            loss = nn.functional.cross_entropy(net(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return net


# %% Run
results = []
for k in range(seeds):
    x, y, new_x, new_y = split(k)
    draws = torch.tensor(stream(k, "bootstrap").integers(0, train_size, (members, train_size)))
    probabilities = []
    for member in range(members):
        seen = draws[member] if bagged else torch.arange(train_size)
        net = train(k, member, x[seen], y[seen])
        with torch.no_grad():
            probabilities.append(net(new_x).softmax(1))
    alone = np.mean([(each.argmax(1) == new_y).double().mean().item() for each in probabilities])
    together = (torch.stack(probabilities).mean(0).argmax(1) == new_y).double().mean().item()
    results.append(together)
    print(f"seed {k}: test accuracy {together:.3f} together, {alone:.3f} for a member on average")

result = float(np.mean(results))
print(f"result: {result:.6f}")
