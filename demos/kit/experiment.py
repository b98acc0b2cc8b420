"""From a demo and its parameters to a stream of events: frames while it trains, then one result.

Events are JSON-able dicts, fit for a pipe, a browser or a file; see `run`.
"""

import importlib
import importlib.metadata
import math
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from demos.kit.claims import Claim, Finding
from demos.kit.errors import DemoError
from demos.kit.panels import Curves, Dots, Panel
from demos.kit.parameters import Parameters
from demos.kit.text import Text

if TYPE_CHECKING:
    import torch


EFFECTS = Text("每个种子的效应", "Effect in each seed")


@dataclass(frozen=True)
class View:
    """What there is to see: the demo's own panels and what is found so far about each claim."""

    panels: tuple[Panel, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Frame:
    """The state of a run after `step` of `total` steps; `view` draws it, and is called only if it is shown."""

    step: int
    total: int
    view: Callable[[], View]


Experiment = Callable[[Any, "torch.device"], Iterator[Frame]]


@dataclass(frozen=True)
class Try:
    """What to try next: parameters to set, and what to watch for."""

    text: Text
    parameters: Mapping[str, float | str]


@dataclass(frozen=True)
class Map:
    """When a claim is false: its effect over a grid of two parameters, the others as in `parameters`.

    The grid reaches settings where the effect helps, does nothing and hurts; `parameters` keep one run short.
    """

    claim: str
    x: tuple[str, tuple[float, ...]]
    y: tuple[str, tuple[float, ...]]
    parameters: Mapping[str, float | str]


@dataclass(frozen=True)
class Demo:
    """One experiment. `experiment(parameters, device)` yields frames while it trains; the last is its outcome.

    `slug` is its name in commands, `echoes` the paper whose finding it shows in small, `equation` what is run and in
    what the arms differ: one or two lines of plain mathematics, mostly without biases. `contrast` holds the
    parameters by which its control arm differs, where they are parameters. `explanation` says why the outcome is as
    the claims say, and what limits it; `tries` where to go from there; `map` when it is false.
    """

    slug: str
    title: Text
    summary: Text
    echoes: str
    equation: str
    parameters: type[Parameters]
    claims: tuple[Claim, ...]
    experiment: Experiment
    explanation: Text
    tries: tuple[Try, ...]
    map: Map
    contrast: Mapping[str, float] = field(default_factory=dict)

    def show(self, *, language: str | None = None, device: str = "auto", **params: float | str) -> Any:
        """Run it where you are, drawn while it trains; see `demos.kit.live.show`. Raises DemoError."""
        # By name: how a run is shown is no part of the code that its numbers come from (see provenance).
        live = importlib.import_module("demos.kit.live")
        return live.show(self, params, language=language, device=device)


def pick_device(name: str) -> "torch.device":
    """`auto` is CUDA where there is one. Raises DemoError for a device that is unknown or not there."""
    import torch

    if name not in ("auto", "cpu", "cuda"):
        raise DemoError(f"device must be auto, cpu or cuda; got {name[:50]!r}")
    there = torch.cuda.is_available()
    if name == "cuda" and not there:
        raise DemoError("device cuda is not available on this machine; use --device cpu or auto")
    return torch.device("cuda" if there and name != "cpu" else "cpu")


def run(
    demo: Demo,
    params: Mapping[str, Any],
    *,
    seeds: int | None = None,
    device: str = "auto",
    every: float = 0.1,
) -> Generator[dict[str, Any], None, None]:
    """Train, yielding frames at most every `every` seconds, then the result.

    All is checked before the first event, on the call itself. Closing the iterator stops the run.
    Raises ParameterError, or DemoError for a device that is not there.
    """
    chosen = demo.parameters.checked(params if seeds is None else {**params, "seeds": seeds})
    return _events(demo, chosen, pick_device(device), every)


def _events(
    demo: Demo, params: Parameters, device: "torch.device", every: float
) -> Generator[dict[str, Any], None, None]:
    start = time.perf_counter()
    shown, last = -math.inf, None
    for last in demo.experiment(params, device):
        seconds = time.perf_counter() - start
        if seconds - shown >= every:
            shown = seconds
            yield {
                "event": "frame",
                "demo": demo.slug,
                "step": last.step,
                "total": last.total,
                "progress": last.step / last.total,
                "seconds": round(seconds, 3),
                "panels": _panels(last.view(), settled=False),
            }
    assert last is not None, f"the experiment of {demo.slug} yielded no frame"
    yield _result(demo, params, device, time.perf_counter() - start, last.view())


def _panels(view: View, *, settled: bool) -> list[dict[str, Any]]:
    return [panel.to_json() for panel in (*view.panels, Dots("effects", EFFECTS, view.findings, settled))]


def _result(demo: Demo, params: Parameters, device: "torch.device", seconds: float, view: View) -> dict[str, Any]:
    sentences = [finding.sentence for finding in view.findings]
    return {
        "event": "result",
        "demo": demo.slug,
        "params": params.to_json(),
        "seeds": params.seeds,
        "device": device.type,
        "seconds": round(seconds, 3),
        "claims": [finding.to_json() for finding in view.findings],
        "series": {
            panel.id: {line.name.en: line.to_json() for line in panel.curves}
            for panel in view.panels
            if isinstance(panel, Curves)
        },
        "versions": _versions(),
        "panels": _panels(view, settled=True),
        "verdict": {"zh": "".join(s.zh for s in sentences), "en": " ".join(s.en for s in sentences)},
    }


def _versions() -> dict[str, str | None]:
    found: dict[str, str | None] = {}
    for name, distribution in (("torch", "torch"), ("numpy", "numpy"), ("tutor", "deep-learning-tutor")):
        try:
            found[name] = importlib.metadata.version(distribution)
        except importlib.metadata.PackageNotFoundError:
            found[name] = None
    return found
