"""Early stopping in plain PyTorch: one network after the other, nothing batched.

The same experiment as `python -m demos early-stopping`: an over-sized network learns digits of which some have wrong
labels. This is the arm that stops when the loss on held-out examples has not fallen for `patience` epochs, and goes
back to the weights of the best one. Set `stop_early = False` for its control, which trains to the end.
"""

# %%
import copy
import math
import zlib

import numpy as np
import torch
from torch import nn

try:
    from sklearn.datasets import load_digits
except ImportError:
    raise SystemExit("the digits come with scikit-learn, which is missing: pip install scikit-learn") from None

# %% Parameters: those of the demo. Set stop_early = False for the control arm.
patience = 5  # epochs in a row without a new lowest validation loss
validation_size = 200
label_noise = 0.3  # share of the training and validation labels changed to another class
train_size = 500
width = 128
epochs = 40  # at most
learning_rate = 4e-3
seeds = 16
seed = 0
stop_early = True  # the arm; False: the control, trained to the end


# %% The data: each seed draws its own training, validation and test images from the same 1,797
def stream(k, purpose):
    """The random numbers of seed k for one purpose, the same as in the demo."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(k, zlib.crc32(purpose.encode()))))


images, labels = load_digits(return_X_y=True)
images = torch.tensor(images / 16, dtype=torch.float32)  # pixels from 0 to 1


def split(k):
    """Images and labels for training, for validation and for testing; only the last have no wrong labels."""
    known = train_size + validation_size
    order = stream(k, "split").permutation(len(images))
    given = labels[order]
    rng = stream(k, "label noise")
    wrong = rng.permutation(known)[: round(label_noise * known)]
    given[wrong] = (given[wrong] + rng.integers(1, 10, len(wrong))) % 10
    x, y = images[order], torch.tensor(given)
    return (x[:train_size], y[:train_size]), (x[train_size:known], y[train_size:known]), (x[known:], y[known:])


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


def measure(net, x, y):
    """The mean cross-entropy, and the share of right answers."""
    with torch.no_grad():
        logits = net(x)
    return nn.functional.cross_entropy(logits, y).item(), (logits.argmax(1) == y).double().mean().item()


# %% The training
def train(k):
    """The epoch whose weights seed k keeps, and the test accuracy with them."""
    (x, y), validation, test = split(k)
    net = network(k)
    optimizer = torch.optim.Adam(net.parameters(), lr=learning_rate)
    order = stream(k, "order")
    batch = min(50, train_size)  # examples in one update
    lowest, best, kept = math.inf, 0, {}
    for epoch in range(epochs + 1):
        if epoch:  # the untrained network counts as epoch 0
            rows = torch.tensor(order.permutation(train_size))
            for step in range(train_size // batch):  # a rest that does not fill a batch is left out
                chosen = rows[step * batch : (step + 1) * batch]
                loss = nn.functional.cross_entropy(net(x[chosen]), y[chosen])
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        validation_loss, _ = measure(net, *validation)
        if validation_loss < lowest or not stop_early:
            lowest, best, kept = validation_loss, epoch, copy.deepcopy(net.state_dict())
        elif epoch - best >= patience:
            break
    net.load_state_dict(kept)  # those of the best epoch, not of the one at which it stopped
    return best, measure(net, *test)[1]


# %% Run
results = []
for k in range(seeds):
    epoch, accuracy = train(k)
    results.append(accuracy)
    print(f"seed {k}: kept epoch {epoch}, test accuracy {accuracy:.3f}")
result = float(np.mean(results))
print(f"result: {result:.6f}")
