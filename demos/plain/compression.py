"""Compression in plain PyTorch: one network after the other, nothing batched.

The same experiment as `python -m demos compression`: train a network, set the smallest weights of each layer to 0,
and train those that are left a little more. Set `by_size = False` to prune at random, or `sparsity = 0.0` for no
pruning. On the way the script also rounds all weights to a few bits, without further training.
"""

# %%
import copy
import zlib

import numpy as np
import torch
from torch import nn

try:
    from sklearn.datasets import load_digits
except ImportError:
    raise SystemExit("the digits come with scikit-learn, which is missing: pip install scikit-learn") from None

# %% Parameters: those of the demo. Set by_size = False for the control arm.
by_size = True
sparsity = 0.7  # share of each layer's weights set to 0
bits = 4  # for each weight, when rounded
width = 64
train_size = 1000
epochs = 20
learning_rate = 5e-3
seeds = 16
seed = 0


# %% The data: each seed draws its own training images and 500 new ones from the same 1,797 digits
def stream(k, purpose):
    """The random numbers of seed k for one purpose, the same as in the demo."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(k, zlib.crc32(purpose.encode()))))


pixels, classes = load_digits(return_X_y=True)
images, labels = torch.tensor(pixels / 16, dtype=torch.float32), torch.tensor(classes)  # pixels from 0 to 1


def split(k):
    """Images and labels for training, then new ones."""
    order = stream(k, "split").permutation(len(images))
    train, new = order[:train_size], order[train_size : train_size + 500]
    return images[train], labels[train], images[new], labels[new]


# %% The network and its training
def linear(inputs, outputs, rng):
    """A layer with weights of variance 2 / inputs (He et al. 2015) and biases of 0."""
    layer = nn.Linear(inputs, outputs)
    values = np.sqrt(2 / inputs) * rng.standard_normal((inputs, outputs), dtype="float32")
    layer.weight.data = torch.tensor(values.T, dtype=torch.float32)
    nn.init.zeros_(layer.bias)
    return layer


def update(net, optimizer, x, y):
    """One step on a batch."""
    loss = nn.functional.cross_entropy(net(x), y)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()


def trained(k, x, y):
    """A network with two hidden layers, trained by Adam."""
    rng, orders = stream(k, "initial values 0"), stream(k, "order")
    net = nn.Sequential(linear(64, width, rng), nn.ReLU(), linear(width, width, rng), nn.ReLU(), linear(width, 10, rng))
    optimizer = torch.optim.Adam(net.parameters())
    for epoch in range(epochs):
        optimizer.param_groups[0]["lr"] = learning_rate * (1 - epoch / epochs)  # falls to 0
        order = torch.tensor(orders.permutation(train_size))
        for start in range(0, train_size - 49, 50):
            rows = order[start : start + 50]
            update(net, optimizer, x[rows], y[rows])
    return net


def accuracy(net, x, y):
    """Share of right answers."""
    with torch.no_grad():
        return (net(x).argmax(1) == y).double().mean().item()


# %% Compression
def weights_of(net):
    """The weights of each layer; biases are few, and left alone."""
    return [layer.weight.data for layer in net if isinstance(layer, nn.Linear)]


def prune(k, net):
    """Sets weights to 0 in place and returns for each layer which ones are left."""
    rng, masks = stream(k, "random pruning"), []
    for weight in weights_of(net):
        chances = torch.tensor(rng.random((weight.shape[1], weight.shape[0])).T)
        score = (weight.abs() if by_size else chances).flatten()
        mask = torch.ones_like(score)
        mask[score.argsort()[: round(sparsity * len(score))]] = 0
        masks.append(mask.view_as(weight))
        weight *= masks[-1]
    return masks


def retrain(k, net, masks, x, y):
    """100 further updates of the weights that are left."""
    draws, optimizer = stream(k, "draws"), torch.optim.Adam(net.parameters())
    for step in range(100):
        optimizer.param_groups[0]["lr"] = learning_rate * (1 - step / 100)
        rows = draws.permutation(train_size)[:50]
        update(net, optimizer, x[rows], y[rows])
        for weight, mask in zip(weights_of(net), masks, strict=True):
            weight *= mask  # what is pruned stays 0


def quantize(net):
    """Rounds the weights of each layer in place to whole multiples of a step, as many as the bits can count."""
    for weight in weights_of(net):
        step = weight.abs().max() / (2 ** (bits - 1) - 1)
        weight.copy_((weight / step).round() * step)


# %% Run
results = []
for k in range(seeds):
    x, y, new_x, new_y = split(k)
    net = trained(k, x, y)
    rounded = copy.deepcopy(net)
    quantize(rounded)
    found = [accuracy(net, new_x, new_y), accuracy(rounded, new_x, new_y)]
    masks = prune(k, net)
    found.append(accuracy(net, new_x, new_y))
    retrain(k, net, masks, x, y)
    results.append(accuracy(net, new_x, new_y))
    said = f"in full {found[0]:.3f}, in {bits} bits {found[1]:.3f}, pruned {found[2]:.3f}"
    print(f"seed {k}: test accuracy {said}, trained again {results[-1]:.3f}")

result = float(np.mean(results))
print(f"result: {result:.6f}")
