"""Where in the picture: the box of the hot cells around the best one."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32
from scipy import ndimage

from streammem.types import BoundingBox

__all__ = ["hot_box"]


def hot_box(
    scores: Float32[np.ndarray, " cells"], grid: tuple[int, int], *, share: float = 0.5, rest: float = 0.0
) -> BoundingBox:
    """The box of the cells that hang together with the best one.

    A cell is hot if its score lies at least `share` of the way from `rest` (what an unrelated cell scores) to
    the best one's. Diagonal neighbours do not hang together.
    """
    rows, columns = grid
    field = scores.reshape(rows, columns)
    best = int(field.argmax())
    hot = field >= rest + share * (float(field.flat[best]) - rest)
    hot.flat[best] = True
    labels, _ = ndimage.label(hot)
    at = np.argwhere(labels == labels.flat[best])
    (top, left), (bottom, right) = at.min(axis=0).tolist(), (at.max(axis=0) + 1).tolist()
    return BoundingBox(left / columns, top / rows, right / columns, bottom / rows)
