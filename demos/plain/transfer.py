"""Transfer in plain PyTorch: one network after the other, nothing batched.

The same experiment as `python -m demos transfer`: a network that has learned five classes of signals goes on to
learn five others from few examples. Set `start = "scratch"` for the control, or `label_noise = 1.0` for a source
whose labels mean nothing.
"""

# %%
import zlib

import numpy as np
import torch
from torch import nn

# %% Parameters: those of the demo. Set start = "scratch" for the control arm.
start = "fine-tuned"  # or "scratch", or "frozen": only the last layer is trained
train_size = 200  # examples of the target task
label_noise = 0.0  # share of the source labels drawn anew at random
width = 64
epochs = 25
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


# %% The two tasks
def task(k, size, first, purpose):
    """Signals of the five classes from `first` on, and their labels from 0 to 4."""
    rng = stream(k, purpose)
    labels = rng.integers(0, 5, size)
    return signals(first + labels, rng), labels


def data(k):
    """Signals and labels of the source task, some of them drawn anew, of the target task, and of its test."""
    source, source_labels = task(k, 2400, 0, "source")
    rng = stream(k, "label noise")
    wrong = rng.permutation(2400)[: round(label_noise * 2400)]
    source_labels[wrong] = rng.integers(0, 5, len(wrong))
    # The demo trains on up to 8 times as many target examples, of which these are the first.
    target, target_labels = task(k, 8 * train_size, 5, "target")
    test, test_labels = task(k, 500, 5, "target test")
    mean, deviation = source.mean(), source.std()
    pairs = (source, source_labels), (target[:train_size], target_labels[:train_size]), (test, test_labels)
    return [(torch.tensor((x - mean) / deviation, dtype=torch.float32), torch.tensor(y)) for x, y in pairs]


# %% The network
def linear(inputs, outputs, rng):
    """A layer with weights of variance 2 / inputs (He et al. 2015) and biases of 0."""
    layer = nn.Linear(inputs, outputs)
    values = np.sqrt(2 / inputs) * rng.standard_normal((inputs, outputs), dtype="float32")
    layer.weight.data = torch.tensor(values.T, dtype=torch.float32)
    nn.init.zeros_(layer.bias)
    return layer


def network(rng):
    """Two hidden layers, and one output for each class of a task."""
    return nn.Sequential(linear(40, width, rng), nn.ReLU(), linear(width, width, rng), nn.ReLU(), linear(width, 5, rng))


def train(net, x, y, batches):
    """Adam on batches (share of the training that is done, rows), with a step size that falls to 0."""
    optimizer = torch.optim.Adam(values for values in net.parameters() if values.requires_grad)
    for done, rows in batches:
        optimizer.param_groups[0]["lr"] = learning_rate * (1 - done)
        loss = nn.functional.cross_entropy(net(x[rows]), y[rows])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()


def learn_source(k, x, y):
    """A network that has learned the source task."""
    net = network(stream(k, "initial values 0"))
    orders = stream(k, "order")
    train(net, x, y, [(e / epochs, rows) for e in range(epochs) for rows in np.split(orders.permutation(2400), 48)])
    return net


def learn_target(k, net, x, y):
    """Twelve updates an epoch, on 25 examples drawn with repeats."""
    draws, steps = stream(k, "draws"), 12 * epochs
    train(net, x, y, [(step / steps, (draws.random(25) * train_size).astype(int)) for step in range(steps)])


# %% Run
results = []
for k in range(seeds):
    source, target, (test_x, test_y) = data(k)
    net = network(stream(k, "initial values of the target"))
    if start != "scratch":
        learned = learn_source(k, *source)
        for own, given in zip(net[:4].parameters(), learned[:4].parameters(), strict=True):  # all but the last layer
            own.data.copy_(given.data)
            own.requires_grad_(start != "frozen")
    learn_target(k, net, *target)
    with torch.no_grad():
        accuracy = (net(test_x).argmax(1) == test_y).double().mean().item()
    results.append(accuracy)
    print(f"seed {k}: test accuracy on the target classes {accuracy:.3f}")

result = float(np.mean(results))
print(f"result: {result:.6f}")
