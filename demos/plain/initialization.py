"""Initial weights in plain PyTorch: one network after the other, nothing batched over the seeds.

The same experiment as `python -m demos initialization`: a deep network trained by SGD from weights of one deviation.
He's keeps the size of the signal from layer to layer of a ReLU network; with the others it shrinks or grows. Try
another arm, and with it a depth of 1.
"""

# %%
import itertools
import math
import zlib

import numpy as np
import torch
from torch import nn

try:
    from sklearn.datasets import load_digits
except ImportError:
    raise SystemExit("the digits come with scikit-learn, which is missing: pip install scikit-learn") from None

# %% Parameters: those of the demo. Set arm = "fixed" for the control arm.
arm = "He"  # or "fixed", "Xavier", "twice He", "sigmoid, Xavier"
init_std = 0.05  # of the arm "fixed"
init_var = 0.0  # its variance instead; 0: that of init_std
depth = 10
width = 64
train_size = 500
epochs = 10
learning_rate = 0.05
seeds = 16
seed = 0


# %% The data: of the same 1,797 digits, each seed draws its own training images and 200 new ones
def stream(k, purpose):
    """The random numbers of seed k for one purpose, the same as in the demo."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(k, zlib.crc32(purpose.encode()))))


pixels, classes = load_digits(return_X_y=True)
images, labels = torch.tensor(pixels / 16, dtype=torch.float32), torch.tensor(classes)  # pixels from 0 to 1


def split(k):
    """Images and labels for training, then new ones, with mean 0 and deviation 1 over all training pixels."""
    order = stream(k, "split").permutation(len(images))
    train, new = order[:train_size], order[train_size : train_size + 200]
    mean, deviation = images[train].mean(), images[train].std()
    return (images[train] - mean) / deviation, labels[train], (images[new] - mean) / deviation, labels[new]


# %% The network
def deviation_of(inputs, outputs):
    """The deviation of the initial weights of a layer."""
    he, xavier = math.sqrt(2 / inputs), math.sqrt(2 / (inputs + outputs))
    return {
        "He": he,
        "fixed": math.sqrt(init_var) or init_std,
        "Xavier": xavier,
        "twice He": 2 * he,
        "sigmoid, Xavier": xavier,
    }[arm]


def network(rng):
    """`depth` hidden layers; every arm starts from the same normal numbers, times its deviation, and biases of 0."""
    sizes = [64, *[width] * depth, 10]
    modules = []
    for inputs, outputs in itertools.pairwise(sizes):
        layer = nn.Linear(inputs, outputs)
        values = deviation_of(inputs, outputs) * rng.standard_normal((inputs, outputs), dtype=np.float32)
        layer.weight.data = torch.from_numpy(values).T.contiguous()
        nn.init.zeros_(layer.bias)
        modules += [layer, nn.Sigmoid() if arm == "sigmoid, Xavier" else nn.ReLU()]
    return nn.Sequential(*modules[:-1])  # no activation after the last layer


# %% Run
results = []
for k in range(seeds):
    x, y, new_x, new_y = split(k)
    net = network(stream(k, "initial values"))
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate)
    orders = stream(k, "order")
    for _ in range(epochs):
        order = torch.from_numpy(orders.permutation(train_size))
        for start in range(0, train_size - 49, 50):
            rows = order[start : start + 50]
            loss = nn.functional.cross_entropy(net(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    with torch.no_grad():
        accuracy = (net(new_x).argmax(1) == new_y).double().mean().item()
    results.append(accuracy)
    print(f"seed {k}: accuracy on new images {accuracy:.3f}")

result = float(np.mean(results))
print(f"result: {result:.6f}")
