"""Compression: the claims on seeds that were never looked at, where they must fail, and PyTorch's own tools."""

import numpy as np
import pytest
import torch
from torch.nn.utils import prune

from demos import compression, kit
from tests.demos.runs import FRESH_SEED, claims, events

SIZE, REPAIRS, ROUNDING = "compression-size-matters", "compression-training-repairs", "compression-rounding-is-cheaper"
WEIGHTS = [torch.from_numpy(np.random.default_rng(0).standard_normal((3, 20, 10), dtype=np.float32))]


@pytest.mark.parametrize("claim", [SIZE, REPAIRS, ROUNDING])
def test_the_claims_hold_on_fresh_seeds(claim):
    assert claims("compression")[claim]["holds"]


@pytest.mark.parametrize("seed", [600_000, 600_001])
@pytest.mark.parametrize(
    ("claim", "params"), [(SIZE, {"sparsity": 0.99}), (REPAIRS, {"sparsity": 0.0}), (ROUNDING, {"bits": 2})]
)
def test_where_nothing_is_left_or_taken_no_claim_holds(claim, params, seed):
    assert not claims("compression", seeds=6, seed=seed, **params)[claim]["holds"]


@pytest.mark.parametrize("share", [0.0, 0.35, 0.99])
def test_pruning_by_size_is_that_of_pytorch(share):
    ours = compression.prune(WEIGHTS, [WEIGHTS[0].abs()], [share])[0][0]
    for own, weight in zip(ours, WEIGHTS[0], strict=True):
        layer = torch.nn.Linear(10, 20)
        layer.weight.data.copy_(weight)
        assert torch.equal(own, prune.l1_unstructured(layer, "weight", round(share * 200)).weight)


@pytest.mark.parametrize("bits", [2, 4, 8])
def test_rounding_is_that_of_pytorch(bits):
    most = 2 ** (bits - 1) - 1
    for own, weight in zip(compression.rounding(WEIGHTS, bits)[0], WEIGHTS[0], strict=True):
        step = float(weight.abs().max()) / most
        reference = torch.fake_quantize_per_tensor_affine(weight, step, 0, -most, most)
        assert torch.allclose(own, reference, atol=1e-6)
        assert len(own.unique()) <= 2 * most + 1


@pytest.fixture(scope="module")
def result():
    params = {"seed": FRESH_SEED, "seeds": 4, "epochs": 4, "sparsity": 0.55, "bits": 7}
    return list(kit.run("compression", params, device="cpu"))[-1]


def test_the_effects_are_the_differences_of_the_curves(result):
    by_sparsity, by_bits = result["series"]["sparsity"], result["series"]["bits"]
    at = by_sparsity["by size"]["x"].index(0.55)
    now, chance, later = (by_sparsity[name]["mean"][at] for name in ("by size", "at random", "by size, trained"))
    at = by_bits["all, rounded"]["x"].index(7)
    cheaper = by_bits["all, rounded"]["mean"][at] - by_bits["largest only"]["mean"][at]
    assert [claim["effect"] for claim in result["claims"]] == pytest.approx([now - chance, later - now, cheaper])


def test_the_rounding_error_is_step_over_root_12(result):
    lines = result["series"]["error"]
    from_three_bits = [row[1:] for row in (lines["measured"]["mean"], lines["step / √12"]["mean"])]
    assert from_three_bits[0] == pytest.approx(from_three_bits[1], rel=0.1)
    assert from_three_bits[0][3:] == pytest.approx(from_three_bits[1][3:], rel=0.01)


def test_unpruned_networks_are_alike_and_more_seeds_change_nothing():
    few, many = (events("compression", seeds=n, sparsity=0.0)[-1]["claims"] for n in (2, 3))
    assert few[0]["effects"] == [0, 0]
    for one, other in zip(few, many, strict=True):
        assert one["effects"] == pytest.approx(other["effects"][:2], abs=1e-6)
