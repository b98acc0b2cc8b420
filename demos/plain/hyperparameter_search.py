"""Hyperparameter search in plain PyTorch: one candidate after the other, nothing batched.

The same experiment as `python -m demos hyperparameter-search`: random search over four hyperparameters; every
candidate is trained, and the one that does best on the validation images is judged on test images. Try a grid, by
`search = "grid"`, and a single dimension. It trains 768 small networks, which takes a few minutes.
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

# %% Parameters: those of the demo. Set search = "grid" for the control arm.
search = "random"
trials = 16  # at most; the largest full grid within it is what both searches have
dimensions = 4  # how many hyperparameters are searched; the others keep their defaults
width = 32
train_size = 300
epochs = 10
seeds = 16
seed = 0


# %% The data: of the same 1,797 digits, each seed draws its own images for training, validation and test
def stream(k, purpose):
    """The random numbers of seed k for one purpose, the same as in the demo."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(k, zlib.crc32(purpose.encode()))))


pixels, classes = load_digits(return_X_y=True)
images, labels = torch.tensor(pixels / 16, dtype=torch.float32), torch.tensor(classes)  # pixels from 0 to 1


def split(k):
    """Which images are for training, validation and test. The demo has 150 more that the winner is not judged by."""
    order = stream(k, "split").permutation(len(images))
    return order[:train_size], order[train_size : train_size + 150], order[train_size + 300 :]


# %% The hyperparameters: learning rate, weight decay, momentum, label smoothing
def values_at(place):
    """Their values at a place (dimensions,) of numbers from 0 to 1; those that are not searched have their defaults."""
    rate, decay, momentum, smoothing = [*place, *[0.5, 0.0, 0.9 / 0.98, 0.0][len(place) :]]
    return 10 ** (5 * rate - 5), 10 ** (4 * decay - 4), 0.98 * momentum, 0.3 * smoothing


side = int(trials ** (1 / dimensions) + 1e-9)  # values of each hyperparameter in the grid
budget = side**dimensions


def three_grids(rng):
    """All combinations (3, budget, dimensions), in random orders; each grid lies elsewhere, in a third of its own."""
    corners = np.array(list(itertools.product(range(side), repeat=dimensions)))
    thirds = rng.permuted([[0, 1, 2]] * dimensions, axis=1).T
    shifts = (thirds + rng.random((3, dimensions))) / 3
    return [rng.permutation((corners + shift) / side) for shift in shifts]


# %% The training of one candidate
def linear(inputs, outputs, rng):
    """A layer with weights of variance 2 / inputs (He et al. 2015) and biases of 0."""
    layer = nn.Linear(inputs, outputs)
    values = math.sqrt(2 / inputs) * rng.standard_normal((inputs, outputs), dtype=np.float32)
    layer.weight.data = torch.from_numpy(values).T.contiguous()
    nn.init.zeros_(layer.bias)
    return layer


def trained(k, place, train):
    """A network trained with these hyperparameters; all of a seed have the same initial values and batches."""
    rate, decay, momentum, smoothing = values_at(place)
    rng, orders = stream(k, "initial values"), stream(k, "order")
    network = nn.Sequential(linear(64, width, rng), nn.ReLU(), linear(width, 10, rng))
    optimizer = torch.optim.AdamW(network.parameters(), lr=rate, betas=(momentum, 0.999), weight_decay=decay)
    batches = [batch for _ in range(epochs) for batch in np.split(orders.permutation(train), range(50, len(train), 50))]
    for step, batch in enumerate(batches):
        optimizer.param_groups[0]["lr"] = rate * (1 - step / len(batches))  # falls to 0
        loss = nn.functional.cross_entropy(network(images[batch]), labels[batch], label_smoothing=smoothing)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return network


def accuracy(network, rows):
    with torch.no_grad():
        return (network(images[rows]).argmax(1) == labels[rows]).double().mean().item()


# %% Run: three searches for each seed
results = []
for k in range(seeds):
    train, validation, test = split(k)
    rng = stream(k, "search")
    grids = three_grids(rng)
    points = rng.random((3, budget, dimensions))
    tests = []
    for places in points if search == "random" else grids:
        networks = [trained(k, place, train) for place in places]
        winner = int(np.argmax([accuracy(network, validation) for network in networks]))
        tests.append(accuracy(networks[winner], test))
    results.append(float(np.mean(tests)))
    print(f"seed {k}: test accuracy of the winners {results[-1]:.3f}")

result = float(np.mean(results))
print(f"result: {result:.6f}")
