"""What an environment shows as observations: which entry is the picture, where depth and pose are, what time it is."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import gymnasium
import numpy as np
from jaxtyping import Float32, Float64, Int32, UInt8
from numpy.typing import NDArray

from streammem.errors import ObservationError, OrderError, UnsupportedSourceError
from streammem.poses import check_pose
from streammem.types import Intrinsics, Observation

__all__ = ["Reader", "Reading"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reading:
    """Where an environment has what a memory wants to know.

    Entries of `info` are preferred: "depth_m" (metres), "labels", "intrinsics" (`Intrinsics` or a 3x3 matrix),
    "world_from_camera" (4x4, OpenCV axes), "t_s" (seconds since the episode began), "names" (what labels are called;
    else the environment's attribute `names`). "depth_range_m" says what a depth sensor reaches: depth up to its least
    and from its greatest on is no measurement, and depth from 0 to 1 (by its space) is brought back to metres.

    Attributes:
        picture_key: where a dictionary observation keeps its picture.
        depth_key: its depth, metres, (h, w) or (h, w, 1).
        label_key: its labels, whole numbers, of the same shape.
        proprioception_key: its vector of what the body feels.
        step_s: how long a step lasts, where `info` has no "t_s".
        start_s: the time of the first frame: beyond `resume_at()` of a memory that has seen the stream before.
        gap_s: time between two episodes, marked as a gap: nothing was seen then.
        depth_range_m: the same, where `info` says nothing.
        background: labels of these names become 0, so that a map makes no object of a wall.
        stream: the name of the stream.
    """

    picture_key: str = "rgb"
    depth_key: str = "depth"
    label_key: str = "semantic"
    proprioception_key: str = "proprioception"
    step_s: float = 0.1
    start_s: float = 0.0
    gap_s: float = 1.0
    depth_range_m: tuple[float, float] | None = None
    background: tuple[str, ...] = ("wall", "floor", "ceiling")
    stream: str = "main"

    def __post_init__(self) -> None:
        if not (
            self.step_s > 0 and self.gap_s >= 0 and math.isfinite(self.step_s + self.gap_s + self.start_s)
        ):
            raise ObservationError(
                f"step_s must be above 0, gap_s not below, start_s finite, got {self.step_s}, {self.gap_s} and "
                f"{self.start_s} s"
            )
        if self.depth_range_m is not None and not 0 <= self.depth_range_m[0] < self.depth_range_m[1]:
            raise ObservationError(
                f"depth_range_m is the least and the greatest depth, got {self.depth_range_m}"
            )


class Reader:
    """Turns what `reset` and `step` give into observations on one clock that runs on over episodes.

    Attributes:
        names: what labels are called, as far as `info` has said so.
    """

    def __init__(self, env: gymnasium.Env[Any, Any], reading: Reading) -> None:
        self._env, self.reading = env, reading
        self.names: dict[int, str] = {}
        self._shares = _in_shares(getattr(env, "observation_space", None), reading.depth_key)
        self._shapes: dict[str, tuple[int, ...]] = {}
        self._index = -1
        self._last_s = -math.inf
        self._start_s, self._steps, self._own_start_s = 0.0, 0, 0.0

    def first(self, seen: Any, info: Mapping[str, Any]) -> Observation:
        """What `reset` has given, as the first frame of an episode.

        Raises:
            ObservationError: if something is of another shape or kind than before, or a pose is none.
            UnsupportedSourceError: if there is no picture anywhere.
        """
        again = math.isfinite(self._last_s)
        gap_s = self.reading.gap_s if again else 0.0
        self._start_s = self._last_s + self.reading.step_s + gap_s if again else self.reading.start_s
        self._steps, self._own_start_s = 0, float(info.get("t_s", 0.0))
        return self._observation(seen, info, self._start_s, None, gap_s)

    def following(self, seen: Any, info: Mapping[str, Any], action: Any) -> Observation:
        """What `step` has given for an action.

        Raises:
            OrderError: if the environment's own time does not move forward.
            ObservationError: as `first`.
        """
        self._steps += 1
        passed_s = self._steps * self.reading.step_s
        if "t_s" in info:
            passed_s = float(info["t_s"]) - self._own_start_s
        t_s = self._start_s + passed_s
        if not t_s > self._last_s:
            raise OrderError(
                f"{self._env} says {info['t_s']} s after a step, which is not later than before: its info['t_s'] must "
                "grow with every step, or be left out"
            )
        return self._observation(seen, info, t_s, action, 0.0)

    def _observation(
        self, seen: Any, info: Mapping[str, Any], t_s: float, action: Any, gap_s: float
    ) -> Observation:
        entries = seen if isinstance(seen, Mapping) else {}
        self.names |= info.get("names") or getattr(self._env.unwrapped, "names", {})
        rgb = self._picture(seen)
        depth_m = self._depth(entries, info)
        labels = self._labels(info.get("labels", entries.get(self.reading.label_key)))
        for what, array in (("picture", rgb), ("depth", depth_m), ("labels", labels)):
            if array is not None:
                self._same(what, array.shape)
        camera = None if depth_m is None else _camera(info.get("intrinsics"), depth_m.shape)
        pose = info.get("world_from_camera")
        observation = Observation(
            index=self._index + 1,
            t_s=t_s,
            rgb=rgb,
            depth_m=depth_m,
            intrinsics=camera,
            world_from_camera=None if pose is None else check_pose(pose),
            labels=labels,
            action=action,
            proprioception=self._proprioception(seen),
            stream=self.reading.stream,
            gap_s=gap_s,
        )
        self._index, self._last_s = observation.index, t_s
        return observation

    def _same(self, what: str, shape: tuple[int, ...]) -> None:
        before = self._shapes.setdefault(what, shape)
        if shape != before:
            raise ObservationError(
                f"the {what} of {self._env} was of shape {before} and is {shape} at frame {self._index + 1}: a stream "
                "keeps its shape; wrap the environment so that it does (gymnasium.wrappers.ResizeObservation), or read "
                "it as another stream"
            )

    def _picture(self, seen: Any) -> UInt8[np.ndarray, "h w 3"]:
        for candidate in (
            seen.get(self.reading.picture_key) if isinstance(seen, Mapping) else seen,
            None,
        ):
            picture = self._env.render() if candidate is None else candidate
            if isinstance(picture, np.ndarray) and picture.dtype == np.uint8 and picture.shape[2:] == (3,):
                return picture
        raise UnsupportedSourceError(
            f"{self._env} shows no picture: its observation is no uint8 array of shape (h, w, 3), has no entry "
            f"{self.reading.picture_key!r}, and render() returns none; make it with render_mode='rgb_array'"
        )

    def _depth(
        self, entries: Mapping[str, Any], info: Mapping[str, Any]
    ) -> Float32[np.ndarray, "h w"] | None:
        told = info.get("depth_m")
        given = entries.get(self.reading.depth_key) if told is None else told
        if given is None:
            return None
        depth_m = _plane(given, "depth", "floating").astype(np.float32)
        reach = info.get("depth_range_m", self.reading.depth_range_m)
        if reach is not None:
            near, far = np.float32(reach[0]), np.float32(reach[1])
            if told is None and self._shares:
                depth_m = near + depth_m * (far - near)
            depth_m[(depth_m <= near) | (depth_m >= far)] = 0
        return depth_m

    def _labels(self, given: Any) -> Int32[np.ndarray, "h w"] | None:
        if given is None:
            return None
        labels = _plane(given, "labels", "integer").astype(np.int32)
        behind = [label for label, name in self.names.items() if name in self.reading.background]
        if behind:
            labels[np.isin(labels, behind)] = 0
        return labels

    def _proprioception(self, seen: Any) -> Float32[np.ndarray, " p"] | None:
        vector = seen.get(self.reading.proprioception_key) if isinstance(seen, Mapping) else seen
        if isinstance(vector, np.ndarray) and vector.ndim == 1:
            return vector.astype(np.float32)
        return None


def _plane(given: Any, what: str, kind: Literal["floating", "integer"]) -> NDArray[Any]:
    plane = np.asarray(given)
    if plane.ndim == 3 and plane.shape[2] == 1:
        plane = plane[..., 0]
    if plane.ndim != 2 or not np.issubdtype(plane.dtype, getattr(np, kind)):
        raise ObservationError(
            f"{what} must be {kind} numbers of shape (h, w) or (h, w, 1), got {plane.dtype} of {plane.shape}"
        )
    return plane


def _in_shares(space: Any, key: str) -> bool:
    """Whether depth comes as 0 to 1 of its range; metres have other limits."""
    entry = space.spaces.get(key) if isinstance(space, gymnasium.spaces.Dict) else None
    return isinstance(entry, gymnasium.spaces.Box) and bool(
        (entry.low == 0).all() and (entry.high == 1).all()
    )


def _camera(given: Any, shape: tuple[int, ...]) -> Intrinsics | None:
    """The depth's camera, from what `info` has: of that size already, of another, or a 3x3 matrix."""
    height, width = shape
    if given is None:
        return None
    if isinstance(given, Intrinsics):
        return given.rescaled(width, height)
    matrix: Float64[np.ndarray, "3 3"] = np.asarray(given, np.float64)
    if matrix.shape != (3, 3):
        raise ObservationError(f"intrinsics are `Intrinsics` or a 3x3 matrix, got {matrix.shape}")
    fx, fy, cx, cy = matrix[[0, 1, 0, 1], [0, 1, 2, 2]].tolist()
    return Intrinsics(fx=fx, fy=fy, cx=cx, cy=cy, width=width, height=height)
