"""Weight decay in plain PyTorch: one network after the other, nothing batched.

The same experiment as `python -m demos weight-decay`: an over-sized network learns digits of which some have wrong
labels. This is the arm whose weights shrink at every step. Set `weight_decay = 0.0` for its control, or
`label_noise = 0.0` to see that clean labels leave nothing to gain.
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

# %% Parameters: those of the demo. Set weight_decay = 0.0 for the control arm.
weight_decay = 1.0
width = 256
label_noise = 0.2  # share of the training labels changed to another class
train_size = 500
epochs = 60
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


# %% The network: one hidden layer
def network(k):
    """A new network with the initial values of seed k (He et al. 2015), all biases 0."""
    first, last = nn.Linear(64, width), nn.Linear(width, 10)
    rng = stream(k, "initial values 0")
    for layer in (first, last):
        values = rng.standard_normal((layer.in_features, layer.out_features), dtype="float32")
        layer.weight.data = torch.tensor(values.T * np.sqrt(2 / layer.in_features), dtype=torch.float32)
        nn.init.zeros_(layer.bias)
    return nn.Sequential(first, nn.ReLU(), last)


def accuracy(net, x, y):
    """Share of right answers."""
    with torch.no_grad():
        return (net(x).argmax(1) == y).double().mean().item()


# %% The training
def train(k):
    """The training and the test accuracy of seed k, and the mean size of a weight, after the last epoch."""
    x, y, test_x, test_y = split(k)
    net = network(k)
    # AdamW multiplies every weight by 1 - learning_rate * weight_decay, beside the step of Adam (Loshchilov and Hutter
    # 2019). In torch.optim.Adam, weight_decay is added to the gradient instead, and Adam's scaling undoes much of it.
    optimizer = torch.optim.AdamW(net.parameters(), lr=learning_rate, weight_decay=weight_decay)
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
    weights = [values.flatten() for values in net.parameters() if values.ndim == 2]  # the others are biases
    size = torch.cat(weights).abs().mean().item()
    return accuracy(net, x, y), accuracy(net, test_x, test_y), size


# %% Run
results = []
for k in range(seeds):
    on_train, on_test, size = train(k)
    results.append(on_test)
    print(f"seed {k}: training accuracy {on_train:.3f}, test accuracy {on_test:.3f}, mean |weight| {size:.4f}")
result = float(np.mean(results))
print(f"result: {result:.6f}")
