"""The hash of what computes a result: it changes with the code that counts, and with nothing else."""

import ast

import pytest

from demos import kit
from demos.kit import provenance


def test_every_demo_has_a_hash_of_its_own():
    hashes = {kit.code_hash(slug) for slug in kit.names()}
    assert len(hashes) == len(kit.names())


def test_a_demo_reaches_what_trains_it_and_not_what_draws_it():
    reached = set(provenance._reached("demos.dropout"))
    assert {"demos.dropout", "demos.kit.training", "demos.kit.mlp", "demos.kit.digits", "demos.kit.claims"} <= reached
    assert not {"demos.kit.drawing", "demos.kit.page", "demos.kit.terminal", "demos.weight_decay"} & reached


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ('"""Another docstring."""\nx = 1\n\ndef f():\n    return x\n', True),
        ("x = 1  # a remark\n\n\ndef f():\n    return x\n", True),
        ("x = 2\n\ndef f():\n    return x\n", False),
    ],
)
def test_remarks_do_not_count_and_code_does(text, same):
    def seen(source):
        return ast.dump(provenance._without_remarks(ast.parse(source)))

    assert (seen(text) == seen('"""What it is."""\nx = 1\n\ndef f():\n    """Why."""\n    return x\n')) is same


def test_an_unknown_demo_has_none():
    with pytest.raises(kit.UnknownDemo):
        kit.code_hash("nosuch")
