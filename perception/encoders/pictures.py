"""What encoders accept as a picture, and how it gets to the size of their input."""

import cv2
import numpy as np
from jaxtyping import UInt8

from streammem.errors import ObservationError

__all__ = ["check_picture", "fit_picture"]


def check_picture(picture: object) -> None:
    """Refuse what is not an RGB picture.

    Raises:
        ObservationError: if it is not uint8 of shape (height, width, 3), or has no pixel.
    """
    shape: tuple[int, ...] = getattr(picture, "shape", ())
    kind = getattr(picture, "dtype", type(picture).__name__)
    if kind != np.uint8 or len(shape) != 3 or shape[2] != 3 or 0 in shape:
        raise ObservationError(
            f"a picture is uint8 RGB of shape (height, width, 3), got {kind} of shape {shape}: convert it first "
            "(floats: (255 * x).round().astype('uint8'); grey or BGR: cv2.cvtColor)"
        )


def fit_picture(picture: UInt8[np.ndarray, "_ _ 3"], size: tuple[int, int]) -> UInt8[np.ndarray, "h w 3"]:
    """The picture at (height, width), its sides stretched as they must be: a cell keeps its share of the view.

    Raises:
        ObservationError: if it is no RGB picture.
    """
    check_picture(picture)
    height, width = size
    shrinks = picture.shape[0] >= height and picture.shape[1] >= width
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    fitted: UInt8[np.ndarray, "h w 3"] = cv2.resize(picture, (width, height), interpolation=how)
    return fitted
