"""A thing in a synthetic room: its solids, its place, and where others can stand on it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Float64

from streammem.envs.room_paint import Paint
from streammem.envs.room_shapes import Mesh, Shape, joined
from streammem.types import Box

__all__ = ["Part", "Thing", "Top"]


@dataclass(frozen=True, slots=True)
class Part:
    """One solid and what it is painted with."""

    shape: Shape
    paint: Paint


@dataclass(frozen=True, kw_only=True, slots=True)
class Top:
    """A level rectangle on which things can stand, in the thing's own axes; `clear_m` is the height above it."""

    low: tuple[float, float]
    high: tuple[float, float]
    z: float
    clear_m: float


@dataclass(frozen=True, kw_only=True)
class Thing:
    """A thing at its place: its parts in own axes (z up, origin in the middle of its foot), `at`, and `yaw` (rad)."""

    id: int
    name: str
    parts: tuple[Part, ...]
    at: tuple[float, float, float] = (0.0, 0.0, 0.0)
    yaw: float = 0.0
    structure: bool = False
    tops: tuple[Top, ...] = ()

    @cached_property
    def rotation(self) -> Float64[np.ndarray, "3 3"]:
        """From own axes to the world's."""
        c, s = math.cos(self.yaw), math.sin(self.yaw)
        return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])

    @cached_property
    def meshes(self) -> tuple[Mesh, ...]:
        """Each part in the world."""
        turn = self.rotation.astype(np.float32)
        local = [part.shape.mesh() for part in self.parts]
        return tuple(
            Mesh(
                mesh.vertices @ turn.T + np.array(self.at, np.float32),
                mesh.normals @ turn.T,
                mesh.on_m,
                mesh.triangles,
            )
            for mesh in local
        )

    @cached_property
    def box(self) -> Box:
        """The axis-aligned box around it."""
        points = joined(list(self.meshes)).vertices.astype(np.float64)
        (x0, y0, z0), (x1, y1, z1) = points.min(axis=0), points.max(axis=0)
        return Box(low=(float(x0), float(y0), float(z0)), high=(float(x1), float(y1), float(z1)))

    def inside(self, points: Float[np.ndarray, "n 3"]) -> Bool[np.ndarray, " n"]:
        """Which points of the world lie within it."""
        low, high = np.array(self.box.low) - 1e-6, np.array(self.box.high) + 1e-6
        near = np.flatnonzero(((points >= low) & (points <= high)).all(axis=1))
        found = np.zeros(len(points), bool)
        local = (points[near] - np.array(self.at)) @ self.rotation
        for part in self.parts:
            found[near] |= part.shape.inside(local)
        return found
