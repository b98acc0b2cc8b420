"""The embedded answerer: composes an answer from sentences of the notes, every one with its citation."""

import re
from collections.abc import Iterator

from tutor.answering.evidence import Evidence
from tutor.answering.sentences import Sentence, sentences_of
from tutor.corpus import Language, Passage
from tutor.retrieval.lexical import terms
from tutor.retrieval.retriever import Hit

BUDGET: dict[Language, int] = {
    "en": 900,
    "zh": 260,
}  # characters of an answer, about 150 English words
MAIN_SHARE = 0.62  # of the budget, for the section that answers the question
WHOLE = 1.15  # of the budget, with what supports or limits it
NEAR = 0.65  # of the best score, for a section that supports
RIVALS = 2
RIVAL = 0.8  # of the best score, for a note that may be what was meant
DISTANCE = 0.6  # shared words that a sentence must have for every sentence that stands before it
SUPPORTING = (
    "why",
    "how",
    "when",
    "pitfalls",
    "what",
    "compare",
    "example",
)  # kinds fit for the second paragraph

# Words at the start of a sentence that mean nothing without the one before.
_LEANS_BACK = re.compile(
    r"(?:它|这|那|其中|此时|此外|因此|所以|但|不过|然而|而|于是|同样|反过来|接着|然后|第[二三四]|另一|前者|后者|也|又|还"
    r"|如果.{0,6}也|.{0,8}同样的)"
    r"|(?:It|Its|This|That|These|Those|They|Their|Such|So|But|However|Therefore|Then|Here|Either|Both|Also|And|Or|Yet"
    r"|Similarly|Conversely|Instead|Otherwise|The (?:second|third|other|former|latter|same)|A second|A third|Another"
    r"|.{0,25}\bthe same)\b"
)

Piece = tuple[Sentence, Passage]


def written(evidence: Evidence) -> Iterator[str]:
    """The answer as Markdown, sentence by sentence."""
    numbers = {passage: n for n, passage in enumerate(evidence.passages, start=1)}
    between = "" if evidence.question.language == "zh" else " "
    last: Sentence | None = None
    for paragraph in composed(evidence):
        for place, (sentence, passage) in enumerate(paragraph):
            if last is None or last.formula:
                gap = ""
            elif sentence.item and last.item and place:
                gap = "\n"
            else:
                gap = "\n\n" if sentence.item or last.item or not place else between
            yield gap + ("- " if sentence.item else "") + sentence.cited(numbers[passage])
            last = sentence


def composed(evidence: Evidence) -> list[list[Piece]]:
    """Paragraphs: first from the section that answers best, then what supports or limits it."""
    question, hits = evidence.question, evidence.hits
    budget = BUDGET[question.language]
    wanted = frozenset(terms(question.standalone))
    main = _chosen(hits[0], wanted, int(budget * MAIN_SHARE))
    used = {sentence.text for sentence, _ in main}
    room = int(budget * WHOLE) - sum(len(sentence.text) for sentence, _ in main)
    second: list[Piece] = []
    for hit in _supporting(hits, compare=question.kind == "compare"):
        sentence, passage = _pieces(hit)[0]  # the one that its author wrote to stand alone
        if not sentence.announces and sentence.text not in used and len(sentence.text) <= room and not sentence.formula:
            second.append((sentence, passage))
            room -= len(sentence.text)
    return [main, second]


def _supporting(hits: tuple[Hit, ...], compare: bool) -> list[Hit]:
    """Further sections: of the same note first; a comparison begins with the best one of the other note.

    Notes that score nearly as well have their say too: one of them may be what was meant.
    """
    rest = [hit for hit in _near(hits) if hit.kind in SUPPORTING]
    same = [hit for hit in rest if hit.note == hits[0].note]
    other = list({hit.note: hit for hit in reversed(rest) if hit.note != hits[0].note}.values())[::-1]
    if compare:
        return [*other[:1], *same[:1]]
    if rivals := [hit for hit in other if hit.score >= RIVAL * hits[0].score]:
        return [*rivals[:RIVALS], *same[:1]]
    return same[:3] or other[:1]


def _near(hits: tuple[Hit, ...]) -> list[Hit]:
    """The hits after the first that are about the question too, by their score beside that of the first."""
    return [hit for hit in hits[1:] if hit.score >= NEAR * hits[0].score]


def _chosen(hit: Hit, wanted: frozenset[str], budget: int) -> list[Piece]:
    """The first sentence of a section, which its author wrote as the answer, and those nearest the question."""
    pieces = _pieces(hit)
    if hit.kind == "check":  # one item answers; the others answer other questions
        passage = max(hit.passages, key=lambda candidate: len(wanted & set(terms(candidate.text))))
        pieces = [piece for piece in pieces if piece[1] is passage] or pieces
    shared = [len(wanted & set(terms(sentence.text))) for sentence, _ in pieces]
    leans = [bool(_LEANS_BACK.match(sentence.text)) for sentence, _ in pieces]
    kept, room = {0}, budget - len(pieces[0][0].text)
    # A sentence further on must share more words with the question, or the answer falls to pieces; the one that
    # shares most is taken wherever it stands.
    best = max(range(len(pieces)), key=lambda i: (shared[i], -i))
    for i in sorted(range(1, len(pieces)), key=lambda i: (i != best, DISTANCE * i - shared[i])):
        group = {i - 1, i} - kept if leans[i] else {i} - kept
        length = sum(len(pieces[k][0].text) for k in group)
        if length <= room and not (leans[i] and leans[i - 1] and i - 1 not in kept):
            kept |= group
            room -= length
    return [pieces[i] for i in sorted(kept) if i + 1 in kept or not pieces[i][0].announces]


def _pieces(hit: Hit) -> list[Piece]:
    found = [(sentence, passage) for passage in hit.passages for sentence in sentences_of(passage)]
    return found or [(Sentence(hit.passages[0].text), hit.passages[0])]  # a section of code or a table alone
