"""Labelled questions: what regression tests, calibration and evaluation ask, and what must come out.

`questions.yaml` of a corpus, or any other file in its form or as JSON lines:

- {question: 为什么验证集loss先降后升, notes: [overfitting-underfitting, early-stopping], lang: zh, kind: symptom}
- {question: what is a GAN, refuse: true}
- {question: 那换成0.9呢, history: [dropout设成0.5会怎样], notes: [dropout], demo: dropout, params: {dropout: 0.9}}

Every field but `question` may be missing; what a field means stands at `LabelledQuestion`. JSON lines may say
`concepts` for `notes`.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tutor.corpus.plain_yaml import YamlFault, load_yaml
from tutor.errors import CorpusError

LIMIT = 2_000_000  # bytes of a file
HUGE = 1e12  # beyond every parameter
REPEATED_LIMIT = 1_000_000  # characters of a question that is sent several times over
SHAPE = "{question: …, notes: […]} or {question: …, refuse: true}"


@dataclass(frozen=True)
class LabelledQuestion:
    """A question with the notes that answer it; none if it is to be refused."""

    question: str
    notes: tuple[str, ...] = ()  # each of them may come first
    refuse: bool = False  # no note answers it
    history: tuple[str, ...] = ()  # earlier questions, oldest first
    demo: str = ""
    params: tuple[tuple[str, float | str], ...] = ()  # the demo must be offered so set
    language: str = ""  # `lang`: zh or en
    kind: str = ""  # how it is asked, or how far off it is
    must: tuple[tuple[str, ...], ...] = ()  # of each group the answer must mention one
    id: str = ""
    other_demos: tuple[str, ...] = ()  # `demo_alt`: these would do, too
    must_not: tuple[str, ...] = ()  # must not come out, as `must_not_exact`
    lenient: bool = False  # an answer and a refusal are both fine
    repeat: int = 1

    @property
    def asked(self) -> str:
        """The text as it is sent: the question, as often as `repeat` says."""
        return self.question * self.repeat


def read_questions(folder: Path) -> tuple[LabelledQuestion, ...]:
    """The labelled questions of a corpus folder; none if it has no questions.yaml.

    Raises:
        CorpusError: the file cannot be read or a row is malformed.
    """
    path = folder / "questions.yaml"
    return read_question_file(path) if os.path.lexists(path) else ()


def read_question_file(path: Path) -> tuple[LabelledQuestion, ...]:
    """The labelled questions of a YAML file, or of JSON lines if its name ends in .jsonl.

    Raises:
        CorpusError: the file cannot be read or a row is malformed; the message names the row.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LIMIT + 1)
        if len(content) > LIMIT:
            raise CorpusError(f"{path.name}: more than {LIMIT:,} bytes. Take some questions out.")
        rows = _json_rows if path.suffix == ".jsonl" else _yaml_rows
        return tuple(_Row(place, row).labelled() for place, row in rows(path.name, content.decode("utf-8-sig")))
    except UnicodeDecodeError:
        raise CorpusError(f"{path.name}: cannot be read: it is not UTF-8.") from None
    except OSError as error:
        raise CorpusError(f"{path.name}: cannot be read: {error.strerror}.") from None


def _json_rows(name: str, text: str) -> Iterator[tuple[str, Any]]:
    for number, line in enumerate(text.split("\n"), start=1):  # not splitlines: JSON may hold U+2028
        if line.strip():
            try:
                yield f"{name}:{number}", json.loads(line)
            except (ValueError, RecursionError):
                raise CorpusError(f"{name}:{number}: is not JSON. Write one object a line.") from None


def _yaml_rows(name: str, text: str) -> Iterator[tuple[str, Any]]:
    try:
        rows = load_yaml(text)
    except YamlFault as fault:
        raise CorpusError(f"{name}{f':{fault.line}' if fault.line else ''}: cannot be read: {fault}.") from None
    if not isinstance(rows, list | None):
        raise CorpusError(f"{name}: must be a list of {SHAPE}, not {_shown(rows)}.")
    for number, row in enumerate(rows or (), start=1):
        yield f"{name}, row {number}", row


@dataclass(frozen=True)
class _Row:
    """A row of a file, each of whose fields is checked as it is taken out; `place` is named in every error."""

    place: str
    fields: Any

    def labelled(self) -> LabelledQuestion:
        if not isinstance(self.fields, dict):
            raise CorpusError(f"{self.place}: expected {SHAPE}, not {_shown(self.fields)}.")
        if not isinstance(self.fields.get("question"), str):
            raise self._wrong("question", "a text", self.fields.get("question"))
        row = LabelledQuestion(
            question=self.fields["question"],
            notes=self._texts("notes") + self._texts("concepts"),
            refuse=self._one("refuse", bool, False, "true or false"),
            history=self._texts("history"),
            demo=self._one("demo", str, "", "a text"),
            params=self._params(),
            language=self._one("lang", str, "", "zh or en"),
            kind=self._one("kind", str, "", "a text"),
            must=tuple(self._all_texts("must", group) for group in self._one("must", list, [], "a list of lists")),
            id=str(self._one("id", str | int, "", "a text or a number")),
            other_demos=self._texts("demo_alt"),
            must_not=self._text_or_texts("must_not") + self._text_or_texts("must_not_exact"),
            lenient=self._one("lenient", bool, False, "true or false"),
            repeat=self._one("repeat", int, 1, "a whole number"),
        )
        if row.language not in ("", "zh", "en"):
            raise self._wrong("lang", "zh or en", row.language)
        if row.repeat < 1 or row.repeat * max(len(row.question), 1) > REPEATED_LIMIT:
            raise self._wrong("repeat", f"from 1 to what makes {REPEATED_LIMIT:,} characters", row.repeat)
        if not (row.notes or row.refuse or row.lenient or row.must_not):
            raise CorpusError(
                f"{self.place}: names no notes. Add `notes: […]`, or `refuse: true` if no note answers it."
            )
        return row

    def _one(self, name: str, kind: Any, default: Any, expected: str) -> Any:
        value = self.fields.get(name)
        if value is None:
            return default
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self._wrong(name, expected, value)
        return value

    def _texts(self, name: str) -> tuple[str, ...]:
        return self._all_texts(name, self._one(name, list, [], "a list of texts"))

    def _text_or_texts(self, name: str) -> tuple[str, ...]:
        return (self.fields[name],) if isinstance(self.fields.get(name), str) else self._texts(name)

    def _all_texts(self, name: str, values: object) -> tuple[str, ...]:
        if not isinstance(values, list):
            raise self._wrong(name, "a list of lists", values)
        for value in values:
            if not isinstance(value, str):
                raise self._wrong(name, "made of texts", value)
        return tuple(values)

    def _params(self) -> tuple[tuple[str, float | str], ...]:
        params = self._one("params", dict, {}, "{name: number}")
        for value in params.values():
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not ((number and abs(value) < HUGE) or isinstance(value, str)):
                raise self._wrong("params", "{name: number}", value)
        return tuple((str(name), v if isinstance(v, str) else float(v)) for name, v in params.items())

    def _wrong(self, name: str, expected: str, value: object) -> CorpusError:
        return CorpusError(f"{self.place}: {name} must be {expected}, not {_shown(value)}.")


def _shown(value: object) -> str:
    """A value in an error: short, whatever it is."""
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    text = str(value) if not isinstance(value, int) or abs(value) < HUGE else "a huge number"
    return repr(text[:40] + "…" * (len(text) > 40))
