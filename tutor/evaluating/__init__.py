"""How good are the answers? Labelled questions are asked, judged, scored, and compared with the run before.

judging        an answer held against its label: verdicts
ranking        nDCG, reciprocal rank, success, recall over notes, by ir-measures
run            every question asked: outcomes
bootstrap      means with 95% intervals over questions
refusal_curve  what would be refused at every threshold
summary        scores overall and by group, changes, misses
keeping        runs on disk, to be compared with
table, page, report   the terminal, an HTML file with charts, a JSON object
command        what `tutor evaluate` does
"""

from tutor.evaluating.command import Options, evaluate

__all__ = ["Options", "evaluate"]
