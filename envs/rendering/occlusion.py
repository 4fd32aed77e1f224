"""How much a place is shut in: furniture as a coarse grid of cells, blurred.

Counting the filled cells a little way off a surface is ambient occlusion by one cone (the idea of Crassin et al. 2011,
"Interactive indirect illumination using voxel cone tracing", with a blur for a mip level); adding them up on the way
to a lamp is a soft shadow.
"""

from __future__ import annotations

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32

from streammem.envs.rendering.bodies import Bodies

__all__ = ["Occlusion"]

CELL_M = 0.1
BORDER = 4  # empty cells all round
NEAR_M, FAR_M = 0.16, 0.42  # how far off a surface its surroundings are counted
SHADE_NEAR, SHADE_FAR = 0.9, 1.1
STEPS = 9
DENSITY = 1.5  # how dark a filled cell is for a lamp


class Occlusion:
    """The fixed furniture of a scene as cells.

    Args:
        bodies: all bodies.
        counted: which of them stand in the light.
    """

    def __init__(self, bodies: Bodies, counted: Bool[np.ndarray, " bodies"]) -> None:
        chosen = counted[bodies.body[bodies.triangles[:, 0]]]
        points = _scattered(bodies.vertices[bodies.triangles[chosen]], 0.8 * CELL_M)
        low = bodies.vertices.min(axis=0) - BORDER * CELL_M
        size = np.ceil((bodies.vertices.max(axis=0) - low) / CELL_M).astype(int) + BORDER
        grid = np.zeros(size, np.float32)
        cells = ((points - low) / CELL_M).astype(np.int64)
        grid[cells[:, 0], cells[:, 1], cells[:, 2]] = 1.0
        self._low = (low + CELL_M / 2).astype(np.float32)  # the centre of the first cell
        self._size = size
        self._near, self._far = _blurred(grid, 1), _blurred(grid, 3)

    def open(
        self, points: Float[np.ndarray, "n 3"], normals: Float[np.ndarray, "n 3"]
    ) -> Float32[np.ndarray, " n"]:
        """How open the places are, 0 to 1."""
        near = self._between(self._near, points + normals * NEAR_M)
        far = self._between(self._far, points + normals * FAR_M)
        return np.asarray(1 / (1 + SHADE_NEAR * near + SHADE_FAR * far), np.float32)

    def reached(
        self,
        points: Float[np.ndarray, "n 3"],
        normals: Float[np.ndarray, "n 3"],
        source: tuple[float, float, float],
    ) -> Float32[np.ndarray, " n"]:
        """How much of a light gets to the places, 0 to 1."""
        start = (points + normals * 0.12 - self._low) / CELL_M + 0.5
        way = (np.array(source, np.float32) - self._low) / CELL_M + 0.5 - start
        flat, strides = self._near.ravel(), np.array([self._size[1] * self._size[2], self._size[2], 1])
        met = np.zeros(len(points), np.float32)
        for step in range(STEPS):
            share = np.float32((step + 0.5) / STEPS * 0.8)  # the last fifth is the lamp's own surroundings
            cells = np.clip(start + way * share, 0, self._size - 1).astype(np.int64)
            met += flat[cells @ strides]
        length = np.sqrt((way * way).sum(axis=1)) * CELL_M
        return np.asarray(np.exp(-DENSITY * met * length / (STEPS * 3 * CELL_M)), np.float32)

    def _between(
        self, grid: Float32[np.ndarray, "x y z"], points: Float[np.ndarray, "n 3"]
    ) -> Float32[np.ndarray, " n"]:
        """The grid between its cells, linearly."""
        at = np.clip((points - self._low) / CELL_M, 0, np.array(grid.shape) - 1.001).astype(np.float32)
        cell = at.astype(np.int64)
        x, y, z = (at - cell).T
        across, along = grid.shape[1] * grid.shape[2], grid.shape[2]
        flat = grid.ravel()
        row = cell[:, 0] * across + cell[:, 1] * along + cell[:, 2]

        def line(start: np.ndarray) -> np.ndarray:
            return np.asarray(flat[start] * (1 - z) + flat[start + 1] * z)

        near = line(row) * (1 - y) + line(row + along) * y
        far = line(row + across) * (1 - y) + line(row + across + along) * y
        return np.asarray(near * (1 - x) + far * x, np.float32)


def _blurred(grid: Float32[np.ndarray, "x y z"], reach: int) -> Float32[np.ndarray, "x y z"]:
    """The mean of the cells up to `reach` away along each axis."""
    side = 2 * reach + 1
    level = np.asarray(cv2.blur(grid, (side, side), borderType=cv2.BORDER_CONSTANT), np.float32)
    total = np.concatenate([np.zeros((*grid.shape[:2], 1), np.float32), np.cumsum(level, axis=2)], axis=2)
    rows = np.arange(grid.shape[2])
    high, low = np.minimum(rows + reach + 1, grid.shape[2]), np.maximum(rows - reach, 0)
    return np.ascontiguousarray((total[..., high] - total[..., low]) / side, np.float32)


def _scattered(corners: Float32[np.ndarray, "t 3 3"], apart_m: float) -> Float32[np.ndarray, "n 3"]:
    """Places all over some triangles, about `apart_m` from each other."""
    origin, one, two = corners[:, 0], corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    longest = np.sqrt(np.maximum((one**2).sum(1), np.maximum((two**2).sum(1), ((two - one) ** 2).sum(1))))
    count = np.clip(np.ceil(longest / apart_m), 1, 64).astype(int)
    found = [np.zeros((0, 3), np.float32)]
    for n in np.unique(count).tolist():
        i, j = np.nonzero(np.add.outer(np.arange(n), np.arange(n)) < n)
        a, b = ((i + 1 / 3) / n).astype(np.float32), ((j + 1 / 3) / n).astype(np.float32)
        at = count == n
        place = origin[at, None] + a[:, None] * one[at, None] + b[:, None] * two[at, None]
        found.append(place.reshape(-1, 3))
    return np.concatenate(found)
