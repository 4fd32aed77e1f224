"""Files of poses: matrices, quaternions, trajectories over time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from streammem.errors import PoseError, SourceError
from streammem.perception.sources.rgbd.log import File
from streammem.poses import check_pose, pose_of_quaternion

__all__ = [
    "MISSING",
    "Posed",
    "Trajectory",
    "log_poses",
    "matrix_pose",
    "numbers",
    "quaternion_poses",
    "text_of",
]

MOST_GAP_S = 0.5  # between two poses; over a longer one the camera may have been anywhere


@dataclass(frozen=True, slots=True)
class Posed:
    """A pose, or why there is none."""

    pose: Float64[np.ndarray, "4 4"] | None
    flaw: str | None = None


MISSING = Posed(None, "the log has no pose for it")


def text_of(file: File) -> str:
    """A file's text; what is no text reads as garbage, not as an error.

    Raises:
        SourceError: if it cannot be read.
    """
    try:
        with file.open("rb") as stream:
            return stream.read().decode("utf-8", errors="replace")
    except OSError as error:
        raise SourceError(f"{file} cannot be read: {error.strerror}") from error


def numbers(text: str) -> Float64[np.ndarray, " n"] | None:
    """All numbers of a text, divided by white space or commas; None if something else stands among them."""
    try:
        return np.array([float(word) for word in text.replace(",", " ").split()])
    except ValueError:
        return None


def matrix_pose(file: File) -> Posed:
    """A file with one 4x4 matrix (7-Scenes, 3DMatch, ScanNet); `-inf` and `nan` mean that the tracker was lost."""
    found = numbers(text_of(file))
    if found is None or len(found) != 16:
        return Posed(None, f"{file.name} does not hold the 16 numbers of a matrix")
    return _posed(lambda: check_pose(found.reshape(4, 4)))


def log_poses(file: File) -> dict[int, Posed]:
    """A trajectory as Redwood and Open3D write it: three numbers, then the rows of a matrix; by the first number."""
    lines = [line for line in text_of(file).splitlines() if line.strip()]
    poses: dict[int, Posed] = {}
    for start in range(0, len(lines), 5):
        head, matrix = numbers(lines[start]), numbers(" ".join(lines[start + 1 : start + 5]))
        if head is None or len(head) != 3 or not head[0].is_integer():
            raise SourceError(
                f"{file} is no trajectory: line {start + 1} should hold three whole numbers, has {lines[start][:60]!r}"
            )
        if matrix is None or len(matrix) != 16:
            poses[int(head[0])] = Posed(None, f"{file.name} has no 4x4 matrix after {lines[start]!r}")
        else:
            poses[int(head[0])] = _posed(lambda matrix=matrix: check_pose(matrix.reshape(4, 4)))  # type: ignore[misc]  # mypy infers no type for a default
    return poses


def quaternion_poses(file: File) -> dict[int, Posed]:
    """A pose a line, `tx ty tz qx qy qz qw`, metres; by the line's place among those that are no comment."""
    lines = [
        line for line in text_of(file).splitlines() if line.strip() and not line.lstrip().startswith("#")
    ]
    return {n: _of_quaternion(line) for n, line in enumerate(lines)}


def _of_quaternion(line: str) -> Posed:
    found = numbers(line)
    if found is None or len(found) != 7:
        return Posed(None, f"{line[:60]!r} are not the 7 numbers tx ty tz qx qy qz qw")
    return _posed(lambda: pose_of_quaternion(found[:3], found[3:]))


def _posed(make: Callable[[], Float64[np.ndarray, "4 4"]]) -> Posed:
    try:
        return Posed(make())
    except PoseError as error:
        return Posed(None, str(error))


class Trajectory:
    """Poses at times, and between two of them: positions linear, rotations by the shortest arc (Shoemake 1985).

    Nothing is said before the first, after the last, or inside a gap of more than half a second.
    """

    def __init__(self, poses: Mapping[float, Float64[np.ndarray, "4 4"]]) -> None:
        self._times_s = np.array(sorted(poses), dtype=np.float64)
        stacked = [poses[t_s] for t_s in self._times_s]
        self._positions = np.array([pose[:3, 3] for pose in stacked]).reshape(-1, 3)
        self._rotations = [pose[:3, :3] for pose in stacked]

    def __len__(self) -> int:
        return len(self._times_s)

    @classmethod
    def of_file(cls, file: File) -> Trajectory:
        """From lines `time tx ty tz qx qy qz qw` (TUM); lines that hold no pose are left out."""
        poses = {}
        for line in text_of(file).splitlines():
            time, _, rest = line.strip().partition(" ")
            t_s, found = numbers(time), _of_quaternion(rest)
            if t_s is not None and len(t_s) == 1 and np.isfinite(t_s[0]) and found.pose is not None:
                poses[float(t_s[0])] = found.pose
        return cls(poses)

    def at(self, t_s: float) -> Posed:
        """The pose at a time."""
        from scipy.spatial.transform import Rotation, Slerp  # half a second to load, only for logs

        after = int(np.searchsorted(self._times_s, t_s))
        if after < len(self) and self._times_s[after] == t_s:
            return self._pose(self._rotations[after], self._positions[after])
        if after in (0, len(self)):
            return Posed(None, "its time lies outside of the trajectory")
        before_s, after_s = self._times_s[after - 1 : after + 1]
        if after_s - before_s > MOST_GAP_S:
            return Posed(None, f"the trajectory has a gap of {after_s - before_s:.2f} s around it")
        share = (t_s - before_s) / (after_s - before_s)
        arc = Slerp([0.0, 1.0], Rotation.from_matrix(np.stack(self._rotations[after - 1 : after + 1])))
        position = (1 - share) * self._positions[after - 1] + share * self._positions[after]
        return self._pose(arc(share).as_matrix(), position)

    @staticmethod
    def _pose(rotation: Float64[np.ndarray, "3 3"], position: Float64[np.ndarray, " 3"]) -> Posed:
        pose = np.eye(4)
        pose[:3, :3], pose[:3, 3] = rotation, position
        return Posed(pose)
