"""`demo.show(…)` where Python runs: a notebook's picture is updated in place, a prompt gets plots and an account."""

import re
import sys
from types import ModuleType, SimpleNamespace

import pytest
import torch

from demos import dropout, kit
from tests.demos.runs import tiny


class Notebook:
    """Stands for Jupyter: keeps every picture that a cell's one output has shown."""

    def __init__(self, monkeypatch, *, kernel: object):
        self.shown: list[str] = []
        ipython, display = ModuleType("IPython"), ModuleType("IPython.display")
        vars(ipython)["get_ipython"] = lambda: SimpleNamespace(kernel=kernel) if kernel else None
        vars(display).update(HTML=str, display=self._display)
        monkeypatch.setitem(sys.modules, "IPython", ipython)
        monkeypatch.setitem(sys.modules, "IPython.display", display)

    def _display(self, what: str, *, display_id: bool) -> SimpleNamespace:
        assert display_id, "else it could not be updated"
        self.shown.append(what)
        return SimpleNamespace(update=self.shown.append)


@pytest.fixture
def notebook(monkeypatch) -> Notebook:
    return Notebook(monkeypatch, kernel=object())


def measured(**params):
    return list(kit.run("dropout", tiny("dropout", **params), device="cpu"))[-1]


def without_time(result):
    return {key: value for key, value in result.items() if key != "seconds"}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_notebook_sees_it_train_and_in_the_end_the_verdict(notebook, language, capfd):
    shown = dropout.demo.show(**tiny("dropout", dropout=0.9), language=language, device="cpu")
    assert capfd.readouterr() == ("", "")
    title, *frames, last = notebook.shown
    assert title == dropout.demo.title.say(language)
    assert all("<svg" in frame and "%" in frame for frame in frames)
    assert re.findall(r"\d+%", frames[0])[0] == "0%"
    for claim in shown.result["claims"]:
        assert claim["sentence"][language] in last
    assert "<svg" in last
    assert "<pre>" in last
    assert without_time(shown.result) == without_time(measured(dropout=0.9))


def test_what_it_returns_is_short_to_see(notebook):
    shown = dropout.demo.show(**tiny("dropout"), device="cpu")
    assert re.fullmatch(r"<dropout: [0-2] of 2 claims hold>", repr(shown))


@pytest.mark.parametrize("ipython", [True, False])
def test_a_prompt_gets_the_plots_and_the_account(ipython, monkeypatch, capfd):
    if ipython:  # in a terminal: a shell without a kernel
        Notebook(monkeypatch, kernel=None)
    else:
        monkeypatch.delitem(sys.modules, "IPython", raising=False)
    shown = dropout.demo.show(**tiny("dropout"), language="en", device="cpu")
    out, err = capfd.readouterr()
    assert err == ""
    assert "Accuracy on new images" in out
    assert all(claim["sentence"]["en"] in out for claim in shown.result["claims"])
    assert dropout.demo.explanation.en in out


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"dropout": 2}, "dropout must be a number from 0.0 to 0.99; got 2"),
        ({"droput": 0.5}, "no parameter is called 'droput'; did you mean dropout?"),
        ({"seeds": 1}, "seeds must be a whole number from 2 to 32; got 1"),
        ({"language": "fr"}, "language must be zh or en; got 'fr'"),
        ({"device": "tpu"}, "device must be auto, cpu or cuda; got 'tpu'"),
    ],
)
def test_a_mistake_is_told_before_anything_is_shown(settings, message, notebook):
    with pytest.raises(kit.DemoError, match=f"^{re.escape(message)}"):
        dropout.demo.show(**settings)
    assert notebook.shown == []


def test_the_threads_of_the_caller_are_given_back(notebook):
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        dropout.demo.show(**tiny("dropout"), device="cpu")
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
