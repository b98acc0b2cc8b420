"""Whether the sentences of a generated answer stand in the passages that they cite, by the words they share.

It is a rough measure: it finds what was made up or cited wrongly, not what was turned into its opposite.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tutor.answering.answer import Said, SaidKind
from tutor.answering.cleaning import UNSUPPORTED
from tutor.answering.question import Question
from tutor.answering.sentences import split
from tutor.corpus import Language, Passage
from tutor.retrieval.lexical import terms

# Of the terms of a sentence, that the cited passages must have. Every sentence of the notes passes with its own
# passage and one in nine with another of the same note; a fair paraphrase shares from 0.5 (English) and 0.33 (Chinese).
SHARED: dict[Language, float] = {"en": 0.45, "zh": 0.3}
FEW = 3  # terms; a sentence with fewer only connects others

_MARK = re.compile(r"\[(\d{1,3})\]")
_LEADING_MARKS = re.compile(r"(?:\[\d{1,3}\]\s*)+")
_FORMULA = re.compile(r"\$\$.*?\$\$|\$[^$]*\$", re.DOTALL)
_NUMBER = re.compile(r"(?<![A-Za-z0-9_.])\d+(?:\.\d+)?(?![A-Za-z0-9_])")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*\\?[%％]")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_ITEM = re.compile(r"\s*(?:[-*+]|\d+[.)]|#+)\s+")
_BLOCKS = re.compile(r"(```.*?(?:```|\Z)|\$\$.*?\$\$)|\n\s*\n|\n(?=\s*(?:[-*+]|\d+[.)]|#+)\s)|\n(?=\|)", re.DOTALL)


@dataclass(frozen=True)
class Checked:
    """An answer whose unsupported sentences are marked, and its sentences."""

    text: str
    sentences: tuple[Said, ...]

    def count(self, kind: SaidKind) -> int:
        """How many sentences are of a kind."""
        return sum(said.kind == kind for said in self.sentences)

    @property
    def unfounded(self) -> bool:
        """Whether it says nothing, or most of it is unsupported."""
        return self.count("unsupported") > self.count("cited") or not self.count("cited")


def checked(text: str, cited: Sequence[Passage], question: Question) -> Checked:
    """Mark what is unsupported in `text`, where `[n]` cites `cited[n - 1]`."""
    parts: list[str] = []
    sentences: list[Said] = []
    done = 0
    for start, end in _spans(text):
        sentence = text[start:end]
        numbers = [int(n) for n in _MARK.findall(sentence) if 1 <= int(n) <= len(cited)]
        said = _MARK.sub(" ", sentence)
        if not terms(said) or (not numbers and _connects(said)):
            sentences.append(Said(sentence, "connective"))
        elif supported(said, [cited[n - 1] for n in numbers], question):
            sentences.append(Said(sentence, "cited", numbers[0]))
        else:
            sentences.append(Said(sentence, "unsupported"))
            parts += [text[done:end], " ", UNSUPPORTED]
            done = end
    return Checked("".join([*parts, text[done:]]), tuple(sentences))


def supported(said: str, passages: Sequence[Passage], question: Question) -> bool:
    """Whether the passages that a sentence cites have its numbers and share its words."""
    read = "\n".join(f"{passage.title}\n{passage.section}\n{passage.text}" for passage in passages)
    if not passages or not _numbers(said) <= _numbers(read) | _numbers(question.standalone):
        return False
    if any(passage.language != question.language for passage in passages):
        return True  # words of two languages cannot be compared
    return overlap(said, read) >= SHARED[question.language]


def overlap(said: str, read: str) -> float:
    """The share of the terms of a sentence, outside formulas, that a text has; 1 if it has no terms."""
    words = set(terms(_FORMULA.sub(" ", said)))
    return len(words & set(terms(read))) / len(words) if words else 1.0


def _connects(said: str) -> bool:
    """Whether a sentence only leads over to others, and need cite nothing."""
    few = len(set(terms(said))) < FEW and not _numbers(said)
    return few or said.rstrip().endswith((":", "："))


def _numbers(text: str) -> set[float]:
    """The numbers of a text, outside names such as `conv2d`; 50% is 0.5 too."""
    text = _THOUSANDS.sub("", text)
    return {float(number) for number in _NUMBER.findall(text)} | {
        float(number) / 100 for number in _PERCENT.findall(text)
    }


def _spans(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of every sentence; code and display formulas are none. Marks after a stop belong before it."""
    place = 0
    for start, end in _blocks(text):
        place = start
        spans: list[tuple[int, int]] = []
        for whole in split(text[start:end]):
            sentence = whole.rstrip("| ")  # of a row of a table
            begin = text.index(sentence, place)
            place = begin + len(sentence)
            if spans and (marks := _LEADING_MARKS.match(sentence)):
                spans[-1] = (spans[-1][0], begin + len(marks[0].rstrip()))
                begin += len(marks[0])
            if begin < place:
                spans.append((begin, place))
        yield from spans


def _blocks(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of every paragraph and list item, without its bullet."""
    start = 0
    for between in [*_BLOCKS.finditer(text), None]:
        end = between.start() if between else len(text)
        bullet = _ITEM.match(text, start, end)
        yield bullet.end() if bullet else start, end
        start = between.end() if between else end
