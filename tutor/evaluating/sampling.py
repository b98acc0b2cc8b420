"""Which answers a person reads: as many in Chinese as in English, spread over the kinds of question."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from tutor.corpus import Language
from tutor.evaluating.run import Outcome

EACH = 20  # answers in a language


def sample(outcomes: Sequence[Outcome], rng: np.random.Generator, each: int = EACH) -> tuple[Outcome, ...]:
    """Of each language `each` outcomes of questions that the notes answer, or all if there are fewer.

    Every kind gives one in turn, drawn by `rng`, until there are enough; they stay in the order of the languages and
    kinds.
    """
    return (*_of_language("zh", outcomes, rng, each), *_of_language("en", outcomes, rng, each))


def _of_language(language: Language, outcomes: Sequence[Outcome], rng: np.random.Generator, each: int) -> list[Outcome]:
    kinds: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.language == language and "answered" in outcome.scores:
            kinds[outcome.kind].append(outcome)
    drawn = [
        (turn, kind, kinds[kind][place])
        for kind in sorted(kinds)
        for turn, place in enumerate(rng.permutation(len(kinds[kind])))
    ]
    first = sorted(drawn, key=lambda one: one[:2])[:each]
    return [outcome for _, _, outcome in sorted(first, key=lambda one: (one[1], one[0]))]
