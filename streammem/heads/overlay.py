"""Masks drawn over a frame: a tint, an outline and the object's number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from jaxtyping import Bool, Integer, UInt8

from streammem.errors import ObservationError
from streammem.heads.boxes import all_boxes
from streammem.heads.palette import colours

__all__ = ["overlay"]

WHITE, BLACK = (255, 255, 255), (0, 0, 0)


def overlay(
    rgb: UInt8[np.ndarray, "h w 3"],
    labels: Integer[np.ndarray, "_ _"],
    *,
    alpha: float = 0.5,
    names: Mapping[int, str] | None = None,
) -> UInt8[np.ndarray, "h w 3"]:
    """A copy of the frame with each object tinted in its colour, outlined, and named by id or by `names`.

    `alpha` is how much of the colour covers the object: 0 leaves the outline only, 1 hides what is below.

    Raises:
        ObservationError: if labels and frame differ in size, or alpha is not within 0..1.
    """
    if labels.shape != rgb.shape[:2]:
        raise ObservationError(f"labels of shape {labels.shape} do not fit a frame of shape {rgb.shape}")
    if not 0 <= alpha <= 1:
        raise ObservationError(f"alpha is a share from 0 to 1, got {alpha}")
    inside = labels > 0
    boxes = {id: box for id, box in all_boxes(labels.astype(np.int32)).items() if id > 0}
    tint = _bright()[labels[inside] % 256]
    drawn = rgb.copy()
    mixed = drawn[inside] * np.float32(1 - alpha) + tint * np.float32(alpha)
    line = max(1, round(min(labels.shape) / 240))
    rim = _edges(labels, line, [0, *boxes])[inside]
    drawn[inside] = np.where(rim[:, None], tint, np.rint(mixed).astype(np.uint8))
    for label, (left, top, wide, high) in boxes.items():
        text = str(label) if names is None else names.get(label, str(label))
        window = (slice(top, top + high), slice(left, left + wide))
        _tag(drawn, labels[window] == label, (top, left), text, line)
    return drawn


def _bright() -> UInt8[np.ndarray, "256 3"]:
    """The palette's colours as lines have to be: dark ones raised, so that they show on a dark street."""
    table = colours().astype(np.float64)
    peak = table.max(axis=1, keepdims=True)
    table = np.where(peak > 0, table * 255 / np.maximum(peak, 1), 200.0)
    return np.asarray(np.rint(table), np.uint8)


def _edges(labels: Integer[np.ndarray, "h w"], line: int, ids: Sequence[int]) -> Bool[np.ndarray, "h w"]:
    """Pixels of an object within `line` pixels of another label."""
    kernel = np.ones((2 * line + 1, 2 * line + 1), np.uint8)
    # OpenCV has no int32 here, and float32 is exact below 2^24 only.
    values = (labels if max(ids, default=0) < 1 << 24 else np.searchsorted(ids, labels)).astype(np.float32)
    return np.asarray(cv2.dilate(values, kernel) != cv2.erode(values, kernel))


def _tag(
    drawn: UInt8[np.ndarray, "h w 3"],
    mask: Bool[np.ndarray, "y x"],
    origin: tuple[int, int],
    text: str,
    line: int,
) -> None:
    """The name on the spot of the object that is farthest from its outline; `origin` is the mask's place."""
    height, width = drawn.shape[:2]
    inner = cv2.distanceTransform(np.pad(mask.astype(np.uint8), 1), cv2.DIST_L2, 3)[1:-1, 1:-1]
    row, column = divmod(int(inner.argmax()), mask.shape[1])
    y, x = row + origin[0], column + origin[1]
    scale = max(0.35, min(height, width) / 700)
    (wide, high), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, scale, line)
    if wide + 2 > width or high + 2 > height:
        return  # no room for letters in so small a picture
    at = (int(np.clip(x - wide // 2, 1, width - wide - 1)), int(np.clip(y + high // 2, high + 1, height - 1)))
    cv2.putText(drawn, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, BLACK, line + 2, cv2.LINE_AA)
    cv2.putText(drawn, text, at, cv2.FONT_HERSHEY_SIMPLEX, scale, WHITE, line, cv2.LINE_AA)
