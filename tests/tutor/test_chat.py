"""A conversation in the terminal: over a pipe, in a real terminal, and line by line."""

import contextlib
import os
import select
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.tutor.web.site import eventually
from tutor.answering import Answer, DemoLaunch
from tutor.chat.conversation import Conversation
from tutor.chat.lines import piped
from tutor.errors import TutorError
from tutor.running import Runner

QUICK = {"epochs": 2, "seeds": 2, "train_size": 100, "width": 16}


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    with Runner() as runner:
        yield runner


@pytest.fixture
def take(shipped_tutor, runner, capsys):
    """Says lines, one after the other, and gives what is printed on the last of them."""

    def taken(*lines: str, tutor=shipped_tutor, language: str = "auto") -> str:
        conversation = Conversation(tutor, runner, language)
        for line in lines:
            capsys.readouterr()
            assert conversation.take(line)
        return capsys.readouterr().out

    return taken


class Scripted:
    """Gives the same answer, or raises the same fault, whatever is asked; remembers the histories."""

    def __init__(self, answer: Answer | Exception) -> None:
        self.answer = answer
        self.histories: list[list[str]] = []
        self.modes: list[bool] = []

    def stream(self, question: str, history: list[str], language: str, *, study: bool) -> Iterator[str | Answer]:
        self.histories.append(list(history))
        self.modes.append(study)
        if isinstance(self.answer, Exception):
            raise self.answer
        yield self.answer.text[:3]
        yield self.answer


ANSWER = Answer("q", "en", False, "Text [1].", "extractive", demo=DemoLaunch("dropout", QUICK))


# Over a pipe


def test_a_pipe_gets_one_answer_a_line_and_no_prompt(shipped_home):
    done = subprocess.run(
        [sys.executable, "-m", "tutor", "chat"],
        input="把dropout调到0.9会怎样?\n\n那换成0.2呢\n/quit\nwhat is adam\n".encode() + b"\xff\n",
        capture_output=True,
        check=True,
        env={**os.environ, "TUTOR_HOME": str(shipped_home)},
    )
    said = done.stdout.decode()
    assert done.stderr == b""
    assert said.count("接着可以问") == 2
    assert "丢弃率 = 0.9" in said
    assert "丢弃率 = 0.2" in said
    assert "> " not in said
    assert "\x1b" not in said
    assert not (shipped_home / "chat_history").exists()


def test_lines_that_say_nothing_are_passed_over():
    assert list(piped(["  \n", "a \n", "\n", "b"])) == ["a", "b"]


# Line by line


def test_an_answer_comes_with_sources_its_experiment_and_numbered_questions(take):
    said = take("what happens with dropout 0.9?")
    assert "[1]" in said
    assert "dropout.en.md:" in said
    assert "/run  Dropout: Dropout rate = 0.9 against 0\n" in said
    assert "Quoted from the notes." in said
    assert "\n1 " in said


def test_a_number_asks_the_question_that_stands_beside_it(take, shipped_tutor):
    second = shipped_tutor.ask("what is dropout").follow_ups[1]
    expected = shipped_tutor.ask(second, ["what is dropout"]).text
    assert expected in take("what is dropout", "2")


def test_a_new_conversation_forgets_the_questions_before(take):
    tutor = Scripted(ANSWER)
    take("a", "b", "/new", "c", tutor=tutor)
    assert tutor.histories == [[], ["a"], []]


def test_a_long_conversation_remembers_its_latest_questions(take):
    tutor = Scripted(ANSWER)
    take(*"abcdefghij", tutor=tutor)
    assert tutor.histories[-1] == list("defghi")


def test_the_language_asked_for_is_that_of_answers_and_notices(take):
    assert "暂退法" in take("what is dropout", language="zh")
    assert "命令" in take("/nonsense", language="zh")


def test_notices_are_in_the_language_of_the_last_answer(take, monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")
    assert "no command" in take("/nonsense")
    assert "没有 /nonsense" in take("什么是dropout", "/new", "/nonsense")


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["/nonsense"], "There is no command /nonsense"),
        (["/" + "x" * 10_000], "x; /help"),
        (["7"], "No question has the number 7"),
        (["/run"], "no experiment"),
        (["/sources"], "No answer above cites"),
        (["who won the world cup in 1998?", "/run"], "no experiment"),
        (["/help"], "/quit"),
        (["/help"], "/study"),
        (["/answer"], "no question to answer yet"),
        (["what is dropout", "/new", "/answer"], "no question to answer yet"),
        (["x" * 10_000], "at most 2,000"),
        (["🤔"], "no words"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(take, monkeypatch, lines, said):
    monkeypatch.setenv("LC_ALL", "C")
    assert said in take(*lines)


def test_quit_ends_it(shipped_tutor, runner):
    assert not Conversation(shipped_tutor, runner).take("/quit")


def test_the_sources_are_the_passages_themselves(take, shipped_tutor):
    citation = shipped_tutor.ask("what is dropout").citations[0]
    assert citation.quote in take("what is dropout", "/sources")


def test_an_experiment_is_run_and_its_verdict_given(take, runner):
    said = take("q", "/run", tutor=Scripted(ANSWER))
    assert said.count("95% interval") == 2
    assert "python -m demos dropout --epochs 2 --seeds 2 --train-size 100 --width 16" in said
    assert eventually(lambda: not runner._running)


def test_an_experiment_that_cannot_run_is_told_of_in_one_line(take):
    answer = replace(ANSWER, demo=DemoLaunch("dropout", {"dropout": 5}))
    assert take("q", "/run", tutor=Scripted(answer)).startswith("dropout must be a number from 0")


def test_two_values_set_against_each_other_are_two_runs(take):
    answer = replace(ANSWER, demo=DemoLaunch("dropout", {"dropout": 0.9}, {"dropout": 0.5}))
    said = take("q", tutor=Scripted(answer))
    assert "/run  Dropout: Dropout rate = 0.9 against 0\n" in said
    assert "To compare with: python -m demos dropout --dropout 0.5" in said


def test_a_value_that_was_clamped_is_named(take):
    assert "asked for Dropout rate = 1.5; 0.99 is the nearest" in take("what happens with dropout 1.5")


# Study mode


def test_in_study_mode_a_hint_comes_first_and_the_answer_when_it_is_asked_for(take, shipped_tutor):
    full, hint = (shipped_tutor.ask("what is dropout", study=study).text for study in (False, True))
    hinted = take("/study", "what is dropout")
    assert hint in hinted
    assert full not in hinted
    assert "/answer  the full answer" in hinted
    answered = take("/study", "what is dropout", "/answer")
    assert full in answered
    assert "/answer" not in answered


def test_the_full_answer_is_to_the_same_question_in_the_same_conversation(take):
    tutor = Scripted(ANSWER)
    take("/study", "a", "b", "/answer", "c", "/study", "d", tutor=tutor)
    assert tutor.histories == [[], ["a"], ["a"], ["a", "b"], ["a", "b", "c"]]
    assert tutor.modes == [True, True, False, True, False]


@pytest.mark.parametrize(
    ("fault", "said"), [(TutorError("The notes are gone."), "The notes are gone."), (ZeroDivisionError("0"), "program")]
)
def test_a_fault_is_one_line_and_the_conversation_goes_on(take, fault, said, monkeypatch):
    monkeypatch.setenv("LC_ALL", "C")
    tutor = Scripted(fault)
    printed = take("q", tutor=tutor)
    assert said in printed
    assert printed.count("\n") == 1
    assert "no experiment" in take("q", "/run", tutor=tutor)


def test_no_text_can_steer_the_terminal(take):
    answer = replace(ANSWER, text="a\x1b]0;title\x07 b\x9b31m[red]c", follow_ups=("q\x1b[2J",))
    said = take("q", tutor=Scripted(answer))
    assert "a]0;title b31m[red]c" in said
    assert not set(said) & {"\x1b", "\x07", "\x9b"}


# In a terminal


class Terminal:
    """`tutor chat` in a terminal of its own, which another process holds: this one has threads and must not fork."""

    # In a background job Ctrl-C is ignored, and what it starts would inherit that.
    HOLDER = (
        "import os, pty, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); "
        "sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"
    )

    def __init__(self, home: Path) -> None:
        environment = {**os.environ, "TUTOR_HOME": str(home), "TERM": "xterm", "LC_ALL": "C.UTF-8", "COLUMNS": "100"}
        self._process = subprocess.Popen(
            [sys.executable, "-c", self.HOLDER, sys.executable, "-m", "tutor", "chat"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
        )
        self._seen = b""

    def type(self, text: str) -> None:
        os.write(self._process.stdin.fileno(), text.encode())

    def until(self, text: str, seconds: float = 120.0) -> str:
        """What is printed up to `text`."""
        deadline, screen = time.monotonic() + seconds, self._process.stdout.fileno()
        while text.encode() not in self._seen:
            ready, _, _ = select.select([screen], [], [], max(0.0, deadline - time.monotonic()))
            assert ready, f"{text!r} did not appear; seen: {self._seen.decode(errors='replace')!r}"
            self._seen += os.read(screen, 4096)
        before, self._seen = self._seen.split(text.encode(), 1)
        return before.decode(errors="replace") + text

    def interrupt(self, text: str, times: int = 60) -> None:
        """Press Ctrl-C until `text` appears: Python sleeps through one that comes just before it waits for a key."""
        for _ in range(times):
            self.type("\x03")
            with contextlib.suppress(AssertionError):
                self.until(text, seconds=2.0)
                return
        raise AssertionError(f"{text!r} did not appear after {times} times Ctrl-C")

    def ended(self) -> int:
        return self._process.wait(30)

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


@pytest.fixture
def terminal(shipped_home) -> Iterator[Terminal]:
    opened = Terminal(shipped_home)
    yield opened
    opened.close()


def test_a_person_asks_stops_an_experiment_recalls_a_line_and_leaves(terminal, shipped_home):
    assert "Ctrl-D" in terminal.until("> ")
    terminal.type("what is dropout\n")
    assert "/run" in terminal.until("\n3 ")
    terminal.until("> ")
    terminal.type("half a line")
    terminal.until("half a line")  # only then does readline wait for keys
    terminal.interrupt("> ")
    terminal.type("/run\n")
    terminal.until("Dropout")
    terminal.type("\x03")
    terminal.until("Stopped.")
    terminal.until("> ")
    terminal.type("\x1b[A\x1b[A\n")
    assert "\x1b[1m" in terminal.until("\n3 ")
    terminal.until("> ")
    terminal.type("\x04")
    assert terminal.ended() == 0
    history = shipped_home / "chat_history"
    assert history.read_text() == "what is dropout\n/run\nwhat is dropout\n"
    assert stat.S_IMODE(history.stat().st_mode) == 0o600
    history.unlink()
