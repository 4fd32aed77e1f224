"""The box of the hot cells."""

import numpy as np

from streammem.memory.cells import hot_box
from streammem.types import BoundingBox


def test_box_holds_what_hangs_together_with_the_best_cell() -> None:
    field = np.zeros((4, 8), np.float32)
    field[1:3, 2:4] = 0.6
    field[1, 2] = 1.0
    field[0, 7] = 0.9  # as hot, but elsewhere
    field[3, 4] = 0.9  # touches by a corner only
    assert hot_box(field.reshape(-1), (4, 8)) == BoundingBox(2 / 8, 1 / 4, 4 / 8, 3 / 4)


def test_rest_moves_the_limit() -> None:
    field = np.full((1, 4), 0.6, np.float32)
    field[0, 3] = 1.0
    assert hot_box(field.reshape(-1), (1, 4)).left == 0.0
    assert hot_box(field.reshape(-1), (1, 4), rest=0.6).left == 0.75


def test_nothing_found_is_still_a_box() -> None:
    assert hot_box(np.zeros(6, np.float32), (2, 3)) == BoundingBox(0, 0, 1, 1)
