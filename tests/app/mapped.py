"""A small walk through a synthetic room, as an RGB-D log on disk and as a store with labels."""

from __future__ import annotations

import dataclasses
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from streammem import StreamMemory
from streammem.config import MemoryConfig
from streammem.envs import Happening, Room, RoomSource
from streammem.envs.room_walk import look_at
from streammem.memory.spatial_config import SpatialConfig
from streammem.types import Intrinsics, Observation

CAMERA = Intrinsics(fx=132.0, fy=132.0, cx=79.5, cy=59.5, width=160, height=120)
FRAMES, FPS = 16, 2.0
HALF_S = FRAMES / FPS / 2
ON_CABINET = (0.25, 1.75, 0.821)


@cache
def room() -> Room:
    return Room.make(seed=3)


@cache
def walk() -> tuple[Observation, ...]:
    """Along the table and back; half-way the ball goes from the table to the cabinet, and the vase goes."""
    y = np.concatenate([np.linspace(3.0, 1.2, FRAMES // 2), np.linspace(1.2, 3.0, FRAMES // 2)])
    eyes = np.stack([np.full(FRAMES, 3.8), y, np.full(FRAMES, 1.5)], axis=1)
    (ball,), (vase,) = room().find("ball"), room().find("vase")
    return tuple(
        RoomSource(
            room=room(),
            frames=FRAMES,
            fps=FPS,
            intrinsics=CAMERA,
            poses=look_at(eyes, np.array([1.4, 1.9, 0.7]) - eyes),
            stream="walk",
            script=(
                Happening(at_s=HALF_S, change=lambda room: room.moved(ball, ON_CABINET)),
                Happening(at_s=HALF_S, change=lambda room: room.without(vase)),
            ),
        )
    )


def write_log(
    folder: Path, frames: tuple[Observation, ...], *, poses: bool = True, scale: float = 1000
) -> Path:
    """Frames as 7-Scenes lays them out."""
    folder.mkdir()
    camera = frames[0].intrinsics
    matrix = np.array([[camera.fx, 0, camera.cx], [0, camera.fy, camera.cy], [0, 0, 1]])
    np.savetxt(folder / "camera-intrinsics.txt", matrix)
    for frame in frames:
        name = f"frame-{round(30 * frame.t_s):06d}"
        cv2.imwrite(str(folder / f"{name}.color.png"), frame.rgb[..., ::-1])
        depth = np.round(frame.depth_m * scale).clip(0, 65534).astype(np.uint16)
        cv2.imwrite(str(folder / f"{name}.depth.png"), depth)
        pose = frame.world_from_camera if poses else np.full((4, 4), np.nan)
        np.savetxt(folder / f"{name}.pose.txt", pose)
    return folder


def write_store(path: Path) -> Path:
    """A memory of the walk, whose frames carry labels."""
    spatial = SpatialConfig.drawn()
    spatial = dataclasses.replace(spatial, octree=dataclasses.replace(spatial.octree, stride=2))
    with StreamMemory.open(
        path, budget="16 MB", encoder="classic", config=MemoryConfig(spatial=spatial)
    ) as memory:
        memory.names = room().names
        for frame in walk():
            memory.observe(frame)
    return path
