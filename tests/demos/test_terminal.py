"""A run in a terminal: what is drawn while it trains and how often, and the account of it in the end."""

import io
import re

import pytest
from rich.cells import cell_len

from demos import kit
from demos.kit import account, terminal
from demos.kit.flags import written
from tests.demos.runs import tiny

TITLE = "Accuracy on new images"


class Terminal(io.StringIO):
    """A standard error that says it is a terminal, and keeps what it is sent."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def watch(monkeypatch):
    """What a terminal of 80 columns sees of events; they must come through."""

    def seen(events, *, lines=40, **settings) -> str:
        for name, value in {"COLUMNS": "80", "LINES": str(lines), "TERM": "xterm-256color"}.items():
            monkeypatch.setenv(name, value)
        screen = Terminal()
        with monkeypatch.context() as patch:
            patch.setattr("sys.stderr", screen)
            assert [event["event"] for event in terminal.with_progress(events, "the title", **settings)]
        return screen.getvalue()

    return seen


@pytest.fixture
def clock(monkeypatch):
    """Seconds that pass only when a test says so."""
    now = [100.0]
    monkeypatch.setattr(terminal, "time", type("Clock", (), {"monotonic": staticmethod(lambda: now[0])}))
    return now


def run(**params):
    return list(kit.run("dropout", tiny("dropout", **params), device="cpu", every=0))


def test_events_pass_through_and_nothing_is_written_where_there_is_no_terminal(capfd):
    events = run()
    assert list(terminal.with_progress(events, "title", plotted_in="en")) == events
    assert capfd.readouterr() == ("", "")


@pytest.mark.usefixtures("clock")
def test_a_terminal_sees_the_plots_of_a_frame_above_the_bar(watch):
    seen = watch(run(), plotted_in="en")
    assert seen.rindex(TITLE) < seen.rindex("the title")


@pytest.mark.parametrize("settings", [{}, {"plotted_in": "en", "lines": terminal.HEIGHT + 1}])
def test_without_a_language_or_without_room_there_is_only_the_bar(settings, watch):
    seen = watch(run(), **settings)
    assert "the title" in seen
    assert TITLE not in seen


@pytest.mark.parametrize(("cost", "wanted"), [(0.0, [0, 0.25, 0.5, 0.75]), (0.03125, [0, 0.656])])
def test_plots_are_drawn_five_times_a_second_and_less_often_where_that_is_slow(cost, wanted, clock, watch, monkeypatch):
    drawn = []

    def plots(event, *_, **__):
        drawn.append(clock[0] - 100)
        clock[0] += cost
        return "plot"

    def frames():
        for step in range(1, 9):
            yield {"event": "frame", "step": step, "progress": step / 8, "panels": []}
            clock[0] += 0.125

    monkeypatch.setattr(terminal, "plots", plots)
    watch(frames(), plotted_in="en")
    assert drawn == pytest.approx(wanted, abs=0.01)


def test_only_the_first_plots_that_fit_are_drawn():
    result = run()[-1]
    two = terminal.plots(result, "en", colour=False)
    one = terminal.plots(result, "en", colour=False, rows=2 * terminal.HEIGHT - 1)
    assert two.startswith(one)
    assert len(one.splitlines()) <= terminal.HEIGHT < len(two.splitlines())
    assert terminal.plots(result, "en", colour=False, rows=terminal.HEIGHT - 1) == ""


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("slug", kit.names())
def test_the_account_names_verdict_equation_reason_and_what_to_try_next(slug, language):
    demo = kit.load(slug)
    result = list(kit.run(slug, tiny(slug), device="cpu", every=99))[-1]
    told = account.account(result, language, colour=False)
    for claim in result["claims"]:
        assert account.MARKS[claim["holds"]] + claim["sentence"][language] in told
    assert demo.equation.splitlines()[0] in told
    assert demo.explanation.say(language) in told
    for step in demo.tries:
        assert step.text.say(language) in told
        assert f"    python -m demos {slug} --" in told
    narrow = account.account(result, language, colour=False, width=80)
    words = [line for line in narrow.splitlines() if "python -m" not in line and not re.search("[│┤┌└]", line)]
    assert max(map(cell_len, words)) <= 90


def test_lines_break_between_words_and_han_letters_but_not_before_punctuation():
    assert account.folded("one two three", 7, "  ").splitlines() == ["one two", "  three"]
    assert account.folded("用了一半。单元", 8, "").splitlines() == ["用了一", "半。单元"]
    assert account.folded("学 dropout 时", 10, " ").splitlines() == ["学 dropout", " 时"]
    assert account.folded("one two", None, "") == "one two"


def test_a_command_names_only_what_is_not_as_by_default():
    demo = kit.load("dropout")
    params = {"dropout": 0.9, "label_noise": demo.parameters().to_json()["label_noise"], "seed": 4}
    assert written(demo, params) == "python -m demos dropout --dropout 0.9 --seed 4"
