"""GrabCut (Rother et al. 2004, OpenCV's) on a window of a picture, at a bounded cost and the same every time."""

from __future__ import annotations

import cv2
import numpy as np
from jaxtyping import Bool, UInt8

__all__ = ["BACK", "FRONT", "LIKELY_BACK", "LIKELY_FRONT", "refine"]

BACK, FRONT, LIKELY_BACK, LIKELY_FRONT = cv2.GC_BGD, cv2.GC_FGD, cv2.GC_PR_BGD, cv2.GC_PR_FGD
ROUNDS = 3  # more change nothing on clips with known masks
# Larger windows are shrunk for the cut: its cost grows faster than its area, and its mask gets no better.
MOST_SIDE = 320


def refine(
    rgb: UInt8[np.ndarray, "h w 3"], hint: UInt8[np.ndarray, "h w"], *, seed: int
) -> Bool[np.ndarray, "h w"] | None:
    """Cut the object out by colour and edges, from a hint of the four values above for each pixel.

    What is hinted as sure stays so. OpenCV draws its colour clusters from one generator for the whole process; it
    is set to `seed` here, which is what makes two calls equal.

    Returns:
        The mask at the size of the picture, or None if the hint leaves one side without a pixel, so that there
        is nothing to tell the object from.
    """
    scale = MOST_SIDE / max(hint.shape)
    small, marks = rgb, hint.copy()
    if scale < 1:
        size = (max(1, round(hint.shape[1] * scale)), max(1, round(hint.shape[0] * scale)))
        small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
        marks = cv2.resize(hint, size, interpolation=cv2.INTER_NEAREST)
    front = (marks == FRONT) | (marks == LIKELY_FRONT)
    if not front.any() or front.all():
        return None
    cv2.setRNGSeed(seed)
    bgr = np.ascontiguousarray(small[..., ::-1])
    cv2.grabCut(bgr, marks, (0, 0, 0, 0), np.zeros((1, 65)), np.zeros((1, 65)), ROUNDS, cv2.GC_INIT_WITH_MASK)
    cut = ((marks == FRONT) | (marks == LIKELY_FRONT)).astype(np.float32)
    if scale < 1:
        cut = cv2.resize(cut, hint.shape[::-1], interpolation=cv2.INTER_LINEAR)
    mask = np.asarray(cut > 0.5)
    mask[hint == FRONT], mask[hint == BACK] = True, False
    return mask
