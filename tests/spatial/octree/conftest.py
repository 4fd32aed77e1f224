"""A room of boxes that renders its own depth, and octrees small enough to be compared with brute force."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
import torch

from streammem.spatial.octree import Octree, OctreeConfig
from streammem.types import Intrinsics

CAMERA = Intrinsics(fx=60.0, fy=60.0, cx=39.5, cy=29.5, width=80, height=60)
DIM = 8


def look(eye: tuple[float, float, float], target: tuple[float, float, float]) -> np.ndarray:
    """A pose at `eye` that looks at `target`, upright."""
    forward = np.subtract(target, eye).astype(np.float64)
    forward /= np.linalg.norm(forward)
    right = np.cross(forward, (0.0, 0.0, 1.0))
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([right, np.cross(forward, right), forward], axis=1)
    pose[:3, 3] = eye
    return pose


@dataclass
class Scene:
    """The inside of a room from `low` to `high`, with boxes (low, high) in it."""

    low: tuple[float, float, float] = (-1.53, -1.47, -0.98)
    high: tuple[float, float, float] = (1.52, 1.55, 1.07)
    boxes: list[tuple[tuple[float, float, float], tuple[float, float, float]]] = field(default_factory=list)

    def depth(self, pose: np.ndarray, camera: Intrinsics = CAMERA) -> np.ndarray:
        """Depth along z, metres."""
        v, u = np.mgrid[: camera.height, : camera.width]
        rays = np.stack([(u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy, np.ones(u.shape)], -1)
        rays, eye = rays @ pose[:3, :3].T, pose[:3, 3]
        with np.errstate(divide="ignore", invalid="ignore"):
            far = np.maximum((np.array(self.low) - eye) / rays, (np.array(self.high) - eye) / rays).min(-1)
            for low, high in self.boxes:
                one, two = (np.array(low) - eye) / rays, (np.array(high) - eye) / rays
                enter, leave = np.minimum(one, two).max(-1), np.maximum(one, two).min(-1)
                far = np.where((enter > 0) & (enter < leave), np.minimum(far, enter), far)
        return far.astype(np.float32)


def features(seed: int, cells: int = 12) -> torch.Tensor:
    """Unit vectors."""
    generator = torch.Generator().manual_seed(seed)
    return torch.nn.functional.normalize(torch.randn(cells, DIM, generator=generator), dim=1)


@dataclass
class Walk:
    """An octree and the frames that go into it."""

    octree: Octree
    scene: Scene
    frame: int = 0

    def see(self, pose: np.ndarray, **changed: Any) -> Any:
        """Integrate one view of the scene."""
        self.frame += 1
        given = {
            "depth_m": self.scene.depth(pose),
            "intrinsics": CAMERA,
            "world_from_camera": pose,
            "t_s": float(self.frame),
            "frame": self.frame,
            "rgb": np.full((60, 80, 3), self.frame % 256, np.uint8),
            "features": features(self.frame),
            "grid": (3, 4),
        }
        return self.octree.integrate(**{**given, **changed})


POSES = [
    look((0.1, 0.05, 0.02), (1.0, 0.3, -0.2)),
    look((0.0, -0.3, 0.1), (0.2, 1.0, 0.0)),
    look((-0.4, 0.2, 0.0), (-1.0, -0.7, -0.5)),
    look((0.3, 0.3, 0.3), (0.1, -1.0, -0.6)),
]


@pytest.fixture
def poses() -> list[np.ndarray]:
    return POSES


@pytest.fixture
def walk() -> Callable[..., Walk]:
    """Makes an octree in a scene; `budget` in bytes, anything else is configuration."""

    def make(budget: int = 4_000_000, scene: Scene | None = None, **config: Any) -> Walk:
        config = {"voxel_m": 0.1, "stride": 1, "dim": DIM, **config}
        return Walk(Octree(OctreeConfig(**config), budget), scene or Scene())

    return make


@pytest.fixture
def filled(walk: Callable[..., Walk]) -> Walk:
    """A walk that has looked around twice."""
    made = walk(scene=Scene(boxes=[((0.6, 0.2, -0.98), (0.9, 0.5, -0.2))]))
    for pose in POSES * 2:
        made.see(pose)
    return made
