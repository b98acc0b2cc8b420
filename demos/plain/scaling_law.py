"""A scaling law in plain PyTorch: one regression after the other, nothing batched.

The same experiment as the regression of `python -m demos scaling-law`: linear models fit ever larger training sets,
a power law through all but the largest forecasts the error of the largest, and so measures the law's exponent. Try
`noise_std = 0.3`, which breaks the law, and another decay.
"""

# %%
import zlib

import numpy as np
import torch

# %% Parameters: those of the demo that matter to the regression.
decay = 1.0  # feature k has variance k^-(1 + decay); in theory the error falls with the exponent `decay`
noise_std = 0.0  # on the training targets
seeds = 16
seed = 0

features = 6000
teachers = 8  # targets of every seed, on the same examples; their mean error counts
sizes = [8, 16, 32, 64, 128, 256]

# %% The data
deviations = torch.arange(1, features + 1, dtype=torch.float64) ** (-(1 + decay) / 2)


def stream(k, purpose):
    """The random numbers of seed k for one purpose, the same as in the demo."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(k, zlib.crc32(purpose.encode()))))


def data(k):
    """True weights (features, teachers), examples (256, features) and their targets (256, teachers)."""
    rng = stream(k, "regression")

    def normal(rows, columns):
        return torch.from_numpy(rng.standard_normal((rows, columns), dtype=np.float32)).double()

    truth = normal(features, teachers)
    x = normal(sizes[-1], features) * deviations
    return truth, x, x @ truth + noise_std * normal(sizes[-1], teachers)


# %% The fit
def error(truth, x, y):
    """The expected squared error, on new examples, of the weights of least norm that fit these exactly."""
    # gelsd takes the least norm where, as here, there are more features than examples.
    weights = torch.linalg.lstsq(x, y, driver="gelsd").solution
    miss = (weights - truth) * deviations[:, None]
    return miss.square().sum(0).mean().item()


# %% Run
results = []
exponents = []
for k in range(seeds):
    truth, x, y = data(k)
    errors = np.array([error(truth, x[:size], y[:size]) for size in sizes])
    # A power law is a straight line through the logarithms; the largest size is held out.
    slope, height = np.polyfit(np.log(sizes[:-1]), np.log(errors[:-1]), 1)
    forecast = np.exp(height + slope * np.log(sizes[-1]))
    results.append(np.log(forecast))
    exponents.append(-slope)
    print(f"seed {k}: exponent {-slope:.3f}; forecast for {sizes[-1]}: {forecast:.6f}, measured {errors[-1]:.6f}")

print(f"mean exponent: {np.mean(exponents):.3f}, in theory {decay}")
result = float(np.exp(np.mean(results)))  # the geometric mean of the forecasts
print(f"result: {result:.6f}")
