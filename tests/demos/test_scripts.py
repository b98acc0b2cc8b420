"""The plain PyTorch file of a demo, set as a run was: which lines change, and that it runs."""

import subprocess
import sys

import pytest

from demos import kit
from demos.kit import scripts
from demos.kit.command import main
from tests.demos.runs import tiny

FILE = '''"""A line: by hand.

More of it.
"""
# %%
import math

# %% Parameters: those of the demo. Set rate = 0.0 for the control arm.
rate = 2e-3  # a step = this
search = "grid"
shift = -1.5
bare = True  # the arm; False: the control

# %% Run
rate_text = "rate = 7"
width = 3
result = rate * width
print(f"result: {result:.6f}")
'''


def changed(params) -> dict[str, str]:
    """The lines of the file that these parameters change, old to new."""
    lines = zip(FILE.splitlines(), scripts.filled(FILE, params).splitlines(), strict=True)
    return {old: new for old, new in lines if old != new}


@pytest.mark.parametrize(
    ("params", "lines"),
    [
        ({}, {}),
        ({"rate": 0.5}, {"rate = 2e-3  # a step = this": "rate = 0.5  # a step = this"}),
        ({"rate": 0.002, "shift": -1.5}, {}),
        ({"shift": 4}, {"shift = -1.5": "shift = 4"}),
        ({"search": 'a"b'}, {'search = "grid"': 'search = "a\\"b"'}),
        ({"width": 4, "result": 1}, {}),
    ],
    ids=["nothing", "a number", "values as they are", "an integer", "a word", "names outside the parameter cell"],
)
def test_only_the_parameters_that_differ_are_written_anew(params, lines):
    assert changed(params) == lines


def test_what_the_parameter_cell_assigns_is_known():
    assert scripts.used(FILE) == {"rate", "search", "shift", "bare"}


def test_a_file_is_taken_apart_into_what_it_says_and_its_cells():
    about, cells = scripts.cells(FILE)
    assert about == "A line: by hand.\n\nMore of it."
    assert [cell.heading.split(":")[0] for cell in cells] == ["", "Parameters", "Run"]
    assert cells[0].code == "import math"
    assert cells[2].code.startswith("rate_text")


def test_a_file_without_a_parameter_cell_is_refused():
    with pytest.raises(ValueError, match="no cell is headed 'Parameters'"):
        scripts.used("# %%\nx = 1\n")


@pytest.mark.parametrize("slug", kit.names())
def test_every_demo_has_a_file_that_takes_any_of_its_parameters(slug):
    text, chosen = scripts.plain(slug), kit.check(slug, {"seed": 123456789})
    assert {"seed", "seeds"} < scripts.used(text) & chosen.keys()
    filled = scripts.filled(text, chosen)
    assert "\nseed = 123456789\n" in filled
    compile(filled, slug, "exec")


def test_a_demo_without_a_file_is_told_where_it_goes():
    with pytest.raises(kit.DemoError, match=r"^my-demo has no plain PyTorch file; write demos/plain/my_demo\.py in "):
        scripts.plain("my-demo")


def test_the_command_writes_a_program_that_gives_what_the_demo_measured(tmp_path, capfdbinary):
    path = tmp_path / "arm.py"
    params = tiny("weight-decay", seed=3, weight_decay=7.0)
    main(["weight-decay", f"--script={path}", "--json", *(f"--{name}={value}" for name, value in params.items())])
    assert capfdbinary.readouterr().err == b""
    done = subprocess.run([sys.executable, path], capture_output=True, text=True, timeout=120, cwd=tmp_path)
    assert done.stderr == ""
    result = list(kit.run("weight-decay", params, device="cpu"))[-1]
    measured = result["series"]["test"]["decay"]["mean"][-1]
    assert float(done.stdout.splitlines()[-1].removeprefix("result: ")) == pytest.approx(measured, abs=1e-4)


def test_a_parameter_that_the_file_does_without_is_named(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(scripts, "FOLDER", tmp_path)
    (tmp_path / "dropout.py").write_text("# %% Parameters\ndropout = 0.5\nseed = 0\nseeds = 8\n", encoding="utf-8")
    quick = [f"--{name.replace('_', '-')}={value}" for name, value in tiny("dropout").items()]
    main(["dropout", *quick, "--json", f"--script={tmp_path / 'out.py'}"])
    note = "note: the plain file has one arm, which does without epochs, train_size, width\n"
    assert capfd.readouterr().err == note
    assert (tmp_path / "out.py").read_text(encoding="utf-8").splitlines()[1:] == [
        "dropout = 0.5",
        "seed = 0",
        "seeds = 2",
    ]


def test_a_file_that_is_missing_is_found_out_before_the_training(tmp_path, monkeypatch, capfd):
    monkeypatch.setattr(scripts, "FOLDER", tmp_path)
    for form in ("script", "notebook"):
        assert main(["dropout", f"--{form}={tmp_path / 'out'}"]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    assert [line.split(";")[0] for line in err.splitlines()] == ["error: dropout has no plain PyTorch file"] * 2
    assert list(tmp_path.iterdir()) == []
