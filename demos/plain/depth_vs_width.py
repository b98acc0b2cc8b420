"""Depth and width in plain PyTorch: one network after the other, nothing batched.

The same experiment as `python -m demos depth-vs-width`: a deep network learns to tell two spirals apart that wind
around each other. Set `deep = False` for the wide network, which has one hidden layer and about as many parameters,
or `turns = 0.25` for spirals that hardly wind. It trains 64 networks, which takes a few minutes.
"""

# %%
import itertools
import zlib

import numpy as np
import torch
from torch import nn

# %% Parameters: those of the demo. Set deep = False for the control arm.
deep = True
depth = 3  # of the deep network
width = 128  # of the wide one; the deep one is as wide as its parameters allow
turns = 2.75
train_size = 1000
epochs = 60
learning_rate = 0.03  # the second of four that are tried
seeds = 16
seed = 0


# %% The data: two arms of points in the plane
def stream(k, purpose):
    """The random numbers of seed k for one purpose, the same as in the demo."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(k, zlib.crc32(purpose.encode()))))


def spirals(k):
    """Points and the arms that they belong to: train_size for training, 400 for validation and 400 for the test."""
    rng = stream(k, "spirals")
    n = train_size + 800
    arm = rng.integers(0, 2, n)
    radius = np.sqrt(rng.random(n))  # so that the points lie evenly over the disc
    angle = 2 * np.pi * turns * radius + np.pi * arm
    points = 2 * np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]) + 0.05 * rng.standard_normal((n, 2))
    x, y, sizes = torch.tensor(points, dtype=torch.float32), torch.tensor(arm), [train_size, 400, 400]
    return list(zip(x.split(sizes), y.split(sizes), strict=True))


# %% The network
def shape(layers, units):
    """Inputs, units of each hidden layer, and classes."""
    return [2, *[units] * layers, 2]


def parameters(sizes):
    """How many weights and biases a network of these layers has."""
    return sum((inputs + 1) * outputs for inputs, outputs in itertools.pairwise(sizes))


layers, units = (depth, 1) if deep else (1, width)
while parameters(shape(layers, units + 1)) <= parameters(shape(1, width)):
    units += 1
print(f"{layers} hidden layers of {units} units, {parameters(shape(layers, units))} parameters")


def network(k):
    """A new network with the initial values of seed k (He et al. 2015), all biases 0."""
    rng = stream(k, "initial values 0")
    modules = []
    for inputs, outputs in itertools.pairwise(shape(layers, units)):
        layer = nn.Linear(inputs, outputs)
        values = np.sqrt(2 / inputs) * rng.standard_normal((inputs, outputs), dtype="float32")
        layer.weight.data = torch.tensor(values.T, dtype=torch.float32)
        nn.init.zeros_(layer.bias)
        modules += [layer, nn.ReLU()]
    return nn.Sequential(*modules[:-1])  # no activation after the last layer


def accuracy(net, x, y):
    """Share of right answers."""
    with torch.no_grad():
        return (net(x).argmax(1) == y).double().mean().item()


# %% The training
def train(k, rate, x, y):
    """A network of seed k, trained with this learning rate; whatever the rate, it sees the same batches."""
    net = network(k)
    optimizer = torch.optim.Adam(net.parameters())
    orders, batch = stream(k, "order"), min(50, train_size)
    for epoch in range(epochs):
        optimizer.param_groups[0]["lr"] = rate * (1 - epoch / epochs)  # falls to 0
        order = torch.tensor(orders.permutation(train_size))
        for start in range(0, train_size - batch + 1, batch):
            rows = order[start : start + batch]
            loss = nn.functional.cross_entropy(net(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return net


# %% Run: of four learning rates, each seed takes the one that does best on its validation points
results = []
for k in range(seeds):
    points, validation, test = spirals(k)
    rates = [learning_rate / 3, learning_rate, 3 * learning_rate, 9 * learning_rate]
    nets = [train(k, rate, *points) for rate in rates]
    best = int(np.argmax([accuracy(net, *validation) for net in nets]))
    results.append(accuracy(nets[best], *test))
    print(f"seed {k}: learning rate {rates[best]:.2g}, test accuracy {results[-1]:.3f}")

result = float(np.mean(results))
print(f"result: {result:.6f}")
