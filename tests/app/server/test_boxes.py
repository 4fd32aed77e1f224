"""Boxes as lists."""

import pytest

from streammem.app.server.boxes import box_list, pixel_box
from streammem.errors import ObservationError
from streammem.types import BoundingBox


def test_there_and_back() -> None:
    box = BoundingBox(0.25, 0.5, 0.75, 1.0)
    assert pixel_box(box_list(box) or [], 80, 60) == (20, 30, 40, 30)
    assert box_list(None) is None


@pytest.mark.parametrize("box", [[0, 0, 0, 0], [1, 1, 1, 1], [0.999, 0.2, 1.0, 0.2]])
def test_is_never_empty_and_never_outside(box: list[float]) -> None:
    left, top, width, height = pixel_box(box, 80, 60)
    assert width >= 1 and height >= 1 and left + width <= 80 and top + height <= 60


@pytest.mark.parametrize("box", [[0, 0, 1], [0.5, 0, 0.25, 1], [0, 0, 2, 1], [0, 0, float("nan"), 1]])
def test_what_is_no_box_is_refused(box: list[float]) -> None:
    with pytest.raises(ObservationError, match="box is"):
        pixel_box(box, 80, 60)
