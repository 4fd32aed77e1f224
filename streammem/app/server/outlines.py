"""The borders of masks as polygons that a page can draw: fractions of the picture, few corners."""

from __future__ import annotations

import cv2
import numpy as np
from jaxtyping import Int32

from streammem.heads.boxes import PixelBox

__all__ = ["Outline", "outline"]

Outline = list[list[list[float]]]  # polygons of [x, y]
TOLERANCE = 0.004  # of the picture's longer side: how far a simplified border may lie off
LEAST_SHARE = 0.02  # of the largest part's area: smaller parts are left out
MOST_PARTS = 8


def outline(labels: Int32[np.ndarray, "h w"], id: int, box: PixelBox) -> Outline:
    """The outer borders of one label's parts, largest first, through the centres of their pixels.

    >>> labels = np.zeros((10, 20), np.int32)
    >>> labels[2:6, 5:11] = 7
    >>> outline(labels, 7, (5, 2, 6, 4))
    [[[0.275, 0.25], [0.275, 0.55], [0.525, 0.55], [0.525, 0.25]]]
    """
    high, wide = labels.shape
    left, top, width, height = box
    mask = (labels[top : top + height, left : left + width] == id).astype(np.uint8)
    parts, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    areas = [cv2.contourArea(part) for part in parts]
    order = sorted(range(len(parts)), key=lambda i: -areas[i])[:MOST_PARTS]
    most = max(areas, default=0.0)
    found = []
    for i in order:
        if areas[i] >= LEAST_SHARE * most:
            corners = cv2.approxPolyDP(parts[i], TOLERANCE * max(high, wide), True).reshape(-1, 2) + 0.5
            x, y = (corners[:, 0] + left) / wide, (corners[:, 1] + top) / high
            found.append([[round(float(a), 4), round(float(b), 4)] for a, b in zip(x, y, strict=True)])
    return found
