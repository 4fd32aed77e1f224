"""One frame as the object layer reads it: the rows it saw, where they are, and which pixel fell into which."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from jaxtyping import Float32, Int64
from numpy.typing import NDArray

from streammem.spatial.objects.surface import Surface, host
from streammem.spatial.sight import Sight

__all__ = ["Look"]


class Look:
    """What a sight says, computed once a frame. `pixels` are the places in `seen` of all `valid` pixels.

    Args:
        sight: the frame.
        surface: attends to the map that took the frame in.
        scratch: one number a surface row, whatever it holds; overwritten.
    """

    def __init__(self, sight: Sight, surface: Surface, scratch: NDArray[np.int32]) -> None:
        self.sight, self._surface, self._scratch = sight, surface, scratch
        self.seen: NDArray[np.int64] = host(sight.seen).astype(np.int64)
        self.new: NDArray[np.int64] = host(sight.new).astype(np.int64)
        self.grid: NDArray[np.int64] = host(sight.rows)
        self.valid: NDArray[np.bool_] = self.grid >= 0
        scratch[self.seen] = np.arange(len(self.seen), dtype=np.int32)
        self.pixels: NDArray[np.int32] = scratch[self.grid[self.valid]]
        surface.locate(self.new)

    def places(self, rows: Int64[np.ndarray, " n"]) -> Int64[np.ndarray, " n"]:
        """Where each row stands in `seen`, -1 where it was not seen (a sparse set: no search, nothing to clear)."""
        if not len(self.seen):
            return np.full(len(rows), -1, np.int64)
        at = np.minimum(self._scratch[rows], len(self.seen) - 1).astype(np.int64)
        return np.where(self.seen[at] == rows, at, -1)

    @cached_property
    def points(self) -> Float32[np.ndarray, "n 3"]:
        """The centres of the seen voxels, metres."""
        return self._surface.centres(self.seen)

    @cached_property
    def depth(self) -> Float32[np.ndarray, "h w"]:
        """For each pixel, the depth of the nearest voxel that it or one of its 8 neighbours fell into.

        0 where one of them fell into none: holes prove nothing.
        """
        camera = np.linalg.inv(self.sight.world_from_camera)[2].astype(np.float32)
        depth = self.points @ camera[:3] + camera[3]
        near = np.zeros(self.grid.shape, np.float32)
        near[self.valid] = depth[self.pixels]
        for axis in (0, 1):
            along = np.moveaxis(near, axis, 0)
            least = along.copy()
            np.minimum(least[1:], along[:-1], out=least[1:])
            np.minimum(least[:-1], along[1:], out=least[:-1])
            near = np.moveaxis(least, 0, axis)
        return near

    def beyond(
        self, points: Float32[np.ndarray, "n 3"]
    ) -> tuple[Float32[np.ndarray, " n"], Int64[np.ndarray, " n"]]:
        """How far behind each point all rays around it end, metres, and the row that the ray through it fell into.

        Negative where something is in front; -inf and -1 for points out of the picture and in holes.
        """
        gap, hit = np.full(len(points), -np.inf, np.float32), np.full(len(points), -1, np.int64)
        if not len(points) or not len(self.seen):
            return gap, hit
        camera = np.linalg.inv(self.sight.world_from_camera)
        local = points.astype(np.float64) @ camera[:3, :3].T + camera[:3, 3]
        lens, stride = self.sight.intrinsics, self.sight.stride
        z = np.maximum(local[:, 2], 1e-6)
        column = np.rint((local[:, 0] / z * lens.fx + lens.cx - stride // 2) / stride)
        row = np.rint((local[:, 1] / z * lens.fy + lens.cy - stride // 2) / stride)
        high, wide = self.grid.shape
        inside = (local[:, 2] > 0) & (row >= 0) & (row < high) & (column >= 0) & (column < wide)
        at = row[inside].astype(np.int64), column[inside].astype(np.int64)
        near = self.depth[at]
        gap[inside] = np.where(near > 0, near - local[inside, 2], -np.inf)
        hit[inside] = self.grid[at]
        return gap, hit
