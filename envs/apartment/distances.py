"""How far it is on foot: distances to goals over the free cells of a floor, at any angle."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float64, Int32, Int64
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

if TYPE_CHECKING:
    from streammem.envs.apartment.navigation import NavGrid

__all__ = ["DistanceField", "Moves", "moves"]

_SLOPES = (
    (1, 0),
    (1, 1),
    (2, 1),
    (3, 1),
    (3, 2),
)  # all angles between neighbours below 8.2 degrees to a move


class Moves:
    """The ways between free cells: from each to up to 32 others, wherever the whole line between is free.

    Attributes:
        number: of each cell among the free ones; -1 elsewhere.
        cells: rows and columns of the free cells.
        graph: metres from cell to cell.
    """

    def __init__(self, free: np.ndarray, cell_m: float) -> None:
        self.number: Int32[np.ndarray, "rows columns"] = np.full(free.shape, -1, np.int32)
        self.cells: Int64[np.ndarray, "n 2"] = np.argwhere(free)
        count = len(self.cells)
        self.number[free] = np.arange(count, dtype=np.int32)
        pad = 3
        wide = np.pad(free, pad)
        steps = moves()
        open_ways = np.empty((count, len(steps)), np.bool_)
        width = wide.shape[1]
        flat = wide.ravel()
        here = (self.cells[:, 0] + pad) * width + self.cells[:, 1] + pad
        for k, (_, lined) in enumerate(steps):
            ok = flat[here + (lined[0][0] * width + lined[0][1])]
            for row, column in lined[1:]:
                ok = ok & flat[here + (row * width + column)]
            open_ways[:, k] = ok
        offsets = np.array([step for step, _ in steps])
        padded = np.pad(self.number, pad, constant_values=-1).ravel()
        targets = padded[here[:, None] + (offsets[:, 0] * width + offsets[:, 1])[None]]
        lengths = np.broadcast_to(np.hypot(offsets[:, 0], offsets[:, 1]) * cell_m, open_ways.shape)
        starts = np.concatenate([[0], np.cumsum(open_ways.sum(1))]).astype(np.int32)
        self.targets: Int32[np.ndarray, " e"] = targets[open_ways]
        self.lengths: Float64[np.ndarray, " e"] = lengths[open_ways]
        self.starts: Int32[np.ndarray, " n1"] = starts


@lru_cache(maxsize=1)
def moves() -> tuple[tuple[tuple[int, int], tuple[tuple[int, int], ...]], ...]:
    """The 32 moves (rows, columns), each with the cells that its line touches, corners included."""
    found = []
    for a, b in _SLOPES:
        for step in sorted({(s * p, t * q) for p, q in ((a, b), (b, a)) for s in (1, -1) for t in (1, -1)}):
            found.append((step, _touched(step)))
    return tuple(found)


def _touched(step: tuple[int, int]) -> tuple[tuple[int, int], ...]:
    """The cells that the line from the middle of (0, 0) to that of `step` touches, without (0, 0)."""
    cells = []
    for i in range(min(0, step[0]), max(0, step[0]) + 1):
        for j in range(min(0, step[1]), max(0, step[1]) + 1):
            low, high = 0.0, 1.0
            for along, middle in ((step[0], i), (step[1], j)):
                if along:
                    ends = sorted(((middle - 0.5) / along, (middle + 0.5) / along))
                    low, high = max(low, ends[0]), min(high, ends[1])
                elif middle:
                    low = math.inf
            if low <= high + 1e-9 and (i, j) != (0, 0):
                cells.append((i, j))
    return tuple(cells)


class DistanceField:
    """Metres on foot from anywhere to the nearest of the goals."""

    def __init__(self, grid: NavGrid, goals_xy: Float64[np.ndarray, "n 2"]) -> None:
        self.grid = grid
        ways = grid.moves
        inside = [grid.holds(x, y) for x, y in goals_xy.tolist()]
        self.goals: Float64[np.ndarray, "_ 2"] = goals_xy[inside]
        count = len(ways.cells)
        self.metres: Float64[np.ndarray, "rows columns"] = np.full(grid.free.shape, np.inf)
        self.towards: Int32[np.ndarray, " n"] = np.full(count + 1, -1, np.int32)
        if not len(self.goals):
            return
        targets, lengths = self._around_goals()
        graph = csr_array(
            (
                np.concatenate([ways.lengths, lengths]),
                np.concatenate([ways.targets, targets]),
                np.concatenate([ways.starts, ways.starts[-1:] + np.int32(len(targets))]),
            ),
            shape=(count + 1, count + 1),
        )
        metres, self.towards = dijkstra(graph, indices=count, return_predecessors=True)
        self.metres[ways.cells[:, 0], ways.cells[:, 1]] = metres[:count]

    def _around_goals(self) -> tuple[Int32[np.ndarray, " k"], Float64[np.ndarray, " k"]]:
        """The free cells next to the goals, and how far they are."""
        grid = self.grid
        best: dict[int, float] = {}
        for x, y in self.goals.tolist():
            row, column = grid.cell(x, y)
            for r in range(row - 1, row + 2):
                for c in range(column - 1, column + 2):
                    number = int(grid.moves.number[r, c])
                    to_x, to_y = grid.middle(r, c)
                    if number >= 0 and grid.clear((x, y), (to_x, to_y)):
                        metres = max(math.hypot(to_x - x, to_y - y), 1e-9)  # 0 is no edge to SciPy
                        best[number] = min(best.get(number, math.inf), metres)
        return np.array(list(best), np.int32), np.array(list(best.values()))

    def at(self, xy: tuple[float, float] | np.ndarray) -> float:
        """Metres from a place; inf where no goal can be reached from, NaN places included."""
        x, y = float(xy[0]), float(xy[1])
        grid = self.grid
        if not grid.holds(x, y):
            return math.inf
        best = math.inf
        for goal_x, goal_y in self.goals.tolist():
            straight = math.hypot(goal_x - x, goal_y - y)
            if straight < min(best, 1.0) and grid.clear((x, y), (goal_x, goal_y)):
                best = straight
        row, column = grid.cell(x, y)
        for r in range(row - 1, row + 2):
            for c in range(column - 1, column + 2):
                if self.metres[r, c] < best:
                    middle = grid.middle(r, c)
                    whole = float(self.metres[r, c]) + math.hypot(middle[0] - x, middle[1] - y)
                    if whole < best and grid.clear((x, y), middle):
                        best = whole
        return best

    def path(self, xy: tuple[float, float] | np.ndarray) -> Float64[np.ndarray, "_ 2"]:
        """The way from a place to the nearest goal, both included; no rows where there is none."""
        x, y = float(xy[0]), float(xy[1])
        grid = self.grid
        if not grid.holds(x, y) or not math.isfinite(self.at((x, y))):
            return np.zeros((0, 2))
        cells = grid.moves.cells
        number = int(grid.moves.number[grid.cell(x, y)])
        way = [(x, y)]
        while number < len(cells):
            way.append(grid.middle(int(cells[number, 0]), int(cells[number, 1])))
            number = int(self.towards[number])
        last = way[-1]
        near = np.hypot(*(self.goals - last).T)
        for goal in np.argsort(near, kind="stable"):
            end = (float(self.goals[goal, 0]), float(self.goals[goal, 1]))
            if grid.clear(last, end):
                way.append(end)
                break
        return np.array(grid.pulled(way))
