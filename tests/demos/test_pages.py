"""Pages for people: that of one run, and the report of all demos."""

from dataclasses import replace
from html import escape

import pytest

from demos import kit
from demos.kit import command, gallery
from demos.kit.command import main
from demos.kit.flags import written
from demos.kit.page import page
from tests.demos.runs import tiny

SLUGS = ("dropout", "weight-decay")


@pytest.fixture
def few(monkeypatch):
    """Only two demos, in runs of two epochs."""
    for slug in SLUGS:
        demo = kit.load(slug)
        shorter = replace(demo, experiment=shortened(demo.experiment))
        monkeypatch.setattr(f"demos.{slug.replace('-', '_')}.demo", shorter)
    for module in (gallery, command):
        monkeypatch.setattr(module, "names", lambda: SLUGS)


def shortened(experiment):
    return lambda p, device: experiment(replace(p, epochs=2, train_size=60, width=6), device)


# --- one run


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_page_says_what_was_run_and_why_and_where_to_go_from_there(language):
    demo = kit.load("weight-decay")
    whole = page(list(kit.run("weight-decay", tiny("weight-decay"), device="cpu", every=99))[-1], language)
    assert escape(demo.equation) in whole
    assert escape(demo.explanation.say(language)) in whole
    for step in demo.tries:
        assert escape(step.text.say(language)) in whole
        assert f"<code>{written(demo, step.parameters)}</code>" in whole


# --- report


@pytest.mark.usefixtures("few")
@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_report_has_a_page_for_every_demo_and_an_index_of_them(tmp_path, language, capfdbinary):
    folder = tmp_path / "new" / "report"
    assert main(["all", "--report", str(folder), "--seeds=2", "--lang", language]) == 1
    lines = capfdbinary.readouterr().out.decode().splitlines()
    assert [line.split()[2] for line in lines[:-1]] == list(SLUGS)
    assert lines[-1] == str(folder / "index.html")
    assert sorted(path.name for path in folder.iterdir()) == ["dropout.html", "index.html", "weight-decay.html"]
    index = (folder / "index.html").read_text(encoding="utf-8")
    for slug in SLUGS:
        assert f'href="{slug}.html"' in index
        assert kit.load(slug).title.say(language) in index
        assert escape(kit.load(slug).equation) in index
        assert escape(kit.load(slug).explanation.say(language)) in index
        assert (folder / f"{slug}.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert index.count("<svg xmlns") == len(SLUGS)
    assert "http-equiv" in index


@pytest.mark.usefixtures("few")
def test_a_demo_that_breaks_does_not_stop_the_others(tmp_path, monkeypatch, capfdbinary):
    def broken(p, device):
        raise RuntimeError("<b>no</b> memory\nat all")
        yield

    monkeypatch.setattr("demos.dropout.demo", replace(kit.load("dropout"), experiment=broken))
    assert main(["all", "--report", str(tmp_path), "--seeds=2", "--lang=en"]) == 1
    first, second, _ = capfdbinary.readouterr().out.decode().splitlines()
    assert first.endswith("the run failed: RuntimeError: <b>no</b> memory")
    assert "weight-decay" in second
    index = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "&lt;b&gt;no" in index
    assert "<b>no" not in index
    assert not (tmp_path / "dropout.html").exists()


@pytest.mark.usefixtures("few")
def test_a_report_in_which_every_claim_holds_ends_with_0(tmp_path, monkeypatch):
    for slug in SLUGS:
        demo = kit.load(slug)
        easy = replace(demo, experiment=held(demo))
        monkeypatch.setattr(f"demos.{slug.replace('-', '_')}.demo", easy)
    assert main(["all", "--report", str(tmp_path), "--seeds=2"]) == 0


def held(demo):
    """An experiment whose every effect is 1."""
    from demos.kit.claims import judge
    from demos.kit.experiment import Frame, View

    return lambda p, device: iter([Frame(1, 1, lambda: View((), tuple(judge(c, [1.0, 1.0]) for c in demo.claims)))])
