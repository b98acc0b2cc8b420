"""An answer on the screen: a page of Markdown in a terminal, plain text anywhere else, and nothing that steers it."""

import io

import pytest
from rich.console import Console

from tutor.answering import Answer, Restart
from tutor.terminal import harmless, open_console, print_answer, print_text, watched


def shown(text: str, *, terminal: bool) -> str:
    console = Console(file=io.StringIO(), force_terminal=terminal, color_system=None, width=60)
    print_text(console, text)
    return console.file.getvalue()


def test_a_terminal_shows_markdown_and_a_pipe_gets_it_as_it_stands():
    text = "**bold** and [red]\n\n- one [1]\n- two"
    assert "**" not in shown(text, terminal=True)
    assert " • one [1]" in shown(text, terminal=True)
    assert shown(text, terminal=False) == text + "\n"


@pytest.mark.parametrize(
    "formula", [r"$\sqrt{p/(1-p)}$", "$x_i * y_i * z_i$", "$$\n\\tilde a = \\frac{a}{1-p}\n$$", r"$\mathbb{E}[a](b)$"]
)
def test_formulas_stay_as_they_are_written(formula):
    printed = shown(f"Here {formula} it is.", terminal=True)
    assert " ".join(formula.split()) in " ".join(printed.split())


def test_chinese_is_folded_at_the_width_of_the_terminal():
    lines = shown("丢弃率" * 40, terminal=True).splitlines()
    assert "".join(line.strip() for line in lines) == "丢弃率" * 40
    assert all(2 * len(line.strip()) <= 60 for line in lines)


@pytest.mark.parametrize("character", ["\x1b", "\x07", "\x9b", "\r", "\0", "\x7f"])
def test_control_characters_are_dropped(character, capsys):
    assert harmless(f"a{character}b\n\tc") == "ab\n\tc"
    print_answer(
        open_console(), Answer(f"q{character}", "en", True, f"a{character}b", "none", follow_ups=(f"c{character}d",))
    )
    printed = capsys.readouterr().out
    assert "ab" in printed
    assert "- cd" in printed
    assert character not in printed


# Who worded it


def printed(**changes: object) -> str:
    fields = {"question": "q", "language": "en", "refused": False, "text": "It helps [1].", "model": "extractive"}
    console = Console(file=io.StringIO(), width=200)
    print_answer(console, Answer(**{**fields, **changes}))  # type: ignore[arg-type]
    return console.file.getvalue()


def test_an_answer_says_who_worded_it_and_nothing_in_it_steers_the_terminal():
    assert "Worded from the notes by openai:[red]x" in printed(model="openai:[red]\x1bx")


def test_a_refusal_is_nobodys_wording():
    assert printed(refused=True, text="No.") == "No.\n"


# As it arrives

FINAL = Answer("q", "en", False, "It helps [1].", "extractive", fallback="failed")


def streamed(*, terminal: bool) -> tuple[str, Answer]:
    console = Console(file=io.StringIO(), force_terminal=terminal, width=100)
    answer = watched(console, iter(("The model bab", Restart(), "It helps", FINAL)), "en")
    return console.file.getvalue(), answer


def test_what_a_failing_model_began_is_wiped_from_a_terminal_which_says_so():
    screen, answer = streamed(terminal=True)
    begun, _, after = screen.partition("The language model failed to answer; what is below is quoted from the notes.")
    assert "The model bab" in begun
    assert begun.endswith("\x1b[2K\x1b[2m")  # its line is erased before that is said
    assert "The model bab" not in after
    assert "It helps" in after
    assert answer is FINAL


def test_a_pipe_gets_nothing_before_the_whole_answer():
    assert streamed(terminal=False) == ("", FINAL)
