"""Filling polygons: a pixel is in where its centre is, by the even-odd rule."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float64

from streammem.errors import ObservationError

__all__ = ["fill"]

MOST_CORNERS = 100_000


def fill(size: tuple[int, int], corners: Sequence[tuple[float, float]]) -> Bool[np.ndarray, "h w"]:
    """The mask of a closed polygon with these corners (x, y), in a picture of `size` (height, width).

    Coordinates are pixels, (0, 0) the outer corner of the top left pixel, so a rectangle from (1, 1) to (3, 3)
    holds four pixels. Corners may lie outside the picture; where outlines cross, areas enclosed twice are out.
    Polygons that share an edge share no pixel.

    >>> fill((3, 4), [(1, 1), (3, 1), (3, 3), (1, 3)]).astype(int).tolist()
    [[0, 0, 0, 0], [0, 1, 1, 0], [0, 1, 1, 0]]

    Raises:
        ObservationError: if there are fewer than three corners, more than 100,000, or ones that are no numbers.
    """
    points = np.asarray(corners, np.float64)
    if points.ndim != 2 or points.shape[1:] != (2,) or not 3 <= len(points) <= MOST_CORNERS:
        raise ObservationError(
            f"a polygon has 3 to {MOST_CORNERS} corners (x, y), got an array of {points.shape}"
        )
    if not np.isfinite(points).all():
        raise ObservationError("a polygon's corners must be finite numbers")
    height, width = size
    turns = np.zeros((height, width + 1), np.uint8)
    for (x0, y0), (x1, y1) in zip(points, np.roll(points, -1, axis=0), strict=True):
        rows = _rows_between(y0, y1, height)
        if len(rows):
            crossing = x0 + (rows + 0.5 - y0) * ((x1 - x0) / (y1 - y0))
            columns = np.clip(np.ceil(crossing - 0.5), 0, width).astype(np.int64)
            turns[rows.astype(np.int64), columns] ^= 1
    return np.bitwise_xor.accumulate(turns, axis=1)[:, :width].astype(bool)


def _rows_between(y0: float, y1: float, height: int) -> Float64[np.ndarray, " r"]:
    """Rows whose centre lies between the two ends: the upper end counts, the lower does not."""
    low, high = sorted((y0, y1))
    first, last = np.clip(np.ceil(np.array([low, high]) - 0.5), 0, height)
    return np.arange(first, last, dtype=np.float64)
