"""An evaluation as one JSON object, for programs."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from tutor.evaluating.bootstrap import Estimate
from tutor.evaluating.run import Outcome
from tutor.evaluating.summary import Group, Summary


def to_json(summary: Summary) -> dict[str, Any]:
    """What `tutor evaluate --json` prints."""
    run, before, curve = summary.run, summary.before, summary.curve
    return {
        "made": run.made,
        "model": run.model,
        "notes": run.notes,
        "questions": len(run.outcomes),
        "left_out": run.left_out,
        "compared_with": before and {"made": before.made, "model": before.model, "notes": before.notes},
        "fallen": list(summary.fallen),
        "scores": _group(summary.overall),
        "by": {
            name: {label: _group(group) for label, group in groups.items()}
            for name, groups in (
                ("language", summary.languages),
                ("kind", summary.kinds),
                ("concept", summary.concepts),
            )
        },
        "length": {language: asdict(each) for language, each in summary.lengths.items()},
        "seconds": summary.seconds and asdict(summary.seconds),
        "refusal": curve
        and {
            "separation": curve.separation,
            "threshold": curve.at,
            "thresholds": curve.thresholds,
            "answerable_refused": curve.answerable,
            "outside_refused": curve.outside,
        },
        "misses": [{"failed": list(miss.failed), "new": miss.new, **_outcome(miss.outcome)} for miss in summary.misses],
    }


def _group(group: Group) -> Mapping[str, Any]:
    return {
        metric: {**_estimate(score.now), "change": score.change and _estimate(score.change)}
        for metric, score in group.items()
    }


def _estimate(estimate: Estimate) -> dict[str, Any]:
    value, low, high = (round(number, 4) for number in (estimate.value, estimate.low, estimate.high))
    return {"value": value, "ci95": [low, high], "questions": estimate.questions}


def _outcome(outcome: Outcome) -> dict[str, Any]:
    row = outcome.row
    return {
        "id": row.id or None,
        "question": row.question,
        "history": row.history,
        "language": outcome.language,
        "kind": outcome.kind,
        "expected": {
            "refused": row.refuse,
            "notes": outcome.expected,
            "demo": row.demo or None,
            "params": dict(row.params),
        },
        "got": {"refused": outcome.refused, "notes": outcome.cited, "demo": outcome.demo or None},
    }
