"""The usual measures of a ranking, by ir-measures: notes are the documents, and each is relevant or not.

A ranking lists every note once, where its best section stands. It is as long as retrieval makes it, so that a measure
at 10 may be one at fewer.
"""

from collections.abc import Mapping, Sequence

MEASURES = ("nDCG@10", "RR@10", "Success@1", "Success@3", "Success@10", "R@10")
DIGITS = 4  # kept here and on disk alike, so that an unchanged ranking compares as unchanged


def rank_scores(rankings: Sequence[tuple[Sequence[str], Sequence[str]]]) -> list[Mapping[str, float]]:
    """Each measure of MEASURES for each pair (notes found, best first; notes that are relevant, at least one)."""
    if not rankings:
        return []
    import ir_measures
    from ir_measures import Qrel, ScoredDoc

    relevant = [Qrel(str(n), note, 1) for n, (_, notes) in enumerate(rankings) for note in notes]
    ranked = [
        ScoredDoc(str(n), note, -float(place))
        for n, (found, _) in enumerate(rankings)
        for place, note in enumerate(found)
    ]
    measures = {ir_measures.parse_measure(name): name for name in MEASURES}
    scores: list[dict[str, float]] = [dict.fromkeys(MEASURES, 0.0) for _ in rankings]
    for metric in ir_measures.iter_calc(list(measures), relevant, ranked):
        scores[int(metric.query_id)][measures[metric.measure]] = round(float(metric.value), DIGITS)
    return list(scores)
