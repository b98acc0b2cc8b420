"""Over-parameterization in plain PyTorch: one network after the other, nothing batched.

The same experiment as `python -m demos over-parameterization`: a wide network learns random labels by heart. This is
the widest network. Set `width = 2` for the narrowest, its control, or `label_noise = 0.0` to give it the true labels.
The two solutions, from different initial values, both fit the training images, but disagree about new ones.
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

# %% Parameters: those of the demo. Set width = 2 for the narrowest network, the control.
width = 256
train_size = 200
label_noise = 1.0  # share of the training labels drawn anew from all ten classes
epochs = 200
learning_rate = 1e-2
seeds = 16
seed = 0


# %% The data: each seed draws its own training images and 500 for testing from the same 1,797
def stream(k, purpose):
    """The random numbers of seed k for one purpose, the same as in the demo."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(k, zlib.crc32(purpose.encode()))))


images, labels = load_digits(return_X_y=True)
images = torch.tensor(images / 16, dtype=torch.float32)  # pixels from 0 to 1


def split(k):
    """Training images, their labels with some of them random, test images, their labels."""
    order = stream(k, "split").permutation(len(images))
    train, test = order[:train_size], order[train_size : train_size + 500]
    given = labels[train]
    rng = stream(k, "label noise")
    random = rng.permutation(train_size)[: round(label_noise * train_size)]
    given[random] = rng.integers(0, 10, len(random))  # the right one included: one in ten stays as it is
    return images[train], torch.tensor(given), images[test], torch.tensor(labels[test])


# %% The network: one hidden layer
def network(k, solution):
    """A new network with the initial values of seed k for one of the solutions (He et al. 2015), all biases 0."""
    first, last = nn.Linear(64, width), nn.Linear(width, 10)
    rng = stream(k, f"initial values {solution}")
    for layer in (first, last):
        values = rng.standard_normal((layer.in_features, layer.out_features), dtype="float32")
        layer.weight.data = torch.tensor(values.T * np.sqrt(2 / layer.in_features), dtype=torch.float32)
        nn.init.zeros_(layer.bias)
    return nn.Sequential(first, nn.ReLU(), last)


def answers(net, x):
    """The class that the network finds likeliest for each image."""
    with torch.no_grad():
        return net(x).argmax(1)


def share(equal):
    """How many of these are true, from 0 to 1."""
    return equal.double().mean().item()


# %% The training
def train(k, solution, x, y):
    """The network of seed k that began at the initial values of this solution, after the last epoch."""
    net = network(k, solution)
    optimizer = torch.optim.Adam(net.parameters(), lr=learning_rate)
    falling = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 1 - epoch / epochs)  # to 0, along a line
    order = stream(k, "order")
    batch = min(50, train_size)  # examples in one update
    for _ in range(epochs):
        rows = torch.tensor(order.permutation(train_size))
        for step in range(train_size // batch):  # a rest that does not fill a batch is left out
            chosen = rows[step * batch : (step + 1) * batch]
            loss = nn.functional.cross_entropy(net(x[chosen]), y[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        falling.step()
    return net


# %% Run
parameters = sum(values.numel() for values in network(0, 0).parameters())
print(f"{parameters} parameters, {train_size} training images: {parameters / train_size:.1f} for each")
results = []
for k in range(seeds):
    x, y, test_x, test_y = split(k)
    one, other = train(k, 0, x, y), train(k, 1, x, y)
    on_train, on_test = share(answers(one, x) == y), share(answers(one, test_x) == test_y)
    agreement = share(answers(one, test_x) == answers(other, test_x))
    results.append(on_train)
    print(f"seed {k}: training accuracy {on_train:.3f}, test accuracy {on_test:.3f}, solutions agree {agreement:.3f}")
result = float(np.mean(results))
print(f"result: {result:.6f}")
