"""An evaluation as one HTML file that loads nothing: scores, charts, misses; readable on a phone, light and dark."""

from collections.abc import Mapping
from html import escape

from tutor.evaluating import wording
from tutor.evaluating.charts import bars, refusal
from tutor.evaluating.summary import GAP, GUARDED, HEADLINE, METRICS, Group, Miss, Summary

STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1f2328; --soft: #8c959f55; --bar: #4c8dd6; --other: #c2570c;
  --bad: #b42318; }
@media (prefers-color-scheme: dark) { :root { --paper: #0d1117; --ink: #e6edf3; --bar: #3f7cc4; --other: #f0883e;
  --bad: #ff8577; } }
body { background: var(--paper); color: var(--ink); max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  font: 16px/1.6 system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; }
h1, h2, h3 { line-height: 1.25; } .quiet { opacity: .7; } .bad { color: var(--bad); font-weight: 600; }
.wide { overflow-x: auto; } table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .2rem 1rem .2rem 0; text-align: left; vertical-align: top; } th { font-weight: 600; }
tr { border-bottom: 1px solid var(--soft); }
@media (max-width: 40rem) { table { font-size: .8rem; } th, td { padding-right: .5rem; } }
.charts { columns: 2 24rem; column-gap: 2rem; } .charts section { break-inside: avoid; }
svg { width: 100%; height: auto; font-size: 12px; fill: currentColor; } .bar { fill: var(--bar); }
.whisker, .mark { stroke: currentColor; fill: none; stroke-width: 1.5; } .mark { stroke-dasharray: 4 3; }
.grid { stroke: currentColor; stroke-opacity: .15; fill: none; } polyline { fill: none; stroke-width: 2.5; }
polyline.outside { stroke: var(--bar); } polyline.answerable { stroke: var(--other); }
.key { border-bottom: 3px solid; }
.key.outside { border-color: var(--bar); } .key.answerable { border-color: var(--other); }
.miss { border-bottom: 1px solid var(--soft); padding: .5rem 0; overflow-wrap: anywhere; } .miss p { margin: 0; }
"""
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
CHARTED = ("concept@1", "refused")  # of every kind; the other groups show the first


def page(summary: Summary) -> str:
    """The whole page as text."""
    fallen = ' class="bad"' if summary.fallen else ""
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Evaluation of the tutor</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{POLICY}"><style>{STYLE}</style></head><body>
<h1>Evaluation of the tutor</h1>
<p>{escape(wording.heading(summary))}<br><span class="quiet">Run of {escape(wording.when(summary.run.made))}.
{escape(wording.compared(summary.before))}</span></p>
<p{fallen}>{escape(wording.verdict(summary))}</p>
<h2>Scores</h2><div class="wide">{_scores(summary)}</div>
<p class="quiet">Intervals: 95%, by bootstrap over the questions; changes are paired, question by question.
{escape(wording.spreads(summary))}</p>
<div class="charts">{_charts(summary)}</div>
{_refusal(summary)}
<h2>Misses ({len(summary.misses)})</h2>{"".join(map(_miss, summary.misses)) or "<p>None.</p>"}
</body></html>
"""


def _scores(summary: Summary) -> str:
    rows = []
    for metric in METRICS:
        if score := summary.overall.get(metric):
            name = f"<b>{escape(metric)}</b>" if metric in GUARDED else escape(metric)
            bad = ' class="bad"' if metric in summary.fallen else ""
            rows.append(
                f"<tr><td>{name}</td><td>{wording.share(score.now.value)}</td><td>{wording.interval(score.now)}</td>"
                f"<td>{score.now.questions}</td><td{bad}>{wording.change(score)}</td></tr>"
            )
    heads = "".join(f"<th>{name}</th>" for name in ("score", "now", "95% interval", "questions", "change"))
    return f"<table><tr>{heads}</tr>{''.join(rows)}</table>"


def _charts(summary: Summary) -> str:
    return "".join(
        _chart(metric, name, groups)
        for name, groups, metrics in (
            ("language", summary.languages, (*HEADLINE, "direct")),
            ("kind", summary.kinds, CHARTED),
            ("concept", summary.concepts, CHARTED[:1]),
        )
        for metric in metrics
    )


def _chart(metric: str, name: str, groups: Mapping[str, Group]) -> str:
    estimates = {
        wording.printable(label): group[metric].now
        for label, group in groups.items()
        if metric in group and label != GAP
    }
    if not estimates:
        return ""
    gap = groups[GAP][metric].now if metric in groups.get(GAP, {}) else None
    note = f'<p class="quiet">zh less en: {escape(wording.signed(gap))}</p>' if gap else ""
    title = f"{metric} by {name}"
    return f"<section><h3>{escape(title)}</h3>{bars(title, estimates)}{note}</section>"


def _refusal(summary: Summary) -> str:
    if summary.curve is None:
        return ""
    title = "Share refused over the threshold on support"
    return (
        f'<h2>Refusal</h2><section style="max-width:40rem"><h3>{title}</h3>'
        '<p><span class="key outside">questions outside the notes</span> · '
        '<span class="key answerable">answerable questions</span></p>'
        f"{refusal(title, summary.curve)}<p>A question inside the notes has more support than one outside in "
        f"{summary.curve.separation:.1%} of pairs. Questions that follow up an earlier one are not counted here.</p>"
        "</section>"
    )


def _miss(miss: Miss) -> str:
    outcome, new = miss.outcome, '<span class="bad">new</span> · ' if miss.new else ""
    return (
        f'<div class="miss"><p lang="{outcome.language}">{escape(wording.asked(outcome))}</p>'
        f'<p class="quiet">{new}{escape(", ".join(miss.failed))} · {escape(wording.printable(outcome.kind))}<br>'
        f"expected {escape(wording.expected(outcome))}<br>got {escape(wording.got(outcome))}</p></div>"
    )
