"""Between this world's axes (z up) and Habitat's (y up, cameras and agents look along -z).

Habitat's x is x, its y is our z, its z is our -y: a quarter turn about x. An agent at yaw 0 looks along our +y, which
is Habitat's -z, so yaws are the same in both. Quaternions are x, y, z, w, as Habitat's files have them.
"""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float64

from streammem.errors import PoseError

__all__ = [
    "camera_from_habitat",
    "camera_to_habitat",
    "from_habitat",
    "quaternion_of_yaw",
    "to_habitat",
    "yaw_of_quaternion",
]

HABITAT_FROM_WORLD = np.array([[1.0, 0, 0, 0], [0, 0, 1, 0], [0, -1, 0, 0], [0, 0, 0, 1]])
OPENGL_FROM_OPENCV = np.diag([1.0, -1.0, -1.0, 1.0])

Triple = tuple[float, float, float]


def to_habitat(position: Triple) -> Triple:
    """A place in Habitat's axes.

    >>> to_habitat((1.0, 2.0, 0.5))
    (1.0, 0.5, -2.0)
    """
    x, y, z = position
    return (x, z, -y)


def from_habitat(position: Triple) -> Triple:
    """A place of Habitat's in ours.

    >>> from_habitat((1.0, 0.5, -2.0))
    (1.0, 2.0, 0.5)
    """
    x, y, z = position
    return (x, -z, y)


def quaternion_of_yaw(yaw: float) -> tuple[float, float, float, float]:
    """The turn about Habitat's y, left positive, as x, y, z, w."""
    return (0.0, math.sin(yaw / 2), 0.0, math.cos(yaw / 2))


def yaw_of_quaternion(xyzw: tuple[float, float, float, float]) -> float:
    """Where an agent of this rotation looks, seen from above; within -pi and pi.

    Raises:
        PoseError: if it is no rotation, or looks straight up or down.
    """
    x, y, z, w = xyzw
    length = math.sqrt(x * x + y * y + z * z + w * w)
    if not abs(length - 1) < 1e-2:
        raise PoseError(f"a rotation x y z w has the length 1, got {xyzw} of {length:.4g}: normalise it")
    # The third column of the rotation, reversed, is where -z goes.
    east, south = -2 * (x * z + w * y), -(1 - 2 * (x * x + y * y))
    if math.hypot(east, south) < 1e-6:
        raise PoseError(f"the rotation {xyzw} looks straight up or down: it has no yaw")
    return math.atan2(-east, -south)


def camera_to_habitat(world_from_camera: Float64[np.ndarray, "4 4"]) -> Float64[np.ndarray, "4 4"]:
    """The pose of a camera with OpenCV's axes in our world, for Habitat's world and OpenGL's camera axes."""
    return np.asarray(HABITAT_FROM_WORLD @ world_from_camera @ OPENGL_FROM_OPENCV)


def camera_from_habitat(world_from_camera: Float64[np.ndarray, "4 4"]) -> Float64[np.ndarray, "4 4"]:
    """The way back from `camera_to_habitat`."""
    return np.asarray(HABITAT_FROM_WORLD.T @ world_from_camera @ OPENGL_FROM_OPENCV)
