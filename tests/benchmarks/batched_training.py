"""How fast is batched training, beside what else one could do? Run: python tests/benchmarks/batched_training.py

Two tasks, 64-128-10 on the digits and 2-64-64-2 on points of the plane, batch 64, Adam. Four ways of one step of M
networks, each with its own examples and initial values:

    loop        one `nn.Module` and one `torch.optim.Adam` each, one network after the other, as most people would
    vmap        `torch.func`: stacked modules, the gradient mapped over them, one Adam
    autograd    batched tensors and products, gradients by autograd (`demos.kit.bank`)
    by hand     forward and backward written out (`demos.kit.mlp`), what the demos use

With one thread the processor time of the thread counts, so that other work on the machine matters little; with more,
the clock, and the machine must be idle. Ways are measured in turns and the fastest window of each counts. Prints a
Markdown table: µs for a step of one network, how many times as fast as the loop, and what share that is of the fastest
product of two float32 matrices of 1,024 rows on this machine.
"""

import argparse
import platform
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count, pairwise

import torch
from torch import Tensor, nn

from demos.kit import digits
from demos.kit.bank import Bank
from demos.kit.mlp import he_normal
from demos.kit.optimizers import AdamW
from demos.kit.samples import Samples
from demos.kit.seeding import streams
from demos.kit.training import Training

TRAIN_SIZE, BATCH, LEARNING_RATE = 1200, 64, 1e-3
WINDOW, ROUNDS = 0.05, 15  # seconds in a window, windows of each way
ROWS = 1024  # of the matrices whose product is the measure
ALLOWED = 2.0  # times the error of the plain product, for a product that counts as float32

Step = Callable[[], object]


@dataclass(frozen=True)
class Task:
    name: str
    layers: tuple[int, ...]
    samples: Callable[[int], Samples]  # of so many models

    @property
    def work(self) -> int:
        """Floating-point operations of a step of one network: forward, weight gradients, and errors handed down."""
        products = [i * o for i, o in pairwise(self.layers)]
        return 2 * BATCH * (2 * sum(products) + sum(products[1:]))


def images(models: int) -> Samples:
    return digits.split(0, models, TRAIN_SIZE, torch.device("cpu")).train


def points(models: int) -> Samples:
    x = torch.randn(models, TRAIN_SIZE, 2)
    return Samples(x, (x.prod(-1) > 0).long())


TASKS = (Task("64-128-10", (64, 128, 10), images), Task("2-64-64-2", (2, 64, 64, 2), points))


def loop(task: Task, models: int) -> Step:
    samples = task.samples(models)
    nets = [network(task.layers) for _ in range(models)]
    optimizers = [torch.optim.Adam(net.parameters(), lr=LEARNING_RATE) for net in nets]
    batches = drawn(1)

    def step() -> None:
        chosen = next(batches)[0]
        for k, (net, optimizer) in enumerate(zip(nets, optimizers, strict=True)):
            optimizer.zero_grad()
            nn.functional.cross_entropy(net(samples.x[k, chosen]), samples.y[k, chosen]).backward()
            optimizer.step()

    return step


def vmap(task: Task, models: int) -> Step:
    samples, net, batches = task.samples(models), network(task.layers), drawn(models)
    values, _ = torch.func.stack_module_state([network(task.layers) for _ in range(models)])
    parameters = {name: value.detach().requires_grad_() for name, value in values.items()}
    optimizer = torch.optim.Adam(parameters.values(), lr=LEARNING_RATE, fused=True)

    def loss(own: dict[str, Tensor], x: Tensor, y: Tensor) -> Tensor:
        return nn.functional.cross_entropy(torch.func.functional_call(net, own, (x,)), y)

    gradients = torch.func.vmap(torch.func.grad(loss))

    def step() -> None:
        x, y = batch(samples, next(batches))
        for name, gradient in gradients({k: v.detach() for k, v in parameters.items()}, x, y).items():
            parameters[name].grad = gradient
        optimizer.step()

    return step


def autograd(task: Task, models: int) -> Step:
    samples, batches = task.samples(models), drawn(models)
    weights = he_normal(task.layers, streams(0, models, "initial values"))
    biases = [torch.zeros(models, 1, width) for width in task.layers[1:]]
    bank = Bank([*weights, *biases], 1, torch.device("cpu"), seeds=models)
    optimizer = AdamW(bank, [LEARNING_RATE])

    def step() -> None:
        hidden, y = batch(samples, next(batches))
        for k in range(len(weights)):
            hidden = torch.baddbmm(bank.values[len(weights) + k], hidden, bank.values[k])
            hidden = hidden.relu() if k < len(weights) - 1 else hidden
        losses = nn.functional.cross_entropy(hidden.transpose(1, 2), y, reduction="none").mean(1)
        bank.differentiate(losses)
        optimizer.step()

    return step


def by_hand(task: Task, models: int) -> Step:
    training = Training(task.layers, task.samples(models), 0, learning_rate=LEARNING_RATE, batch=BATCH)
    batches = drawn(models)
    return lambda: training.update(next(batches))


WAYS: dict[str, Callable[[Task, int], Step]] = {"loop": loop, "vmap": vmap, "autograd": autograd, "by hand": by_hand}


def network(layers: tuple[int, ...]) -> nn.Sequential:
    parts = [part for i, o in pairwise(layers) for part in (nn.Linear(i, o), nn.ReLU())]
    return nn.Sequential(*parts[:-1])


def drawn(models: int) -> Iterator[Tensor]:
    """Rows (models, batch) of the examples for each step."""
    rows = torch.randint(TRAIN_SIZE, (256, models, BATCH))
    return (rows[k % len(rows)] for k in count())


def batch(samples: Samples, rows: Tensor) -> tuple[Tensor, Tensor]:
    x = samples.x.gather(1, rows[..., None].expand(-1, -1, samples.x.shape[-1]))
    return x, samples.y.gather(1, rows)


def fastest(ways: dict[str, Step], clock: Callable[[], float]) -> dict[str, float]:
    """Seconds of one call of each way."""
    calls, best = {}, dict.fromkeys(ways, float("inf"))
    for name, step in ways.items():
        step()
        start = clock()
        step()
        calls[name] = max(1, int(WINDOW / max(clock() - start, 1e-7)))
    for _ in range(ROUNDS):
        for name, step in ways.items():
            start = clock()
            for _ in range(calls[name]):
                step()
            best[name] = min(best[name], (clock() - start) / calls[name])
    return best


def best_rate(clock: Callable[[], float]) -> float:
    """Floating-point operations a second of the fastest float32 product, by MKL or by oneDNN where that is exact."""
    left, right = torch.randn(ROWS, ROWS), torch.randn(ROWS, ROWS)
    exact = left.double() @ right.double()
    plain = float((left @ right - exact).abs().max())
    settings, rates = torch.backends.mkldnn.matmul, []
    for precision in ("none", "tf32", "bf16"):
        settings.fp32_precision = precision
        if float((left @ right - exact).abs().max()) <= ALLOWED * plain:
            rates.append(2 * ROWS**3 / fastest({"product": lambda: torch.mm(left, right)}, clock)["product"])
    settings.fp32_precision = "none"
    return max(rates)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=int, nargs="+", default=[1, 4, 8, 16, 32, 64])
    parser.add_argument("--threads", type=int, default=1)
    chosen = parser.parse_args()
    torch.set_num_threads(chosen.threads)
    clock = time.thread_time if chosen.threads == 1 else time.perf_counter
    best = best_rate(clock)
    print(f"{platform.machine()}, {chosen.threads} thread(s), torch {torch.__version__}, {best / 1e9:.0f} GFLOP/s\n")
    print(f"| network | models | {' | '.join(f'{way}, µs' for way in WAYS)} | {' | '.join(list(WAYS)[1:])} | of best |")
    print("|---" * (2 * len(WAYS) + 2) + "|")
    for task in TASKS:
        for models in chosen.models:
            seconds = fastest({name: way(task, models) for name, way in WAYS.items()}, clock)
            each = {name: value / models for name, value in seconds.items()}
            times = " | ".join(f"{value * 1e6:.1f}" for value in each.values())
            ratios = " | ".join(f"{each['loop'] / each[name]:.1f}×" for name in list(WAYS)[1:])
            share = task.work / each["by hand"] / best
            print(f"| {task.name} | {models} | {times} | {ratios} | {share:.0%} |", flush=True)


if __name__ == "__main__":
    main()
