"""Concepts that require themselves through others.

Strongly connected components by Tarjan's algorithm (SIAM J. Comput. 1, 1972), without recursion, because a chain may
be longer than Python's stack; then one shortest circle in each. Linear in the number of `requires`, but for the
circles' own length.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence

from tutor.corpus.linting.finding import Finding
from tutor.corpus.linting.places import line_of
from tutor.corpus.notes import Note
from tutor.corpus.reading import Corpus

LONGEST = 40  # concepts of a circle that are written out


def circle_findings(corpus: Corpus) -> Iterator[Finding]:
    """One finding for each knot of concepts, with a whole circle through it."""
    requires: dict[str, list[str]] = {}
    for note in corpus.notes:
        requires.setdefault(note.slug, []).extend(note.requires)
    for knot in _knots(requires):
        circle = _circle(requires, knot)
        note = _note_that_requires(corpus, circle[0], circle[1])
        message = f"`requires` goes in a circle: {_written(circle)}. Take one of these out."
        yield Finding(note.path.name, line_of(note, "requires", circle[1]), "error", message)


def _knots(requires: Mapping[str, Sequence[str]]) -> Iterator[frozenset[str]]:
    """The strongly connected components that hold a circle."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    open_: list[str] = []
    is_open: set[str] = set()
    for root in requires:
        if root in order:
            continue
        path = [(root, iter(requires[root]))]
        while path:
            slug, below = path[-1]
            if slug not in order:
                order[slug] = lowest[slug] = len(order)
                open_.append(slug)
                is_open.add(slug)
            for following in below:
                if following not in order and following in requires:
                    path.append((following, iter(requires[following])))
                    break
                if following in is_open:
                    lowest[slug] = min(lowest[slug], order[following])
            else:
                path.pop()
                if path:
                    lowest[path[-1][0]] = min(lowest[path[-1][0]], lowest[slug])
                if lowest[slug] == order[slug]:
                    knot = {open_.pop()}
                    while slug not in knot:
                        knot.add(open_.pop())
                    is_open -= knot
                    if len(knot) > 1 or slug in requires[slug]:
                        yield frozenset(knot)


def _circle(requires: Mapping[str, Sequence[str]], knot: frozenset[str]) -> list[str]:
    """A shortest circle through the first concept of a knot, that concept at both ends."""
    start = min(knot)
    came_from: dict[str, str] = {}
    waiting = deque([start])
    while start not in came_from:
        slug = waiting.popleft()
        for following in requires[slug]:
            if following in knot and following not in came_from:
                came_from[following] = slug
                waiting.append(following)
    circle = [start]
    while len(circle) == 1 or circle[-1] != start:
        circle.append(came_from[circle[-1]])
    return circle[::-1]


def _note_that_requires(corpus: Corpus, slug: str, required: str) -> Note:
    return next(note for note in corpus.notes if note.slug == slug and required in note.requires)


def _written(circle: list[str]) -> str:
    if len(circle) > LONGEST:
        circle = [*circle[: LONGEST // 2], f"… {len(circle) - LONGEST} more …", *circle[-LONGEST // 2 :]]
    return " → ".join(circle)
