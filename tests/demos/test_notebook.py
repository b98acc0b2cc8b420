"""The notebook of a run: its structure by the format's own rules, and that its cells run in order by themselves."""

import base64
import json
import re
import subprocess
import sys

import pytest

from demos import kit
from demos.kit import scripts
from demos.kit.command import main
from tests.demos.runs import tiny

ARGUMENTS = [f"--{name}={value}" for name, value in tiny("weight-decay").items()]
# Jupyter runs cells one after the other in one namespace.
RUNNER = """
import json, sys
space = {}
for cell in json.load(open(sys.argv[1], encoding="utf-8"))["cells"]:
    if cell["cell_type"] == "code":
        exec(cell["source"], space)
"""

pytestmark = pytest.mark.usefixtures("fonts")


@pytest.fixture(params=["zh", "en"])
def language(request):
    return request.param


@pytest.fixture
def path(tmp_path, language, capfdbinary):
    """Of a notebook that the command has written."""
    main(["weight-decay", *ARGUMENTS, f"--notebook={tmp_path / 'run.ipynb'}", "--lang", language])
    assert capfdbinary.readouterr().err == b""
    return tmp_path / "run.ipynb"


@pytest.fixture
def notebook(path):
    return json.loads(path.read_text(encoding="utf-8"))


def test_it_keeps_to_the_format(notebook):
    assert set(notebook) == {"cells", "metadata", "nbformat", "nbformat_minor"}
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    assert notebook["metadata"]["kernelspec"]["name"] == "python3"
    ids = [cell["id"] for cell in notebook["cells"]]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name) for name in ids)
    for cell in notebook["cells"]:
        required = {"id", "cell_type", "metadata", "source"}
        if cell["cell_type"] == "code":
            assert set(cell) == required | {"execution_count", "outputs"}
        else:
            assert cell["cell_type"] == "markdown"
            assert set(cell) - {"attachments"} == required


def test_it_tells_what_was_claimed_and_measured_and_shows_the_picture(notebook, language):
    demo = kit.load("weight-decay")
    words = "\n".join(cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    assert words.startswith(f"# {demo.title.say(language)}")
    assert demo.equation in words
    assert "python -m demos weight-decay" in words
    assert words.count("✓") + words.count("✗") == len(demo.claims)
    (attached,) = [cell for cell in notebook["cells"] if "attachments" in cell]
    ((name, kinds),) = attached["attachments"].items()
    assert f"(attachment:{name})" in attached["source"]
    assert base64.b64decode(kinds["image/png"]).startswith(b"\x89PNG")


def test_its_code_is_the_plain_file_with_the_parameters_of_the_run(notebook):
    code = [cell["source"] for cell in notebook["cells"] if cell["cell_type"] == "code"]
    text = scripts.filled(scripts.plain("weight-decay"), tiny("weight-decay"))
    assert code[:-1] == [cell.code for cell in scripts.cells(text)[1]]


def test_its_cells_run_by_themselves_and_end_with_what_they_measured(path, tmp_path):
    command = [sys.executable, "-I", "-c", RUNNER, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert re.search(r"^result: \d", done.stdout, re.MULTILINE)


def test_the_same_run_gives_the_same_file_but_for_its_picture(path, tmp_path, language):
    again = tmp_path / "again.ipynb"
    main(["weight-decay", *ARGUMENTS, f"--notebook={again}", "--lang", language])
    assert again.read_bytes() == path.read_bytes()
