"""The hash of what computes a result: it changes with the code that counts, and with nothing else."""

import tokenize
from io import StringIO
from pathlib import Path

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
    seen = provenance._without_remarks
    assert (seen(text) == seen('"""What it is."""\nx = 1\n\ndef f():\n    """Why."""\n    return x\n')) is same


@pytest.mark.parametrize("path", sorted(Path(kit.__file__).parent.parent.rglob("*.py")), ids=lambda path: path.stem)
def test_what_is_left_of_a_file_is_what_python_reads_in_it(path):
    """The reference is Python's own tokenizer, to which a docstring is a string that is a line by itself."""
    code = path.read_text(encoding="utf-8")
    before_command = code.partition("\nif __name__ ==")[0]
    assert tokens(provenance._without_remarks(code)) == tokens(before_command)


def tokens(code):
    layout = (tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENCODING)
    found = [token for token in tokenize.generate_tokens(StringIO(code).readline) if token.type != tokenize.COMMENT]
    told = [token for token in found if token.type != tokenize.NL]
    opens = [tokenize.INDENT, tokenize.NEWLINE]
    remarks = {
        token
        for before, token, after in zip([None, *told], told, told[1:], strict=False)
        if token.type == tokenize.STRING
        and (before is None or before.type in opens)
        and after.type in (tokenize.NEWLINE, tokenize.ENDMARKER)
    }
    return [token.string for token in told if token.type not in layout and token not in remarks]


def test_an_unknown_demo_has_none():
    with pytest.raises(kit.UnknownDemo):
        kit.code_hash("nosuch")
