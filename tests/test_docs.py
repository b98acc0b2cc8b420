"""The README tells the truth: its map, its commands, its settings, its example of a note."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tutor.cli import app
from tutor.corpus.notes import read_note
from tutor.settings import Settings

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAP = README.split("```\ncorpus/")[1].split("```")[0]


def test_the_map_names_every_demo_and_every_part_of_the_tutor():
    demos = [path.name for path in (ROOT / "demos").glob("*.py") if not path.name.startswith("__")]
    parts = [path.parent.name for path in (ROOT / "tutor").glob("*/__init__.py")]
    modules = [path.name for path in (ROOT / "tutor").glob("*.py") if not path.name.startswith("__")]
    assert [name for name in demos + parts + modules if name not in MAP] == []


def test_every_command_is_in_the_table():
    names = {command.name or command.callback.__name__ for command in app.registered_commands}
    assert {name for name in names if f"`tutor {name}" not in README} == set()


def test_every_setting_is_explained():
    assert {name for name in Settings.model_fields if f"`TUTOR_{name.upper()}`" not in README} == set()


def test_the_files_and_pictures_that_it_links_are_there():
    links = re.findall(r"\]\((?!http)([^)#]+)\)", README) + re.findall(
        r"`((?:demos|tutor|corpus)/[\w/]+\.\w+)`", README
    )
    assert len(links) >= 2
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_two_commands_are_there_word_for_word():
    assert "pip install -e . && tutor serve" in README
    assert 'pip install -e ".[test]" && pytest' in README


def test_the_example_of_a_note_is_a_note(tmp_path):
    example = README.split("````markdown\n")[1].split("````")[0]
    (tmp_path / "dropout.en.md").write_text(example)
    note = read_note(tmp_path / "dropout.en.md")
    assert note.sections[0].keys
    assert note.sections[0].claims == ("dropout-narrows-gap",)


@pytest.mark.parametrize("line", re.findall(r"^python -m demos (\S+)", README, re.MULTILINE))
def test_the_demos_in_the_examples_exist(line):
    from demos.kit import names

    assert line == "#" or line in names()


def test_the_package_carries_corpus_encoder_and_data_and_works_from_elsewhere(tmp_path):
    import zipfile

    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)], cwd=ROOT, check=True
    )
    unpacked = tmp_path / "unpacked"
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        wheel.extractall(unpacked)
    code = "import tutor; print(tutor.__file__); from tutor.settings import shipped_corpus; print(shipped_corpus())"
    environment = {"PYTHONPATH": str(unpacked), "PATH": "", "TUTOR_HOME": str(tmp_path / "home")}
    run = {"cwd": tmp_path, "env": environment, "capture_output": True, "text": True, "check": True}
    where = subprocess.run([sys.executable, "-c", code], **run).stdout
    assert where.count(str(unpacked)) == 2
    asked = subprocess.run([sys.executable, "-m", "tutor", "ask", "what is dropout"], **run).stdout
    assert "[1]" in asked
    listed = subprocess.run(
        [sys.executable, "-m", "demos", "dropout", "--seeds", "2", "--epochs", "1", "--json"], **{**run, "check": False}
    )
    assert '"event": "result"' in listed.stdout
