"""J and F of DAVIS 2017 (Pont-Tuset et al.), as the official evaluation counts them.

Masks have the objects as their leading axis. Void pixels (255 in the truth) belong to no one: J leaves them out,
and for F they are cleared in both masks before the boundary is traced, so void makes a boundary along itself.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from jaxtyping import Bool, Float64, UInt8

__all__ = ["TOLERANCE", "boundary", "contour", "disk", "region", "tolerance_px"]

TOLERANCE = 0.008  # share of the picture's diagonal by which a boundary may be off
Masks = Bool[np.ndarray, "n h w"]
Marks = Float64[np.ndarray, " n"]


def region(truth: Masks, predicted: Masks, void: Bool[np.ndarray, "h w"] | None = None) -> Marks:
    """J: intersection over union of each object; 1 where both masks are empty."""
    truth, predicted = _cleared(truth, predicted, void)
    shared = np.count_nonzero(truth & predicted, axis=(1, 2))
    union = np.count_nonzero(truth | predicted, axis=(1, 2))
    return np.where(union > 0, shared / np.maximum(union, 1), 1.0)


def boundary(
    truth: Masks,
    predicted: Masks,
    void: Bool[np.ndarray, "h w"] | None = None,
    *,
    tolerance: float = TOLERANCE,
) -> Marks:
    """F: harmonic mean of the boundary's precision and recall, each within `tolerance` of the diagonal.

    1 where neither mask has a boundary (both empty), 0 where one alone has.
    """
    truth, predicted = _cleared(truth, predicted, void)
    reach = disk(tolerance_px(*truth.shape[1:], tolerance))
    precision, recall = np.zeros(len(truth)), np.zeros(len(truth))
    for i, lines in enumerate(zip(contour(truth), contour(predicted), strict=True)):
        known, found = _cropped(*lines, len(reach) // 2)
        precision[i] = _share(found, cv2.dilate(known, reach))
        recall[i] = _share(known, cv2.dilate(found, reach))
    total = precision + recall
    return np.where(total > 0, 2 * precision * recall / np.where(total > 0, total, 1), 0.0)


def contour(masks: Masks) -> UInt8[np.ndarray, "n h w"]:
    """1 where a mask differs from its eastern, southern or south-eastern neighbour.

    The last row looks east only, the last column south only, the last corner nowhere: so the picture's rim is no
    boundary, and a mask that fills the picture has none.
    """
    edge = np.zeros(masks.shape, bool)
    edge[:, :, :-1] |= masks[:, :, :-1] ^ masks[:, :, 1:]
    edge[:, :-1, :] |= masks[:, :-1, :] ^ masks[:, 1:, :]
    edge[:, :-1, :-1] |= masks[:, :-1, :-1] ^ masks[:, 1:, 1:]
    return edge.astype(np.uint8)


def tolerance_px(height: int, width: int, tolerance: float = TOLERANCE) -> int:
    """How far a boundary may be off, in whole pixels: 8 at 480x854, 4 at 240x432."""
    return math.ceil(tolerance * math.hypot(height, width))


def disk(radius: int) -> UInt8[np.ndarray, "d d"]:
    """All offsets with dx^2 + dy^2 <= radius^2."""
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    return (x * x + y * y <= radius * radius).astype(np.uint8)


def _cleared(truth: Masks, predicted: Masks, void: Bool[np.ndarray, "h w"] | None) -> tuple[Masks, Masks]:
    if truth.shape != predicted.shape:
        raise ValueError(f"truth has the shape {truth.shape}, the prediction {predicted.shape}: resize first")
    return (truth, predicted) if void is None else (truth & ~void, predicted & ~void)


def _cropped(
    known: UInt8[np.ndarray, "h w"], found: UInt8[np.ndarray, "h w"], reach: int
) -> tuple[UInt8[np.ndarray, "y x"], UInt8[np.ndarray, "y x"]]:
    """Both contours within the rectangle that holds them and what they can reach: the rest is zero anyway."""
    left, top, width, height = cv2.boundingRect(known | found)
    rows = slice(max(0, top - reach), top + height + reach)
    columns = slice(max(0, left - reach), left + width + reach)
    return np.ascontiguousarray(known[rows, columns]), np.ascontiguousarray(found[rows, columns])


def _share(line: UInt8[np.ndarray, "y x"], within: UInt8[np.ndarray, "y x"]) -> float:
    """The share of a contour that lies within the other's reach; 1 of nothing if the other is nothing as well.

    With one contour empty the official rule sets one of the two shares to 1, the other to 0: F is 0 either way.
    """
    if not line.any():
        return float(not within.any())
    return float((line & within).sum(dtype=np.int64) / line.sum(dtype=np.int64))
