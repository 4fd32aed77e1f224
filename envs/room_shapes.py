"""The solids that a synthetic room is made of: as triangles to look at, and as volumes to ask about."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Float32, Int64

__all__ = ["Ball", "Block", "Mesh", "Shape", "Turned", "joined"]

CELL_M = 0.3  # flat faces are cut into cells of this size, so that light can vary over them


@dataclass(frozen=True, slots=True)
class Mesh:
    """Triangles, each vertex with its normal and its place on the surface (`on_m`, metres along two directions)."""

    vertices: Float32[np.ndarray, "n 3"]
    normals: Float32[np.ndarray, "n 3"]
    on_m: Float32[np.ndarray, "n 2"]
    triangles: Int64[np.ndarray, "t 3"]


def joined(meshes: list[Mesh]) -> Mesh:
    """Several meshes as one, in their order."""
    starts = np.cumsum([0] + [len(mesh.vertices) for mesh in meshes[:-1]])
    return Mesh(
        np.concatenate([mesh.vertices for mesh in meshes]),
        np.concatenate([mesh.normals for mesh in meshes]),
        np.concatenate([mesh.on_m for mesh in meshes]),
        np.concatenate([mesh.triangles + start for mesh, start in zip(meshes, starts, strict=True)]),
    )


def _sheet(
    points: Float[np.ndarray, "a b 3"], normals: Float[np.ndarray, "a b 3"], on_m: Float[np.ndarray, "a b 2"]
) -> Mesh:
    """A grid of points as triangles."""
    rows, columns = points.shape[:2]
    number = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = number[:-1, :-1], number[:-1, 1:], number[1:, :-1], number[1:, 1:]
    triangles = np.concatenate(
        [np.stack([a, b, d], -1).reshape(-1, 3), np.stack([a, d, c], -1).reshape(-1, 3)]
    )
    flat = [np.asarray(part, np.float32).reshape(rows * columns, -1) for part in (points, normals, on_m)]
    return Mesh(flat[0], flat[1], flat[2], triangles.astype(np.int64))


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """A box between two corners."""

    low: tuple[float, float, float]
    high: tuple[float, float, float]

    def mesh(self) -> Mesh:
        """Its six faces."""
        low, high = np.array(self.low), np.array(self.high)
        faces = []
        for axis in range(3):
            first, second = [other for other in range(3) if other != axis]
            if axis == 2:
                first, second = second, first
            counts = [int(np.ceil((high[i] - low[i]) / CELL_M)) + 1 for i in (first, second)]
            p, q = np.meshgrid(
                np.linspace(low[first], high[first], counts[0]),
                np.linspace(low[second], high[second], counts[1]),
                indexing="ij",
            )
            for side, sign in ((low, -1.0), (high, 1.0)):
                points, normals = np.zeros((*p.shape, 3)), np.zeros((*p.shape, 3))
                points[..., first], points[..., second], points[..., axis] = p, q, side[axis]
                normals[..., axis] = sign
                faces.append(_sheet(points, normals, np.stack([p, q], -1)))
        return joined(faces)

    def inside(self, points: Float[np.ndarray, "n 3"]) -> Bool[np.ndarray, " n"]:
        """Which points lie within it."""
        return np.asarray(((points >= np.array(self.low)) & (points <= np.array(self.high))).all(axis=1))


@dataclass(frozen=True, kw_only=True, slots=True)
class Turned:
    """What a lathe makes: round about an upright axis, with a radius at the bottom and one at the top."""

    axis: tuple[float, float] = (0.0, 0.0)
    bottom: float
    top: float
    bottom_radius: float
    top_radius: float

    def mesh(self) -> Mesh:
        """The side as 24 strips, and the two ends."""
        turn = np.linspace(0, 2 * np.pi, 25)
        circle = np.stack([np.cos(turn), np.sin(turn), np.zeros_like(turn)], -1)
        heights = np.linspace(0, 1, int(np.ceil((self.top - self.bottom) / CELL_M)) + 1)
        z = self.bottom + heights * (self.top - self.bottom)
        radius = self.bottom_radius + heights * (self.top_radius - self.bottom_radius)
        up = np.array([0.0, 0.0, 1.0])
        centre = np.array([*self.axis, 0.0])
        points = centre + circle[None] * radius[:, None, None] + up * z[:, None, None]
        lean = (self.bottom_radius - self.top_radius) / max(self.top - self.bottom, 1e-9)
        normals = np.broadcast_to(circle + lean * up, points.shape)
        around = turn[None] * max(self.bottom_radius, self.top_radius) + 0 * z[:, None]
        sheets = [_sheet(points, normals, np.stack([around, z[:, None] + 0 * turn], -1))]
        for end, wide, sign in ((self.bottom, self.bottom_radius, -1.0), (self.top, self.top_radius, 1.0)):
            disc = centre + np.stack([0 * circle, circle * wide]) + up * end
            sheets.append(_sheet(disc, np.broadcast_to(up * sign, disc.shape), disc[..., :2]))
        return joined(sheets)

    def inside(self, points: Float[np.ndarray, "n 3"]) -> Bool[np.ndarray, " n"]:
        """Which points lie within it."""
        share = (points[:, 2] - self.bottom) / (self.top - self.bottom)
        radius = self.bottom_radius + share * (self.top_radius - self.bottom_radius)
        away = np.hypot(points[:, 0] - self.axis[0], points[:, 1] - self.axis[1])
        return np.asarray((share >= 0) & (share <= 1) & (away <= radius))


@dataclass(frozen=True, kw_only=True, slots=True)
class Ball:
    """An ellipsoid."""

    centre: tuple[float, float, float]
    radii: tuple[float, float, float]

    def mesh(self) -> Mesh:
        """Its surface as 24 by 14 cells."""
        turn, tilt = np.meshgrid(np.linspace(0, 2 * np.pi, 25), np.linspace(-np.pi / 2, np.pi / 2, 15))
        unit = np.stack([np.cos(tilt) * np.cos(turn), np.cos(tilt) * np.sin(turn), np.sin(tilt)], -1)
        radii = np.array(self.radii)
        normals = unit / radii
        normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
        return _sheet(
            np.array(self.centre) + unit * radii, normals, np.stack([turn, tilt], -1) * radii[:2].mean()
        )

    def inside(self, points: Float[np.ndarray, "n 3"]) -> Bool[np.ndarray, " n"]:
        """Which points lie within it."""
        return np.asarray((((points - np.array(self.centre)) / np.array(self.radii)) ** 2).sum(axis=1) <= 1)


Shape = Block | Turned | Ball
