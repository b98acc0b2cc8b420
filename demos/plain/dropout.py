"""Dropout in plain PyTorch: one network after the other, nothing batched.

The same experiment as `python -m demos dropout`: an over-sized network learns digits of which some have wrong labels.
This is the arm with dropout. Set `dropout = 0.0` for its control, or `label_noise = 0.0` to see that clean labels
leave nothing to gain.
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

# %% Parameters: those of the demo. Set dropout = 0.0 for the control arm.
dropout = 0.5
width = 128
label_noise = 0.2  # share of the training labels changed to another class
train_size = 600
epochs = 30
learning_rate = 2e-3
seeds = 16
seed = 0


# %% The data: each seed draws its own training and test images from the same 1,797
def stream(k, purpose):
    """The random numbers of seed k for one purpose, the same as in the demo."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(k, zlib.crc32(purpose.encode()))))


images, labels = load_digits(return_X_y=True)
images = torch.tensor(images / 16, dtype=torch.float32)  # pixels from 0 to 1


def split(k):
    """Training images, their labels with some of them wrong, test images, their labels."""
    order = stream(k, "split").permutation(len(images))
    train, test = order[:train_size], order[train_size:]
    given = labels[train]
    rng = stream(k, "label noise")
    wrong = rng.permutation(train_size)[: round(label_noise * train_size)]
    given[wrong] = (given[wrong] + rng.integers(1, 10, len(wrong))) % 10
    return images[train], torch.tensor(given), images[test], torch.tensor(labels[test])


# %% The network: two hidden layers, with dropout behind each
def network(k):
    """A new network with the initial values of seed k (He et al. 2015), all biases 0."""
    net = nn.Sequential(
        nn.Linear(64, width),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(width, width),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(width, 10),
    )
    rng = stream(k, "initial values 0")
    for layer in net:
        if isinstance(layer, nn.Linear):
            values = rng.standard_normal((layer.in_features, layer.out_features), dtype="float32")
            layer.weight.data = torch.tensor(values.T * np.sqrt(2 / layer.in_features), dtype=torch.float32)
            nn.init.zeros_(layer.bias)
    return net


def accuracy(net, x, y):
    """Share of right answers. eval() switches dropout off: every unit takes part."""
    net.eval()
    with torch.no_grad():
        return (net(x).argmax(1) == y).double().mean().item()


# %% The training
def train(k):
    """The training and the test accuracy of seed k after the last epoch."""
    x, y, test_x, test_y = split(k)
    net = network(k)
    optimizer = torch.optim.Adam(net.parameters(), lr=learning_rate)
    order = stream(k, "order")
    batch = min(50, train_size)  # examples in one update
    for _ in range(epochs):
        net.train()  # switches dropout on
        rows = torch.tensor(order.permutation(train_size))
        for step in range(train_size // batch):  # a rest that does not fill a batch is left out
            chosen = rows[step * batch : (step + 1) * batch]
            loss = nn.functional.cross_entropy(net(x[chosen]), y[chosen])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return accuracy(net, x, y), accuracy(net, test_x, test_y)


# %% Run
# Masks are drawn from torch's own generator, so with dropout the result agrees with the demo's only up to chance.
torch.manual_seed(seed)
results = []
for k in range(seeds):
    on_train, on_test = train(k)
    results.append(on_test)
    print(f"seed {k}: training accuracy {on_train:.3f}, test accuracy {on_test:.3f}")
result = float(np.mean(results))
print(f"result: {result:.6f}")
