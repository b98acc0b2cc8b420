"""Residual connections in plain PyTorch: one network after the other, nothing batched over the seeds.

The same experiment as `python -m demos residual`, at the full depth: a network of 32 hidden layers whose blocks add
to what they are given. Try `skip = False`, for which they replace it, and a depth of 2.
"""

# %%
import math
import zlib

import numpy as np
import torch
from torch import nn

try:
    from sklearn.datasets import load_digits
except ImportError:
    raise SystemExit("the digits come with scikit-learn, which is missing: pip install scikit-learn") from None

# %% Parameters: those of the demo. Set skip = False for the control arm.
skip = True
depth = 32
width = 32
train_size = 500
epochs = 12
learning_rate = 0.001
seeds = 16
seed = 0


# %% The data: of the same 1,797 digits, each seed draws its own training images and 200 new ones
def stream(k, purpose):
    """The random numbers of seed k for one purpose, the same as in the demo."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(k, zlib.crc32(purpose.encode()))))


pixels, classes = load_digits(return_X_y=True)
images, labels = torch.tensor(pixels / 16, dtype=torch.float32), torch.tensor(classes)  # pixels from 0 to 1


def split(k):
    """Images and labels for training, then new ones."""
    order = stream(k, "split").permutation(len(images))
    train, new = order[:train_size], order[train_size : train_size + 200]
    return images[train], labels[train], images[new], labels[new]


# %% The network
def linear(inputs, outputs, rng, scale=1.0):
    """A layer with weights of variance 2 / inputs (He et al. 2015), times `scale`, and biases of 0."""
    layer = nn.Linear(inputs, outputs)
    values = scale * math.sqrt(2 / inputs) * rng.standard_normal((inputs, outputs), dtype=np.float32)
    layer.weight.data = torch.from_numpy(values).T.contiguous()
    nn.init.zeros_(layer.bias)
    return layer


class Network(nn.Module):
    """A first layer, `depth` blocks x ← x + W relu(x) + b, and a last layer; without `skip`, x ← W relu(x) + b."""

    def __init__(self, rng):
        super().__init__()
        # Divided by √depth, all branches together add about as much variance as comes in.
        branch = 1 / math.sqrt(depth) if skip else 1.0
        self.first = linear(64, width, rng)
        self.blocks = nn.ModuleList([linear(width, width, rng, branch) for _ in range(depth)])
        self.last = linear(width, 10, rng)

    def forward(self, x):
        x = self.first(x)
        for block in self.blocks:
            change = block(torch.relu(x))
            x = x + change if skip else change
        return self.last(torch.relu(x))


# %% Run
results = []
for k in range(seeds):
    x, y, new_x, new_y = split(k)
    network = Network(stream(k, "initial values"))
    optimizer = torch.optim.Adam(network.parameters(), lr=learning_rate)
    orders = stream(k, "order")
    for _ in range(epochs):
        order = torch.from_numpy(orders.permutation(train_size))
        for start in range(0, train_size - 49, 50):
            rows = order[start : start + 50]
            loss = nn.functional.cross_entropy(network(x[rows]), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    with torch.no_grad():
        accuracy = (network(new_x).argmax(1) == new_y).double().mean().item()
    results.append(accuracy)
    print(f"seed {k}: accuracy on new images {accuracy:.3f}")

result = float(np.mean(results))
print(f"result: {result:.6f}")
