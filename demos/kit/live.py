"""A run where Python runs: a picture that grows in a notebook, plots and an account in a terminal."""

import contextlib
import importlib
import sys
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from demos.kit import account, experiment, flags, terminal
from demos.kit.drawing import svg
from demos.kit.errors import DemoError
from demos.kit.experiment import Demo

EVERY = 0.2  # seconds between two frames that are shown


@dataclass(frozen=True, repr=False)
class Shown:
    """What a run came to; `result` is the event that `python -m demos NAME --json` prints."""

    result: Mapping[str, Any]

    def __repr__(self) -> str:
        claims = self.result["claims"]
        held = sum(claim["holds"] for claim in claims)
        return f"<{self.result['demo']}: {held} of {len(claims)} claims hold>"


def show(demo: Demo, params: Mapping[str, Any], *, language: str | None = None, device: str = "auto") -> Shown:
    """Run a demo and show it while it trains. Raises DemoError before anything is trained."""
    language = language or flags.default_language()
    if language not in ("zh", "en"):
        raise DemoError(f"language must be zh or en; got {language[:50]!r}")
    events = experiment.run(demo, params, device=device, every=EVERY)
    with _one_thread():
        if _in_notebook():
            return _drawn(events, demo, language)
        return _written(events, demo, language)


def _in_notebook() -> bool:
    """Whether a Jupyter kernel runs this; IPython in a terminal has none."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and getattr(ipython.get_ipython(), "kernel", None) is not None


def _drawn(events: Generator[dict[str, Any], None, None], demo: Demo, language: str) -> Shown:
    display = importlib.import_module("IPython.display")
    title, last = demo.title.say(language), {}
    place = display.display(display.HTML(escape(title)), display_id=True)
    with contextlib.closing(events):
        for last in events:
            head = f"{title} · {last.get('progress', 1.0):.0%}"
            place.update(display.HTML(f"<p>{escape(head)}</p>{svg(last, language)}"))
    place.update(display.HTML(_markup(last, demo, language)))
    return Shown(last)


def _markup(result: Mapping[str, Any], demo: Demo, language: str) -> str:
    claims = "".join(
        f"<li>{account.MARKS[claim['holds']]}{escape(claim['sentence'][language])}</li>" for claim in result["claims"]
    )
    return (
        f"<h3>{escape(demo.title.say(language))}</h3><ul>{claims}</ul>{svg(result, language)}"
        f"<pre>{escape(demo.equation)}</pre>"
    )


def _written(events: Generator[dict[str, Any], None, None], demo: Demo, language: str) -> Shown:
    with contextlib.closing(terminal.with_progress(events, demo.title.say(language), plotted_in=language)) as shown:
        *_, last = shown
    print(account.account(last, language, colour=sys.stdout.isatty(), width=account.columns()))
    return Shown(last)


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """Small batched products gain nothing from more; afterwards the caller has as many as before."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
