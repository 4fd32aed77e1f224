"""A walk through a synthetic room, rendered once for all tests of the map."""

from __future__ import annotations

import copy
from functools import cache

import numpy as np
import torch

from streammem.envs.room import Room
from streammem.envs.room_source import RoomSource
from streammem.interface import SpaceSpec
from streammem.memory.spatial import SpatialMemory
from streammem.memory.spatial_config import SpatialConfig
from streammem.spatial.frontiers import FrontiersConfig
from streammem.spatial.octree import OctreeConfig
from streammem.spatial.views import ViewsConfig
from streammem.types import Features, Intrinsics, Observation

CAMERA = Intrinsics(fx=80.0, fy=80.0, cx=47.5, cy=35.5, width=96, height=72)
PATCH = SpaceSpec(dim=24, grid=(3, 4))
CONFIG = SpatialConfig(
    octree=OctreeConfig(stride=1, voxel_m=0.1, dim=8),
    views=ViewsConfig(cell_m=0.4),
    frontiers=FrontiersConfig(cell_m=0.2),
)


@cache
def room() -> Room:
    return Room.make(seed=3, objects=3)


@cache
def walk(frames: int = 24) -> tuple[Observation, ...]:
    return tuple(RoomSource(room=room(), frames=frames, fps=2.0, intrinsics=CAMERA, seed=1))


def at(frame: Observation, t_s: float) -> Observation:
    """The same frame at another time."""
    later = copy.copy(frame)
    for name, value in {"t_s": t_s, "index": round(t_s * 100)}.items():
        object.__setattr__(later, name, value)  # also of frames that no checker would let through
    return later


def features(frame: Observation) -> Features:
    """Mean colours of the patches, in a random basis: alike where the picture is."""
    tall, wide = frame.rgb.shape[0] // 3, frame.rgb.shape[1] // 4
    cut = frame.rgb[: 3 * tall, : 4 * wide].reshape(3, tall, 4, wide, 3).mean(axis=(1, 3)).reshape(12, 3)
    basis = np.random.default_rng(0).standard_normal((3, PATCH.dim))
    lines = torch.from_numpy(((cut - 110) @ basis).astype(np.float32))
    return Features(spaces={"patch": torch.nn.functional.normalize(lines, dim=1)}, grids={"patch": (3, 4)})


def directions() -> np.ndarray:
    """Eight orthonormal directions."""
    q, _ = np.linalg.qr(np.random.default_rng(1).standard_normal((PATCH.dim, 8)))
    return q.astype(np.float32)


def drawn(
    frames: tuple[Observation, ...] = (),
    *,
    budget: int = 3_000_000,
    config: SpatialConfig = CONFIG,
    streams: int = 2,
) -> SpatialMemory:
    """A map of these frames, every other one looked at deeply and kept."""
    memory = SpatialMemory(config, budget, patch=PATCH, directions=directions, streams=streams)
    for frame in frames:
        write(memory, frame)
    return memory


def write(memory: SpatialMemory, frame: Observation) -> None:
    looked = features(frame) if frame.index % 2 == 0 else Features(spaces={})
    memory.write(frame, looked, kept=frame.index % 2 == 0, names=room().names)
