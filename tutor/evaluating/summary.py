"""A run becomes scores: overall, by language, kind and concept, each with interval and change, and the misses."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tutor.evaluating.bootstrap import Estimate, estimate, gap
from tutor.evaluating.judging import VERDICTS
from tutor.evaluating.quality import QUALITIES, length_of
from tutor.evaluating.ranking import MEASURES
from tutor.evaluating.refusal_curve import RefusalCurve, refusal_curve
from tutor.evaluating.run import Outcome, Run, Scores
from tutor.evaluating.spread import Spread, spread

METRICS = (*VERDICTS, *QUALITIES, *MEASURES)
HEADLINE = ("concept@1", "concept@any", "answered", "refused")
GUARDED = (*HEADLINE, *QUALITIES)  # a drop of one of these beyond noise is a fault
GAP = "gap"  # the group of languages that is zh less en
LOWER_IS_BETTER = frozenset({"false refusal"})


@dataclass(frozen=True)
class Score:
    """A mean score now, and its change over the questions that both runs were asked (None if there are none)."""

    now: Estimate
    change: Estimate | None = None

    @property
    def fell(self) -> bool:
        """Whether it is lower than before, beyond what the choice of questions explains."""
        return self.change is not None and self.change.high < 0


Group = Mapping[str, Score]  # by metric; one that applies to none of the group's questions is absent


@dataclass(frozen=True)
class Miss:
    """A question with the verdicts that it failed; `new` if one of them was passed in the run compared with."""

    outcome: Outcome
    failed: tuple[str, ...]
    new: bool


@dataclass(frozen=True)
class Summary:
    """All that is reported of a run, and the run that it is compared with."""

    run: Run
    before: Scores | None
    overall: Group
    languages: Mapping[str, Group]
    kinds: Mapping[str, Group]
    concepts: Mapping[str, Group]
    misses: tuple[Miss, ...]
    curve: RefusalCurve | None
    lengths: Mapping[str, Spread]  # by language: words in English, characters in Chinese
    seconds: Spread | None  # for one answer, from question to text; None if every question is refused

    @property
    def fallen(self) -> tuple[str, ...]:
        """The guarded scores that fell beyond noise."""
        return tuple(name for name in GUARDED if name in self.overall and self.overall[name].fell)


def summarise(run: Run, before: Scores | None, rng: np.random.Generator) -> Summary:
    """Score a run; intervals and changes are bootstrapped with `rng`."""

    def by(name_of: Callable[[Outcome], str]) -> dict[str, Group]:
        names = sorted({name_of(each) for each in run.outcomes} - {""})
        return {name: _group([o for o in run.outcomes if name_of(o) == name], before, rng) for name in names}

    answers = [each.answer for each in run.outcomes if not each.answer.refused]
    languages = by(lambda outcome: outcome.language)
    if {"zh", "en"} <= set(languages):
        languages = {"zh": languages["zh"], "en": languages["en"], GAP: _gaps(run.outcomes, rng)}
    return Summary(
        run=run,
        before=before,
        overall=_group(run.outcomes, before, rng),
        languages=languages,
        kinds=by(lambda outcome: outcome.kind),
        concepts=by(lambda outcome: outcome.concept if "answered" in outcome.scores else ""),
        misses=_misses(run.outcomes, before),
        curve=refusal_curve(run.outcomes),
        lengths={
            language: spread([length_of(answer) for answer in answers if answer.language == language])
            for language in sorted({answer.language for answer in answers}, reverse=True)
        },
        seconds=spread([sum(answer.seconds.values()) for answer in answers]) if answers else None,
    )


def _group(outcomes: Sequence[Outcome], before: Scores | None, rng: np.random.Generator) -> Group:
    known = before.questions if before else {}
    group = {}
    for metric in METRICS:
        counted = [each for each in outcomes if metric in each.scores]
        paired = [each for each in counted if metric in known.get(each.key, {})]
        differences = [each.scores[metric] - known[each.key][metric] for each in paired]
        if counted:
            group[metric] = Score(
                estimate([each.scores[metric] for each in counted], rng),
                estimate(differences, rng) if differences else None,
            )
    return group


def _gaps(outcomes: Sequence[Outcome], rng: np.random.Generator) -> Group:
    """Chinese less English."""
    group = {}
    for metric in METRICS:
        zh, en = (
            [each.scores[metric] for each in outcomes if each.language == language and metric in each.scores]
            for language in ("zh", "en")
        )
        if zh and en:
            group[metric] = Score(gap(zh, en, rng))
    return group


def _misses(outcomes: Sequence[Outcome], before: Scores | None) -> tuple[Miss, ...]:
    """Those that are new first, and of the others last those that are only not well made."""
    misses = []
    for outcome in outcomes:
        failed = tuple(name for name in VERDICTS if name not in LOWER_IS_BETTER and outcome.scores.get(name) == 0)
        if "answered" in failed:
            failed = ("answered",)  # the others follow from it
        elif "concept@any" in failed:
            failed = tuple(name for name in failed if name != "concept@1")
        follows = {"direct"} if outcome.scores.get("concept@1") == 0 else set()
        failed += tuple(name for name in QUALITIES if outcome.scores.get(name, 1) < 1 and name not in follows)
        earlier = before.questions.get(outcome.key, {}) if before else {}
        if failed:
            misses.append(Miss(outcome, failed, any(earlier.get(name) == 1 for name in failed)))
    return tuple(sorted(misses, key=lambda miss: (not miss.new, set(miss.failed) <= set(QUALITIES))))
