"""The flags of the command line: declared from a demo's parameters, read strictly, explained in the user's language."""

import argparse
import contextlib
import os
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NoReturn

from demos.kit.errors import DemoError
from demos.kit.experiment import Demo
from demos.kit.parameters import Declaration, Parameters, declarations, kind
from demos.kit.text import Text

CLIENTS = ("tensorboard", "wandb", "mlflow")
PARAMETERS = Text("参数", "parameters")
DEVICE = Text("auto、cpu 或 cuda", "auto, cpu or cuda")
JSON = Text("结果写成一行 JSON", "the result as a line of JSON")
STREAM = Text("训练中的每一帧也写成一行 JSON", "every frame as a line of JSON, too")
HTML = Text("写一个自足的网页文件", "write a web page that needs nothing else")
PNG = Text("写一张图", "write the picture")
CSV = Text("把曲线和每个种子的效应写成表格", "write the curves and the effect of each seed as a table")
SCRIPT = Text("把其中一支写成一个普通的 PyTorch 程序", "write one arm as a plain PyTorch program")
NOTEBOOK = Text("写一个可以独立运行的 Jupyter 笔记本", "write a Jupyter notebook that runs by itself")
LOG = Text(
    "同时记入 TensorBoard、W&B（离线）或 MLflow，须已装好", "log to TensorBoard, W&B (offline) or MLflow, if installed"
)
MAP = Text(
    "论断何时不成立：在两个参数的网格上各跑一次", "when the claim is false: one run for each cell of a grid of two"
)
FORMS = {"html": HTML, "png": PNG, "csv": CSV, "script": SCRIPT, "notebook": NOTEBOOK}
REPORT = Text("报告写入的文件夹", "the folder for the report")
ALL = Text("运行所有实验，并写成一份报告", "Run every demo and write a report of them all.")
LIST = "List the demos, or run one: python -m demos NAME; python -m demos all --report DIR runs every one."


class Parser(argparse.ArgumentParser):
    """argparse, but a mistake is one line and never a guess."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(allow_abbrev=False, **settings)

    def error(self, message: str) -> NoReturn:
        raise DemoError(f"{message}; see {self.prog} --help")


def catalogue_parser() -> Parser:
    parser = Parser(prog="python -m demos", description=LIST)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    _add_language(parser)
    return parser


def demo_parser(demo: Demo, language: str) -> Parser:
    parser = Parser(prog=f"python -m demos {demo.slug}", description=_say(demo.summary, language), epilog=demo.echoes)
    _add_parameters(parser, demo.parameters, language)
    _add_device(parser, language)
    for flag, words in (("--json", JSON), ("--stream", STREAM), ("--map", MAP)):
        parser.add_argument(flag, action="store_true", help=_say(words, language))
    for form, words in FORMS.items():
        parser.add_argument(f"--{form}", metavar="FILE", help=_say(words, language))
    parser.add_argument("--log", choices=CLIENTS, help=_say(LOG, language))
    _add_language(parser)
    return parser


def report_parser(language: str) -> Parser:
    """Of `python -m demos all`, which takes the parameters that all demos share."""
    parser = Parser(prog="python -m demos all", description=_say(ALL, language))
    parser.add_argument("--report", metavar="DIR", required=True, help=_say(REPORT, language))
    _add_parameters(parser, Parameters, language)
    _add_device(parser, language)
    _add_language(parser)
    return parser


def given(chosen: dict[str, Any], parameters: type[Parameters]) -> dict[str, Any]:
    """The parameters that were written on the command line, not checked yet."""
    return {name: _number(chosen[name]) for name in declarations(parameters) if chosen[name] is not None}


def written(demo: Demo, params: Mapping[str, Any]) -> str:
    """The command that runs a demo with these parameters; defaults go without saying."""
    usual = demo.parameters().to_json()
    flags = [f"--{name.replace('_', '-')} {value}" for name, value in params.items() if value != usual[name]]
    return " ".join([f"python -m demos {demo.slug}", *flags])


def default_language() -> str:
    """Chinese where the environment's locale is, else English."""
    settings = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "zh" if next(filter(None, settings), "").lower().startswith("zh") else "en"


def asked_language(arguments: Sequence[str]) -> str:
    """The language of the help, which is written before the arguments are parsed."""
    asked = [right for left, right in pairwise(arguments) if left == "--lang"]
    asked += [word.removeprefix("--lang=") for word in arguments if word.startswith("--lang=")]
    return asked[-1] if asked and asked[-1] in ("zh", "en") else default_language()


def tidy(arguments: Sequence[str]) -> list[str]:
    """Flags with hyphens, and each negative number joined to its flag so that it is not taken for one."""
    tidied: list[str] = []
    for word in arguments:
        if word.startswith("--"):
            flag, equals, value = word.partition("=")
            tidied.append(flag.replace("_", "-") + equals + value)
        elif (
            tidied
            and tidied[-1].startswith("--")
            and "=" not in tidied[-1]
            and re.match(r"-(\d|\.|inf|nan)", word, re.I)
        ):
            tidied[-1] += "=" + word
        else:
            tidied.append(word)
    return tidied


def _add_parameters(parser: Parser, parameters: type[Parameters], language: str) -> None:
    group = parser.add_argument_group(PARAMETERS.say(language))
    for name, field in declarations(parameters).items():
        declared: Declaration = field.metadata["declared"]
        values = ", ".join(declared.choices) or f"{declared.minimum:,} … {declared.maximum:,}"
        group.add_argument(
            f"--{name.replace('_', '-')}",
            dest=name,
            metavar=kind(field).upper(),
            help=f"{_say(declared.help, language)} ({values}; {field.default})",
        )


def _add_device(parser: Parser, language: str) -> None:
    parser.add_argument("--device", default="auto", help=_say(DEVICE, language))


def _add_language(parser: Parser) -> None:
    parser.add_argument("--lang", choices=("zh", "en"), default=default_language(), help="zh | en")


def _say(words: Text, language: str) -> str:
    return words.say(language).replace("%", "%%")


def _number(words: str) -> int | float | str:
    """The number that is written here, else the words themselves, for the parameter's own check to refuse."""
    for read in (int, float):
        with contextlib.suppress(ValueError):
            return read(words)
    return words
