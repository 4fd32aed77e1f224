"""A disc that goes about on the floor: it never enters a wall, and slides along it where it is allowed to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["FreeCells", "until_disc"]

_EDGE_M = 1e-7  # how far short of a cell's edge a blocked way ends
_TIE = 1e-9  # ways through a corner of cells go round whichever side is free
_STRAIGHT = 0.98  # cosine above which a wall counts as running along x or y
_SLIDE_M = 0.05  # slanted walls are stairs of cells: one slides so far at once,
_ASIDE_M = (0.0, 0.04, 0.08, 0.12)  # and steps aside by so much at a stair

Place = tuple[float, float]


@dataclass(frozen=True, slots=True)
class FreeCells:
    """The cells on which a disc's middle may be; bytes and numbers, since it is asked for one place at a time."""

    free: bytes  # row by row
    clearance_m: Sequence[float]  # row by row
    rows: int
    columns: int
    origin: Place
    cell_m: float

    def holds(self, x: float, y: float) -> bool:
        """Whether a place is in a free cell; False for NaN."""
        column = (x - self.origin[0]) / self.cell_m
        row = (y - self.origin[1]) / self.cell_m
        if not (0 <= column < self.columns and 0 <= row < self.rows):
            return False
        return bool(self.free[int(row) * self.columns + int(column)])

    def reach(self, x: float, y: float, to_x: float, to_y: float) -> tuple[float, float, int]:
        """How far the straight way from a free place goes: its end, and what stops it (1 an edge in x, 2 in y, or 0).

        Cells are crossed one after the other (Amanatides and Woo 1987).
        """
        cell, (x0, y0), free, columns = self.cell_m, self.origin, self.free, self.columns
        column, row = int((x - x0) / cell), int((y - y0) / cell)
        last_column, last_row = math.floor((to_x - x0) / cell), math.floor((to_y - y0) / cell)
        last_column = min(max(last_column, -1), columns)
        last_row = min(max(last_row, -1), self.rows)
        dx, dy = to_x - x, to_y - y
        right, up = (1 if dx > 0 else -1), (1 if dy > 0 else -1)
        while column != last_column or row != last_row:
            edge_x = x0 + (column + (right > 0)) * cell
            edge_y = y0 + (row + (up > 0)) * cell
            share_x = (edge_x - x) / dx if column != last_column else math.inf
            share_y = (edge_y - y) / dy if row != last_row else math.inf
            next_x = 0 <= column + right < columns and free[row * columns + column + right]
            next_y = 0 <= row + up < self.rows and free[(row + up) * columns + column]
            if abs(share_x - share_y) < _TIE and bool(next_x) != bool(next_y):
                go_right = bool(next_x)
            else:
                go_right = share_x <= share_y
            if go_right:
                if not next_x:
                    end_y = min(max(y + dy * share_x, y0 + row * cell), y0 + (row + 1) * cell - _EDGE_M)
                    return edge_x - right * _EDGE_M, end_y, 1
                column += right
            else:
                if not next_y:
                    end_x = min(max(x + dx * share_y, x0 + column * cell), x0 + (column + 1) * cell - _EDGE_M)
                    return end_x, edge_y - up * _EDGE_M, 2
                row += up
        return to_x, to_y, 0

    def step(self, start: Place, end: Place, *, sliding: bool) -> tuple[Place, bool]:
        """Go from a free place toward another: where one gets to, and whether something was in the way."""
        x, y, blocked = self.reach(*start, *end)
        if not blocked or not sliding:
            return (x, y), blocked > 0
        normal = self._away(x, y)
        if normal is None or max(abs(normal[0]), abs(normal[1])) > _STRAIGHT:
            for _ in range(2):
                x, y, blocked = self.reach(x, y, *((x, end[1]) if blocked == 1 else (end[0], y)))
                if not blocked:
                    break
            return (x, y), True
        return self._slide(x, y, end, normal), True

    def _away(self, x: float, y: float) -> Place | None:
        """The direction in which the clearance grows most; None where it is the same all around."""
        row, column = int((y - self.origin[1]) / self.cell_m), int((x - self.origin[0]) / self.cell_m)
        here = row * self.columns + column
        if not (0 < row < self.rows - 1 and 0 < column < self.columns - 1):
            return None
        right = self.clearance_m[here + 1] - self.clearance_m[here - 1]
        up = self.clearance_m[here + self.columns] - self.clearance_m[here - self.columns]
        length = math.hypot(right, up)
        return (right / length, up / length) if length > 0 else None

    def _slide(self, x: float, y: float, end: Place, normal: Place) -> Place:
        """Go on along a slanted wall for what is left of the way in its direction."""
        along = (-normal[1], normal[0])
        left = (end[0] - x) * along[0] + (end[1] - y) * along[1]
        if left < 0:
            along, left = (-along[0], -along[1]), -left
        while left > _EDGE_M:
            part = min(left, _SLIDE_M)
            for aside in _ASIDE_M:
                x1, y1, blocked = self.reach(x, y, x + normal[0] * aside, y + normal[1] * aside)
                if not blocked:
                    x1, y1, blocked = self.reach(x1, y1, x1 + along[0] * part, y1 + along[1] * part)
                if not blocked:
                    break
            else:
                break
            x, y, left = x1, y1, left - part
        return x, y


def until_disc(start: Place, end: Place, middle: Place, reach_m: float) -> float:
    """The share of a straight way until its point comes as near as `reach_m` to a place; 1 if it does not.

    Whoever is nearer already may go away from it, but no nearer.
    """
    dx, dy = end[0] - start[0], end[1] - start[1]
    away_x, away_y = start[0] - middle[0], start[1] - middle[1]
    toward = dx * away_x + dy * away_y  # below 0: it comes nearer
    if toward >= 0:
        return 1.0
    length, rest = dx * dx + dy * dy, away_x * away_x + away_y * away_y - reach_m * reach_m
    if rest <= 0:
        return 0.0
    inside = toward * toward - length * rest
    if inside <= 0:
        return 1.0
    return min((-toward - math.sqrt(inside)) / length, 1.0)
