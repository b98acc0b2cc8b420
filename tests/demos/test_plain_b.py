"""The second half of the plain-PyTorch twins: each finds what its demo finds, so that one checks the other."""

import pytest

from tests.demos.plain import Twin

EXACT = 1e-4  # all random numbers are shared, and none of these trainings is so unstable that rounding matters
DIGITS = {"seeds": 2, "train_size": 200, "seed": 3}
# Nothing explodes, or rounding would soon matter; yet many gradients are longer than the limit.
CALM = {"seeds": 6, "max_norm": 0.3, "gain": 0.7, "length": 5, "width": 8, "learning_rate": 0.06}

TWINS = (
    Twin(
        "batch-norm",
        {**DIGITS, "depth": 3, "width": 8, "epochs": 3, "batch_size": 20},
        "rates",
        "batch norm",
        EXACT,
        at=3,
    ),
    Twin(
        "batch-norm",
        {**DIGITS, "depth": 2, "width": 16, "epochs": 3, "batch_size": 20},
        "rates",
        "without",
        EXACT,
        at=1,
        constants={"normalized": False, "rate": 0.1},
    ),
    *(
        Twin(
            "initialization",
            {**DIGITS, "depth": 1, "width": 16, "epochs": 4, "learning_rate": 0.1, "init_std": 0.2},
            "learning",
            arm,
            EXACT,
            constants={"arm": arm},
        )
        for arm in ("He", "fixed", "Xavier", "twice He", "sigmoid, Xavier")
    ),
    *(
        Twin(
            "residual",
            {**DIGITS, "depth": 4, "width": 16, "epochs": 5, "learning_rate": 0.005},
            "learning",
            curve,
            EXACT,
            constants={"skip": skip},
        )
        for skip, curve in ((True, "residual, new images"), (False, "plain, new images"))
    ),
    *(
        Twin(
            "hyperparameter-search",
            {**DIGITS, "trials": 5, "dimensions": dimensions, "width": 8, "epochs": 2},
            "test",
            search,
            EXACT,
            constants={"search": search},
        )
        for search, dimensions in (("random", 2), ("grid", 1))
    ),
    *(
        Twin(
            "ensemble",
            {"seeds": 2, "members": 3, "width": 16, "label_noise": 0.2, "train_size": 120, "epochs": 5, "seed": 1},
            "test",
            curve,
            EXACT,
            constants={"bagged": bagged},
        )
        for bagged, curve in ((False, "ensemble"), (True, "bagged ensemble"))
    ),
    *(
        Twin(
            "transfer",
            {"seeds": 2, "train_size": 50, "label_noise": 0.2, "width": 16, "epochs": 2, "seed": 1},
            "steps",
            curve,
            EXACT,
            constants={"start": start},
        )
        for start, curve in (("scratch", "from scratch"), ("fine-tuned", "fine-tuned"), ("frozen", "frozen"))
    ),
    *(
        Twin(
            "depth-vs-width",
            {"seeds": 2, "width": 20, "turns": 0.5, "train_size": 120, "epochs": 5, "seed": 1},
            "test",
            curve,
            EXACT,
            constants={"deep": deep},
        )
        for deep, curve in ((True, "deep"), (False, "wide"))
    ),
    *(
        Twin(
            "compression",
            {"seeds": 2, "sparsity": 0.7, "width": 16, "train_size": 120, "epochs": 5, "seed": 1},
            "sparsity",
            f"{name}, trained",
            EXACT,
            at=4,
            constants={"by_size": by_size},
        )
        for by_size, name in ((True, "by size"), (False, "at random"))
    ),
    *(
        Twin("gradient-clipping", CALM, "loss", arm, EXACT, constants={"arm": arm, "measure": "loss"})
        for arm in ("clipping", "no clipping", "recurrence fixed")
    ),
    *(
        Twin("gradient-clipping", {**CALM, **wild}, "diverged", arm, EXACT, constants={"arm": arm})
        for arm, wild in (
            ("no clipping", {"learning_rate": 0.3, "width": 16, "seeds": 12}),
            ("recurrence fixed", {"learning_rate": 0.3, "gain": 1.8}),
        )
    ),
    *(
        Twin(
            "attention",
            {
                "seeds": 2,
                "period": 5,
                "spread": 2,
                "vocabulary": 12,
                "width": 16,
                "steps": 40,
                "smear": 0.25,
                "learning_rate": 0.01,
            },
            "accuracy",
            curve,
            EXACT,
            constants={"layers": layers},
        )
        for layers, curve in ((2, "two layers"), (1, "one layer"))
    ),
    Twin(
        "scaling-law",
        {"seeds": 2, "decay": 0.5, "noise_std": 0.2, "steps": 1, "train_size": 32},
        "regression",
        "forecast",
        EXACT,
    ),
)


@pytest.mark.parametrize("twin", TWINS, ids=lambda twin: f"{twin.slug}: {twin.panel} {twin.curve}")
def test_the_plain_file_finds_what_the_demo_finds(twin):
    assert twin.plain == pytest.approx(twin.demo, rel=twin.tolerance)
