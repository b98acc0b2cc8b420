"""Measured sentences: what the last verification found for a claim that belongs to an answer."""

from collections.abc import Iterator, Mapping

from tutor.answering.cards import DemoCard
from tutor.answering.choosing import pieces_of, words
from tutor.answering.evidence import Measurement
from tutor.answering.question import Question
from tutor.corpus import Corpus, Language
from tutor.corpus.receipts import Receipt
from tutor.retrieval.retriever import Hit

RELATED = 0.15  # of its words that a claim shares with question and answer…
ASKED = 0.2  # …and with the question alone, if another section makes it, or a case is asked about

SENTENCE: dict[Language, str] = {
    "zh": "**实测**：{claim}：{mean} {unit}，95% 区间 [{low}, {high}]（{seeds} 个种子，{device}，{date}）。",
    "en": "**Measured:** {claim}: {mean} {unit}, 95% interval [{low}, {high}] ({seeds} seeds, {device}, {date}).",
}


def measurement(question: Question, first: Hit, corpus: Corpus, card: DemoCard) -> Measurement | None:
    """What was found for a claim that the section that answers (`first`) makes, or its note nearby; None if nothing.

    It counts as long as the demo's code is the one that was measured, and the claim held.
    """
    code, language = card.code(), question.language
    for claim in dict.fromkeys(_claims_near(question, first, corpus, card)):
        receipt = corpus.receipts.get(claim)
        if claim in card.claims and receipt and receipt.code == code and receipt.stands:
            return Measurement(claim, sentence(receipt, card.claims[claim], language))
    return None


def sentence(receipt: Receipt, claim: Mapping[Language, str], language: Language) -> str:
    """What was measured, in words."""
    mean, low, high = (f"{value * receipt.factor:+.3g}" for value in (receipt.measured.effect, *receipt.measured.ci95))
    return SENTENCE[language].format(
        claim=claim[language].rstrip("。."),
        mean=mean,
        unit=receipt.unit[language],
        low=low,
        high=high,
        seeds=receipt.seeds,
        device=receipt.device.upper(),
        date=receipt.date,
    )


def _claims_near(question: Question, first: Hit, corpus: Corpus, card: DemoCard) -> Iterator[str]:
    """The claims of the section that answers, then those of its note, that speak of the same."""
    note = corpus.nearest(first.note, question.language)
    if note is None:
        return
    asked = words(question.standalone)
    about = asked | words(pieces_of(first)[0][0].text)
    case = (asked - words(note.title)) if question.judged else frozenset()
    own = note.sections[first.section_number].claims
    for claim in (*own, *(claim for section in note.sections for claim in section.claims)):
        said = words(card.claims[claim][question.language]) if claim in card.claims else frozenset()
        related = len(said & about) > RELATED * len(said)
        if related and (claim in own or len(said & asked) > ASKED * len(said)) and (not case or said & case):
            yield claim
