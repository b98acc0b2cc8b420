"""The experiment of an answer, in the terminal: what is offered, and a run of it in a worker process."""

import multiprocessing
import signal
from collections.abc import Iterable, Iterator
from multiprocessing import forkserver
from typing import Any

from rich.console import Console
from rich.markup import escape

from demos import kit
from demos.kit.terminal import plots, with_progress
from tutor.answering import DemoLaunch
from tutor.chat.wording import AGAIN, COMPARE, TO_RUN, TO_RUN_SO
from tutor.composing.offering import clamped, command, runs, setting
from tutor.corpus import Language
from tutor.running import Runner
from tutor.running.run import LAST, Event


def offered(launch: DemoLaunch, language: Language) -> Iterator[str]:
    """A line that says what `/run` would run, one with the run to compare with, one for each value that was clamped."""
    title, said = kit.entry(launch.name)["title"][language], setting(launch.name, launch.params, language)
    yield (TO_RUN_SO.format(title=title, setting=said) if said else TO_RUN.format(title=title)).say(language)
    for params in runs(launch)[1:]:
        yield COMPARE.format(command=command(launch.name, params)).say(language)
    yield from clamped(launch, language)


def prepare() -> None:
    """Start what worker processes are forked from, so that a run begins at once. Does nothing where it runs already.

    It is born deaf to Ctrl-C, which is meant for the conversation and would reach it before it can see to that itself.
    """
    if "forkserver" in multiprocessing.get_all_start_methods():
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            forkserver.ensure_running()
        finally:
            signal.signal(signal.SIGINT, before)


def run(runner: Runner, launch: DemoLaunch, language: Language, console: Console) -> None:
    """Run it with a bar, then print its plots and what became of its claims.

    Raises:
        TutorError, demos.kit.DemoError: it cannot be started.
        KeyboardInterrupt: it was stopped by Ctrl-C.
    """
    prepare()
    started = runner.start(launch.name, launch.params)
    # Ctrl-C ends the run, and the run ends the bar: an exception at any moment could leave the bar behind.
    before = signal.signal(signal.SIGINT, lambda *_: started.stop())
    try:
        *_, last = with_progress(_shown(started.events()), kit.entry(launch.name)["title"][language])
    finally:
        signal.signal(signal.SIGINT, before)
        started.stop()
    if last["event"] == "stopped":
        raise KeyboardInterrupt
    if last["event"] == "error":
        console.print(escape(last["message"]))
        return
    console.print(plots(last, language, colour=console.is_terminal), markup=False)
    for claim in last["claims"]:
        console.print(escape(f"{'✓' if claim['holds'] else '✗'} {claim['sentence'][language]}"))
    console.print(escape(AGAIN.format(command=command(launch.name, launch.params)).say(language)))


def _shown(events: Iterable[Event]) -> Iterator[dict[str, Any]]:
    """The events that the bar knows: frames and the last one."""
    return (event for event in events if event["event"] == "frame" or event["event"] in LAST)
