"""How much a place is shut in: furniture as a coarse grid of cells, blurred.

Counting the filled cells a little way off a surface is ambient occlusion by one cone (the idea of Crassin et al. 2011,
"Interactive indirect illumination using voxel cone tracing", with a blur for a mip level); adding them up on the way
to a lamp is a soft shadow.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Bool, Float32, Int32

from streammem.envs.rendering.bodies import Bodies

__all__ = ["Occlusion"]

CELL_M = 0.1
BORDER = 6  # empty cells all round: no place that is asked about lies outside
NEAR_M, FAR_M = 0.16, 0.42  # how far off a surface its surroundings are counted
SHADE_NEAR, SHADE_FAR = 0.9, 1.1
STEPS = 7
DENSITY = 1.5  # how dark a filled cell is for a lamp


class Occlusion:
    """The fixed furniture of a scene as cells.

    Args:
        bodies: all bodies.
        counted: which of them stand in the light.
    """

    def __init__(self, bodies: Bodies, counted: Bool[np.ndarray, " bodies"]) -> None:
        chosen = counted[bodies.body[bodies.triangles[:, 0]]]
        points = _scattered(bodies.vertices, bodies.triangles[chosen], 0.8 * CELL_M)
        low = bodies.vertices.min(axis=0) - BORDER * CELL_M
        size = np.ceil((bodies.vertices.max(axis=0) - low) / CELL_M).astype(int) + BORDER
        grid = np.zeros(size, np.float32)
        self._strides = (int(size[1] * size[2]), int(size[2]), 1)
        self._low = [float(value) for value in low]
        grid.reshape(-1)[self._cells(points.T)] = 1.0
        self._near = _blurred(grid, 1)
        self._far = _blurred(self._near, 3)  # of each cell's block of 3: all that is up to 4 cells away

    def _cells(self, points: Float32[np.ndarray, "3 n"]) -> Int32[np.ndarray, " n"]:
        """The cells that hold some points; there are none outside, since light and bodies are within."""
        row: Any = 0
        for axis, stride in enumerate(self._strides):
            row = row + ((points[axis] - self._low[axis]) * (1 / CELL_M)).astype(np.int32) * stride
        return np.asarray(row)

    def open(
        self, points: Float32[np.ndarray, "3 n"], normals: Float32[np.ndarray, "3 n"]
    ) -> Float32[np.ndarray, " n"]:
        """How open the places are, 0 to 1."""
        near = self._between(self._near.ravel(), points + normals * np.float32(NEAR_M))
        far = self._between(self._far.ravel(), points + normals * np.float32(FAR_M))
        return np.asarray(1 / (1 + SHADE_NEAR * near + SHADE_FAR * far))

    def reached(
        self,
        points: Float32[np.ndarray, "3 n"],
        normals: Float32[np.ndarray, "3 n"],
        source: tuple[float, float, float],
    ) -> Float32[np.ndarray, " n"]:
        """How much of a light gets to the places, 0 to 1."""
        flat = self._near.ravel()
        start, way = np.empty_like(points), np.empty_like(points)
        for axis in range(3):  # in cells
            np.multiply(normals[axis], 0.12, out=start[axis])
            start[axis] += points[axis] - np.float32(self._low[axis])
            np.subtract(source[axis] - self._low[axis], start[axis], out=way[axis])
        start, way = start * np.float32(1 / CELL_M), way * np.float32(1 / CELL_M)
        length = np.sqrt(way[0] * way[0] + way[1] * way[1] + way[2] * way[2])
        met = np.zeros(points.shape[1], np.float32)
        for step in range(STEPS):
            share = np.float32((step + 0.5) / STEPS * 0.8)  # the last fifth is the lamp's own surroundings
            x, y, z = ((start[axis] + way[axis] * share).astype(np.int32) for axis in range(3))
            met += np.take(flat, x * self._strides[0] + y * self._strides[1] + z, mode="clip")
        return np.asarray(np.exp(met * length * np.float32(-DENSITY / (STEPS * 3))))

    def _between(
        self, flat: Float32[np.ndarray, " cells"], points: Float32[np.ndarray, "3 n"]
    ) -> Float32[np.ndarray, " n"]:
        """The grid between the centres of its cells, linearly."""
        row: Any = 0
        shares = []
        for axis, stride in enumerate(self._strides):
            at = (points[axis] - np.float32(self._low[axis])) * np.float32(1 / CELL_M) - np.float32(0.5)
            cell = at.astype(np.int32)
            shares.append(at - cell.astype(np.float32))
            row = row + cell * stride
        x, y, z = shares

        def line(start: np.ndarray) -> np.ndarray:
            low = np.take(flat, start, mode="clip")
            return np.asarray(low + (np.take(flat, start + 1, mode="clip") - low) * z)

        across, along = self._strides[:2]
        near, side = line(row), line(row + along)
        near += (side - near) * y
        far, side = line(row + across), line(row + across + along)
        far += (side - far) * y
        return np.asarray(near + (far - near) * x)


def _blurred(grid: Float32[np.ndarray, "x y z"], apart: int) -> Float32[np.ndarray, "x y z"]:
    """The mean of each cell and the 26 that are `apart` cells from it along the axes."""
    for axis in range(3):
        low = tuple(slice(None, -apart) if a == axis else slice(None) for a in range(3))
        high = tuple(slice(apart, None) if a == axis else slice(None) for a in range(3))
        total = grid.copy()
        total[low] += grid[high]
        total[high] += grid[low]
        total *= np.float32(1 / 3)
        grid = total
    return grid


def _scattered(
    vertices: Float32[np.ndarray, "n 3"], triangles: Int32[np.ndarray, "t 3"], apart_m: float
) -> Float32[np.ndarray, "k 3"]:
    """Places all over some triangles, about `apart_m` from each other; of a small one, one corner."""
    corners = np.take(vertices, triangles, axis=0)
    size = np.abs(corners - corners[:, [1, 2, 0]]).max(axis=(1, 2))
    large = corners[size > apart_m]
    across = large - large[:, [1, 2, 0]]
    longest = (across * across).sum(axis=2).argmax(axis=1)  # the corner opposite has the two shorter sides
    rows = np.arange(len(large))
    origin = large[rows, (longest + 2) % 3]
    one, two = large[rows, longest] - origin, large[rows, (longest + 1) % 3] - origin
    wide, high = (
        np.clip(np.ceil(np.abs(edge).max(axis=1) / apart_m), 1, 64).astype(np.int32) for edge in (one, two)
    )
    count = wide * high
    of = np.repeat(rows, count)
    within = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
    a, b = (within % wide[of] + 1 / 3) / wide[of], (within // wide[of] + 1 / 3) / high[of]
    kept = np.flatnonzero(a + b < 1)
    of, a, b = of[kept], a[kept, None].astype(np.float32), b[kept, None].astype(np.float32)
    return np.concatenate([corners[size <= apart_m, 0], origin[of] + a * one[of] + b * two[of]])
