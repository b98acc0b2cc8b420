"""What `tutor evaluate` does, from its options to its exit code."""

import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.progress import track

from tutor.answering import Tutor
from tutor.answering.origin import EXTRACTIVE
from tutor.corpus.questions import LabelledQuestion, read_question_file
from tutor.errors import CorpusError, SettingsError
from tutor.evaluating.answers_page import Reading, answers_page
from tutor.evaluating.keeping import last_run_file, read_scores, write_scores
from tutor.evaluating.page import page
from tutor.evaluating.report import to_json
from tutor.evaluating.run import Outcome, Run, Scores, carry_out, coverable
from tutor.evaluating.sampling import sample
from tutor.evaluating.summary import summarise
from tutor.evaluating.table import print_summary
from tutor.retrieval.retriever import Retriever

WIDTH = 160  # columns of a table that goes into a file or a pipe
SEED = 0  # of the bootstrap and of the answers to read: the same run gets the same intervals and the same page


@dataclass(frozen=True)
class Options:
    """The command line: what to ask, what to compare with, where to put the results."""

    questions: Path
    home: Path
    as_json: bool = False
    html: Path | None = None
    answers: Path | None = None
    baseline: Path | None = None
    save_baseline: Path | None = None


@dataclass(frozen=True)
class Subject:
    """What is evaluated: a tutor, what it finds, and where a model words its answers, the same tutor without it."""

    tutor: Tutor
    retriever: Retriever
    quoting: Tutor | None = None


def evaluate(options: Options, load: Callable[[], Subject]) -> int:
    """Evaluate and report; 1 if a guarded score fell beyond noise, else 0.

    What can be wrong with the options is found before `load` is called.

    Raises:
        CorpusError: the question file cannot be read, or the corpus has no note that it asks about.
        SettingsError: the baseline cannot be read, or a result cannot be written.
    """
    rows = read_question_file(options.questions)
    remembered = last_run_file(options.home, options.questions)
    before = read_scores(options.baseline) if options.baseline else _remembered(remembered)
    for path in (options.html, options.answers, options.save_baseline):
        if path and (path.is_dir() or not path.parent.is_dir()):
            raise SettingsError(f"{path}: is no file that can be written. Name one in an existing folder.")
    subject = load()
    run = _run(options.questions, rows, subject)
    summary = summarise(run, before, np.random.default_rng(SEED))
    if options.html:
        _write(options.html, page(summary))
    if options.answers:
        readings = [_reading(outcome, subject) for outcome in sample(run.outcomes, np.random.default_rng(SEED))]
        _write(options.answers, answers_page(readings, run))
    if options.save_baseline:
        try:
            write_scores(options.save_baseline, run.scores)
        except OSError as error:
            raise _unwritable(options.save_baseline, error) from None
    try:
        remembered.parent.mkdir(parents=True, exist_ok=True)
        write_scores(remembered, run.scores)
    except OSError as error:
        print(f"This run cannot be remembered: {remembered}: {error.strerror}.", file=sys.stderr)
    if options.as_json:
        print(json.dumps(to_json(summary), ensure_ascii=False, allow_nan=False))
    else:
        width = None if sys.stdout.isatty() else WIDTH
        print_summary(summary, Console(highlight=False, width=width))
    return 1 if summary.fallen else 0


def _remembered(path: Path) -> Scores | None:
    """The last run over the same questions; None if there was none, or if it is of no use any more."""
    try:
        return read_scores(path)
    except SettingsError:
        if path.exists():
            print(f"{path}: the last run cannot be read; it is replaced.", file=sys.stderr)
        return None


def _run(path: Path, rows: Sequence[LabelledQuestion], subject: Subject) -> Run:
    covered = coverable(rows, frozenset(note.slug for note in subject.tutor.corpus.notes))
    if not covered:
        raise CorpusError(f"{path}: the corpus has no note that one of its {len(rows)} questions is about.")
    return carry_out(_watched(covered), len(rows) - len(covered), subject.tutor, subject.retriever)


def _reading(outcome: Outcome, subject: Subject) -> Reading:
    """The outcome, with what the notes say beside what a model has worded."""
    row, worded = outcome.row, not outcome.refused and outcome.answer.model != EXTRACTIVE
    return Reading(outcome, subject.quoting.ask(row.asked, row.history) if subject.quoting and worded else None)


def _watched(rows: Sequence[LabelledQuestion]) -> Iterator[LabelledQuestion]:
    """The rows one by one, with progress on standard error where a person watches."""
    console = Console(stderr=True)
    yield from track(rows, "Asking", console=console, transient=True, disable=not console.is_terminal)


def _write(path: Path, text: str) -> None:
    try:
        path.write_bytes(text.encode("utf-8", "replace"))
    except OSError as error:
        raise _unwritable(path, error) from None


def _unwritable(path: Path, error: OSError) -> SettingsError:
    return SettingsError(f"{path}: cannot be written ({error.strerror}). Choose another file.")
