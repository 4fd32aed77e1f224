"""A disc that goes about on the floor: it never enters a wall, and slides along it where it is allowed to."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["FreeCells"]

_EDGE_M = 1e-7  # how far short of a cell's edge a blocked way ends


@dataclass(frozen=True, slots=True)
class FreeCells:
    """The cells on which a disc's middle may be; bytes and numbers, since it is asked for one place at a time."""

    free: bytes  # row by row
    rows: int
    columns: int
    origin: tuple[float, float]
    cell_m: float

    def holds(self, x: float, y: float) -> bool:
        """Whether a place is in a free cell; False for NaN."""
        column = (x - self.origin[0]) / self.cell_m
        row = (y - self.origin[1]) / self.cell_m
        if not (0 <= column < self.columns and 0 <= row < self.rows):
            return False
        return bool(self.free[int(row) * self.columns + int(column)])

    def reach(self, x: float, y: float, to_x: float, to_y: float) -> tuple[float, float, int]:
        """How far the straight way goes: where it ends, and what stopped it (0 nothing, 1 an edge in x, 2 in y)."""
        cell, (x0, y0) = self.cell_m, self.origin
        column, row = int((x - x0) / cell), int((y - y0) / cell)
        last_column, last_row = math.floor((to_x - x0) / cell), math.floor((to_y - y0) / cell)
        dx, dy = to_x - x, to_y - y
        right, up = (1 if dx > 0 else -1), (1 if dy > 0 else -1)
        while column != last_column or row != last_row:
            edge_x = x0 + (column + (right > 0)) * cell
            edge_y = y0 + (row + (up > 0)) * cell
            share_x = (edge_x - x) / dx if column != last_column else math.inf
            share_y = (edge_y - y) / dy if row != last_row else math.inf
            if share_x <= share_y:
                column += right
                if not (0 <= column < self.columns and self.free[row * self.columns + column]):
                    end_y = min(max(y + dy * share_x, y0 + row * cell), y0 + (row + 1) * cell - _EDGE_M)
                    return edge_x - right * _EDGE_M, end_y, 1
            else:
                row += up
                if not (0 <= row < self.rows and self.free[row * self.columns + column]):
                    end_x = min(max(x + dx * share_y, x0 + column * cell), x0 + (column + 1) * cell - _EDGE_M)
                    return end_x, edge_y - up * _EDGE_M, 2
        return to_x, to_y, 0

    def step(
        self, start: tuple[float, float], end: tuple[float, float], *, sliding: bool
    ) -> tuple[tuple[float, float], bool]:
        """Go from a free place toward another: where one gets to, and whether something was in the way."""
        x, y, blocked = self.reach(*start, *end)
        if not blocked or not sliding:
            return (x, y), blocked > 0
        for _ in range(2):
            x, y, blocked = self.reach(x, y, *((x, end[1]) if blocked == 1 else (end[0], y)))
            if not blocked:
                break
        return (x, y), True
