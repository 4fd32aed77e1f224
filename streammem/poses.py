"""Poses: 4x4 matrices `world_from_camera` that take points of the camera into the world, metres.

The camera's axes are OpenCV's: x right, y down, z forward. Others are converted at the door: `from_opengl` for
OpenGL, Blender and Habitat (x right, y up, z back), `from_ros_body` for a robot's body (x forward, y left, z up).
The world's up is +z; `up_rotation` turns a world that stands otherwise.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64, Shaped

from streammem.errors import PoseError

__all__ = [
    "check_pose",
    "from_opengl",
    "from_ros_body",
    "inverse",
    "pose_of",
    "pose_of_quaternion",
    "to_opengl",
    "transform",
    "up_rotation",
]

TOLERANCE = 1e-3  # of R'R against 1: text files round, float32 drifts; more is no rotation
EXACT = 1e-9  # a rotation that is this good is kept as it is
NORM_TOLERANCE = 1e-2  # of a quaternion's length against 1

# The same camera with y and z turned round: half a turn about x, its own inverse.
OPENGL_FROM_OPENCV = np.diag([1.0, -1.0, -1.0, 1.0])
# The camera's right, down and forward in a robot's body.
BODY_FROM_OPENCV = np.array([[0.0, 0, 1, 0], [-1, 0, 0, 0], [0, -1, 0, 0], [0, 0, 0, 1]])


def check_pose(world_from_camera: object) -> Float64[np.ndarray, "4 4"]:
    """The pose as float64, its rotation made exact where rounding has left it a little off.

    The nearest rotation is the orthogonal factor of the polar decomposition (Higham 1986), from the SVD.

    Raises:
        PoseError: if it is no 4x4 matrix of finite numbers, its last row is not 0 0 0 1, or its upper left 3x3 is
            no rotation (scaled, sheared, mirrored).
    """
    pose = _numbers(world_from_camera, (4, 4), "a pose")
    if np.abs(pose[3] - (0, 0, 0, 1)).max() > 1e-6:
        turned = np.abs(pose[:, 3] - (0, 0, 0, 1)).max() <= 1e-6
        remedy = (
            "it looks transposed: hand in its transpose" if turned else "hand in world_from_camera itself"
        )
        raise PoseError(f"the last row of a pose is 0 0 0 1, got {_row(pose[3])}: {remedy}")
    pose[3] = (0, 0, 0, 1)
    rotation = pose[:3, :3]
    off = float(np.abs(rotation.T @ rotation - np.eye(3)).max())
    if off > TOLERANCE:
        raise PoseError(_why_not_rigid(rotation, off))
    if np.linalg.det(rotation) < 0:
        raise PoseError(
            "the pose mirrors the world (determinant -1): one of its axes points the other way; from_opengl and "
            "from_ros_body convert the usual conventions"
        )
    if off > EXACT:
        left, _, right = np.linalg.svd(rotation)
        pose[:3, :3] = left @ right
    return pose


def pose_of(rotation: object, translation: object) -> Float64[np.ndarray, "4 4"]:
    """The pose of a 3x3 rotation and a translation in metres.

    Raises:
        PoseError: if they are not (see `check_pose`).
    """
    pose = np.eye(4)
    pose[:3, :3] = _numbers(rotation, (3, 3), "a rotation")
    pose[:3, 3] = _numbers(translation, (3,), "a translation")
    return check_pose(pose)


def pose_of_quaternion(translation: object, xyzw: object) -> Float64[np.ndarray, "4 4"]:
    """The pose of a translation in metres and a quaternion, its real part last (as TUM and ROS write it).

    Raises:
        PoseError: if they are not finite numbers, or the quaternion's length is not about 1.
    """
    from scipy.spatial.transform import Rotation  # half a second to load, which most streams never need

    quaternion = _numbers(xyzw, (4,), "a quaternion (x, y, z, w)")
    length = float(np.linalg.norm(quaternion))
    if abs(length - 1) > NORM_TOLERANCE:
        raise PoseError(
            f"a quaternion of a rotation has the length 1, got {_row(quaternion)} of {length:.4g}: hand in x y z w, "
            "normalised"
        )
    pose = np.eye(4)
    pose[:3, :3] = Rotation.from_quat(quaternion).as_matrix()
    pose[:3, 3] = _numbers(translation, (3,), "a translation")
    return pose


def inverse(pose: Float64[np.ndarray, "4 4"]) -> Float64[np.ndarray, "4 4"]:
    """The way back: `camera_from_world` of a `world_from_camera`. Of a checked pose, exact to rounding."""
    back = np.eye(4)
    back[:3, :3] = pose[:3, :3].T
    back[:3, 3] = -pose[:3, :3].T @ pose[:3, 3]
    return back


def transform(
    pose: Float64[np.ndarray, "4 4"], points: Shaped[np.ndarray, "n 3"]
) -> Float64[np.ndarray, "n 3"]:
    """Points from the pose's right frame in its left one: of the camera, in the world."""
    return np.asarray(points.astype(np.float64) @ pose[:3, :3].T + pose[:3, 3])


def from_opengl(world_from_camera: Float64[np.ndarray, "4 4"]) -> Float64[np.ndarray, "4 4"]:
    """The pose of a camera that looks along its -z with y up (OpenGL, Blender, Habitat), for OpenCV's axes.

    Only the camera's axes change; the world stays as it is (`up_rotation` turns it).
    """
    return np.asarray(world_from_camera @ OPENGL_FROM_OPENCV)


def to_opengl(world_from_camera: Float64[np.ndarray, "4 4"]) -> Float64[np.ndarray, "4 4"]:
    """The way back from `from_opengl`."""
    return np.asarray(world_from_camera @ OPENGL_FROM_OPENCV)


def from_ros_body(world_from_body: Float64[np.ndarray, "4 4"]) -> Float64[np.ndarray, "4 4"]:
    """The pose of a camera that sits at the origin of a body and looks along its x (ROS: x forward, z up)."""
    return np.asarray(world_from_body @ BODY_FROM_OPENCV)


def up_rotation(up: object) -> Float64[np.ndarray, "4 4"]:
    """The rotation of the world that turns the direction `up` into +z: `up_rotation(up) @ world_from_camera`.

    What lies about the vertical stays as near to where it was as can be; of an `up` that points down, after half a
    turn about x.

    Raises:
        PoseError: if `up` is no direction.

    >>> up_rotation((0, 0, 1))[:3, :3].tolist()
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    direction = _numbers(up, (3,), "a direction")
    length = float(np.linalg.norm(direction))
    if length < 1e-9:
        raise PoseError(
            f"up must be a direction, got {_row(direction)}: (0, -1, 0) is up for OpenCV's camera axes"
        )
    flip = np.diag([1.0, -1.0, -1.0]) if direction[2] < 0 else np.eye(3)
    x, y, z = flip @ direction / length
    # Rodrigues' rotation about up x (0, 0, 1); 1 + z is at least 1, so it is well conditioned everywhere.
    cross = np.array([[0, 0, -x], [0, 0, -y], [x, y, 0.0]])
    pose = np.eye(4)
    pose[:3, :3] = (np.eye(3) + cross + cross @ cross / (1 + z)) @ flip
    return pose


def _numbers(value: object, shape: tuple[int, ...], what: str) -> Float64[np.ndarray, ...]:
    """A copy as float64."""
    try:
        numbers = np.array(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise PoseError(f"{what} is numbers of shape {shape}, got {type(value).__name__}: {error}") from error
    if numbers.shape != shape:
        raise PoseError(f"{what} has the shape {shape}, got {numbers.shape}")
    if not np.isfinite(numbers).all():
        raise PoseError(
            f"{what} must be finite, got {_row(numbers[~np.isfinite(numbers)])} in it: the tracker was lost there; "
            "hand in the frame without a pose"
        )
    return numbers


def _why_not_rigid(rotation: Float64[np.ndarray, "3 3"], off: float) -> str:
    sizes = np.linalg.norm(rotation, axis=0)
    scale = float(sizes.mean())
    if scale > 1e-6 and np.abs(rotation.T @ rotation / scale**2 - np.eye(3)).max() <= TOLERANCE:
        return f"the pose's rotation is scaled by {scale:.4g}: divide its upper left 3x3 by that"
    return (
        f"the pose's upper left 3x3 is no rotation (R'R is off by {off:.2g}, allowed {TOLERANCE:g}; columns of "
        f"length {_row(sizes)}): look for a wrong layout or a shear"
    )


def _row(numbers: Float64[np.ndarray, ...]) -> str:
    return " ".join(f"{number:.4g}" for number in numbers.ravel()[:4])
