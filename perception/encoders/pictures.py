"""What encoders accept as a picture."""

import numpy as np

from streammem.errors import ObservationError

__all__ = ["check_picture"]


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
