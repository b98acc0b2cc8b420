"""What an answer says before all else, where it is called for: a judgement of the case, or a belief put right.

Both are the notes' own: the answer of a self-test to the question, and an item of a list of mistakes.
"""

import re
from dataclasses import dataclass

from tutor.answering.asking import form_of_judgement, wants_judgement
from tutor.answering.choosing import Piece, words
from tutor.answering.evidence import Evidence
from tutor.answering.quantities import quantities
from tutor.answering.sentences import Sentence, sentences_of
from tutor.retrieval.posed import Posed

SAME = 0.8  # likeness from which on a self-test asks what the question asks…
ALIKE = 0.75  # …if they also share so many of the words, and this many
MOSTLY, ENOUGH = 0.75, 3
NAMED = 0.85  # the same where names alone make it like: of a follow-up, and of a belief that is only asked about
LIKE = 0.7  # likeness from which on a quoted belief is the one that a question states

_WITHOUT_EXCEPTION = re.compile(
    r"一定|总是|永远|必然|必须|越(?!来越).{1,8}越|都要|都会|\b(?:always|necessarily|must|never|every|guaranteed)\b",
    re.I,
)
_DENIED = re.compile(r"不一定|未必|\b(?:not necessarily|no,|no:|it (?:is|does|need) not)", re.I)
_DENIES = re.compile(
    r"(?<![是能会要行好可该算用])[不没无](?!同|一定|过|断|少|错)|\bnot?\b|n't\b|\bwithout\b|\bnever\b", re.I
)
_OPPOSITES = [
    (re.compile(one, re.I), re.compile(other, re.I))
    for one, other in (
        ("开着|打开", "关掉|关闭"),
        ("之?前面?", "之?后面?"),
        ("增[加大多]|[加变调]大|提高", "减[少小]|[变调]小|降低"),
        ("太大", "太小"),
        ("加深", "加宽"),
        (r"\bon\b", r"\boff\b"),
        (r"\bbefore\b", r"\bafter\b"),
        (
            r"\b(?:increas\w+|more|larger?|bigger|high(?:er)?)\b",
            r"\b(?:decreas\w+|less|fewer|small(?:er)?|low(?:er)?)\b",
        ),
        (r"\bdeeper\b", r"\bwider\b"),
    )
]


@dataclass(frozen=True)
class Verdict:
    """The sentences that come first; `lead` names the words of ours before them, "" for none."""

    pieces: tuple[Piece, ...]
    lead: str = ""


def verdict(evidence: Evidence) -> Verdict | None:
    """The self-test's judgement of the case, else the correction of the belief; None where the note has neither."""
    asked_so, believed = evidence.asked_so, evidence.believed
    if asked_so and _judges(evidence):
        return Verdict(tuple((sentence, asked_so.passage) for sentence in sentences_of(asked_so.passage)))
    item = _item_of(believed) if believed and _is_mistaken(evidence) else None
    if believed and item:
        denied = _DENIED.search(item.text.replace(believed.text, "", 1))
        lead = "not always" if _WITHOUT_EXCEPTION.search(evidence.question.text) and not denied else "mistake"
        return Verdict(((Sentence(item.text), believed.passage),), lead)
    return None


def _item_of(believed: Posed) -> Sentence | None:
    """The item that quotes a belief; lines of a note may break anywhere."""
    quoted = "".join(believed.text.split())
    return next((one for one in sentences_of(believed.passage) if quoted in "".join(one.text.split())), None)


def _is_mistaken(evidence: Evidence) -> bool:
    """Whether the question states, or asks about, a belief that the note puts right."""
    question, believed = evidence.question, evidence.believed
    if believed is None or believed.passage not in evidence.passages:
        return False
    # A follow-up is looked up with the name of its subject, which makes it like all that is said of that.
    said_so = (question.asks == "misconception" or question.believes) and not question.follows_up
    return believed.likeness >= (LIKE if said_so else NAMED) and (said_so or question.judged)


def _judges(evidence: Evidence) -> bool:
    """Whether the self-test judges the very case that the question asks about, or that it states.

    Likeness alone tells the topic and not the case: the form must be the same and the numbers, both must deny or
    neither, none may say the opposite of what the other says, and they must share words besides the name.
    """
    question, found = evidence.question, evidence.asked_so
    if found is None or found.likeness < ALIKE or found.passage not in evidence.passages:
        return False
    numbers = {number.value for number in quantities(found.text)}
    same_numbers = not numbers or numbers == {number.value for number in quantities(question.case)}
    if question.sets:  # "and with 0.9?"
        return same_numbers and bool(numbers)
    told = words(found.text) - words(found.passage.title)
    shared = len(told & words(question.case))
    enough = shared > 0 if found.likeness >= SAME else shared >= max(ENOUGH, MOSTLY * len(told)) and not numbers
    if question.follows_up and found.likeness < NAMED:
        return False
    same_form = wants_judgement(found.text) and form_of_judgement(found.text) == form_of_judgement(question.text)
    return question.doubts and same_form and same_numbers and enough and not _opposed(found.text, question.text)


def _opposed(one: str, other: str) -> bool:
    """Whether one text denies and the other does not, or they stand on two sides of a pair."""
    if bool(_DENIES.search(one)) != bool(_DENIES.search(other)):
        return True
    sides = ([[bool(side.search(text)) for side in pair] for text in (one, other)] for pair in _OPPOSITES)
    return any(ours == theirs[::-1] and ours[0] != ours[1] for ours, theirs in sides)
