"""How good are the answers? Labelled questions are asked, judged, scored, and compared with the run before.

judging        an answer held against its label: verdicts
quality        how well an answer is made: further verdicts
ranking        nDCG, reciprocal rank, success, recall over notes, by ir-measures
run            every question asked: outcomes
bootstrap, spread   means with 95% intervals over questions, percentiles over answers
refusal_curve  what would be refused at every threshold
summary        scores overall and by group, changes, misses
keeping        runs on disk, to be compared with
table, page, report   the terminal, an HTML file with charts, a JSON object
sampling, answers_page   answers for a person to read and judge
command        what `tutor evaluate` does
"""

from tutor.evaluating.command import Options, Subject, evaluate

__all__ = ["Options", "Subject", "evaluate"]
