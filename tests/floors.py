"""Floors with walls and boxes at random, and distances on them by a graph of all corners: what is exact, but slow."""

import math

import numpy as np
from scipy.sparse.csgraph import dijkstra

from streammem.envs.apartment.navigation import CELL_M, NavGrid


def random_floor(seed: int, rows: int = 40, columns: int = 60) -> NavGrid:
    """A floor with walls, gaps in them, and boxes."""
    rng = np.random.default_rng(seed)
    clearance = np.ones((rows, columns), np.float32)
    for x in range(18, columns - 4, 20):
        clearance[:, x : x + 2] = 0
        y = int(rng.integers(6, rows - 12))
        clearance[y : y + 6, x : x + 2] = 1
    for _ in range(14):
        y, x = rng.integers(3, (rows - 4, columns - 4))
        height, width = rng.integers(2, 8, 2)
        clearance[y : y + height, x : x + width] = 0
    clearance[:3] = clearance[-3:] = 0
    clearance[:, :3] = clearance[:, -3:] = 0
    return NavGrid(clearance, (-0.3, -0.3), 0.1)


def exact_metres(grid: NavGrid, goal: tuple[float, float], starts: np.ndarray) -> np.ndarray:
    """Lengths of the shortest ways: from corner to corner, wherever one sees the other."""
    spots = [goal, *_corners(grid)]
    metres = np.zeros((len(spots), len(spots)))
    for i, one in enumerate(spots):
        for j in range(i):
            if grid.clear(one, spots[j]):
                metres[i, j] = metres[j, i] = max(math.dist(one, spots[j]), 1e-9)
    left = dijkstra(metres, indices=0)
    return np.array([
        min(
            [left[k] + math.dist(start, spot) for k, spot in enumerate(spots) if grid.clear(start, spot)],
            default=math.inf,
        )
        for start in map(tuple, starts.tolist())
    ])  # fmt: skip


def _corners(grid: NavGrid) -> list[tuple[float, float]]:
    """Where shortest ways turn: corners of what is not free, a micrometre off."""
    found = []
    for row in range(1, grid.free.shape[0]):
        for column in range(1, grid.free.shape[1]):
            around = grid.free[row - 1 : row + 1, column - 1 : column + 1]
            if around.sum() == 3:
                i, j = np.argwhere(~around)[0]
                x, y = grid.origin[0] + column * CELL_M, grid.origin[1] + row * CELL_M
                found.append((x + (1e-6 if j == 0 else -1e-6), y + (1e-6 if i == 0 else -1e-6)))
    return found
