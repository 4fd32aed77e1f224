"""The rectangle around a mask, in pixels."""

import numpy as np
from jaxtyping import Bool

__all__ = ["PixelBox", "mask_box"]

PixelBox = tuple[int, int, int, int]  # left, top, width, height


def mask_box(mask: Bool[np.ndarray, "h w"]) -> PixelBox | None:
    """Left, top, width and height of the smallest rectangle around a mask; None if it is empty.

    >>> mask_box(np.array([[0, 0, 0], [0, 1, 1]], bool))
    (1, 1, 2, 1)
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    left, top = int(columns[0]), int(rows[0])
    return left, top, int(columns[-1]) - left + 1, int(rows[-1]) - top + 1
