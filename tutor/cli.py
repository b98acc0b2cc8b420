"""The command line, `tutor …`: the composition root, where the parts are put together.

Everything heavy is imported inside the command that needs it, so that `--help` and `settings` stay light.
"""

import io
import json
import logging
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tutor.errors import CorpusError, SettingsError, TutorError

if TYPE_CHECKING:
    from tutor.answering import Tutor
    from tutor.corpus import Corpus
    from tutor.corpus.linting import Demos, Finding
    from tutor.retrieval.encoder import Encoder
    from tutor.retrieval.index import Change, Index
    from tutor.retrieval.retriever import Retriever
    from tutor.settings import Settings

app = typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)

CorpusOption = Annotated[
    Path | None, typer.Option("--corpus", help="Folder that holds notes/.", show_default="the shipped one")
]


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
    settings = _settings()
    from tutor.answering.refreshing import RefreshingTutor
    from tutor.running import Runner
    from tutor.web import serve as serve_web

    logging.getLogger("tutor").addHandler(logging.StreamHandler())
    logging.getLogger("tutor").setLevel(logging.INFO)
    with Runner() as runner:
        runner.warm()
        encoder = _encoder(settings)
        opened = _tutor(settings, _retriever(settings, encoder))
        with RefreshingTutor(opened, encoder, settings.home) as tutor:
            serve_web(tutor, runner, settings, host, port)


@app.command()
def ask(
    question: Annotated[str | None, typer.Argument(help="The question, in Chinese or English.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the answer as a JSON object.")] = False,
    batch: Annotated[Path | None, typer.Option(help="File of questions, one JSON object a line.")] = None,
    lang: Annotated[str, typer.Option(help="Language of the answer: auto, zh or en.")] = "auto",
    model: Annotated[str | None, typer.Option(help="Language model, provider:name; default TUTOR_MODEL.")] = None,
) -> None:
    """Answer one question, or with --batch every line {"id", "question", "history"} of a file."""
    if lang not in ("auto", "zh", "en"):
        raise typer.BadParameter(f"{lang!r} is not one of auto, zh, en.", param_hint="--lang")
    if (question is None) == (batch is None):
        raise typer.BadParameter("give either a QUESTION or --batch FILE.")
    if batch is not None:
        if not as_json:
            raise typer.BadParameter("--batch prints JSON lines; add --json.", param_hint="--batch")
        from tutor.answering.batch import read_batch

        rows = list(read_batch(batch))
        tutor = _tutor(_settings(model=model))
        for row in rows:
            answer = tutor.ask(row["question"], row.get("history") or [], lang).to_json()
            print(json.dumps(answer | {"id": row.get("id")}, ensure_ascii=False), flush=True)
        return
    assert question is not None
    from tutor.answering.question import fault_of, language_of
    from tutor.answering.refusing import unaskable

    if fault := fault_of(question):
        raise typer.BadParameter(unaskable(fault, language_of(question[:200])))
    answer = _tutor(_settings(model=model)).ask(question, language=lang)
    if as_json:
        print(json.dumps(answer.to_json(), ensure_ascii=False))
    else:
        from tutor.terminal import print_answer

        print_answer(answer)


@app.command()
def index(
    corpus: CorpusOption = None,
    rebuild: Annotated[bool, typer.Option(help="Encode every text anew.")] = False,
    ship: Annotated[bool, typer.Option(help="Store the vectors in the corpus, to travel with it.")] = False,
) -> None:
    """Build or refresh the index, and say what changed."""
    settings = _settings(corpus=corpus)
    notes, encoder = _notes(settings), _encoder(settings)
    opened, change = _open_index(settings, notes, encoder, rebuild)
    if change.unsaved:
        raise SettingsError(_unsaved(settings, change))
    if change.fresh:
        print(f"The index is up to date: {len(notes.notes)} notes, {len(notes.passages)} passages.")
    else:
        print(
            f"Indexed {len(notes.notes)} notes, {len(notes.passages)} passages: {change.encoded} texts encoded, "
            f"{change.kept} kept, {change.dropped} dropped."
        )
        if validated := opened.refusal.validated:
            print(
                f"By cross-validation {validated[0]:.0%} of the labelled questions outside the notes are refused, "
                f"and {validated[1]:.0%} of those inside."
            )
    if ship:
        from tutor.retrieval.index import ship_vectors

        print(f"{ship_vectors(notes, opened, encoder)} vectors travel with the corpus.")


@app.command()
def lint(corpus: CorpusOption = None) -> None:
    """Check the notes; every problem with its file and line. Ends with 1 if there is an error."""
    from tutor.corpus import read_corpus
    from tutor.corpus.linting import lint as findings_of

    settings = _settings(corpus=corpus)
    notes = read_corpus(settings.corpus)
    findings = sorted([*findings_of(notes, shipped_demos()), *_findability(settings, notes)])
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
    baseline: Annotated[
        Path | None, typer.Option(help="Compare with this stored run.", show_default="the last run")
    ] = None,
    save_baseline: Annotated[Path | None, typer.Option(help="Store this run, to be a baseline.")] = None,
) -> None:
    """Score answers to labelled questions, compare with an earlier run. Ends with 1 if a score fell beyond noise."""
    from tutor.evaluating import Options
    from tutor.evaluating import evaluate as evaluated

    settings = _settings(corpus=corpus)
    asked = questions or settings.corpus / "questions.yaml"

    def load() -> "tuple[Tutor, Retriever]":
        retriever = _retriever(settings)
        return _tutor(settings, retriever), retriever

    if code := evaluated(Options(asked, settings.home, as_json, html, baseline, save_baseline), load):
        raise typer.Exit(code)


@app.command()
def verify(
    demos: Annotated[list[str] | None, typer.Argument(help="Slugs of experiments.", show_default="all")] = None,
    quick: Annotated[bool, typer.Option(help="Half as many seeds; receipts that rest on more are kept.")] = False,
    seed: Annotated[int | None, typer.Option(help="Base seed.", min=0, max=2**31 - 1000, show_default="new")] = None,
    device: Annotated[str, typer.Option(help="auto, cpu or cuda.")] = "cpu",
    corpus: CorpusOption = None,
) -> None:
    """Measure every claim on fresh seeds, write corpus/evidence.json. Ends with 1 if one does not hold."""
    from demos.kit import DemoError
    from demos.kit.terminal import with_progress
    from tutor.verifying import Options
    from tutor.verifying import verify as verified

    options = Options(demos or (), _settings(corpus=corpus).corpus, quick, seed, device)
    try:
        code = verified(options, with_progress)
    except DemoError as error:
        raise SettingsError(str(error)) from None
    if code:
        raise typer.Exit(code)


@app.command()
def settings() -> None:
    """Print every setting, its value and where it comes from."""
    current = _settings()
    for name, field in type(current).model_fields.items():
        variable = f"TUTOR_{name.upper()}"
        origin = "environment" if os.environ.get(variable) else "default"
        print(f"{variable}={getattr(current, name)}  ({origin}; {field.description})")


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


def _settings(**overrides: object) -> "Settings":
    from tutor.settings import load_settings

    return load_settings(**overrides)


def _retriever(settings: "Settings", encoder: "Encoder | None" = None) -> "Retriever":
    from tutor.retrieval.retriever import Retriever

    notes, encoder = _notes(settings), encoder or _encoder(settings)
    opened, change = _open_index(settings, notes, encoder)
    if change.unsaved:
        typer.echo(_unsaved(settings, change), err=True)
    return Retriever(notes, opened, encoder)


def _tutor(settings: "Settings", retriever: "Retriever | None" = None) -> "Tutor":
    from demos.kit import catalogue
    from tutor.answering import DemoCard, Tutor

    retriever = retriever or _retriever(settings)
    demos = {row["name"]: DemoCard.from_catalogue(row) for row in catalogue()}
    if not settings.model:
        return Tutor(retriever, demos)
    from tutor.answering.generative import load_model

    return Tutor(retriever, demos, load_model(settings.model, settings.base_url), settings.model)


def shipped_demos() -> "Demos":
    """What the checks of the notes need to know of the demos."""
    from demos import kit
    from tutor.corpus.linting import Demos

    def refusal(slug: str, params: Mapping[str, float | str]) -> str:
        try:
            kit.check(slug, params)
        except kit.DemoError as error:
            return str(error)
        return ""

    claims = {row["name"]: frozenset(claim["id"] for claim in row["claims"]) for row in kit.catalogue()}
    return Demos(claims, refusal)


def _findability(settings: "Settings", notes: "Corpus") -> "list[Finding]":
    """Sections that nobody would find, or why that cannot be told."""
    from tutor.corpus.linting import Finding
    from tutor.retrieval.findability import encode_few, findability_findings
    from tutor.retrieval.index import open_index

    try:
        opened, _ = open_index(notes, _encoder(settings), settings.home, progress=encode_few)
    except CorpusError as error:
        return [Finding("notes", 0, "warning", f"whether questions find their sections is not checked: {error}")]
    return findability_findings(notes, opened)


def _notes(settings: "Settings") -> "Corpus":
    """The corpus; a note that cannot be read is named and left out."""
    from tutor.corpus import read_corpus

    notes = read_corpus(settings.corpus)
    for fault in notes.faults:
        typer.echo(f"left out: {fault}", err=True)
    return notes


def _encoder(settings: "Settings") -> "Encoder":
    from tutor.retrieval.encoder import load_encoder

    return load_encoder(settings.encoder or None)


def _open_index(
    settings: "Settings", notes: "Corpus", encoder: "Encoder", rebuild: bool = False
) -> "tuple[Index, Change]":
    """Open or refresh the index, with progress on standard error where a person watches."""
    from tutor.retrieval.index import open_index

    def report(done: int, total: int) -> None:
        if sys.stderr.isatty():
            print(f"\rEncoding {done} of {total} texts …", end="", file=sys.stderr, flush=True)

    opened, change = open_index(notes, encoder, settings.home, rebuild=rebuild, progress=report)
    if change.encoded and sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    if change.damage:
        typer.echo(change.damage, err=True)
    return opened, change


def _unsaved(settings: "Settings", change: "Change") -> str:
    return (
        f"The index cannot be written under {settings.home} ({change.unsaved}). "
        "Free space there or set TUTOR_HOME; until then it is made anew at every start."
    )
