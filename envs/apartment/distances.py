"""How far it is on foot: distances to goals over the free cells of a floor, at any angle.

Ways turn at corners of cells, where the shortest ones turn; Dijkstra's search over 16 directions finds which corners,
and as in Theta* (Nash, Daniel, Koenig and Felner 2007) each way is then pulled straight past all that it can see past.
Theta* pulls while it searches; here only what is asked for is pulled, once.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Bool, Float64, Int32, Int64
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

if TYPE_CHECKING:
    from streammem.envs.apartment.navigation import NavGrid

__all__ = ["DistanceField", "Moves"]

_SLOPES = ((1, 0), (1, 1), (2, 1))  # with (3, 1) and (3, 2) errors halve, and all takes half as long again
_INWARD = 1e-5  # corners at walls are moved off them by so much of a cell
_PAD = 3  # cells around the grid, so that moves do not leave it

Place = tuple[float, float]


class Moves:
    """The ways between corners of free cells: from each to up to 16 others, wherever the line between is free.

    Attributes:
        cells: rows and columns of the free cells.
        number: of each corner (the first of cell 0, 0 is corner 0, 0); -1 where it is none of a free cell.
        spots: x and y of each.
        targets: of the ways, one corner after the other.
        lengths: of the ways, metres.
        starts: where the ways of each corner begin in `targets`, and where the last ones end.
    """

    def __init__(self, free: Bool[np.ndarray, "rows columns"], origin: Place, cell_m: float) -> None:
        self.cells: Int64[np.ndarray, "_ 2"] = np.argwhere(free)
        rows, columns = free.shape
        wide = np.zeros((rows + 2 * _PAD + 1, columns + 2 * _PAD + 1), np.bool_)
        wide[_PAD : _PAD + rows, _PAD : _PAD + columns] = free
        used, spots = _corners(wide)
        number = np.full(wide.shape, -1, np.int32)
        number[used] = np.arange(len(spots), dtype=np.int32)
        self.number: Int32[np.ndarray, "_ _"] = number[_PAD : _PAD + rows + 1, _PAD : _PAD + columns + 1]
        self.spots: Float64[np.ndarray, "n 2"] = spots * cell_m + np.array(origin)
        here = np.flatnonzero(used)
        steps = _moves()
        found = np.stack([_open(wide, used, *step)[used] for step in steps], 1)
        corner, move = np.nonzero(found)
        offsets = np.array([up * wide.shape[1] + right for (up, right), _ in steps])
        lengths = np.array([math.hypot(*step) * cell_m for step, _ in steps])
        self.targets: Int32[np.ndarray, " e"] = number.ravel()[here[corner] + offsets[move]]
        self.lengths: Float64[np.ndarray, " e"] = lengths[move]
        self.starts: Int32[np.ndarray, " _"] = np.concatenate([[0], np.cumsum(found.sum(1))]).astype(np.int32)


def _corners(
    wide: Bool[np.ndarray, "rows columns"],
) -> tuple[Bool[np.ndarray, "rows columns"], Float64[np.ndarray, "n 2"]]:
    """Which corners are some of free cells, and where they are (x, y in cells), moved off walls by a little.

    Corner (i, j) is the first of cell (i, j). Where two free cells touch by a corner alone, nobody gets through.
    """
    one = wide.astype(np.int8)
    above_right = one
    above_left = np.zeros_like(one)
    above_left[:, 1:] = one[:, :-1]
    below_right = np.zeros_like(one)
    below_right[1:] = one[:-1]
    below_left = np.zeros_like(one)
    below_left[1:, 1:] = one[:-1, :-1]
    count = above_right + above_left + below_right + below_left
    pinched = (count == 2) & (above_right == below_left)
    used = (count > 0) & ~pinched
    right = np.sign(above_right + below_right - above_left - below_left)[used]
    up = np.sign(above_right + above_left - below_right - below_left)[used]
    rows, columns = np.nonzero(used)
    inward = _INWARD * np.stack([right, up], 1)
    return used, np.stack([columns - _PAD, rows - _PAD], 1) + inward


def _open(
    wide: Bool[np.ndarray, "rows columns"],
    used: Bool[np.ndarray, "rows columns"],
    step: tuple[int, int],
    cells: list[tuple[int, int]],
) -> Bool[np.ndarray, "rows columns"]:
    """From which corners a move is free: all cells that it goes through are, or one of the two that it goes along."""
    through = [np.roll(wide, (-row, -column), (0, 1)) for row, column in cells]
    along = step[0] == 0 or step[1] == 0
    ok = (through[0] | through[1]) if along else np.logical_and.reduce(through)
    return np.asarray(ok & np.roll(used, (-step[0], -step[1]), (0, 1)))


@lru_cache(maxsize=1)
def _moves() -> list[tuple[tuple[int, int], list[tuple[int, int]]]]:
    """The moves (rows, columns) from a corner, each with the cells that its line goes through, or along.

    Cell (0, 0) is above and right of the corner.
    """
    found = []
    for a, b in _SLOPES:
        for up, right in sorted(
            {(s * p, t * q) for p, q in ((a, b), (b, a)) for s in (1, -1) for t in (1, -1)}
        ):
            low = (min(up, 0), min(right, 0))
            high = (max(up, 0), max(right, 0))
            if up == 0:
                cells = [(-1, low[1]), (0, low[1])]
            elif right == 0:
                cells = [(low[0], -1), (low[0], 0)]
            else:
                cells = [
                    (row, column)
                    for row in range(low[0], high[0])
                    for column in range(low[1], high[1])
                    if _crosses((row + 0.5) / up, (column + 0.5) / right, 0.5 / abs(up), 0.5 / abs(right))
                ]
            found.append(((up, right), cells))
    return found


def _crosses(one: float, other: float, half_one: float, half_other: float) -> bool:
    """Whether two open intervals, given by middles and half lengths, overlap."""
    return abs(one - other) < half_one + half_other - 1e-9


class DistanceField:
    """Metres on foot from anywhere to the nearest of the goals.

    Attributes:
        goals: those that are free.
    """

    def __init__(self, grid: NavGrid, goals_xy: Float64[np.ndarray, "n 2"]) -> None:
        self._grid = grid
        moves = grid.moves
        inside = [grid.holds(x, y) for x, y in goals_xy.tolist()]
        self.goals: Float64[np.ndarray, "_ 2"] = goals_xy[inside]
        count = len(moves.spots)
        self._metres: Float64[np.ndarray, " n"] = np.full(count + 1, np.inf)
        self._towards: Int32[np.ndarray, " n"] = np.full(count + 1, -1, np.int32)
        self._pulled: dict[int, tuple[float, Place, float]] = {}
        if not len(self.goals):
            return
        numbers, lengths = self._begin()
        graph = csr_array(
            (
                np.concatenate([moves.lengths, lengths]),
                np.concatenate([moves.targets, numbers]),
                np.concatenate([moves.starts, moves.starts[-1:] + np.int32(len(numbers))]),
            ),
            shape=(count + 1, count + 1),
        )
        self._metres, self._towards = dijkstra(graph, indices=count, return_predecessors=True)

    def _begin(self) -> tuple[Int32[np.ndarray, " k"], Float64[np.ndarray, " k"]]:
        """The corners of the goals' cells, and how far they are from the nearest of them."""
        grid = self._grid
        cells = np.array([grid.cell(x, y) for x, y in self.goals.tolist()])
        corners = cells[:, None] + np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
        numbers = grid.moves.number[corners[..., 0], corners[..., 1]].ravel()
        owners = np.repeat(np.arange(len(self.goals)), 4)[numbers >= 0]
        numbers = numbers[numbers >= 0]
        lengths = np.maximum(np.linalg.norm(grid.moves.spots[numbers] - self.goals[owners], axis=1), 1e-9)
        order = np.lexsort([owners, lengths, numbers])
        first = order[np.unique(numbers[order], return_index=True)[1]]
        for k in first.tolist():
            x, y = self.goals[owners[k]].tolist()
            self._pulled[int(numbers[k])] = (float(lengths[k]), (x, y), 0.0)
        return numbers[first].astype(np.int32), lengths[first]

    @cached_property
    def metres(self) -> Float64[np.ndarray, "rows columns"]:
        """From the middles of all cells, ways not pulled straight: up to 3 % longer than `at`; inf where not free."""
        moves, free = self._grid.moves, self._grid.free
        row, column = moves.cells.T
        numbers = [moves.number[row + r, column + c] for r in (0, 1) for c in (0, 1)]
        known = [np.where(n >= 0, self._metres[n], np.inf) for n in numbers]
        found = np.full(free.shape, np.inf)
        found[row, column] = np.minimum.reduce(known) + self._grid.cells.cell_m / math.sqrt(2)
        return found

    def at(self, xy: Sequence[float] | np.ndarray) -> float:
        """Metres from a place; inf where no goal can be reached from, and where it is not free."""
        return self._toward((float(xy[0]), float(xy[1])))[0]

    def path(self, xy: Sequence[float] | np.ndarray) -> Float64[np.ndarray, "_ 2"]:
        """The way from a place to the nearest goal, both included; no rows where there is none."""
        here = (float(xy[0]), float(xy[1]))
        metres, there, left = self._toward(here)
        way = [here]
        while math.isfinite(metres):
            way.append(there)
            if left <= 0:
                return np.array(way)
            metres, there, left = self._known(self._number_of(there))
        return np.zeros((0, 2))

    def _toward(self, here: Place) -> tuple[float, Place, float]:
        """Metres from a place; where the way first turns, and metres from there."""
        x, y = here
        grid = self._grid
        if not len(self.goals) or not grid.holds(x, y):
            return math.inf, here, math.inf
        row, column = grid.cell(x, y)
        numbers, spots = grid.moves.number, grid.moves.spots
        nearest, best, spot = -1, math.inf, here
        for r, c in ((row, column), (row, column + 1), (row + 1, column), (row + 1, column + 1)):
            number = int(numbers[r, c])
            if number >= 0 and self._metres[number] < best:
                x1, y1 = spots[number].tolist()
                whole = float(self._metres[number]) + math.hypot(x1 - x, y1 - y)
                if whole < best:
                    nearest, best, spot = number, whole, (x1, y1)
        if nearest < 0:
            return math.inf, here, math.inf
        metres, turn, left = self._known(nearest)
        if grid.clear(here, turn):
            return math.dist(here, turn) + left, turn, left
        return math.dist(here, spot) + metres, spot, metres

    def _known(self, number: int) -> tuple[float, Place, float]:
        """The same from a corner that a goal can be reached from."""
        waiting = []
        while number not in self._pulled:
            waiting.append(number)
            number = int(self._towards[number])
        known = self._pulled[number]
        spots = self._grid.moves.spots
        while waiting:
            x0, y0 = spots[number].tolist()
            number = waiting.pop()
            x, y = spots[number].tolist()
            metres, turn, left = known
            if self._grid.clear((x, y), turn):
                known = math.hypot(turn[0] - x, turn[1] - y) + left, turn, left
            else:
                known = math.hypot(x0 - x, y0 - y) + metres, (x0, y0), metres
            self._pulled[number] = known
        return known

    def _number_of(self, spot: Place) -> int:
        """The corner at a place where a way turns."""
        grid = self._grid
        column = round((spot[0] - grid.origin[0]) / grid.cells.cell_m)
        row = round((spot[1] - grid.origin[1]) / grid.cells.cell_m)
        return int(grid.moves.number[row, column])
