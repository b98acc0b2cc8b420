"""Understanding a question by rules: its language, what it asks for, what it refers back to."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tutor.answering.asking import Asks, asks_of, kind_of, states, wants_judgement
from tutor.answering.following import LONGEST, adds_only_settings, is_short, refers_back, thread_of
from tutor.corpus import Language, SectionKind
from tutor.retrieval.scripts import HAN, simplify

LIMIT = 2_000  # characters; longer texts are refused, not cut: a part of a question is another question

_LATIN_WORD = re.compile("[A-Za-z]+")
_ENGLISH = re.compile(r"\b(?:what|why|how|when|which|the|is|are|does|do|can|and|of|in|to|my|it)\b", re.IGNORECASE)
_TAGS = re.compile(r"<(script|style)\b.*?</\1\s*>|</?[a-z!][^<>]{0,500}>", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True)
class Question:
    """`text` cleaned and in simplified characters; `earlier` is the one before it that names the subject, or ""."""

    text: str
    earlier: str
    language: Language
    kind: SectionKind | None
    follows_up: bool  # it leans on the earlier one
    asks: Asks = ""
    thread: tuple[str, ...] = ()  # the questions before it, back to the one that opened the subject; oldest first
    subject: str = ""  # what the earlier one names

    @property
    def standalone(self) -> str:
        """The question with what a follow-up leaves unsaid."""
        if not self.follows_up:
            return self.text
        return self.earlier if self.sets else f"{self.earlier} {self.text}"

    @property
    def case(self) -> str:
        """What a self-test may have judged: of a follow-up its own words, with the subject that they leave unsaid."""
        return f"{self.subject or self.earlier} {self.text}" if self.follows_up else self.text

    @property
    def sets(self) -> bool:
        """Whether it follows up and says nothing but values, or that something is to be shown."""
        return self.follows_up and adds_only_settings(self.text)

    @property
    def believes(self) -> bool:
        """Whether it is no question but states what somebody believes."""
        return states(self.text)

    @property
    def judged(self) -> bool:
        """Whether the answer is a judgement: yes or no, one of two, or what comes of a value."""
        return wants_judgement(self.text)

    @property
    def doubts(self) -> bool:
        """Whether a yes or no is an answer to it: it asks for a judgement, or puts a belief forward."""
        return self.judged or self.believes or self.asks == "misconception"

    @property
    def conversation(self) -> tuple[str, ...]:
        """The question and before it what it leans on."""
        return (*self.thread, self.text) if self.follows_up else (self.text,)


def clean(text: str) -> str:
    """Normal form of a typed question: no tags, no control characters, single spaces."""
    text = _TAGS.sub(" ", text.encode("utf-8", "replace").decode("utf-8"))
    text = "".join(" " if unicodedata.category(c) in ("Cc", "Cf", "Co", "Cs") else c for c in text)
    return " ".join(text.split())


def fault_of(text: str) -> str:
    """Why a text cannot be asked at all ("empty", "long", "wordless"), or "" if it can; `text` as typed."""
    if len(text) > LIMIT:
        return "long"
    cleaned = clean(text)
    if not cleaned:
        return "empty"
    return "" if any(c.isalnum() for c in unicodedata.normalize("NFKC", cleaned)) else "wordless"


def language_of(text: str, default: Language = "en") -> Language:
    """That of the words between the terms: code and names are Latin in a Chinese question, too."""
    han, latin = len(HAN.findall(text)), len(_LATIN_WORD.findall(text))
    if not han and not latin:
        return default
    return "zh" if han and (han >= latin or not _ENGLISH.search(text)) else "en"


def understand(
    text: str, history: Sequence[str] = (), language: str = "auto", names: Callable[[str], str] | None = None
) -> Question:
    """Read a question in its conversation; `history` holds the person's earlier questions, oldest first.

    `names` gives the first concept of the notes that a text names, "" if it names none. A short question that names
    none continues the conversation, and so does one that only sets a value.
    """
    cleaned = simplify(clean(text))
    earlier = [simplify(clean(question)) for question in history[-LONGEST:] if not fault_of(question)]

    def leans(question: str) -> bool:
        if refers_back(question):
            return True
        bare = adds_only_settings(question) or (names is not None and is_short(question))
        return bare and not (names and names(question))

    thread = thread_of(earlier, leans)
    subject = next((one for one in reversed(thread) if names and names(one)), thread[0] if thread else "")
    fallback = language_of(thread[-1]) if thread else "en"
    chosen: Language = language if language in ("zh", "en") else language_of(cleaned, fallback)  # type: ignore[assignment]
    follows = bool(thread) and leans(cleaned)
    named = names(subject) if names else ""
    return Question(cleaned, subject, chosen, kind_of(cleaned), follows, asks_of(cleaned), thread, named)
