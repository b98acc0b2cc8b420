"""What the encoder learns from the notes: their sections, and the questions that lead to them or to none.

The question keys of a corpus are written by people who also wrote or read its notes, in many voices; they are the
question–section pairs. Labelled questions (`questions.yaml`) are kept out: refusal is calibrated on them.
"""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from tutor.corpus import read_corpus
from tutor.corpus.outsiders import read_outsiders
from tutor.corpus.questions import read_questions
from tutor.retrieval.entries import entries_of
from tutor.retrieval.training.contrast import Ids, Lessons, Section
from tutor.retrieval.training.pairs import Pair
from tutor.retrieval.training.rows import Example
from tutor.retrieval.training.vocabulary import Tokens

KEPT_TOKENS = 48


def lessons_of(corpus: Path, kept: Sequence[Pair], targets: np.ndarray, tokens: Tokens) -> Lessons:
    """The lessons of a corpus folder: its sections with their questions, and its outsiders.

    Both sides of the `kept` pairs stay at the pair's vector in `targets`, float32 (pairs, 384).
    """
    sections, asked = _sections(corpus, tokens)
    foreign = [line for line in read_outsiders(corpus) if line not in asked]
    examples = [
        Example(tokens.ids(text)[:KEPT_TOKENS], target, 1.0)
        for target, pair in enumerate(kept)
        for text in (pair.zh, pair.en)
    ]
    return Lessons(sections, [tokens.ids(line) for line in foreign], examples, targets)


def _sections(folder: Path, tokens: Tokens) -> tuple[list[Section], set[str]]:
    corpus = read_corpus(folder)
    labelled = {row.question for row in read_questions(folder)}
    entries = entries_of(corpus)
    texts: dict[int, dict[str, list[Ids]]] = defaultdict(lambda: defaultdict(list))
    for entry in entries.entries:
        if entry.text not in labelled:
            texts[entry.unit][entry.role].append(tokens.ids(entry.text))
    sections = [
        Section(entries.units[unit].note, tuple(of["key"]), tuple(of["passage"]))
        for unit, of in sorted(texts.items())
        if of["key"] and of["passage"]
    ]
    return sections, labelled
