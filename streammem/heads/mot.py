"""Boxes of objects as MOTChallenge text: one line an object and frame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from jaxtyping import Int32

from streammem.errors import ObservationError
from streammem.heads.boxes import PixelBox, all_boxes

__all__ = ["mot_line", "mot_lines"]


def mot_line(frame: int, object_id: int, box: PixelBox, confidence: float) -> str:
    """One line; `frame` counts from 0 and `box` from pixel (0, 0), the text counts both from 1, as MOTChallenge does.

    >>> mot_line(0, 3, (9, 19, 30, 40), 0.87)
    '1,3,10,20,30,40,0.870,-1,-1,-1'

    Raises:
        ObservationError: if the frame is negative, the id not positive, the box empty, or the confidence no number.
    """
    left, top, width, height = box
    if frame < 0 or object_id < 1 or width < 1 or height < 1 or not np.isfinite(confidence):
        raise ObservationError(
            f"a line needs frame >= 0, id >= 1, a box with area and a finite confidence, got frame {frame}, "
            f"id {object_id}, box {box}, confidence {confidence}"
        )
    return f"{frame + 1},{object_id},{left + 1},{top + 1},{width},{height},{confidence:.3f},-1,-1,-1"


def mot_lines(
    frame: int, labels: Int32[np.ndarray, "h w"], confidence: Mapping[int, float] | None = None
) -> Iterator[str]:
    """A line for each object that is seen, by id; confidence 1 where none is given."""
    for label, box in all_boxes(labels).items():
        if label > 0:
            yield mot_line(frame, label, box, 1.0 if confidence is None else confidence.get(label, 1.0))
