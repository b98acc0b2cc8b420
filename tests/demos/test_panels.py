"""Lines, points and curves from arrays."""

import numpy as np
import pytest

from demos.kit.history import Arms, arm_curves
from demos.kit.panels import Path, line, path, points
from demos.kit.text import Text

NAME = Text("某物", "something")
ARMS: Arms = (NAME, "control"), (Text("别的", "other"), "arm")


def test_arrays_become_plain_numbers():
    made = points(NAME, "arm", np.arange(2), np.array([1.5, 2], np.float32)), path(NAME, "arm", [0, 1], [1.5, 2])
    assert [(places.x, places.y) for places in made] == [((0.0, 1.0), (1.5, 2.0))] * 2
    assert isinstance(made[1], Path)
    assert all(type(value) is float for places in made for value in (*places.x, *places.y))


def test_points_need_as_many_x_as_y():
    with pytest.raises(ValueError, match="'something' has 2 x but 1 y"):
        points(NAME, "arm", [0, 1], [1])


def test_a_line_has_no_band():
    made = line(NAME, "theory", range(3), np.array([1, 4, 9]), dashed=True)
    assert made.x == (0.0, 1.0, 2.0)
    assert made.mean == made.low == made.high == (1.0, 4.0, 9.0)
    assert made.dashed


def test_every_arm_has_a_curve_of_its_own_values():
    entries = [np.array([[1.0, 3.0], [10.0, 30.0]]), np.array([[2.0, 4.0], [20.0, 40.0]])]
    control, arm = arm_curves(ARMS, (0, 5), entries)
    assert (control.name, control.role, control.x, control.mean) == (NAME, "control", (0, 5), (2.0, 3.0))
    assert (arm.role, arm.mean) == ("arm", (20.0, 30.0))
    _, geometric = arm_curves(ARMS, (0, 5), entries, geometric=True)
    assert geometric.mean == pytest.approx((300**0.5, 800**0.5))
