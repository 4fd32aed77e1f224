"""Where an agent's camera is, and what it is like."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float64

from streammem.errors import ObservationError
from streammem.types import Intrinsics

__all__ = ["camera_pose", "intrinsics_of"]


def camera_pose(x: float, y: float, z: float, yaw: float, pitch: float = 0.0) -> Float64[np.ndarray, "4 4"]:
    """World-from-camera (OpenCV axes) of a level camera that is turned left by `yaw` and up by `pitch`, radians.

    At yaw 0 it looks along +y, as an agent does.

    >>> camera_pose(1, 2, 1.25, 0.0)[:3, 2].tolist()
    [0.0, 1.0, 0.0]

    Raises:
        ObservationError: if a number is not finite.
    """
    if not all(map(math.isfinite, (x, y, z, yaw, pitch))):
        raise ObservationError(f"a camera's place must be finite, got {(x, y, z)}, yaw {yaw}, pitch {pitch}")
    c, s, up, level = math.cos(yaw), math.sin(yaw), math.sin(pitch), math.cos(pitch)
    return np.array(
        [
            [c, -s * up, 0.0 - s * level, x],
            [s, c * up, c * level, y],
            [0.0, -level, up, z],
            [0.0, 0.0, 0.0, 1.0],
        ]
    )  # right, down (forward x right), forward, place


def intrinsics_of(width: int, height: int, hfov_deg: float) -> Intrinsics:
    """The pinhole camera whose picture spans `hfov_deg` from the left edge to the right; square pixels.

    >>> intrinsics_of(128, 96, 90).cx
    63.5

    Raises:
        ObservationError: if the angle is not between 0 and 180 degrees, or there is no pixel.
    """
    if not 0 < hfov_deg < 180:
        raise ObservationError(f"a field of view lies between 0 and 180 degrees, got {hfov_deg}")
    focal = (width / 2) / math.tan(math.radians(hfov_deg) / 2)
    return Intrinsics(fx=focal, fy=focal, cx=(width - 1) / 2, cy=(height - 1) / 2, width=width, height=height)
