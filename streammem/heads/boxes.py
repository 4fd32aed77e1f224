"""The rectangles around masks, in pixels."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Int32

__all__ = ["PixelBox", "all_boxes", "label_boxes", "mask_box"]

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


def label_boxes(labels: Int32[np.ndarray, "h w"], ids: Sequence[int]) -> tuple[PixelBox | None, ...]:
    """The box of each of these labels, None where it has no pixel.

    >>> label_boxes(np.array([[0, 7, 7], [900, 7, 0]], np.int32), [900, 7, 3])
    ((0, 1, 1, 1), (1, 0, 2, 2), None)
    """
    boxes = all_boxes(labels)
    return tuple(boxes.get(id) for id in ids)


def all_boxes(labels: Int32[np.ndarray, "h w"]) -> dict[int, PixelBox]:
    """The box of each label that has a pixel, 0 included, by rising label; one pass, however many there are."""
    width = max(labels.shape[1], 1)
    begins = np.ones(labels.shape, bool)  # where a run of one label begins; no run goes beyond its row
    np.not_equal(labels[:, 1:], labels[:, :-1], out=begins[:, 1:])
    starts = np.flatnonzero(begins)
    names = labels.reshape(-1)[starts]
    rows, lefts = np.divmod(starts, width)
    rights = lefts + np.diff(starts, append=labels.size)
    order = np.argsort(names, kind="stable")  # by label, and within it from the top row to the bottom one
    names, rows, lefts, rights = names[order], rows[order], lefts[order], rights[order]
    found, heads = np.unique(names, return_index=True)
    if not len(found):
        return {}
    tails = np.append(heads[1:], len(names)) - 1
    left, right = np.minimum.reduceat(lefts, heads), np.maximum.reduceat(rights, heads)
    sides = np.stack([left, rows[heads], right - left, rows[tails] - rows[heads] + 1], axis=1)
    return {name: (x, y, w, h) for name, (x, y, w, h) in zip(found.tolist(), sides.tolist(), strict=True)}
