"""The command line, `tutor …`: reads options, has the parts opened, prints results.

Everything heavy is imported inside the command that needs it, so that `--help` and `settings` stay light.
"""

import importlib.util
import io
import json
import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from tutor.errors import SettingsError, TutorError

if TYPE_CHECKING:
    from tutor.composing import Parts

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

CorpusOption = Annotated[
    Path | None, typer.Option("--corpus", help="Folder that holds notes/.", show_default="the shipped one")
]
LanguageOption = Annotated[
    Literal["auto", "zh", "en"], typer.Option("--lang", help="Language of the answer: auto, zh or en.")
]
ModelOption = Annotated[str | None, typer.Option("--model", help="Language model, provider:name; default TUTOR_MODEL.")]


@app.callback(invoke_without_command=True)
def _describe(context: typer.Context) -> None:
    """Ask about deep learning, read a cited answer, run the experiment that shows whether it holds."""
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=0, max=65535)] = 7860,
) -> None:
    """Start the web page; the address is printed when it can answer."""
    parts = _parts()
    from tutor.answering.refreshing import RefreshingTutor
    from tutor.running import Runner
    from tutor.web import serve as serve_web

    logging.getLogger("tutor").addHandler(logging.StreamHandler())
    logging.getLogger("tutor").setLevel(logging.INFO)
    parts.retriever.prepare()
    with Runner() as runner:
        runner.warm()
        with RefreshingTutor(parts.tutor, parts.encoder, parts.settings.home) as tutor:
            serve_web(tutor, runner, parts.settings, host, port)


@app.command()
def ask(
    question: Annotated[str | None, typer.Argument(help="The question, in Chinese or English.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as a JSON object.")] = False,
    batch: Annotated[Path | None, typer.Option(help="File of questions, one JSON object a line.")] = None,
    lang: LanguageOption = "auto",
    model: ModelOption = None,
    study: Annotated[bool, typer.Option("--study", help="Give a hint instead of the answer.")] = False,
) -> None:
    """Answer one question, or with --batch every line {"id", "question", "history"} of a file."""
    if (question is None) == (batch is None):
        raise typer.BadParameter("give either a QUESTION or --batch FILE.")
    if batch is not None:
        if not as_json:
            raise typer.BadParameter("--batch prints JSON lines; add --json.", param_hint="--batch")
        from tutor.answering.batch import read_batch

        rows = list(read_batch(batch))
        parts = _parts(model=model)
        for row in rows:
            answer = parts.tutor.ask(row["question"], row.get("history") or [], lang, study=study).to_json()
            print(json.dumps(answer | {"id": row.get("id")}, ensure_ascii=False), flush=True)
        return
    assert question is not None
    from tutor.answering.question import fault_of, language_of, understand
    from tutor.answering.refusing import unaskable

    if fault := fault_of(question):
        raise typer.BadParameter(unaskable(fault, language_of(question[:200])))
    tutor = _parts(model=model).tutor
    if as_json:
        print(json.dumps(tutor.ask(question, language=lang, study=study).to_json(), ensure_ascii=False))
        return
    from tutor.composing.offering import commands
    from tutor.terminal import open_console, print_answer, watched

    console, spoken = open_console(), understand(question, language=lang).language
    answer = watched(console, tutor.stream(question, language=lang, study=study), spoken)
    print_answer(console, answer, list(commands(answer.demo, answer.language)) if answer.demo else ())


@app.command()
def chat(lang: LanguageOption = "auto", model: ModelOption = None) -> None:
    """Ask and ask on in the terminal, and run experiments; /help lists what else a line can be."""
    from tutor.chat import chat as talk

    parts = _parts(model=model)
    talk(parts.tutor, parts.settings.home, lang)


@app.command()
def mcp() -> None:
    """Offer ask, list_demos and run_demo to a client of the Model Context Protocol, over standard input and output."""
    if importlib.util.find_spec("mcp") is None:
        raise SettingsError('`tutor mcp` needs the package mcp: pip install "deep-learning-tutor[mcp]".')
    from tutor.answering.refreshing import RefreshingTutor
    from tutor.mcp_server import serve as serve_tools
    from tutor.running import Runner

    parts = _parts()
    with Runner() as runner, RefreshingTutor(parts.tutor, parts.encoder, parts.settings.home) as tutor:
        serve_tools(tutor, runner)


@app.command()
def index(
    corpus: CorpusOption = None,
    rebuild: Annotated[bool, typer.Option(help="Encode every text anew.")] = False,
    ship: Annotated[bool, typer.Option(help="Store the vectors in the corpus, to travel with it.")] = False,
) -> None:
    """Build or refresh the index, and say what changed."""
    from tutor.composing.parts import described_change

    parts = _parts(corpus=corpus)
    notes = parts.notes
    opened, change = parts.open_index(rebuild)
    if change.unsaved:
        raise SettingsError(parts.unsaved(change))
    for line in described_change(notes, opened, change):
        print(line)
    if ship:
        from tutor.retrieval.index import ship_vectors

        print(f"{ship_vectors(notes, opened, parts.encoder)} vectors travel with the corpus.")


@app.command()
def lint(corpus: CorpusOption = None) -> None:
    """Check the notes; every problem with its file and line. Ends with 1 if there is an error."""
    from tutor.composing.checks import findings_of
    from tutor.corpus import read_corpus

    parts = _parts(corpus=corpus)
    notes = read_corpus(parts.settings.corpus)
    findings = findings_of(notes, parts)
    for finding in findings:
        print(finding)
    errors = sum(finding.severity == "error" for finding in findings)
    print(f"{len(notes.notes)} notes: {errors} errors, {len(findings) - errors} warnings.")
    if errors:
        raise typer.Exit(1)


@app.command()
def evaluate(
    questions: Annotated[
        Path | None, typer.Argument(help="Labelled questions, YAML or JSON lines.", show_default="the corpus' own")
    ] = None,
    corpus: CorpusOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the evaluation as a JSON object.")] = False,
    html: Annotated[Path | None, typer.Option(help="Write a page with charts and all misses.")] = None,
    answers: Annotated[Path | None, typer.Option(help="Write a page of 40 answers to read and judge.")] = None,
    baseline: Annotated[
        Path | None, typer.Option(help="Compare with this stored run.", show_default="the last run")
    ] = None,
    save_baseline: Annotated[Path | None, typer.Option(help="Store this run, to be a baseline.")] = None,
) -> None:
    """Score answers to labelled questions, compare with an earlier run. Ends with 1 if a score fell beyond noise."""
    from tutor.answering import Tutor
    from tutor.evaluating import Options, Subject
    from tutor.evaluating import evaluate as evaluated

    parts = _parts(corpus=corpus)

    def load() -> Subject:
        quoting = Tutor(parts.retriever, parts.demos) if parts.settings.model else None
        return Subject(parts.tutor, parts.retriever, quoting)

    asked = questions or parts.settings.corpus / "questions.yaml"
    options = Options(asked, parts.settings.home, as_json, html, answers, baseline, save_baseline)
    if code := evaluated(options, load):
        raise typer.Exit(code)


@app.command()
def verify(
    demos: Annotated[list[str] | None, typer.Argument(help="Slugs of experiments.", show_default="all")] = None,
    quick: Annotated[
        bool, typer.Option(help="Half as many seeds, all where those fail; receipts that rest on more are kept.")
    ] = False,
    seed: Annotated[int | None, typer.Option(help="Base seed.", min=0, max=2**31 - 1000, show_default="new")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "cpu",
    corpus: CorpusOption = None,
) -> None:
    """Measure every claim on fresh seeds, write corpus/evidence.json. Ends with 1 if one does not hold."""
    from demos.kit import DemoError
    from demos.kit.terminal import with_progress
    from tutor.verifying import Options
    from tutor.verifying import verify as verified

    options = Options(demos or (), _parts(corpus=corpus).settings.corpus, quick, seed, device)
    try:
        code = verified(options, with_progress)
    except DemoError as error:
        raise SettingsError(str(error)) from None
    if code:
        raise typer.Exit(code)


@app.command()
def settings() -> None:
    """Print every setting, its value and where it comes from."""
    from tutor.settings import described, load_settings

    for line in described(load_settings()):
        print(line)


def main() -> None:
    """Run a command; whatever is wrong with it is said in one line on standard error, with exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # UTF-8 whatever the locale; a lone surrogate becomes "?"
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        code = app(standalone_mode=False) or 0
    except (typer.TyperException, TutorError) as error:
        code = _complain(getattr(error, "format_message", error.__str__)())
    except (KeyboardInterrupt, typer.Abort):
        code = 130
    except BrokenPipeError:  # the reader of a pipe went away; without this, flushing at exit fails once more
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code)


def _complain(message: str) -> int:
    print(f"tutor: {' '.join(message.split())}", file=sys.stderr)
    return 2


def _parts(**overrides: object) -> "Parts":
    """The parts to open, with faults and progress on standard error."""
    from tutor.composing import Parts
    from tutor.settings import load_settings

    return Parts(load_settings(**overrides), tell=lambda line: typer.echo(line, err=True), progress=_report)


def _report(done: int, total: int) -> None:
    """How far an index is, where a person watches."""
    if sys.stderr.isatty():
        line = "\r\033[K" if done == total else f"\rEncoding {done} of {total} texts …"
        print(line, end="", file=sys.stderr, flush=True)
