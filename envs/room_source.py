"""A walk through a synthetic room as a stream of observations, with things that change meanwhile."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np
from jaxtyping import Float32, Float64, Int32

from streammem.envs.room import CAMERA, Room
from streammem.errors import ObservationError
from streammem.types import Intrinsics, Observation

__all__ = ["DepthFaults", "Happening", "Passer", "RoomSource"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Happening:
    """From `at_s` on, the room is what `change` makes of it: `lambda room: room.without(7)`."""

    at_s: float
    change: Callable[[Room], Room]


@dataclass(frozen=True, kw_only=True, slots=True)
class Passer:
    """Somebody who walks over the floor from `start` to `end` (x, y) between two times, and is there only then."""

    start_s: float
    end_s: float
    start: tuple[float, float]
    end: tuple[float, float]
    seed: int = 0

    def __post_init__(self) -> None:
        if not self.start_s < self.end_s:
            raise ObservationError(f"a passer comes before he goes, got {self.start_s} to {self.end_s} s")

    def joined(self, room: Room, t_s: float) -> Room:
        """The room with the passer in it, where he is due."""
        if not self.start_s <= t_s < self.end_s:
            return room
        share = (t_s - self.start_s) / (self.end_s - self.start_s)
        x, y = ((1 - share) * a + share * b for a, b in zip(self.start, self.end, strict=True))
        heading = math.atan2(self.end[1] - self.start[1], self.end[0] - self.start[0])
        return room.with_("person", (x, y, 0.0), yaw=heading + math.pi / 2, seed=self.seed)


@dataclass(frozen=True, kw_only=True, slots=True)
class DepthFaults:
    """What a depth camera gets wrong.

    Attributes:
        noise: times the axial noise of a structured-light camera, 1.2 mm + 1.9 mm/m² (z - 0.4 m)² (Nguyen et al.
            2012, eq. 5; without its term for grazing surfaces).
        holes: share of the picture that is without depth (0), in blobs.
        edge_px: depth is missing that near to a jump of depth.
        step_m: depth comes in multiples of this; 0 for none.
    """

    noise: float = 1.0
    holes: float = 0.02
    edge_px: int = 1
    step_m: float = 0.001

    def __post_init__(self) -> None:
        if not (self.noise >= 0 and 0 <= self.holes < 1 and self.edge_px >= 0 and self.step_m >= 0):
            raise ObservationError(f"depth faults are numbers >= 0, holes a share below 1, got {self}")

    def apply(
        self, depth_m: Float32[np.ndarray, "h w"], rng: np.random.Generator
    ) -> Float32[np.ndarray, "h w"]:
        """The depth as such a camera gives it; 0 where it gives none."""
        sigma = self.noise * (0.0012 + 0.0019 * (depth_m - 0.4) ** 2)
        faulty = depth_m + sigma * rng.standard_normal(depth_m.shape, np.float32)
        if self.step_m > 0:
            faulty = np.round(faulty / self.step_m) * self.step_m
        missing = depth_m <= 0
        if self.edge_px > 0:
            around = np.ones((2 * self.edge_px + 1,) * 2, np.uint8)
            missing |= cv2.dilate(depth_m, around) - cv2.erode(depth_m, around) > 0.1 + 0.05 * depth_m
        if self.holes > 0:
            height, width = depth_m.shape
            coarse = rng.random((height // 12 + 2, width // 12 + 2), np.float32)
            blobs = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
            missing |= blobs > np.quantile(blobs, 1 - self.holes)
        return np.where(missing, np.float32(0), faulty).astype(np.float32)


@dataclass(kw_only=True)
class RoomSource:
    """A `Source` of what a camera sees on its way through a room: colour, depth, pose and labels.

    Twice the same arguments, twice the same frames.

    Args:
        room: the room at the start.
        frames: how many.
        fps: frames a second of stream time.
        intrinsics: the camera.
        poses: world-from-camera, one for each frame; `room.walk` unless given.
        seed: for the walk and the faults.
        script: what changes when.
        passers: who walks through.
        faults: what the depth camera gets wrong; nothing unless given.
        structure_labels: whether walls, floor, doors and pictures keep their labels; else they are 0.
        stream: the name of the stream.

    Raises:
        ObservationError: if poses and frames do not fit.
    """

    room: Room
    frames: int = 100
    fps: float = 10.0
    intrinsics: Intrinsics = CAMERA
    poses: Float64[np.ndarray, "n 4 4"] | None = None
    seed: int = 0
    script: tuple[Happening, ...] = ()
    passers: tuple[Passer, ...] = ()
    faults: DepthFaults | None = None
    structure_labels: bool = False
    stream: str = "main"
    live: bool = field(default=False, init=False)
    lost: Mapping[str, int] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        if self.poses is None:
            self.poses = self.room.walk(self.frames, fps=self.fps, seed=self.seed)
        if len(self.poses) != self.frames:
            raise ObservationError(f"{self.frames} frames need as many poses, got {len(self.poses)}")

    @property
    def names(self) -> dict[int, str]:
        """What labels are called, those of things that come later too."""
        return {
            label: name
            for at in range(len(self.script) + 1)
            for label, name in self._scripted(at).names.items()
        }

    @property
    def duration_s(self) -> float:
        """Length of the walk."""
        return self.frames / self.fps

    def room_at(self, t_s: float) -> Room:
        """The room as it is at a time, passers and all."""
        room = self._scripted(sum(happening.at_s <= t_s for happening in self.script))
        for passer in self.passers:
            room = passer.joined(room, t_s)
        return room

    def _scripted(self, count: int) -> Room:
        """The room after the first changes; each is made once, so that what was drawn of it is kept."""
        made: list[Room] = self.__dict__.setdefault("_made", [self.room])
        ordered = sorted(self.script, key=lambda happening: happening.at_s)
        while len(made) <= count:
            made.append(ordered[len(made) - 1].change(made[-1]))
        return made[count]

    def __iter__(self) -> Iterator[Observation]:
        assert self.poses is not None
        rng = np.random.default_rng(self.seed)
        for index, pose in enumerate(self.poses):
            t_s = index / self.fps
            room = self.room_at(t_s)
            rgb, depth_m, labels = room.render(pose, self.intrinsics)
            yield Observation(
                index=index,
                t_s=t_s,
                rgb=rgb,
                depth_m=depth_m if self.faults is None else self.faults.apply(depth_m, rng),
                intrinsics=self.intrinsics,
                world_from_camera=pose.copy(),
                labels=labels if self.structure_labels else _without_structure(room, labels),
                stream=self.stream,
            )

    def close(self) -> None:
        """There is nothing to let go of."""

    def __enter__(self) -> RoomSource:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _without_structure(room: Room, labels: Int32[np.ndarray, "h w"]) -> Int32[np.ndarray, "h w"]:
    kept = np.arange(room.last_id + 1, dtype=np.int32)
    kept[sorted(room.structure)] = 0
    return np.asarray(kept[labels])
