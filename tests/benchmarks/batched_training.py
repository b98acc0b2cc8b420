"""How much faster is batched training than a loop over `nn.Module`s? Run: python tests/benchmarks/batched_training.py

32 networks 64-128-10 on the digits, batch 64, Adam, one thread. The loop is what most people would write: one
module and one `torch.optim.Adam` each, one network after the other. Both are measured in turns, by the
processor time of the thread, and the fastest window of each counts, so that other work on the machine
matters little. Prints the time of one step of one network, and the ratio.
"""

import argparse
import time
from collections.abc import Callable

import torch
from torch import nn

from demos.kit import digits
from demos.kit.training import Training

LAYERS, TRAIN_SIZE, BATCH, LEARNING_RATE = (64, 128, 10), 1200, 64, 1e-3
WINDOW, ROUNDS = 0.05, 15  # seconds in a window, windows of each way


def batched(models: int) -> Callable[[], None]:
    """One step of all models: as many seeds, each with its own split, batches and initial values."""
    split = digits.split(0, models, TRAIN_SIZE, torch.device("cpu"))
    training = Training(LAYERS, split.train, 0, learning_rate=LEARNING_RATE, batch=BATCH)
    rows = torch.randint(TRAIN_SIZE, (512, models, BATCH))
    turn = iter(range(10**9))
    return lambda: training.update(rows[next(turn) % len(rows)])


def looped(models: int) -> Callable[[], None]:
    """One step of each of as many modules, in turn."""
    samples = digits.split(0, models, TRAIN_SIZE, torch.device("cpu")).train
    inputs, hidden, classes = LAYERS
    nets = [nn.Sequential(nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, classes)) for _ in range(models)]
    optimizers = [torch.optim.Adam(net.parameters(), lr=LEARNING_RATE) for net in nets]
    rows = torch.randint(TRAIN_SIZE, (512, BATCH))
    turn = iter(range(10**9))

    def step() -> None:
        for k, (net, optimizer) in enumerate(zip(nets, optimizers, strict=True)):
            chosen = rows[next(turn) % len(rows)]
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(net(samples.x[k, chosen]), samples.y[k, chosen])
            loss.backward()
            optimizer.step()

    return step


def fastest(ways: dict[str, Callable[[], None]]) -> dict[str, float]:
    """Seconds of processor time of one call of each way."""
    calls, best = {}, dict.fromkeys(ways, float("inf"))
    for name, step in ways.items():
        step()
        start = time.thread_time()
        step()
        calls[name] = max(1, int(WINDOW / (time.thread_time() - start)))
    for _ in range(ROUNDS):
        for name, step in ways.items():
            start = time.thread_time()
            for _ in range(calls[name]):
                step()
            best[name] = min(best[name], (time.thread_time() - start) / calls[name])
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--models", type=int, nargs="+", default=[32])
    torch.set_num_threads(1)
    for models in parser.parse_args().models:
        seconds = fastest({"looped": looped(models), "batched": batched(models)})
        loop, batch = (seconds[name] / models * 1e6 for name in ("looped", "batched"))
        print(f"{models} models: loop {loop:.0f} µs, batched {batch:.1f} µs a step and model; ratio {loop / batch:.1f}")


if __name__ == "__main__":
    main()
