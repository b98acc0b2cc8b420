"""What an answer is: text with citation marks, the passages cited, and the experiment that belongs to it."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal, Protocol

from tutor.corpus import Corpus, Language, Passage
from tutor.corpus.receipts import Receipt

READ_MORE: dict[Language, str] = {"zh": "**延伸阅读**", "en": "**Read more**"}  # a line between answer and more


@dataclass(frozen=True)
class Citation:
    """Mark `[n]` of an answer: `quote` is verbatim lines `start_line` to `end_line` of the note's file."""

    n: int
    note: str
    language: Language
    section: str
    quote: str
    score: float
    title: str
    start_line: int
    end_line: int

    @classmethod
    def of(cls, n: int, passage: Passage, score: float) -> "Citation":
        """Cite a whole passage."""
        return cls(
            n, passage.note, passage.language, passage.section, passage.text, round(score, 4), passage.title,
            passage.start_line, passage.end_line,
        )  # fmt: skip


@dataclass(frozen=True)
class Clamp:
    """A value out of the bounds of parameter `name`: what was `asked` and the bound that was `given` instead."""

    name: str
    asked: float
    given: float


@dataclass(frozen=True)
class DemoLaunch:
    """The experiment to offer: `params` that the question sets, and the `contrast` they are set against."""

    name: str
    params: dict[str, float] = field(default_factory=dict)
    contrast: dict[str, float] = field(default_factory=dict)
    clamped: tuple[Clamp, ...] = ()  # of the values in `params` and `contrast`


@dataclass(frozen=True)
class Usage:
    """Tokens that a language model read and wrote, as it counts them."""

    input_tokens: int
    output_tokens: int

    def plus(self, input_tokens: int, output_tokens: int) -> "Usage":
        """With those of a further part of the reply."""
        return Usage(self.input_tokens + input_tokens, self.output_tokens + output_tokens)


# Why an answer quotes although a model is configured: it was too slow, broke, was in use, or said what no note says.
Fallback = Literal["late", "failed", "busy", "unfounded"]


SaidKind = Literal["cited", "measured", "connective", "unsupported"]


@dataclass(frozen=True)
class Said:
    """A sentence of an answer, and what it rests on: passage `n`, what was measured for `claim`, or nothing.

    One that rests on nothing only connects others, or, of a language model, is "unsupported" and marked so.
    """

    text: str
    kind: SaidKind
    n: int | None = None
    claim: str = ""


@dataclass(frozen=True)
class Answer:
    """An answer or a refusal; a refusal has no citations and no demo, and offers the nearest topics."""

    question: str
    language: Language
    refused: bool
    text: str
    model: str
    citations: tuple[Citation, ...] = ()
    demo: DemoLaunch | None = None
    receipts: tuple[Receipt, ...] = ()  # what was measured of the claims of `demo`
    follow_ups: tuple[str, ...] = ()
    sentences: tuple[Said, ...] = ()
    hint: bool = False  # it is a hint, and the same question without the study mode has the answer
    seconds: dict[str, float] = field(default_factory=dict)
    id: str | int | None = None
    usage: Usage | None = None  # None also where the model does not tell
    fallback: Fallback | None = None

    def to_json(self) -> dict[str, object]:
        """The object that `tutor ask --json` prints and `/ask` returns."""
        return {
            "id": self.id,
            "question": self.question,
            "language": self.language,
            "refused": self.refused,
            "answer": self.text,
            "model": self.model,
            "citations": [
                {
                    "n": citation.n,
                    "note": citation.note,
                    "language": citation.language,
                    "section": citation.section,
                    "quote": citation.quote,
                    "score": citation.score,
                    "lines": [citation.start_line, citation.end_line],
                }
                for citation in self.citations
            ],
            "demo": self.demo
            and {
                "name": self.demo.name,
                "params": dict(self.demo.params),
                "contrast": dict(self.demo.contrast),
                "clamped": [asdict(clamp) for clamp in self.demo.clamped],
            },
            "receipts": [receipt.to_json() for receipt in self.receipts],
            "follow_ups": list(self.follow_ups),
            "sentences": [asdict(said) for said in self.sentences],
            "hint": self.hint,
            "seconds": self.seconds,
            "usage": self.usage and asdict(self.usage),
            "fallback": self.fallback,
        }


@dataclass(frozen=True)
class Restart:
    """In a stream: what came so far is void, the answer begins anew."""


Streamed = str | Restart | Answer


class Answerer(Protocol):
    """Whoever answers questions from notes: a `Tutor`, or one whose notes are refreshed while it answers."""

    @property
    def corpus(self) -> Corpus:
        """The notes that answers come from; the next request may find others."""
        ...

    def ask(self, question: str, history: Sequence[str] = (), language: str = "auto", *, study: bool = False) -> Answer:
        """Answer a question; `history` holds the earlier questions of the conversation, oldest first.

        With `study` a hint comes instead of the answer.
        """
        ...

    def stream(
        self, question: str, history: Sequence[str] = (), language: str = "auto", *, study: bool = False
    ) -> Iterator[Streamed]:
        """The pieces of the answer's text as they are made, and last the whole `Answer`, whose text may say more.

        A `Restart` among them voids the pieces before it: the model failed after it had begun.
        """
        ...
