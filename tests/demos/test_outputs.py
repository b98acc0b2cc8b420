"""What the command line writes besides the picture: tables, logs and maps."""

import csv
import io
import json
import sys
from collections import Counter
from dataclasses import replace
from types import ModuleType, SimpleNamespace
from xml.etree import ElementTree

import pytest

from demos import kit
from demos.kit import files, loggers, map_drawing, maps
from demos.kit.command import main
from demos.kit.experiment import Map
from tests.demos.runs import tiny

QUICK = ("--seeds=2", "--epochs=2", "--train-size=60", "--width=6", "--lang=en")
GRID = Map("dropout-raises-accuracy", ("dropout", (0.0, 0.5)), ("label_noise", (0.0, 0.2, 0.4)), {**tiny("dropout")})


@pytest.fixture
def mapped(monkeypatch):
    """Dropout with a map of six tiny runs."""
    monkeypatch.setattr("demos.dropout.demo", replace(kit.load("dropout"), map=GRID))


def output(capfdbinary) -> str:
    return capfdbinary.readouterr().out.decode()


# --- csv


def test_the_table_holds_every_point_of_the_curves_and_every_effect(tmp_path, capfdbinary):
    path = tmp_path / "run.csv"
    main(["dropout", *QUICK, "--json", f"--csv={path}"])
    result = json.loads(output(capfdbinary))
    with path.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert tuple(rows[0]) == files.COLUMNS
    assert Counter(row["kind"] for row in rows) == {"series": 4 * 3, "effect": 2 * 2}
    for claim in result["claims"]:
        effects = [float(row["effect"]) for row in rows if row["claim"] == claim["id"]]
        assert effects == claim["effects"]
    line = result["series"]["test"]["dropout"]
    found = [row for row in rows if (row["panel"], row["name"]) == ("test", "dropout")]
    assert [float(row["mean"]) for row in found] == line["mean"]
    assert {row["demo"] for row in rows} == {"dropout"}


def test_what_is_unknown_is_an_empty_field():
    line = {"x": [0.0], "mean": [None], "low": [None], "high": [1.0]}
    text = files.table({"demo": "d", "series": {"p": {'a, "b"': line}}, "claims": []})
    (row,) = csv.DictReader(io.StringIO(text))
    assert (row["name"], row["mean"], row["high"], row["effect"]) == ('a, "b"', "", "1.0", "")


# --- log


class Recorder:
    """Stands for a client: keeps what it is given."""

    def __init__(self):
        self.logged, self.params, self.closed = [], {}, False

    def log(self, values, step):
        self.logged.append((step, dict(values)))

    def close(self):
        self.closed = True


def fake_clients(monkeypatch) -> Recorder:
    """Modules with as much of each client as a run calls."""
    seen = Recorder()
    writer = SimpleNamespace(
        add_text=lambda _, text: seen.params.update(json.loads(text)),
        add_scalar=lambda name, value, step: seen.log({name: value}, step),
        close=seen.close,
    )
    run = SimpleNamespace(log=lambda values, step: seen.log(values, step), finish=seen.close)

    def init(*, mode, config, **_):
        assert mode == "offline"
        seen.params.update(config)
        return run

    contents = {
        "torch.utils.tensorboard": {"SummaryWriter": lambda comment: writer},
        "wandb": {"init": init, "Settings": dict},
        "mlflow": {
            "set_experiment": lambda name: None,
            "start_run": lambda run_name: None,
            "log_params": seen.params.update,
            "log_metrics": seen.log,
            "end_run": seen.close,
        },
    }
    for name, values in contents.items():
        module = ModuleType(name)
        vars(module).update(values)
        monkeypatch.setitem(sys.modules, name, module)
    return seen


@pytest.mark.parametrize("client", loggers.CLIENTS)
def test_a_client_gets_every_frame_and_then_the_effects(client, monkeypatch, capfdbinary):
    seen = fake_clients(monkeypatch)
    main(["dropout", *QUICK, "--json", "--log", client])
    result = json.loads(output(capfdbinary))
    assert seen.closed
    assert seen.params == result["params"]
    curve = [(step, values["test/dropout"]) for step, values in seen.logged if "test/dropout" in values]
    line = result["series"]["test"]["dropout"]
    assert curve == list(zip([0, 1, 2], line["mean"], strict=True))
    effects = {name: value for _, values in seen.logged for name, value in values.items() if name.endswith("/effect")}
    assert effects == {f"{claim['id']}/effect": claim["effect"] for claim in result["claims"]}


@pytest.mark.parametrize(("client", "package"), [(name, kind.package) for name, kind in loggers.CLIENTS.items()])
def test_a_client_that_is_not_installed_is_named_with_its_package(client, package, monkeypatch, capfd):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard" if client == "tensorboard" else client, None)
    assert main(["dropout", *QUICK, "--log", client]) == 2
    out, err = capfd.readouterr()
    assert (out, err) == ("", f"error: --log {client} needs a package that is not here: pip install {package}\n")


def test_a_client_that_does_not_start_is_one_line(monkeypatch, capfd):
    fake_clients(monkeypatch)

    def refuse(_):
        raise RuntimeError("no server\nand much more")

    monkeypatch.setattr(sys.modules["mlflow"], "set_experiment", refuse)
    assert main(["dropout", *QUICK, "--log", "mlflow"]) == 2
    assert capfd.readouterr().err == "error: mlflow does not start: no server\n"


# --- map


@pytest.mark.usefixtures("mapped")
def test_a_cell_of_the_map_is_a_run_with_its_parameters(capfdbinary):
    assert main(["dropout", "--map", "--seed=3", "--json"]) == 0
    found = json.loads(output(capfdbinary))
    cell = found["cells"][2][1]
    result = list(kit.run("dropout", tiny("dropout", dropout=0.5, label_noise=0.4, seed=3), device="cpu"))[-1]
    claim = next(claim for claim in result["claims"] if claim["id"] == GRID.claim)
    assert (cell["effect"], cell["ci95"]) == (claim["effect"], claim["ci95"])
    assert [row[0]["effect"] for row in found["cells"]] == [0, 0, 0], "no dropout, no effect"
    assert found["x"] == {"name": "dropout", "label": {"zh": "丢弃率", "en": "Dropout rate"}, "values": [0.0, 0.5]}
    assert "dropout" not in found["params"]


@pytest.mark.usefixtures("mapped")
def test_the_map_in_characters_has_the_largest_y_on_top(capfdbinary):
    main(["dropout", "--map", "--lang=en"])
    title, head, *rows, legend = output(capfdbinary).splitlines()
    assert head.split() == ["label_noise", "↑", "dropout", "→", "0", "0.5"]
    assert [row.split()[0] for row in rows] == ["0.4", "0.2", "0"]
    assert all(row.split()[1:3] == ["0", "0.0"] for row in rows)
    assert "95%" in legend
    assert title == kit.load("dropout").claims[1].text.en


@pytest.mark.usefixtures("mapped", "fonts")
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_map_is_drawn(tmp_path, language, capfdbinary):
    page, picture = tmp_path / "map.html", tmp_path / "map.png"
    main(["dropout", "--map", "--json", f"--html={page}", f"--png={picture}", "--lang", language])
    found = json.loads(output(capfdbinary))
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert page.read_text(encoding="utf-8").count("<tr>") == 1 + 6 + len(found["params"])
    root = ElementTree.fromstring(map_drawing.svg(found, language))
    assert found["text"][language] == root.get("aria-label")


def test_a_sign_says_on_which_side_of_0_an_interval_lies():
    assert [maps.sign(*ends) for ends in ((0.1, 0.2), (-0.2, -0.1), (-0.1, 0.1), (0.0, 0.0))] == ["+", "−", "0", "0"]


@pytest.mark.parametrize("slug", [slug for slug in kit.names() if kit.load(slug).map])
def test_every_map_can_be_run_as_it_is_declared(slug):
    demo = kit.load(slug)
    grid = maps.checked(demo, {})
    assert demo.map is not None
    assert demo.map.claim in {claim.id for claim in demo.claims}
    assert len(grid) <= 5
    assert len(grid[0]) <= 5


# --- mistakes


@pytest.mark.usefixtures("mapped")
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["dropout", "--csv", "/no/such/folder/x.csv"], "cannot write '/no/such/folder/x.csv'"),
        (["dropout", "--csv", "/proc/x.csv"], "cannot write '/proc/x.csv'"),
        (["dropout", "--csv", "."], "cannot write '.'"),
        (["dropout", "--csv", "x" * 5000], "File name too long"),
        (["dropout", "--csv", "a\0b"], "cannot write 'a\\x00b'"),
        (["dropout", "--csv", "same", "--html", "same"], "two outputs go to the same file"),
        (["dropout", "--log", "paper"], "argument --log: invalid choice: 'paper'"),
        (["dropout", "--map", "--width", "0"], "width must be a whole number from 2 to 512; got 0"),
        (["dropout", "--map", "--dropout", "0.1"], "--map sets dropout and label_noise itself; leave out dropout"),
        (["dropout", "--map", "--csv", "x.csv"], "--map takes --json, --html and --png, but not --csv"),
        (["dropout", "--map", "--stream"], "but not --stream"),
        (["dropout", "--map", "--script", "x.py"], "but not --script"),
        (["dropout", "--map", "--notebook", "x.ipynb"], "but not --notebook"),
        (["dropout", "--script", "/no/such/folder/x.py"], "cannot write '/no/such/folder/x.py'"),
        (["dropout", "--script", "same", "--notebook", "same"], "two outputs go to the same file"),
        (["dropout", "--report", "x"], "no parameter is called 'report'"),
        (["all"], "the following arguments are required: --report"),
        (["all", "--report", "/proc/report"], "cannot write '/proc/report'"),
        (["all", "--report", "/dev/null"], "cannot write '/dev/null'"),
        (["all", "--report", "r", "--seeds", "1"], "seeds must be a whole number from 2 to 32; got 1"),
        (["all", "--report", "r", "--width", "3"], "unrecognized arguments: --width 3"),
        (["all", "--report", "r", "--device", "tpu"], "device must be auto, cpu or cuda; got 'tpu'"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_written(arguments, message, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    out, err = capfd.readouterr()
    assert out == ""
    (line,) = err.splitlines()
    assert line.startswith("error: ")
    assert message in line
    assert len(line) < 250
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_kept_if_the_command_is_refused(tmp_path):
    path = tmp_path / "kept.csv"
    path.write_text("kept")
    assert main(["dropout", f"--csv={path}", "--device=tpu"]) == 2
    assert path.read_text() == "kept"
