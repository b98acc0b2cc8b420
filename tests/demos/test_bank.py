"""Models differentiated by autograd as one batch, against torch's own modules and optimizers, step by step."""

from itertools import islice

import pytest
import torch
from torch import nn

from demos.kit.bank import Bank
from demos.kit.optimizers import SGD, AdamW, ModelwiseAdamW
from tests.demos.test_mlp import batches

CPU = torch.device("cpu")
SEEDS, ARMS, BATCH, STEPS = 3, 2, 20, 40
RATES, MOMENTA = (1e-2, 5e-2), (0.0, 0.9)


class Recurrent(nn.Module):
    """One tanh cell run over the rows of an image, without biases."""

    def __init__(self) -> None:
        super().__init__()
        self.cell = nn.RNN(8, 12, bias=False, batch_first=True)
        self.out = nn.Linear(12, 10, bias=False)

    def forward(self, x):
        return self.out(self.cell(x.unflatten(-1, (8, 8)))[0][:, -1])


@pytest.fixture
def bank(rng) -> Bank:
    shapes = (8, 12), (12, 12), (12, 10)
    return Bank(
        [torch.randn(SEEDS, *shape, generator=rng) / shape[0] ** 0.5 for shape in shapes], ARMS, CPU, seeds=SEEDS
    )


def logits(bank, x):
    enter, again, out = bank.values
    hidden = x.new_zeros(len(x), x.shape[1], 12)
    for row in x.unflatten(-1, (8, 8)).unbind(2):
        hidden = torch.tanh(row @ enter + hidden @ again)
    return hidden @ out


def losses(bank, x, y):
    return nn.functional.cross_entropy(logits(bank, x).transpose(1, 2), y, reduction="none").mean(1)


def twins_of(bank):
    found = []
    for model in range(bank.models):
        twin = Recurrent()
        values = [value[model].detach().T for value in bank.values]
        for parameter, value in zip(
            (twin.cell.weight_ih_l0, twin.cell.weight_hh_l0, twin.out.weight), values, strict=True
        ):
            parameter.data.copy_(value)
        found.append(twin)
    return found


def assert_same(bank, twins):
    for model, twin in enumerate(twins):
        theirs = twin.cell.weight_ih_l0, twin.cell.weight_hh_l0, twin.out.weight
        for value, parameter in zip(bank.values, theirs, strict=True):
            torch.testing.assert_close(value[model].detach(), parameter.detach().T, rtol=1e-3, atol=2e-4)


@pytest.mark.parametrize("optimizer", ["SGD", "AdamW"])
def test_every_step_is_that_of_a_module_with_torchs_optimizer(bank, rng, optimizer):
    twins = twins_of(bank)
    if optimizer == "SGD":
        own = SGD(bank, RATES, MOMENTA)
        theirs = [torch.optim.SGD(t.parameters(), RATES[k // SEEDS], MOMENTA[k // SEEDS]) for k, t in enumerate(twins)]
    else:
        own = AdamW(bank, RATES, MOMENTA)
        theirs = [
            torch.optim.AdamW(t.parameters(), RATES[k // SEEDS], weight_decay=MOMENTA[k // SEEDS])
            for k, t in enumerate(twins)
        ]
    for x, y in islice(batches(bank, rng), STEPS):
        bank.differentiate(losses(bank, x, y))
        own.step()
        for k, (twin, their) in enumerate(zip(twins, theirs, strict=True)):
            their.zero_grad()
            nn.functional.cross_entropy(twin(x[k]), y[k]).backward()
            their.step()
    assert_same(bank, twins)


def test_every_model_can_have_settings_of_its_own(bank, rng):
    twins = twins_of(bank)
    rates, decays, momenta = (torch.rand(bank.models, generator=rng) for _ in range(3))
    own = ModelwiseAdamW(bank, rates / 20, decays, momenta)
    theirs = [
        torch.optim.AdamW(
            twin.parameters(), float(rates[k]) / 20, betas=(float(momenta[k]), 0.999), weight_decay=float(decays[k])
        )
        for k, twin in enumerate(twins)
    ]
    for step, (x, y) in enumerate(islice(batches(bank, rng), STEPS)):
        scale = 1 - step / STEPS
        bank.differentiate(bank.cross_entropy(logits(bank, x), y))
        own.step(scale)
        for k, (twin, their) in enumerate(zip(twins, theirs, strict=True)):
            their.param_groups[0]["lr"] = float(rates[k]) / 20 * scale
            their.zero_grad()
            nn.functional.cross_entropy(twin(x[k]), y[k]).backward()
            their.step()
    assert_same(bank, twins)


def test_loss_and_accuracy_are_those_of_each_model_by_itself(bank, rng):
    x, y = next(batches(bank, rng))
    answers = logits(bank, x)
    found, right = bank.cross_entropy(answers, y), bank.accuracy(answers, y)
    for model in range(bank.models):
        torch.testing.assert_close(found[model], nn.functional.cross_entropy(answers[model], y[model]))
        assert right[divmod(model, SEEDS)] == (answers[model].argmax(-1) == y[model]).double().mean()
    assert bank.per_arm(torch.stack([found, found]))[1, 1, 2] == found[SEEDS + 2]


def test_slopes_are_those_of_each_models_own_loss(bank, rng):
    x, y = next(batches(bank, rng))
    answers = logits(bank, x)
    found = bank.slopes(bank.cross_entropy(answers, y), [answers])[0]
    torch.testing.assert_close(found, (answers.softmax(-1) - nn.functional.one_hot(y, 10)) / BATCH)


def test_clipping_is_that_of_torch_model_by_model(bank, rng):
    twins = twins_of(bank)
    x, y = next(batches(bank, rng))
    bank.differentiate(losses(bank, x, y))
    norms = bank.gradient_norms()
    limit = float(norms.median())
    bank.clip([limit, float("inf")])
    for k, twin in enumerate(twins):
        nn.functional.cross_entropy(twin(x[k]), y[k]).backward()
        norm = nn.utils.clip_grad_norm_(twin.parameters(), limit if k < SEEDS else float("inf"))
        torch.testing.assert_close(norms[k], norm, rtol=1e-4, atol=1e-6)
        torch.testing.assert_close(bank.values[0].grad[k], twin.cell.weight_ih_l0.grad.T, rtol=1e-4, atol=1e-6)


def test_no_model_has_a_part_in_the_gradient_of_another(bank, rng):
    x, y = next(batches(bank, rng))
    only_first = torch.zeros(bank.models)
    only_first[0] = 1
    bank.differentiate(losses(bank, x, y) * only_first)
    assert bank.gradient_norms()[0] > 0
    assert not bank.gradient_norms()[1:].any()


def test_arms_start_from_the_same_values_unless_all_are_given():
    same = Bank([torch.arange(6.0).view(SEEDS, 2)], ARMS, CPU, seeds=SEEDS)
    assert torch.equal(same.values[0][same.rows(0)], same.values[0][same.rows(1)])
    own = Bank([torch.arange(12.0).view(SEEDS * ARMS, 2)], ARMS, CPU, seeds=SEEDS)
    assert own.values[0].detach().flatten().tolist() == list(range(12))
    assert own.size == 2
