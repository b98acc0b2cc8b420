"""The command line of the demos.

    python -m demos                           the catalogue, a line each
    python -m demos NAME [--param value …]    one experiment: progress, figure, verdict
    python -m demos NAME --map                when its claim is false: a table over two parameters
    python -m demos all --report DIR          every experiment, as a folder of web pages

Exit codes: 0 every claim holds, 1 a claim does not hold, 2 bad usage or input. Errors are one line on
standard error; standard output is only the result.
"""

import contextlib
import json
import math
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from demos.kit import account, experiment, files, flags, outputs, terminal
from demos.kit.discovery import catalogue, load, names
from demos.kit.errors import DemoError
from demos.kit.experiment import Demo
from demos.kit.parameters import Parameters

HOLDS, FAILS, MISUSED, STOPPED = 0, 1, 2, 130
ALL = "all"
EVERY = 0.1  # seconds between two frames that are shown
NOT_WITH_MAP = ("stream", "csv", "script", "notebook", "log")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        if not arguments or arguments[0].startswith("-"):
            return _list(flags.tidy(arguments))
        name, rest = arguments[0], flags.tidy(arguments[1:])
        return _report(rest) if name == ALL else _run(load(name), rest)
    except DemoError as error:
        print(f"error: {error}", file=sys.stderr)
        return MISUSED
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return STOPPED
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return HOLDS


def run(slug: str) -> int:
    """What `python -m demos.NAME` does."""
    return main([slug, *sys.argv[1:]])


def _list(arguments: Sequence[str]) -> int:
    chosen = flags.catalogue_parser().parse_args(arguments)
    if chosen.json:
        for entry in catalogue():
            _print(_json(entry))
    else:
        from demos.kit import pictures

        for line in pictures.catalogue(chosen.lang, width=account.columns(), colour=sys.stdout.isatty()):
            _print(line)
    return HOLDS


def _run(demo: Demo, arguments: Sequence[str]) -> int:
    known, unknown = flags.demo_parser(demo, flags.asked_language(arguments)).parse_known_args(arguments)
    for word in unknown:
        demo.parameters.checked({word.lstrip("-").partition("=")[0]: None})  # names the nearest parameter
    chosen = vars(known)
    params = flags.given(chosen, demo.parameters)
    language, device = chosen["lang"], chosen["device"]
    paths = {form: Path(chosen[form]) for form in flags.FORMS if chosen[form] is not None}
    outputs.check(paths, demo, language)
    whole = demo.parameters.checked(params).to_json()
    experiment.pick_device(device)
    if chosen["map"]:
        return _map(demo, params, chosen, paths)
    if unused := outputs.left_out(paths, demo, params):
        print(f"note: the plain file has one arm, which does without {', '.join(unused)}", file=sys.stderr)
    _use_one_thread()
    events: Iterator[dict[str, Any]]
    if chosen["log"]:
        from demos.kit import loggers

        client = loggers.opened(chosen["log"], demo.slug, whole)
        events = loggers.logged(experiment.run(demo, params, device=device, every=0), client)
    else:
        events = experiment.run(demo, params, device=device, every=EVERY)
    for_people = not (chosen["json"] or chosen["stream"])
    shown = terminal.with_progress(events, demo.title.say(language), plotted_in=language if for_people else None)
    with contextlib.closing(shown):
        result = _follow(shown, stream=chosen["stream"])
    if for_people:
        _print(account.account(result, language, colour=sys.stdout.isatty(), width=account.columns()))
    else:
        _print(_json(result))
    outputs.write(paths, result, language)
    return HOLDS if all(claim["holds"] for claim in result["claims"]) else FAILS


def _map(demo: Demo, params: Mapping[str, Any], chosen: Mapping[str, Any], paths: Mapping[str, Path]) -> int:
    from demos.kit import map_drawing, maps

    for name in NOT_WITH_MAP:
        if chosen[name]:
            raise DemoError(f"--map takes --json, --html and --png, but not --{name}")
    _use_one_thread()
    language = chosen["lang"]
    events = maps.run(demo, params, device=chosen["device"])
    with contextlib.closing(terminal.with_progress(events, demo.title.say(language))) as shown:
        *_, found = shown
    _print(_json(found) if chosen["json"] else maps.table(found, language))
    draw = {"html": map_drawing.page, "png": map_drawing.png}
    for form, path in paths.items():
        files.write(path, draw[form](found, language))
    return HOLDS


def _report(arguments: Sequence[str]) -> int:
    """A demo that breaks is told of and counts as one whose claims do not hold."""
    from demos.kit import gallery

    chosen = vars(flags.report_parser(flags.asked_language(arguments)).parse_args(arguments))
    params = flags.given(chosen, Parameters)
    language, device, folder = chosen["lang"], chosen["device"], Path(chosen["report"])
    Parameters.checked(params)
    experiment.pick_device(device)
    files.folder(folder)
    _use_one_thread()

    def result(demo: Demo) -> dict[str, Any]:
        events = experiment.run(demo, params, device=device, every=math.inf if not sys.stderr.isatty() else EVERY)
        with contextlib.closing(terminal.with_progress(events, demo.title.say(language))) as shown:
            return _follow(shown, stream=False)

    good = True
    width = max(map(len, names()))
    for k, entry in enumerate(gallery.build(folder, result, language), start=1):
        good = good and entry.holds
        place = f"{k}/{len(names())}"
        _print(f"{account.MARKS[entry.holds]}{place:>5}  {entry.demo.slug:{width}}  {entry.outcome(language)}")
    _print(str(folder / "index.html"))
    return HOLDS if good else FAILS


def _follow(events: Iterator[dict[str, Any]], *, stream: bool) -> dict[str, Any]:
    for event in events:
        if event["event"] == "result":
            return event
        if stream:
            _print(_json(event))
    raise RuntimeError("the run ended without a result")


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, allow_nan=False)


def _print(line: str) -> None:
    """To standard output in UTF-8, whatever the locale."""
    sys.stdout.buffer.write(line.encode("utf-8", "surrogateescape") + b"\n")
    sys.stdout.buffer.flush()


def _use_one_thread() -> None:
    import torch

    torch.set_num_threads(1)  # small batched products gain nothing from two, and lose much on a busy machine
