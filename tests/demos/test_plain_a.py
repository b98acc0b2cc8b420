"""The first half of the plain-PyTorch twins: each finds what its demo finds, so that one checks the other."""

import ast
import sys
from dataclasses import replace

import pytest

from demos import kit
from tests.demos.plain import FOLDER, MARK, Twin, path, run, settings

SAME = 1e-4  # relative: all random numbers are shared, so that only rounding differs
LONGEST = 150  # lines that a student reads in one go
ALLOWED = {"numpy", "sklearn", "torch"} | sys.stdlib_module_names
SMALL = {"seeds": 2, "seed": 3, "train_size": 220, "width": 24, "learning_rate": 5e-3}

DROPOUT = Twin("dropout", {**SMALL, "epochs": 6, "dropout": 0.0}, "test", "no dropout", SAME)
DECAY = Twin("weight-decay", {**SMALL, "epochs": 20, "weight_decay": 3.0}, "test", "decay", SAME)
MEMORISED = Twin("over-parameterization", {**SMALL, "epochs": 30}, "memorising", "training", SAME)
STOPPED = Twin(
    "early-stopping",
    {**SMALL, "epochs": 25, "patience": 2, "validation_size": 80},
    "test",
    "kept by early stopping",
    SAME,
)
SHIFTED = Twin(
    "data-augmentation", {**SMALL, "epochs": 20, "learning_rate": 0.02, "shift": 3}, "test", "shifted at random", SAME
)
NOISY = Twin("noise-injection", {**SMALL, "epochs": 12}, "test", "noise drawn anew", SAME)
POLYNOMIAL = Twin("capacity", {"seeds": 2, "seed": 3, "trials": 5}, "errors", "new points", SAME)
SPARSE = Twin("l1-sparsity", {"seeds": 2, "seed": 3, "epochs": 60}, "explained", "L1, soft-thresholding", SAME, at=17)
PEAK = Twin("double-descent", {"seeds": 2, "seed": 3, "train_size": 60}, "error", "no penalty", SAME, at=6)
COSINE = Twin("learning-rate", {"seeds": 2, "seed": 3, "epochs": 10, "batch_size": 20}, "schedules", "cosine", SAME)
# The demo's curve has the momentum that is best for its condition number, which is the one given here.
VALLEY = Twin(
    "optimizers", {"seeds": 2, "seed": 3, "condition": 36.0, "momentum": (5 / 7) ** 2}, "steps", "momentum", SAME
)

TWINS = (
    DROPOUT,
    DECAY,
    replace(DECAY, parameters={**DECAY.parameters, "weight_decay": 0.0}, curve="no decay"),
    MEMORISED,
    replace(MEMORISED, parameters={**MEMORISED.parameters, "label_noise": 0.3}),
    STOPPED,
    replace(STOPPED, curve="trained to the end", constants={"stop_early": False}),
    SHIFTED,
    replace(SHIFTED, parameters={**SHIFTED.parameters, "shift": 0}, curve="as they are"),
    NOISY,
    replace(NOISY, curve="noise drawn once", constants={"drawn": "once"}),
    replace(NOISY, parameters={**NOISY.parameters, "noise_std": 0.0}, curve="no noise"),
    POLYNOMIAL,
    replace(POLYNOMIAL, parameters={**POLYNOMIAL.parameters, "degree": 3, "frequency": 2.0}),
    SPARSE,
    replace(SPARSE, curve="L2", constants={"penalty": "l2"}),
    PEAK,
    replace(PEAK, at=-1, constants={"ratio": 10.0}),
    replace(PEAK, parameters={**PEAK.parameters, "weight_decay": 0.03, "label_noise": 0.2}, curve="ridge 0.03"),
    COSINE,
    replace(COSINE, parameters={**COSINE.parameters, "momentum": 0.8}),
    *(
        replace(COSINE, curve=schedule, constants={"schedule": schedule})
        for schedule in ("constant", "constant, a tenth", "steps down")
    ),
    VALLEY,
    replace(VALLEY, parameters={**VALLEY.parameters, "momentum": 0.0}, curve="gradient descent"),
    replace(VALLEY, curve="Adam", constants={"optimizer": "Adam"}),
    # In the diagonal valley RMSprop arrives by chance only, and the last bit of every number decides when.
    replace(VALLEY, curve="RMSprop, aligned", constants={"optimizer": "RMSprop", "valley": "aligned"}),
)
EVERY = pytest.mark.parametrize("slug", kit.names())
FROM_SKLEARN = [slug for slug in kit.names() if "sklearn" in path(slug).read_text("utf-8")]


@pytest.mark.parametrize("twin", TWINS, ids=lambda twin: f"{twin.slug}: {twin.curve}")
def test_the_plain_file_finds_what_the_demo_finds(twin):
    assert twin.plain == pytest.approx(twin.demo, rel=twin.tolerance)


def test_with_masks_of_another_generator_dropout_finds_what_the_demo_finds_up_to_chance():
    parameters = {"seeds": 8, "seed": 3, "train_size": 200, "width": 64, "epochs": 20, "label_noise": 0.4}
    chance = Twin("dropout", parameters, "test", "dropout", tolerance=0.05)
    control = replace(chance, curve="no dropout")
    assert chance.plain == pytest.approx(chance.demo, rel=chance.tolerance)
    assert control.demo != pytest.approx(chance.demo, rel=chance.tolerance), "such chance would hide the dropout"


@pytest.mark.parametrize("slug", kit.names())
def test_a_parameter_of_the_demo_has_its_default(slug):
    defaults = kit.check(slug, {})
    given = {name: value for name, value in settings(slug).items() if name in defaults}
    assert {"seed", "seeds"} < set(given)
    assert given == {name: defaults[name] for name in given}


def test_every_demo_has_its_plain_file_and_every_plain_file_its_demo():
    assert sorted(file.stem for file in FOLDER.glob("*.py")) == [slug.replace("-", "_") for slug in kit.names()]


@EVERY
def test_a_plain_file_is_short_and_needs_nothing_of_the_demos(slug):
    text = path(slug).read_text("utf-8")
    assert len(text.splitlines()) <= LONGEST
    tree = ast.walk(ast.parse(text))
    imported = {
        name.split(".")[0]
        for node in tree
        if isinstance(node, ast.Import | ast.ImportFrom)
        for name in ([node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names])
    }
    assert imported <= ALLOWED


@EVERY
def test_a_plain_file_is_a_notebook_of_cells_too(slug):
    text = path(slug).read_text("utf-8")
    cells = [cell for cell in text.split(f"\n{MARK}") if cell.strip()]
    for cell in cells:
        ast.parse(cell.partition("\n")[2] if cell is not cells[0] else cell)
    assert cells[-1].rstrip().splitlines()[-1].startswith('print(f"result: {result:')


@pytest.mark.parametrize("slug", FROM_SKLEARN)
def test_without_scikit_learn_one_line_says_what_to_install(slug, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(SystemExit, match=r"^[^\n]*pip install scikit-learn$"):
        run(slug)
