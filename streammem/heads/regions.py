"""Which of its parts an object is: a mask in several pieces, and where the object can have gone."""

from __future__ import annotations

import cv2
import numpy as np
from jaxtyping import Bool, Float64, Int32

from streammem.heads.boxes import label_boxes

__all__ = ["corners", "out_of_reach", "reach", "rival"]

LIKELY = (
    0.15,
    0.85,
)  # SAMURAI's weights of the expected box and of the network's word, here a part's share of the mask
GROW = 0.5  # of the expected box, on each side
DEVIATIONS = 3.0


def corners(winner: Int32[np.ndarray, "h w"], objects: int) -> Float64[np.ndarray, "n 4"]:
    """Left, top, right and bottom of objects 1 to n in a picture of their numbers; NaN for what has no pixel."""
    found = np.full((objects, 4), np.nan)
    for at, box in enumerate(label_boxes(winner, range(1, objects + 1))):
        if box is not None:
            found[at] = (box[0], box[1], box[0] + box[2], box[1] + box[3])
    return found


def reach(
    expected: Float64[np.ndarray, "n 4"], spread: Float64[np.ndarray, "n 2"]
) -> Float64[np.ndarray, "n 4"]:
    """Where objects can be: their expected boxes, grown by half on each side and by three deviations."""
    size = expected[:, 2:] - expected[:, :2]
    margin = GROW * size + DEVIATIONS * spread
    return np.concatenate([expected[:, :2] - margin, expected[:, 2:] + margin], axis=1)


def out_of_reach(
    winner: Int32[np.ndarray, "h w"],
    boxes: Float64[np.ndarray, "n 4"],
    expected: Float64[np.ndarray, "n 4"],
    within: Float64[np.ndarray, "n 4"],
) -> Bool[np.ndarray, "h w"]:
    """Pixels of parts that lie where their object cannot have gone. Its likeliest part always stays.

    Args:
        winner: objects as 1 to n, 0 for the background.
        boxes: around the whole masks, NaN for none (`corners`).
        expected: where motion expects them.
        within: where they can be (`reach`).
    """
    removed = np.zeros(winner.shape, bool)
    for at in np.flatnonzero(np.isfinite(boxes[:, 0])).tolist():
        left, top, right, bottom = boxes[at].astype(int)
        inside = np.all(boxes[at, :2] >= within[at, :2]) and np.all(boxes[at, 2:] <= within[at, 2:])
        if inside:
            continue
        mine = winner[top:bottom, left:right] == at + 1
        count, part, stats, _ = cv2.connectedComponentsWithStats(mine.astype(np.uint8), connectivity=8)
        if count <= 2:
            continue
        parts = _corners(stats[1:]) + np.array([left, top, left, top])
        share = stats[1:, cv2.CC_STAT_AREA] / stats[1:, cv2.CC_STAT_AREA].sum()
        likely = LIKELY[0] * _iou(parts, expected[at]) + LIKELY[1] * share
        stays = np.concatenate([[True], _overlap(parts, within[at]) > 0])
        stays[1 + int(likely.argmax())] = True
        removed[top:bottom, left:right] |= ~stays[part]
    return removed


def rival(cells: Bool[np.ndarray, "h w"], least: int) -> tuple[int, int, int, int] | None:
    """The largest connected region of these cells: left, top, right, bottom; None if it has fewer than `least`."""
    count, _, stats, _ = cv2.connectedComponentsWithStats(cells.astype(np.uint8), connectivity=8)
    if count < 2:
        return None
    largest = stats[1 + int(stats[1:, cv2.CC_STAT_AREA].argmax())]
    if largest[cv2.CC_STAT_AREA] < least:
        return None
    left, top, right, bottom = _corners(largest[None])[0].astype(int).tolist()
    return left, top, right, bottom


def _corners(stats: Int32[np.ndarray, "m 5"]) -> Float64[np.ndarray, "m 4"]:
    left, top, wide, high = stats[:, :4].T.astype(np.float64)
    return np.stack([left, top, left + wide, top + high], axis=1)


def _overlap(boxes: Float64[np.ndarray, "m 4"], box: Float64[np.ndarray, " 4"]) -> Float64[np.ndarray, " m"]:
    low, high = np.maximum(boxes[:, :2], box[:2]), np.minimum(boxes[:, 2:], box[2:])
    area: Float64[np.ndarray, " m"] = np.maximum(high - low, 0).prod(1)
    return area


def _iou(boxes: Float64[np.ndarray, "m 4"], box: Float64[np.ndarray, " 4"]) -> Float64[np.ndarray, " m"]:
    shared = _overlap(boxes, box)
    total = (boxes[:, 2:] - boxes[:, :2]).prod(1) + float((box[2:] - box[:2]).prod()) - shared
    iou: Float64[np.ndarray, " m"] = shared / np.maximum(total, 1e-9)
    return iou
