"""Charts of an evaluation as SVG: bars with whiskers, and the refusal curve. Every text is escaped.

All ink is `currentColor` or a CSS variable of the page, so that a chart suits light and dark paper.
"""

import math
from collections.abc import Mapping, Sequence
from html import escape

from tutor.evaluating.bootstrap import Estimate
from tutor.evaluating.refusal_curve import RefusalCurve

WIDTH = 480
LABEL, COUNT = 170, 44  # columns for the names on the left and the numbers of questions on the right
ROW, BAR, AXIS = 24, 12, 26
LONGEST = 24  # characters of a name
PLOT_HEIGHT = 200


def bars(title: str, estimates: Mapping[str, Estimate]) -> str:
    """One bar from 0 to 1 for each named score, a whisker for its interval, and the number of questions."""
    top = 8
    bottom = top + ROW * len(estimates)
    parts = [_grid(top, bottom)]
    for n, (name, estimate) in enumerate(estimates.items()):
        middle = top + ROW * n + ROW / 2
        end, low, high = map(_across, (estimate.value, estimate.low, estimate.high))
        shown = name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"
        said = f"{name}: {estimate.value:.3f} ({estimate.low:.3f}–{estimate.high:.3f}), {estimate.questions} questions"
        parts.append(
            f"<g><title>{escape(said)}</title>"
            f"{_text(LABEL - 8, middle + 4, shown, 'end')}"
            f'<rect class="bar" x="{LABEL}" y="{middle - BAR / 2:g}" width="{end - LABEL:.1f}" height="{BAR}"/>'
            f'<path class="whisker" d="M{low:.1f} {middle:g}H{high:.1f}M{low:.1f} {middle - 4:g}v8M{high:.1f} '
            f'{middle - 4:g}v8"/>{_text(WIDTH, middle + 4, str(estimate.questions), "end", quiet=True)}</g>'
        )
    return _svg(title, bottom + AXIS, parts)


def refusal(title: str, curve: RefusalCurve) -> str:
    """Shares refused over the threshold: of answerable questions, and of those outside the notes."""
    top, bottom, left, right = 12, 12 + PLOT_HEIGHT, 48, WIDTH - 16
    first, last = curve.thresholds[0], curve.thresholds[-1]

    def x(threshold: float) -> float:
        return left + (right - left) * ((threshold - first) / (last - first) if last > first else 0.5)

    def y(share: float) -> float:
        return bottom - PLOT_HEIGHT * share

    parts = []
    for share in (0, 0.25, 0.5, 0.75, 1):
        parts.append(f'<path class="grid" d="M{left} {y(share):g}H{right}"/>')
        parts.append(_text(left - 6, y(share) + 4, f"{share:.0%}", "end", quiet=True))
    for threshold in _round_numbers(first, last):
        parts.append(_text(x(threshold), bottom + 16, f"{threshold:g}", "middle", quiet=True))
    if curve.at is not None:
        parts.append(f'<path class="mark" d="M{x(curve.at):.1f} {top}V{bottom}"/>')
        parts.append(_text(x(curve.at), bottom + 34, f"in force: {curve.at:.3f}", "middle"))
    for name, shares in (("outside", curve.outside), ("answerable", curve.answerable)):
        points = " ".join(f"{x(t):.1f},{y(s):.1f}" for t, s in zip(curve.thresholds, shares, strict=True))
        parts.append(f'<polyline class="{name}" points="{points}"/>')
    return _svg(title, bottom + 42, parts)


def _round_numbers(first: float, last: float) -> list[float]:
    """At least four round numbers within the bounds, the bound itself where there is no room."""
    if last <= first:
        return [first]
    step = 10.0 ** math.floor(math.log10(last - first))
    while (last - first) / step < 4:
        step /= 2
    return [round(n * step, 9) for n in range(math.ceil(first / step), math.floor(last / step) + 1)]


def _across(share: float) -> float:
    return LABEL + (WIDTH - COUNT - LABEL) * share


def _grid(top: float, bottom: float) -> str:
    return "".join(
        f'<path class="grid" d="M{_across(share):g} {top}V{bottom}"/>'
        + _text(_across(share), bottom + 16, f"{share:g}", "middle", quiet=True)
        for share in (0, 0.25, 0.5, 0.75, 1)
    )


def _text(x: float, y: float, text: str, anchor: str, *, quiet: bool = False) -> str:
    kind = ' class="quiet"' if quiet else ""
    return f'<text{kind} x="{x:g}" y="{y:g}" text-anchor="{anchor}">{escape(text)}</text>'


def _svg(title: str, height: float, parts: Sequence[str]) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {height:g}" role="img" aria-label="{escape(title)}">{"".join(parts)}</svg>'
