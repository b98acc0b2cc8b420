"""The command line as a student meets it: exit codes, one line on standard error, only the result on output."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from demos import kit
from demos.kit.command import main
from demos.kit.flags import default_language

QUICK = ("--seeds=2", "--epochs=2", "--train-size=60", "--width=6")
HEAVY = {"torch", "gradio", "sentence_transformers", "ray", "plotly", "scipy", "sklearn", "matplotlib"}


def run(*arguments: str, **settings) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "PYTHONWARNINGS": "error", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, env=environment, **settings)


@pytest.mark.parametrize("arguments", [[], ["--help"], ["--json"], ["dropout", "--help"], ["dropout", "--width", "x"]])
def test_light_commands_load_nothing_heavy(arguments):
    program = f"""
import sys
from demos.kit.command import main
try:
    main({arguments!r})
except SystemExit:
    pass
print(sorted({HEAVY!r} & set(sys.modules)), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.stderr.splitlines()[-1] == "[]"


def test_the_catalogue_is_a_line_for_each_demo():
    done = run("demos")
    assert (done.returncode, done.stderr) == (0, "")
    assert [line.split()[0] for line in done.stdout.splitlines()] == list(kit.names())


def test_the_catalogue_as_json_is_that_of_the_kit():
    lines = run("demos", "--json").stdout.splitlines()
    assert [json.loads(line) for line in lines] == kit.catalogue()


@pytest.mark.parametrize("entry", [["demos", "dropout"], ["demos.dropout"]])
def test_a_run_prints_one_line_of_json_and_says_by_its_exit_code_that_no_claim_holds(entry):
    done = run(*entry, *QUICK, "--json", "--seed", "7")
    assert (done.returncode, done.stderr) == (1, "")
    (line,) = done.stdout.splitlines()
    result = json.loads(line)
    assert result["event"] == "result"
    assert result["params"]["seed"] == 7
    expected = list(kit.run("dropout", result["params"], device="cpu"))[-1]
    assert result["claims"] == expected["claims"], "the same numbers as from the library"


def test_a_run_whose_claims_hold_ends_with_0(capfdbinary):
    assert main(["weight-decay", "--seeds=8", "--epochs=50", "--seed=500000", "--lang=zh"]) == 0
    out, err = capfdbinary.readouterr()
    assert "论断成立" in out.decode()
    assert err == b""


def test_flags_take_underscores_and_numbers_in_any_notation(capfdbinary):
    main(["over_parameterization", *QUICK, "--learning_rate", "1e-3", "--label-noise=.5", "--json"])
    params = json.loads(capfdbinary.readouterr().out)["params"]
    assert (params["learning_rate"], params["label_noise"]) == (0.001, 0.5)


def test_streaming_prints_every_shown_frame_and_last_the_result(capfdbinary):
    main(["dropout", *QUICK, "--stream"])
    events = [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]
    assert [event["event"] for event in events[:-1]] == ["frame"] * (len(events) - 1)
    assert events[-1]["event"] == "result"
    assert len(events) > 1


@pytest.mark.usefixtures("fonts")
@pytest.mark.parametrize("language", ["zh", "en"])
def test_files_are_written_whole(tmp_path, capfdbinary, language):
    page, picture = tmp_path / "run.html", tmp_path / "run.png"
    main(["weight-decay", *QUICK, f"--html={page}", f"--png={picture}", "--lang", language])
    html = page.read_text(encoding="utf-8")
    assert html.startswith("<!doctype html>")
    assert f'lang="{language}"' in html
    assert 'src="http' not in html
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert capfdbinary.readouterr().err == b""


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["dropuot"], "no demo is called 'dropuot'; try dropout"),
        (["dropout", "--dropout", "nan"], "dropout must be a number from 0.0 to 0.99; got nan"),
        (["dropout", "--dropout", "-inf"], "dropout must be a number from 0.0 to 0.99; got -inf"),
        (["dropout", "--dropout", "-1e-4"], "dropout must be a number from 0.0 to 0.99; got -0.0001"),
        (["dropout", "--width", "1.5"], "width must be a whole number from 2 to 512; got 1.5"),
        (["dropout", "--width", "wide"], "width must be a whole number from 2 to 512; got 'wide'"),
        (["dropout", "--width", "9" * 5000], "width must be a whole number from 2 to 512; got"),
        (["dropout", "--seeds", "1"], "seeds must be a whole number from 2 to 32; got 1"),
        (["dropout", "--wdith", "3"], "no parameter is called 'wdith'; did you mean width?"),
        (["dropout", "3"], "no parameter is called '3'; it takes"),
        (["dropout", "--width"], "argument --width: expected one argument; see python -m demos dropout --help"),
        (["dropout", "--lang", "fr"], "argument --lang: invalid choice: 'fr'"),
        (["dropout", "--device", "tpu"], "device must be auto, cpu or cuda; got 'tpu'"),
        (["dropout", "--html", "/no/such/folder/x.html"], "cannot write '/no/such/folder/x.html'"),
        (["dropout", "--png", "."], "cannot write '.'"),
        (["--ponies"], "unrecognized arguments: --ponies"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(arguments, message, capfd):
    assert main(arguments) == 2
    out, err = capfd.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert line.startswith("error: ")
    assert message in line
    assert len(line) < 250


def test_the_language_is_that_of_the_locale(monkeypatch):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    assert default_language() == "en"
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    assert default_language() == "zh"
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    assert default_language() == "en"


def test_an_interrupt_ends_the_run_with_one_word():
    # Where the tests run in the background of a shell, interrupts are ignored, and a child would ignore them, too.
    program = (
        "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.executable, sys.argv[1:])"
    )
    demo = [sys.executable, "-m", "demos", "dropout", "--epochs=40", "--stream"]
    command = [sys.executable, "-c", program, *demo]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["event"] == "frame"
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err == "stopped\n"


def test_a_reader_that_leaves_early_is_no_error():
    command = [sys.executable, "-m", "demos", "dropout", *QUICK, "--stream"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == ""
        assert process.wait(timeout=60) == 0
