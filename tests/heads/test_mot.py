"""MOTChallenge lines and the box around a mask."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from streammem.errors import ObservationError
from streammem.heads.boxes import mask_box
from streammem.heads.mot import mot_line, mot_lines


def test_frames_and_pixels_count_from_one() -> None:
    labels = np.zeros((20, 30), np.int32)
    labels[4:10, 0:7], labels[19, 29] = 2, 5
    assert list(mot_lines(7, labels, {2: 0.5})) == [
        "8,2,1,5,7,6,0.500,-1,-1,-1",
        "8,5,30,20,1,1,1.000,-1,-1,-1",
    ]


def test_nothing_seen_is_no_line() -> None:
    assert list(mot_lines(0, np.zeros((4, 4), np.int32))) == []


@given(arrays(bool, st.tuples(st.integers(1, 9), st.integers(1, 9))))
def test_box_holds_the_mask_and_touches_it_on_each_side(mask: np.ndarray) -> None:
    box = mask_box(mask)
    if box is None:
        assert not mask.any()
        return
    left, top, width, height = box
    inside = mask[top : top + height, left : left + width]
    assert inside.sum() == mask.sum()
    assert all(side.any() for side in (inside[0], inside[-1], inside[:, 0], inside[:, -1]))


@pytest.mark.parametrize(
    "bad",
    [
        (-1, 1, (0, 0, 1, 1), 1.0),
        (0, 0, (0, 0, 1, 1), 1.0),
        (0, 1, (0, 0, 0, 1), 1.0),
        (0, 1, (0, 0, 1, 1), float("nan")),
    ],
)
def test_lines_that_mean_nothing_are_refused(bad: tuple[int, int, tuple[int, int, int, int], float]) -> None:
    with pytest.raises(ObservationError, match="a line needs"):
        mot_line(*bad)
