"""Closed contours of a grid of values, by marching squares: the outlines of where the values exceed a level."""

import numpy as np

BLANK = -1.0  # what is not known, and what lies beyond the edge, is below every level
DIGITS = 2  # of a place, in squares of the grid
STRAIGHT = 1e-6  # twice the area between three places, below which the middle one is not needed

# A square of four values has a Bottom, Right, Top and Left side. Which of its corners lie inside, counted as 1, 2, 4
# and 8 anticlockwise from the bottom left, says where the contour enters and leaves it with the inside to its left.
B, R, T, L = range(4)
ENTERS = np.array([B, B, R, R, T, B, T, T, L, B, R, R, L, B, L, B])
LEAVES = np.array([B, L, B, L, R, L, B, L, T, T, B, T, R, R, B, B])
ALSO = ((5, T, R), (10, L, T))  # two corners across from each other: the contour comes by a second time


def rings(values: np.ndarray, level: float) -> list[np.ndarray]:
    """Each contour as places (column, row), closed without repeating the first, within the edges of the grid.

    Holes run the other way round than what they are in, so that either rule of filling leaves them out.
    """
    grid = np.pad(values, 1, constant_values=BLANK)
    inside = grid > level
    corners = inside[:-1, :-1] + 2 * inside[:-1, 1:] + 4 * inside[1:, 1:] + 8 * inside[1:, :-1]
    rows, columns = np.nonzero((corners > 0) & (corners < 15))
    cases = corners[rows, columns]
    if not len(cases):
        return []
    width = grid.shape[1]
    # Sides are numbered so that squares beside each other share them: even ones run along a row, odd ones up.
    own = 2 * (rows * width + columns)
    sides = np.stack([own, own + 3, own + 2 * width, own + 1])
    squares = np.arange(len(cases))
    follows = dict(
        zip(sides[ENTERS[cases], squares].tolist(), sides[LEAVES[cases], squares].tolist(), strict=True),
    )
    for case, enters, leaves in ALSO:
        twice = squares[cases == case]
        follows.update(zip(sides[enters, twice].tolist(), sides[leaves, twice].tolist(), strict=True))
    found = []
    while follows:
        first, side = follows.popitem()
        ring = [first]
        while side != first:
            ring.append(side)
            side = follows.pop(side)
        found.append(_places(grid, level, np.array(ring)))
    return [ring for ring in map(_thinned, found) if len(ring) > 2]


def _places(grid: np.ndarray, level: float, ring: np.ndarray) -> np.ndarray:
    """Where the level is crossed on each side; beyond the edge of the grid is on it."""
    upward = ring % 2
    rows, columns = np.divmod(ring // 2, grid.shape[1])
    one, other = grid[rows, columns], grid[rows + upward, columns + 1 - upward]
    share = (level - one) / (other - one)
    places = np.stack([columns - 1 + share * (1 - upward), rows - 1 + share * upward], axis=1)
    return np.clip(places, 0, np.array(grid.shape[::-1]) - 3)


def _thinned(ring: np.ndarray) -> np.ndarray:
    """Without what repeats a place or lies on a straight line between its neighbours."""
    ring = ring.round(DIGITS)
    ring = ring[(ring != np.roll(ring, 1, axis=0)).any(axis=1)]
    before, after = ring - np.roll(ring, 1, axis=0), np.roll(ring, -1, axis=0) - ring
    return ring[np.abs(before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0]) > STRAIGHT]
