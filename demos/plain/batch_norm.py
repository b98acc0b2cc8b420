"""Batch normalization in plain PyTorch: one network after the other, nothing batched over the seeds.

The same experiment as `python -m demos batch-norm`, for one of its six learning rates: a deep ReLU network with
batch normalization, trained by plain SGD. Try `normalized = False`, and rates of 0.1 and 10 on either side.
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

# %% Parameters: those of the demo. Set normalized = False for the control arm.
normalized = True
rate = 1.0  # the demo tries 0.032, 0.1, 0.32, 1, 3.2 and 10
depth = 10
batch_size = 50
width = 32
train_size = 500
epochs = 10
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
class BatchNorm(nn.Module):
    """Gives every unit mean 0 and variance 1 over the batch, then a scale and a shift that are learned."""

    def __init__(self):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(width))
        self.shift = nn.Parameter(torch.zeros(width))

    def forward(self, x, known):
        """x is (n, width); its first `known` rows give the statistics."""
        mean, variance = x[:known].mean(0), x[:known].var(0, correction=0)
        return self.scale * (x - mean) / torch.sqrt(variance + 1e-5) + self.shift


def linear(inputs, outputs, rng):
    """A layer with weights of variance 2 / inputs (He et al. 2015) and biases of 0."""
    layer = nn.Linear(inputs, outputs)
    values = math.sqrt(2 / inputs) * rng.standard_normal((inputs, outputs), dtype=np.float32)
    layer.weight.data = torch.from_numpy(values).T.contiguous()
    nn.init.zeros_(layer.bias)
    return layer


class Network(nn.Module):
    """`depth` hidden layers. A normalized one has no use for its own bias, which the mean takes off again."""

    def __init__(self, rng):
        super().__init__()
        self.hidden = nn.ModuleList([linear(64 if layer == 0 else width, width, rng) for layer in range(depth)])
        self.norms = nn.ModuleList([BatchNorm() for _ in range(depth)])
        self.last = linear(width, 10, rng)

    def forward(self, x, known):
        for layer, norm in zip(self.hidden, self.norms, strict=True):
            x = layer(x)
            x = torch.relu(norm(x, known) if normalized else x)
        return self.last(x)


# %% Run
batch = min(batch_size, train_size)
results = []
for k in range(seeds):
    x, y, new_x, new_y = split(k)
    network = Network(stream(k, "initial values"))
    optimizer = torch.optim.SGD(network.parameters(), lr=rate)
    orders = stream(k, "order")
    for _ in range(epochs):
        order = torch.from_numpy(orders.permutation(train_size))
        for start in range(0, train_size - batch + 1, batch):
            rows = order[start : start + batch]
            loss = nn.functional.cross_entropy(network(x[rows], batch), y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    # New images are normalized by the statistics of 100 training images, not by those of their own batch.
    known = x[:100]
    with torch.no_grad():
        logits = network(torch.cat([known, new_x]), len(known))[len(known) :]
    accuracy = (logits.argmax(1) == new_y).double().mean().item()
    results.append(accuracy)
    print(f"seed {k}: accuracy on new images {accuracy:.3f}")

result = float(np.mean(results))
print(f"result: {result:.6f}")
