"""The hand-written bank against torch's own modules, autograd and optimizers, step by step."""

from itertools import islice, pairwise

import pytest
import torch
from torch import nn

from demos.kit import digits
from demos.kit.mlp import MLPs, dropped, he_normal, kept
from demos.kit.optimizers import AdamW
from demos.kit.seeding import streams
from demos.kit.training import Training

CPU = torch.device("cpu")
SEEDS, BATCH, STEPS = 3, 20, 60
SHAPES = [(64, 32, 10), (64, 24, 16, 10), (64, 7, 10), (64, 10)]


def bank(layers, arms: int) -> MLPs:
    return MLPs(he_normal(layers, streams(3, SEEDS, "initial values") * arms), arms, CPU)


def modules(nets: MLPs, layers) -> list[nn.Sequential]:
    """One torch module for each model of the bank, with the bank's values."""
    found = []
    for _ in range(nets.models):
        parts = []
        for i, o in pairwise(layers):
            parts += [nn.Linear(i, o), nn.ReLU()]
        found.append(nn.Sequential(*parts[:-1]))
    copy(nets, found)
    return found


def copy(nets: MLPs, twins: list[nn.Sequential]) -> None:
    for model, twin in enumerate(twins):
        for k, linear in enumerate(part for part in twin if isinstance(part, nn.Linear)):
            linear.weight.data.copy_(nets.weights[k][model, :, : linear.out_features].T)
            linear.bias.data.copy_(nets.biases[k][model, 0, : linear.out_features])


def assert_same(nets: MLPs, twins: list[nn.Sequential], **tolerance):
    for model, twin in enumerate(twins):
        linears = [part for part in twin if isinstance(part, nn.Linear)]
        for k, linear in enumerate(linears):
            size = linear.out_features
            torch.testing.assert_close(nets.weights[k][model, :, :size], linear.weight.data.T, **tolerance)
            torch.testing.assert_close(nets.biases[k][model, 0, :size], linear.bias.data, **tolerance)


def batches(nets: MLPs, rng: torch.Generator):
    images, labels = map(torch.from_numpy, digits.pool())
    while True:
        rows = torch.randint(len(labels), (nets.models, BATCH), generator=rng)
        yield images[rows], labels[rows]


@pytest.mark.parametrize("together", [True, False], ids=["from equal weights each time", "left to themselves"])
@pytest.mark.parametrize("decay", [(0.0, 0.0), (0.0, 0.5)], ids=["Adam", "AdamW"])
@pytest.mark.parametrize("layers", SHAPES)
def test_every_step_is_that_of_a_module_with_torchs_optimizer(layers, decay, together, rng):
    rates = (1e-3, 1e-3) if decay == (0.0, 0.0) else (1e-3, 5e-3)
    nets = bank(layers, arms=2)
    twins = modules(nets, layers)
    optimizer = AdamW(nets, rates, decay)
    theirs = []
    for k, twin in enumerate(twins):
        rate, shrink = rates[k // SEEDS], decay[k // SEEDS]
        plain, decoupled = torch.optim.Adam, torch.optim.AdamW
        values = twin.parameters()
        theirs.append(decoupled(values, rate, weight_decay=shrink) if shrink else plain(values, rate))
    for x, y in islice(batches(nets, rng), STEPS):
        nets.differentiate(x, nets.one_hot(y))
        optimizer.step()
        for k, (twin, their) in enumerate(zip(twins, theirs, strict=True)):
            their.zero_grad()
            nn.functional.cross_entropy(twin(x[k]), y[k]).backward()
            their.step()
        # One step differs by rounding; left to themselves, sixty steps let rounding grow.
        assert_same(nets, twins, rtol=1e-5, atol=2e-6 if together else 2e-4)
        if together:
            copy(nets, twins)


@pytest.mark.parametrize("layers", SHAPES)
def test_gradients_with_dropout_are_those_of_autograd_under_the_same_masks(layers, rng):
    rates = (0.0, 0.3)
    nets = bank(layers, arms=2)
    x, y = next(batches(nets, rng))
    nets.differentiate(x, nets.one_hot(y), rates, torch.Generator().manual_seed(5))

    masks = torch.Generator().manual_seed(5)
    weights = [weight.clone().requires_grad_() for weight in nets.weights]
    biases = [bias.clone().requires_grad_() for bias in nets.biases]
    hidden = x
    for k, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        hidden = hidden @ weight + bias
        if k < len(weights) - 1:
            shape = torch.Size((SEEDS, *hidden.shape[1:]))
            keep = torch.ones_like(hidden)
            keep[nets.rows(1)] = (~dropped(shape, rates[1], masks, CPU)) / kept(rates[1])
            hidden = hidden.relu() * keep
    logits = hidden[..., :10]
    loss = nn.functional.cross_entropy(logits.flatten(0, 1), y.flatten(), reduction="sum") / BATCH
    loss.backward()
    for own, reference in zip(nets.weight_gradients + nets.bias_gradients, weights + biases, strict=True):
        torch.testing.assert_close(own, reference.grad, rtol=1e-4, atol=1e-6)


def test_padding_stays_exactly_zero(rng):
    nets = bank((64, 8, 10), arms=1)
    optimizer = AdamW(nets, [1e-2], [0.3])
    for x, y in islice(batches(nets, rng), 20):
        nets.differentiate(x, nets.one_hot(y))
        optimizer.step()
    assert nets.weights[-1][..., 10:].abs().max() == 0
    assert nets.biases[-1][..., 10:].abs().max() == 0


def test_size_is_the_number_of_parameters_of_a_module():
    layers = (64, 24, 16, 10)
    assert bank(layers, arms=2).size == sum(p.numel() for p in modules(bank(layers, 1), layers)[0].parameters())


def test_predictions_are_those_of_the_modules(rng):
    layers = (64, 24, 16, 10)
    nets = bank(layers, arms=2)
    x, _ = next(batches(nets, rng))
    x = x[:SEEDS]
    expected = torch.stack([twin(x[k % SEEDS]).argmax(-1) for k, twin in enumerate(modules(nets, layers))])
    assert torch.equal(nets.predictions(x).flatten(0, 1), expected)


def test_accuracy_does_not_depend_on_how_the_examples_are_split(monkeypatch):
    samples = digits.split(1, SEEDS, 300, CPU).train
    nets = bank((64, 16, 10), arms=1)
    whole = nets.accuracy(samples.x, samples.y)
    monkeypatch.setattr("demos.kit.mlp.CHUNK", 1000)
    assert torch.equal(nets.accuracy(samples.x, samples.y), whole)


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9, 0.99])
def test_the_share_of_dropped_units_is_the_rate(rate, rng):
    count = 400_003  # not a multiple of four: the last word of random bits is only used in part
    share = dropped(torch.Size((count,)), rate, rng, CPU).double().mean().item()
    assert share == pytest.approx(rate, abs=5 * (rate * (1 - rate) / count) ** 0.5)


def test_dropped_units_are_independent_of_their_neighbours(rng):
    mask = dropped(torch.Size((400_000,)), 0.5, rng, CPU).double() - 0.5
    for lag in (1, 2, 3, 4, 5, 8):
        assert abs((mask[lag:] * mask[:-lag]).mean().item()) < 5 * 0.25 / 400_000**0.5


def test_between_two_arms_lie_the_means_of_their_weights(rng):
    rngs = streams(0, SEEDS, "one") + streams(0, SEEDS, "other")
    nets = MLPs(he_normal((64, 12, 10), rngs), 2, CPU)
    nets.biases[0].normal_(generator=rng)
    x, _ = next(batches(nets, rng))
    x = x[:SEEDS]
    torch.testing.assert_close(nets.between(0.0).logits(x, 0), nets.logits(x, 0))
    torch.testing.assert_close(nets.between(1.0).logits(x, 0), nets.logits(x, 1))
    middle = nets.between(0.5)
    torch.testing.assert_close(middle.weights[0], (nets.weights[0][:SEEDS] + nets.weights[0][SEEDS:]) / 2)
    torch.testing.assert_close(middle.biases[0], (nets.biases[0][:SEEDS] + nets.biases[0][SEEDS:]) / 2)


def test_arms_without_a_difference_stay_equal_and_starts_make_one():
    samples = digits.split(4, SEEDS, 100, CPU).train
    same = Training((64, 8, 10), samples, 4, arms=2, learning_rate=1e-2)
    apart = Training((64, 8, 10), samples, 4, arms=2, learning_rate=1e-2, starts=(0, 1))
    for training in (same, apart):
        training.epoch()
    assert torch.equal(*(same.nets.weights[0][same.nets.rows(arm)] for arm in (0, 1)))
    assert not torch.equal(*(apart.nets.weights[0][apart.nets.rows(arm)] for arm in (0, 1)))


def test_an_optimizer_wants_a_setting_for_every_arm():
    with pytest.raises(ValueError, match="2 arms need as many settings, got 1"):
        AdamW(bank((64, 10), arms=2), [1e-3], [0.0])
