"""The command line of the demos.

    python -m demos                           the catalogue, a line each
    python -m demos NAME [--param value …]    one experiment: progress, figure, verdict

Exit codes: 0 every claim holds, 1 a claim does not hold, 2 bad usage or input. Errors are one line on
standard error; standard output is only the result.
"""

import argparse
import contextlib
import json
import os
import re
import sys
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, NoReturn

from demos.kit import experiment, terminal
from demos.kit.discovery import catalogue, load, names
from demos.kit.errors import DemoError
from demos.kit.experiment import Demo
from demos.kit.parameters import Declaration, declarations, kind
from demos.kit.text import Text

HOLDS, FAILS, MISUSED, STOPPED = 0, 1, 2, 130


class Parser(argparse.ArgumentParser):
    """argparse, but a mistake is one line and never a guess."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, **settings)

    def error(self, message: str) -> NoReturn:
        raise DemoError(f"{message}; see {self.prog} --help")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    try:
        if arguments and not arguments[0].startswith("-"):
            return _run(load(arguments[0]), _tidy(arguments[1:]))
        return _list(_tidy(arguments))
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


def default_language() -> str:
    """Chinese where the environment's locale is, else English."""
    settings = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "zh" if next(filter(None, settings), "").lower().startswith("zh") else "en"


def _list(arguments: Sequence[str]) -> int:
    parser = Parser(prog="python -m demos", description="List the demos, or run one: python -m demos NAME.")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    _add_language(parser)
    chosen = parser.parse_args(arguments)
    width = max(map(len, names()))
    for entry in catalogue():
        summary = entry["summary"][chosen.lang]
        _print(json.dumps(entry, ensure_ascii=False) if chosen.json else f"{entry['name']:{width}}  {summary}")
    return HOLDS


def _run(demo: Demo, arguments: Sequence[str]) -> int:
    known, unknown = _parser(demo, _asked_language(arguments)).parse_known_args(arguments)
    for word in unknown:
        demo.parameters.checked({word.lstrip("-").partition("=")[0]: None})  # names the nearest parameter
    chosen = vars(known)
    params = {name: _number(chosen[name]) for name in declarations(demo.parameters) if chosen[name] is not None}
    language = chosen["lang"]
    files = {form: Path(chosen[form]) for form in ("html", "png") if chosen[form] is not None}
    _check_files(files, language)
    demo.parameters.checked(params)
    experiment.pick_device(chosen["device"])
    _use_one_thread()
    events = experiment.run(demo, params, device=chosen["device"])
    with contextlib.closing(terminal.with_progress(events, demo.title.say(language))) as shown:
        result = _follow(shown, stream=chosen["stream"])
    if chosen["json"] or chosen["stream"]:
        _print(json.dumps(result, ensure_ascii=False, allow_nan=False))
    else:
        _print(terminal.plots(result, language, colour=sys.stdout.isatty()))
        for claim in result["claims"]:
            _print(("✓ " if claim["holds"] else "✗ ") + claim["sentence"][language])
    _write(result, language, files)
    return HOLDS if all(claim["holds"] for claim in result["claims"]) else FAILS


def _check_files(files: dict[str, Path], language: str) -> None:
    """Better to miss a folder or a font now than after the training."""
    for path in files.values():
        if path.is_dir() or not path.absolute().parent.is_dir():
            raise DemoError(f"cannot write {str(path)!r}: give a file in a folder that exists")
    if "png" in files:
        from demos.kit.raster import family

        family(language)


def _follow(events: Iterator[dict[str, Any]], *, stream: bool) -> dict[str, Any]:
    for event in events:
        if event["event"] == "result":
            return event
        if stream:
            _print(json.dumps(event, ensure_ascii=False, allow_nan=False))
    raise RuntimeError("the run ended without a result")


def _write(result: dict[str, Any], language: str, files: dict[str, Path]) -> None:
    for form, path in files.items():
        try:
            if form == "html":
                from demos.kit.page import page

                path.write_text(page(result, language), encoding="utf-8")
            else:
                from demos.kit.raster import png

                path.write_bytes(png(result, language))
        except OSError as error:
            raise DemoError(f"cannot write {str(path)!r}: {error.strerror}") from error


def _parser(demo: Demo, language: str) -> Parser:
    def say(words: Text) -> str:
        return words.say(language).replace("%", "%%")

    parser = Parser(prog=f"python -m demos {demo.slug}", description=say(demo.summary), epilog=demo.echoes)
    group = parser.add_argument_group({"zh": "参数", "en": "parameters"}[language])
    for name, field in declarations(demo.parameters).items():
        declared: Declaration = field.metadata["declared"]
        values = ", ".join(declared.choices) or f"{declared.minimum:,} … {declared.maximum:,}"
        group.add_argument(
            f"--{name.replace('_', '-')}",
            dest=name,
            metavar=kind(field).upper(),
            help=f"{say(declared.help)} ({values}; {field.default})",
        )
    parser.add_argument("--device", default="auto", help=say(Text("auto、cpu 或 cuda", "auto, cpu or cuda")))
    parser.add_argument(
        "--json", action="store_true", help=say(Text("结果写成一行 JSON", "the result as a line of JSON"))
    )
    stream = Text("训练中的每一帧也写成一行 JSON", "every frame as a line of JSON, too")
    parser.add_argument("--stream", action="store_true", help=say(stream))
    page = Text("写一个自足的网页文件", "write a web page that needs nothing else")
    parser.add_argument("--html", metavar="FILE", help=say(page))
    parser.add_argument("--png", metavar="FILE", help=say(Text("写一张图", "write the picture")))
    _add_language(parser)
    return parser


def _add_language(parser: Parser) -> None:
    parser.add_argument("--lang", choices=("zh", "en"), default=default_language(), help="zh | en")


def _asked_language(arguments: Sequence[str]) -> str:
    asked = [right for left, right in pairwise(arguments) if left == "--lang"]
    asked += [word.removeprefix("--lang=") for word in arguments if word.startswith("--lang=")]
    return asked[-1] if asked and asked[-1] in ("zh", "en") else default_language()


def _tidy(arguments: Sequence[str]) -> list[str]:
    """Flags with hyphens, and each negative number joined to its flag so that it is not taken for one."""
    tidy: list[str] = []
    for word in arguments:
        if word.startswith("--"):
            flag, equals, value = word.partition("=")
            tidy.append(flag.replace("_", "-") + equals + value)
        elif tidy and tidy[-1].startswith("--") and "=" not in tidy[-1] and re.match(r"-(\d|\.|inf|nan)", word, re.I):
            tidy[-1] += "=" + word
        else:
            tidy.append(word)
    return tidy


def _number(words: str) -> int | float | str:
    """The number that is written here, else the words themselves, for the parameter's own check to refuse."""
    for read in (int, float):
        with contextlib.suppress(ValueError):
            return read(words)
    return words


def _print(line: str) -> None:
    """To standard output in UTF-8, whatever the locale."""
    sys.stdout.buffer.write(line.encode("utf-8", "surrogateescape") + b"\n")
    sys.stdout.buffer.flush()


def _use_one_thread() -> None:
    import torch

    torch.set_num_threads(1)  # small batched products gain nothing from two, and lose much on a busy machine
