"""One scene under Open3D's ray caster (Embree)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from jaxtyping import Bool, Float32, Float64, Int32, Int64, UInt8

from streammem.envs.apartment.world import World
from streammem.envs.rendering.baked import Baked
from streammem.envs.rendering.culling import Culling
from streammem.envs.rendering.frame import Frame
from streammem.envs.rendering.triangles import TriangleTable, rows_of
from streammem.spatial import open3d
from streammem.types import Intrinsics

__all__ = ["Caster"]

STRIP = 8192  # pixels that are painted at a time: what they need stays in the processor's cache


class Caster:
    """Rays have length 1 along the optical axis, so that a ray's hit parameter is the depth itself.

    What stands still is one scene of the caster. What has moved since that was built is a second one, built for each
    picture from what may show in it, and only rays toward it are cast. When something of the first begins to move,
    the first is built again.

    Args:
        baked: the scene.
    """

    def __init__(self, baked: Baked) -> None:
        self._core, self._geometry = open3d.load().core, open3d.load().t.geometry
        self._bodies, self._grid = baked.bodies, baked.grid
        self._table = TriangleTable(baked)
        self._culling = Culling(baked)
        self._back = np.linalg.inv(baked.bodies.rest)
        count = len(baked.bodies.things)
        things = baked.scene.things
        parts = np.array([len(thing.model.parts) for thing in things])
        self._loose: Bool[np.ndarray, " bodies"] = np.repeat([t.category == "person" for t in things], parts)
        self._still = np.zeros(count, np.bool_)  # which bodies are in the first scene
        self._places = baked.bodies.rest.copy()
        self._shown = np.zeros(count, np.bool_)
        self._drawn = (0, -1)
        self._first: Any = None
        self._first_rows: Int64[np.ndarray, " _"] = np.zeros(1, np.int64)
        labels = np.repeat(baked.bodies.things, np.diff(baked.bodies.starts))
        self._labels: Int32[np.ndarray, " _"] = np.append(labels, 0).astype(np.int32)

    def forget(self) -> None:
        """Another world comes: whether anything has moved is to be found out."""
        self._drawn = (0, -1)

    def follow(self, world: World) -> None:
        """Take over what has moved since the last picture."""
        if self._drawn == (id(world), world.version):
            return
        matrices, shown = world.matrices(), world.shown
        changed = (matrices != self._places).any(axis=(1, 2))
        away = (matrices != self._bodies.rest).any(axis=(1, 2))
        self._drawn = (id(world), world.version)
        self._places, self._shown = matrices, shown.copy()
        self._culling.place(matrices, away, shown)
        motions = (matrices @ self._back)[:, :3]
        self._turns, self._shifts = motions[..., :3].astype(np.float32), motions[..., 3].astype(np.float32)
        self._relit(changed, away)
        if self._first is None or (self._still & (changed | ~shown)).any():
            self._loose = self._loose | (changed & (self._first is not None))
            self._still = shown & ~self._loose
            self._first, self._first_rows = self._built(self._still)

    def _relit(self, changed: Bool[np.ndarray, " bodies"], away: Bool[np.ndarray, " bodies"]) -> None:
        starts = self._bodies.starts
        if (changed & ~away).any():
            self._table.at_rest(rows_of(starts, changed & ~away))
        moved = np.flatnonzero(changed & away)
        if len(moved):
            sides = np.zeros((len(away), 6, 3), np.float32)
            sides[moved] = self._grid.at(self._culling.centres[moved])
            self._table.moved(rows_of(starts, changed & away), self._turns, sides)

    def _built(self, chosen: Bool[np.ndarray, " bodies"]) -> tuple[Any, Int64[np.ndarray, " _"]]:
        """A scene of some bodies where they are now, and which triangle each of its triangles is."""
        bodies = self._bodies
        rows = rows_of(bodies.starts, chosen)
        vertex = bodies.triangles[rows].ravel()
        body = bodies.body[vertex]
        points = np.einsum("nij,nj->ni", self._turns[body], bodies.vertices[vertex]) + self._shifts[body]
        scene = self._geometry.RaycastingScene(nthreads=1)
        corners = np.arange(len(vertex), dtype=np.uint32).reshape(-1, 3)
        tensor = self._core.Tensor.from_numpy
        if len(rows):
            scene.add_triangles(tensor(np.ascontiguousarray(points, np.float32)), tensor(corners))
        return scene, np.append(rows, len(self._labels) - 1)

    def draw(self, world_from_camera: Float64[np.ndarray, "4 4"], intrinsics: Intrinsics) -> Frame:
        """Colour, depth and instances from a camera."""
        shape = (intrinsics.height, intrinsics.width)
        rays = np.empty((*shape, 6), np.float32)
        along, down = _directions(intrinsics)
        for axis in range(3):  # three numbers at a time are five times slower
            across, downward, forward = world_from_camera[axis, :3].astype(np.float32)
            rays[..., axis] = world_from_camera[axis, 3]
            np.add(along * across, down * downward + forward, out=rays[..., 3 + axis])
        depth_m, triangle, weights, normals = self._cast(self._first, self._first_rows, rays)
        self._before(rays, world_from_camera, intrinsics, (depth_m, triangle, weights, normals))
        missed = ~np.isfinite(depth_m)
        rgb = self._painted(triangle, weights, normals, depth_m, rays, intrinsics)
        if missed.any():
            rgb[missed], depth_m[missed] = 0, 0
        return Frame(rgb, depth_m, np.take(self._labels, triangle, mode="clip"))

    def _cast(
        self, scene: Any, rows: Int64[np.ndarray, " _"], rays: Float32[np.ndarray, "h w 6"]
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Depth, triangle, weights of its second and third corner, and its normal, for each ray."""
        hits = scene.cast_rays(self._core.Tensor.from_numpy(rays), nthreads=1)
        local = np.minimum(hits["primitive_ids"].numpy(), np.uint32(len(rows) - 1)).astype(np.int64)
        depth_m = hits["t_hit"].numpy().copy()
        return (
            depth_m,
            np.take(rows, local, mode="clip"),
            hits["primitive_uvs"].numpy(),
            hits["primitive_normals"].numpy(),
        )

    def _before(
        self,
        rays: Float32[np.ndarray, "h w 6"],
        world_from_camera: Float64[np.ndarray, "4 4"],
        intrinsics: Intrinsics,
        hits: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    ) -> None:
        """Put what moves in front of what stands still, in place."""
        visible = self._culling.visible(world_from_camera, intrinsics)
        movers = visible[~self._still[visible]]
        if not len(movers):
            return
        chosen = np.zeros(len(self._still), np.bool_)
        chosen[movers] = True
        scene, rows = self._built(chosen)
        local = (self._culling.centres[movers] - world_from_camera[:3, 3]) @ world_from_camera[:3, :3]
        window = _window(local, self._bodies.radii[movers], intrinsics)
        found = self._cast(scene, rows, np.ascontiguousarray(rays[window]))
        nearer = found[0] < hits[0][window]
        for new, old in zip(found, hits, strict=True):
            old[window][nearer] = new[nearer]

    def _painted(
        self,
        triangle: Int64[np.ndarray, "h w"],
        weights: Float32[np.ndarray, "h w 2"],
        normals: Float32[np.ndarray, "h w 3"],
        depth_m: Float32[np.ndarray, "h w"],
        rays: Float32[np.ndarray, "h w 6"],
        intrinsics: Intrinsics,
    ) -> UInt8[np.ndarray, "h w 3"]:
        rgba = np.empty((*triangle.shape, 4), np.uint8)
        flat, ids = rgba.reshape(-1, 4), triangle.reshape(-1)
        one, two = (np.ascontiguousarray(weights[..., i]).reshape(-1) for i in (0, 1))
        facing = normals[..., 0] * rays[..., 3]
        for axis in (1, 2):  # einsum takes three times as long
            facing += normals[..., axis] * rays[..., 3 + axis]
        facing = np.abs(facing, out=facing).reshape(-1)
        spread = np.minimum(depth_m.reshape(-1), 1e3) / np.maximum(facing * np.float32(intrinsics.fx), 1e-3)
        for start in range(0, len(flat), STRIP):
            rows = slice(start, start + STRIP)
            flat[rows] = self._table.colours(ids[rows], one[rows], two[rows], spread[rows])
        return np.asarray(cv2.cvtColor(rgba, cv2.COLOR_RGBA2RGB))


def _window(
    local: Float64[np.ndarray, "n 3"], radii: Float64[np.ndarray, " n"], intrinsics: Intrinsics
) -> tuple[slice, slice]:
    """The rows and columns that some balls in the camera's axes can reach."""
    if (local[:, 2] - radii <= 0.05).any():
        return slice(0, intrinsics.height), slice(0, intrinsics.width)
    spans = []
    for axis, focal, centre, size in (
        (1, intrinsics.fy, intrinsics.cy, intrinsics.height),
        (0, intrinsics.fx, intrinsics.cx, intrinsics.width),
    ):
        # A ball lies within the box around it, whose outline is at its nearest or its farthest face.
        low, high = local[:, axis] - radii, local[:, axis] + radii
        near, far = local[:, 2] - radii, local[:, 2] + radii
        start = (np.minimum(low / near, low / far) * focal + centre).min()
        stop = (np.maximum(high / near, high / far) * focal + centre).max()
        begin = int(np.clip(np.floor(start), 0, size - 1))
        spans.append(slice(begin, int(np.clip(np.ceil(stop) + 1, begin + 1, size))))
    return spans[0], spans[1]


@lru_cache(maxsize=8)
def _directions(intrinsics: Intrinsics) -> tuple[Float32[np.ndarray, " w"], Float32[np.ndarray, "h 1"]]:
    """How far to the right and down the ray of each column and row points; pixel (0, 0) has its centre at 0, 0."""
    x = (np.arange(intrinsics.width, dtype=np.float32) - intrinsics.cx) / intrinsics.fx
    y = (np.arange(intrinsics.height, dtype=np.float32) - intrinsics.cy) / intrinsics.fy
    return x, y[:, None]
