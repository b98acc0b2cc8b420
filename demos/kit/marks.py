"""The strokes of the SVG renderer: text, lines, bands, dots, each as one escaped piece of markup."""

import html
from collections.abc import Iterable, Sequence

NORMAL, SMALL, HEAD = 13, 12, 14.5  # font sizes
LINE = 17  # from one line of text to the next

COLOURS = {
    "arm": "var(--demo-arm, #2f81f7)",
    "control": "var(--demo-control, #d9772b)",
    "train": "var(--demo-train, #8b6fd6)",
    "test": "var(--demo-test, #1f9d78)",
    "theory": "var(--demo-theory, #8a8f98)",
    "other": "var(--demo-other, #c2558b)",
}
HOLDS, FAILS = "var(--demo-holds, #1f9d78)", "var(--demo-fails, #d1495b)"
INK = "currentColor"
HALO = "var(--paper, #ffffff)"  # around what must stand out before a field

# Corners of the shapes that tell sets of points apart where colours do not; the first is a circle.
SHAPES = ((), ((-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)), ((0, -1.25), (1.15, 0.85), (-1.15, 0.85)))

PUNCTUATION = "，。、：；）"  # never begins a line

Point = tuple[float, float]


def text(x: float, y: float, words: str, **more: object) -> str:
    """One line of text; `more` are attributes, with underscores for hyphens."""
    style = {"font_size": SMALL, **more}
    return f'<text x="{x:.1f}" y="{y:.1f}"{_attributes(style)}>{html.escape(words)}</text>'


def quiet(x: float, y: float, words: str, **more: object) -> str:
    """Text that stands back: axis names and tick labels."""
    return text(x, y, words, opacity=0.75, **more)


def heading(words: str) -> str:
    return text(0, 16, words, font_size=HEAD, font_weight=600)


def line(points: Iterable[Point], colour: str = INK, width: float = 1, **more: object) -> str:
    return f'<path d="M{_joined(points)}" fill="none" stroke="{colour}" stroke-width="{width:g}"{_attributes(more)}/>'


def area(points: Iterable[Point], colour: str, opacity: float, **more: object) -> str:
    return f'<path d="M{_joined(points)}Z" fill="{colour}" fill-opacity="{opacity:g}"{_attributes(more)}/>'


def path(drawn: str, fill: str, **more: object) -> str:
    """A path of which `drawn` says the way, in the words of SVG."""
    return f'<path d="{drawn}" fill="{fill}"{_attributes(more)}/>'


def dot(x: float, y: float, radius: float, colour: str, **more: object) -> str:
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius:g}" fill="{colour}"{_attributes(more)}/>'


def point(which: int, x: float, y: float, radius: float, colour: str) -> str:
    """One of a set of points, in the set's shape and with a thin outline."""
    corners = SHAPES[which % len(SHAPES)]
    outline = {"stroke": HALO, "stroke_width": 0.8}
    if not corners:
        return dot(x, y, radius, colour, **outline)
    return area([(x + radius * right, y + radius * down) for right, down in corners], colour, 1, **outline)


def box(x: float, y: float, width: float, height: float, **more: object) -> str:
    return f'<rect x="{x:.2f}" y="{y:.2f}" width="{width:.2f}" height="{height:.2f}"{_attributes(more)}/>'


def window(x: float, y: float, width: float, height: float, marks: Iterable[str]) -> str:
    """Marks in the same coordinates as elsewhere, of which only what lies in this rectangle is seen."""
    place = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"'
    return f'<svg {place} viewBox="{x:.1f} {y:.1f} {width:.1f} {height:.1f}">{"".join(marks)}</svg>'


def breadth(words: str, size: float = SMALL) -> float:
    """At most how wide a line of text is: a Han character is one em, others hardly over six tenths, if bold."""
    return size * sum(1.0 if ord(letter) > 0x2E7F else 0.63 for letter in words)


def wrapped(words: str, size: float, room: float) -> list[str]:
    """Lines that fit: text with spaces breaks at them, Han text anywhere but before punctuation."""
    spaced = sum(ord(letter) > 0x2E7F for letter in words) < len(words) / 3
    joint = " " if spaced else ""
    lines: list[str] = []
    for piece in words.split(" ") if spaced else words:
        longer = lines[-1] + joint + piece if lines else piece
        if lines and (breadth(longer, size) <= room or piece in PUNCTUATION):
            lines[-1] = longer
        else:
            lines.append(piece)
    return lines


def apart(labels: Sequence[tuple[float, str, str]], top: float, bottom: float) -> list[tuple[float, str, str]]:
    """Labels (height, words, colour) moved so that none covers another, within top and bottom."""
    placed: list[tuple[float, str, str]] = []
    for at, words, colour in sorted(labels):
        placed.append((max(at, placed[-1][0] + LINE - 2 if placed else top), words, colour))
    limit = bottom
    for k in reversed(range(len(placed))):
        at, words, colour = placed[k]
        placed[k] = (min(at, limit), words, colour)
        limit = placed[k][0] - LINE + 2
    return placed


def _joined(points: Iterable[Point]) -> str:
    return "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _attributes(values: dict[str, object]) -> str:
    return "".join(f' {name.replace("_", "-")}="{html.escape(str(value))}"' for name, value in values.items())
