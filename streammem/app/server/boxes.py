"""Rectangles as they travel: [left, top, right, bottom], fractions of the picture."""

from __future__ import annotations

import math
from collections.abc import Sequence

from streammem.errors import ObservationError
from streammem.heads.boxes import PixelBox
from streammem.types import BoundingBox

__all__ = ["box_list", "pixel_box"]


def box_list(box: BoundingBox | None) -> list[float] | None:
    """A box as a list.

    >>> box_list(BoundingBox(0.1, 0.25, 0.5, 1.0))
    [0.1, 0.25, 0.5, 1.0]
    """
    return None if box is None else [round(float(at), 4) for at in (box.left, box.top, box.right, box.bottom)]


def pixel_box(box: Sequence[float], width: int, height: int) -> PixelBox:
    """A box in whole pixels of a picture: left, top, width, height, never empty.

    >>> pixel_box([0.25, 0.0, 0.75, 0.5], 8, 4)
    (2, 0, 4, 2)

    Raises:
        ObservationError: if it is no box within the picture.
    """
    if len(box) != 4 or not all(isinstance(at, int | float) and math.isfinite(at) for at in box):
        raise ObservationError(
            f"a box is [left, top, right, bottom] as fractions of the picture, got {list(box)}"
        )
    left, top, right, bottom = BoundingBox(*map(float, box)).pixels(width, height)
    left, top = min(left, width - 1), min(top, height - 1)
    return left, top, min(right, width) - left, min(bottom, height) - top
