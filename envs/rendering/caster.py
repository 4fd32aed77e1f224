"""One scene, cast by rays on the processor alone."""

from __future__ import annotations

import cv2
import numpy as np
from jaxtyping import Bool, Float64, Int32

from streammem.envs.apartment.world import World
from streammem.envs.rendering.baked import Baked
from streammem.envs.rendering.culling import Culling
from streammem.envs.rendering.frame import Frame
from streammem.envs.rendering.spans import met, seen
from streammem.envs.rendering.triangles import TriangleTable, rows_of
from streammem.types import Intrinsics

__all__ = ["Caster"]

BAND = 16384  # pixels that are drawn at a time: what they need stays in the processor's cache


class Caster:
    """Finds what the ray of each pixel meets, and paints it.

    Args:
        baked: the scene.
    """

    def __init__(self, baked: Baked) -> None:
        bodies = baked.bodies
        self._bodies, self._grid = bodies, baked.grid
        self._table = TriangleTable(baked)
        self._culling = Culling(baked)
        self._back = np.linalg.inv(bodies.rest)
        self._corners: Float64[np.ndarray, "t 3 3"] = bodies.vertices[bodies.triangles].astype(np.float64)
        self._places = bodies.rest.copy()
        self._closed = bodies.closed
        self._ranges = [
            slice(a, b) for a, b in zip(bodies.starts[:-1].tolist(), bodies.starts[1:].tolist(), strict=True)
        ]
        labels = np.repeat(bodies.things, np.diff(bodies.starts))
        self._labels: Int32[np.ndarray, " _"] = np.append(labels, 0).astype(np.int32)
        self._rows = np.arange(len(labels))
        self._drawn = (0, -1)

    def forget(self) -> None:
        """Another world comes: whether anything has moved is to be found out."""
        self._drawn = (0, -1)

    def follow(self, world: World) -> None:
        """Take over what has moved since the last picture."""
        if self._drawn == (id(world), world.version):
            return
        matrices = world.matrices()
        changed = (matrices != self._places).any(axis=(1, 2))
        away = (matrices != self._bodies.rest).any(axis=(1, 2))
        self._drawn = (id(world), world.version)
        self._places = matrices
        self._culling.place(matrices, away, world.shown)
        self._closed = self._bodies.closed & ~away
        if changed.any():
            self._carried(changed, away)
            self._relit(changed, away)

    def _carried(self, changed: Bool[np.ndarray, " bodies"], away: Bool[np.ndarray, " bodies"]) -> None:
        """Put the corners of some bodies where they are now."""
        bodies = self._bodies
        motions = self._places @ self._back
        for row in np.flatnonzero(changed).tolist():
            rows = self._ranges[row]
            there = bodies.vertices[bodies.triangles[rows]].astype(np.float64)
            if away[row]:
                there = there @ motions[row, :3, :3].T + motions[row, :3, 3]
            self._corners[rows] = there

    def _relit(self, changed: Bool[np.ndarray, " bodies"], away: Bool[np.ndarray, " bodies"]) -> None:
        starts = self._bodies.starts
        if (changed & ~away).any():
            self._table.at_rest(rows_of(starts, changed & ~away))
        moved = np.flatnonzero(changed & away)
        if len(moved):
            sides = np.zeros((len(away), 6, 3), np.float32)
            sides[moved] = self._grid.at(self._culling.centres[moved])
            turns = (self._places @ self._back)[:, :3, :3].astype(np.float32)
            self._table.moved(rows_of(starts, changed & away), turns, sides)

    def draw(self, world_from_camera: Float64[np.ndarray, "4 4"], camera: Intrinsics) -> Frame:
        """Colour, depth and instances from a camera."""
        visible = self._culling.visible(world_from_camera, camera)
        parts = [self._rows[self._ranges[row]] for row in visible.tolist()]
        rows = np.concatenate([self._rows[:0], *parts])
        backless = np.repeat(self._closed[visible], [len(part) for part in parts])
        found = seen(self._corners[rows], backless, world_from_camera, camera)
        ids = np.append(rows[found.rows], len(self._rows))  # the last is what a ray meets that meets nothing
        spread = np.append(found.spread, np.float32(0))
        shape = (camera.height, camera.width)
        rgba = np.empty((*shape, 4), np.uint8)
        depth_m, instances = np.empty(shape, np.float32), np.empty(shape, np.int32)
        step = max(1, BAND // camera.width)
        for first in range(0, camera.height, step):
            band = slice(first, min(first + step, camera.height))
            hits = met(found, camera, band.start, band.stop)
            triangle = ids[hits.triangle]
            wide_m = spread[hits.triangle] * hits.depth_m**2
            rgba[band].reshape(-1, 4)[:] = self._table.colours(triangle, *hits.weights, wide_m)
            depth_m[band] = hits.depth_m.reshape(-1, camera.width)
            instances[band] = self._labels[triangle].reshape(-1, camera.width)
        return Frame(np.asarray(cv2.cvtColor(rgba, cv2.COLOR_RGBA2RGB)), depth_m, instances)
