"""Choosing sentences of a section: those that answer, the first one that stands alone, the mistake that is made."""

import re
from functools import lru_cache

from tutor.answering.sentences import Sentence, length, sentences_of
from tutor.corpus import Language, Passage
from tutor.retrieval.lexical import terms
from tutor.retrieval.retriever import Hit

DISTANCE = 0.6  # shared words that a sentence must have for every sentence that stands before it
ABOUT = 2  # words of the question that a later sentence has, and the first none, if that one leads
SAME = 0.5  # shared words of all words in two sentences, from which on they say the same

# Words at the start of a sentence that mean nothing without the one before.
_LEANS_BACK = re.compile(
    r"(?:举个例子|例如|比如|再(?!一次)|它|这|那|其中|此时|此外|因此|所以|但|不过|然而|而|于是|同样|反过来|接着|然后|第[二三四]|另一|前者|后者|也|又|还"
    r"|.{0,14}这(?:两|三|几|些)|如果.{0,6}也|.{0,8}同样的)"
    r"|(?:For example|For instance"
    r"|It|Its|This|That|These|Those|They|Their|Such|So|But|However|Therefore|Then|Here|Either|Both|Also|And|Or|Yet"
    r"|Similarly|Conversely|Instead|Otherwise|The (?:second|third|other|former|latter|same)|A second|A third|Another"
    r"|The last|.{0,25}\bthe same (?:holds|goes|is true|applies|way))\b"
)
_TELLS_SYMBOLS = re.compile(
    r"(?:常数|系数|指数|参数|符号)?\$|其中|这里|式中|(?:[Ww]here|Here)\b"
    r"|The (?:constants?|exponents?|symbols?)\b.{0,12}\$"
)
_POINTS = re.compile(
    r"\b(?:left|right|middle|first|last|second|third) (?:column|row)\b|\b(?:this|the) table\b"
    r"|[左右中]间?[一那]?列|[上下本]表|表[里中]",
    re.IGNORECASE,
)

Piece = tuple[Sentence, Passage]


def pieces_of(hit: Hit) -> list[Piece]:
    """The sentences of a section with their passages; the first is the one that its author wrote to stand alone."""
    found = [(sentence, passage) for passage in hit.passages for sentence in sentences_of(passage)]
    return found or [(Sentence(hit.passages[0].text), hit.passages[0])]  # a section of code or a table alone


def opening_of(hit: Hit, wanted: frozenset[str], budget: int, language: Language) -> list[Piece]:
    """The first sentence of a section, which its author wrote as the answer, and those nearest the question.

    `budget` is their `length` in the language of the answer.
    """
    pieces = pieces_of(hit)
    if hit.kind == "check":  # one item answers; the others answer other questions
        passage = max(hit.passages, key=lambda candidate: len(wanted & words(candidate.text)))
        pieces = [piece for piece in pieces if piece[1] is passage] or pieces
    lengths = [length(sentence.text, language) for sentence, _ in pieces]
    shared = [len(wanted & words(sentence.text)) for sentence, _ in pieces]
    leans = [bool(_LEANS_BACK.match(sentence.text)) for sentence, _ in pieces]
    # The symbols of a formula are told by the sentence after it, if one tells them.
    tells = [bool(_TELLS_SYMBOLS.match(sentence.text)) for sentence, _ in pieces]
    barred = {i for i, (sentence, _) in enumerate(pieces) if i and points_elsewhere(sentence)}
    # The first sentence, which its author wrote as the answer, unless it is about something else in the section.
    own = wanted - words(hit.passages[0].title)
    telling = [
        0 if leans[i] or i in barred else len(own & words(sentence.text)) for i, (sentence, _) in enumerate(pieces)
    ]
    elsewhere = hit.kind != "compare" and not telling[0] and max(telling) >= ABOUT
    lead = telling.index(max(telling)) if elsewhere else 0
    kept, room = {lead}, budget - lengths[lead]
    # A sentence further on must share more words with the question, or the answer falls to pieces; the one that
    # shares most is taken wherever it stands.
    best = max(range(len(pieces)), key=lambda i: (shared[i], -i))
    for i in sorted(range(lead + 1, len(pieces)), key=lambda i: (i != best, DISTANCE * i - shared[i])):
        group = {i - 1, i} if leans[i] else {i}
        if pieces[i][0].formula and i + 1 < len(pieces) and tells[i + 1]:
            group.add(i + 1)
        if tells[i] and pieces[i - 1][0].formula:
            group.add(i - 1)
        group -= kept
        longer = sum(lengths[k] for k in group)
        if longer <= room and not group & barred and not (leans[i] and leans[i - 1] and i - 1 not in kept):
            kept |= group
            room -= longer
    return [pieces[i] for i in sorted(kept) if i + 1 in kept or not pieces[i][0].announces]


def points_elsewhere(sentence: Sentence) -> bool:
    """Whether a sentence speaks of a table or a column, which an answer leaves behind."""
    return bool(_POINTS.search(sentence.text))


def says_the_same(one: str, other: str) -> bool:
    """Whether two sentences share half of their words."""
    ours, theirs = words(one), words(other)
    return len(ours & theirs) > SAME * len(ours | theirs)


@lru_cache(maxsize=8192)
def words(text: str) -> frozenset[str]:
    """The index terms of a text, each once."""
    return frozenset(terms(text))
