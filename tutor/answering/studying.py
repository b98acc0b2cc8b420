"""The study mode: instead of the answer a hint, and a question that leads to it.

Students who were given plain answers did worse in later exams, and those who were given hints did not (Bastani et al.
2024, "Generative AI can harm learning").
"""

from tutor.answering.choosing import Piece, pieces_of, says_the_same, words
from tutor.answering.evidence import Evidence
from tutor.answering.outline import Outline, Paragraph, Part, ours
from tutor.answering.sentences import Sentence
from tutor.corpus import SectionKind

# What a reader should have clear before the kind of section that answers: the first that the note has is the hint.
BEFORE: dict[SectionKind, tuple[SectionKind, ...]] = {
    "what": ("why", "how"),
    "why": ("what", "how"),
    "how": ("why", "what"),
    "when": ("why", "what"),
    "compare": ("what", "why"),
    "example": ("how", "what"),
    "pitfalls": ("what", "why"),
}

THE_SAME = 0.7  # likeness from which on a self-test's question gives no lead to one that is asked


def hint(evidence: Evidence) -> Outline:
    """A sentence of the notes that answers less than what was asked, and the question of a self-test."""
    language = evidence.question.language
    paragraphs: list[Paragraph] = []
    if piece := _sentence(evidence):
        paragraphs.append((ours("hint", language), Part(*piece)))
    if piece := _question(evidence):
        paragraphs.append((ours("guide", language), Part(*piece)))
    return Outline((*paragraphs, (ours("ready", language),)), ())


def _sentence(evidence: Evidence) -> Piece | None:
    first = evidence.hits[0]
    kinds = [kind for kind in BEFORE.get(first.kind, ("what", "why", "when")) if kind != evidence.question.kind]
    answer = pieces_of(first)[0][0].text
    for kind in kinds:
        for hit in evidence.of_note(first.note):
            sentence, passage = pieces_of(hit)[0]
            alone = not sentence.announces and not sentence.formula and not says_the_same(sentence.text, answer)
            if hit.kind == kind and hit is not first and alone:
                return sentence, passage
    return None


def _question(evidence: Evidence) -> Piece | None:
    """Of the note's self-test, the question that has most in common with the one asked, and is not the same."""
    wanted = words(evidence.question.standalone)
    same = evidence.asked_so.text if evidence.asked_so and evidence.asked_so.likeness >= THE_SAME else ""
    checks = [hit for hit in evidence.of_note(evidence.hits[0].note) if hit.kind == "check"]
    asked = [(text, passage) for hit in checks for passage in hit.passages if (text := passage.asks) not in ("", same)]
    if not asked:
        return None
    text, passage = max(asked, key=lambda pair: len(wanted & words(pair[0])))
    return Sentence(text), passage
