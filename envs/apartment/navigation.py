"""Where a disc can go: free cells of the floor, how far it is, and steps that end at walls."""

from __future__ import annotations

import math
from array import array
from collections.abc import Sequence
from functools import cached_property

import cv2
import numpy as np
from jaxtyping import Bool, Float32, Float64, Int32

from streammem.envs.apartment.distances import DistanceField, Moves
from streammem.envs.apartment.footprints import PITCH_M, occupied, solids_key
from streammem.envs.apartment.movement import FreeCells, until_disc
from streammem.envs.apartment.world import World, memo
from streammem.errors import ObservationError

__all__ = ["CELL_M", "NavGrid"]

CELL_M = 0.1
_BORDER = 4  # cells outside of the rooms
_KEPT = 8  # grids of a scene: as built, doors open and shut, two kinds of agents
_FIELDS = 16  # of a grid: to the goals of an episode, and of the ones before in the same scene
_PER_CELL = round(CELL_M / PITCH_M)

Place = tuple[float, float]


class NavGrid:
    """The free cells for the middle of a disc; rows go with y, columns with x.

    Attributes:
        free: whether a disc fits with its middle in the middle of the cell.
        clearance_m: from the middle of a cell to the nearest obstacle.
        origin: the corner of the first cell.
        areas: which connected area a free cell is in, from 1; 0 elsewhere.
    """

    def __init__(
        self,
        clearance_m: Float32[np.ndarray, "rows columns"],
        origin: tuple[float, float],
        radius_m: float,
    ) -> None:
        self.clearance_m = clearance_m
        self.radius_m = radius_m
        self.origin = origin
        self.free: Bool[np.ndarray, "rows columns"] = clearance_m >= radius_m
        rows, columns = self.free.shape
        measured = array("f", clearance_m.astype(np.float32).tobytes())
        self.cells = FreeCells(self.free.tobytes(), measured, rows, columns, origin, CELL_M)
        labels = cv2.connectedComponents(self.free.astype(np.uint8), connectivity=4)[1]
        self.areas: Int32[np.ndarray, "rows columns"] = np.asarray(labels, np.int32)
        self._fields: dict[bytes, DistanceField] = {}

    @classmethod
    def of(cls, world: World, radius_m: float = 0.1, height_m: float = 1.5) -> NavGrid:
        """The grid of a world as it is now, doors as far open as they are; people do not count.

        Raises:
            ObservationError: if the radius or the height is not above 0.
        """
        if not (radius_m > 0 and height_m > 0):
            raise ObservationError(
                f"an agent of radius {radius_m} m and height {height_m} m: both must be above 0"
            )
        known: dict[tuple[object, ...], NavGrid] = memo(world.scene).setdefault("grids", {})
        key = (radius_m, height_m, solids_key(world))
        grid = known.pop(key, None) or cls._made(world, radius_m, height_m, list(known.values()))
        known[key] = grid  # the last used comes last
        if len(known) > _KEPT:
            del known[next(iter(known))]
        return grid

    @classmethod
    def _made(cls, world: World, radius_m: float, height_m: float, others: list[NavGrid]) -> NavGrid:
        """The grid; one of the others if it is the same after all (a cup went from table to table)."""
        low, high = world.scene.extent
        origin = (low[0] - _BORDER * CELL_M, low[1] - _BORDER * CELL_M)
        columns, rows = (math.ceil((high[k] - origin[k]) / CELL_M) + _BORDER for k in (0, 1))
        plan = occupied(world, origin, (rows * _PER_CELL, columns * _PER_CELL), height_m)
        distance = cv2.distanceTransform(1 - plan, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        clearance_m = np.asarray(distance[1::_PER_CELL, 1::_PER_CELL] * np.float32(PITCH_M))
        for other in others:
            if other.radius_m == radius_m and np.array_equal(other.clearance_m, clearance_m):
                return other
        return cls(clearance_m, origin, radius_m)

    @cached_property
    def moves(self) -> Moves:
        """The ways from cell to cell."""
        return Moves(self.free, self.origin, CELL_M)

    @cached_property
    def largest_area(self) -> int:
        """The connected area with most cells; 0 if nothing is free."""
        sizes = np.bincount(self.areas.ravel(), minlength=2)[1:]
        return int(np.argmax(sizes)) + 1 if sizes.any() else 0

    def cell(self, x: float, y: float) -> tuple[int, int]:
        """The row and the column of a place."""
        return math.floor((y - self.origin[1]) / CELL_M), math.floor((x - self.origin[0]) / CELL_M)

    def middle(self, row: int, column: int) -> Place:
        """The middle of a cell."""
        return self.origin[0] + (column + 0.5) * CELL_M, self.origin[1] + (row + 0.5) * CELL_M

    def middles(self) -> Float64[np.ndarray, "_ 2"]:
        """The middles of all free cells."""
        return np.asarray((self.moves.cells[:, ::-1] + 0.5) * CELL_M + np.array(self.origin))

    def holds(self, x: float, y: float) -> bool:
        """Whether a place is free."""
        return self.cells.holds(x, y)

    def area(self, xy: Sequence[float] | np.ndarray) -> int:
        """Which connected area a place is in, from 1; 0 if it is not free."""
        x, y = float(xy[0]), float(xy[1])
        return int(self.areas[self.cell(x, y)]) if self.holds(x, y) else 0

    def snap(self, xy: Sequence[float] | np.ndarray, *, area: int | None = None) -> Place | None:
        """The nearest free place (of an area); None if there is none.

        Raises:
            ObservationError: if the place is not finite.
        """
        x, y = float(xy[0]), float(xy[1])
        if not (math.isfinite(x) and math.isfinite(y)):
            raise ObservationError(f"a place at ({x}, {y}) is nowhere: give finite metres")
        if self.holds(x, y) and area in (None, self.area((x, y))):
            return x, y
        wanted = self.areas > 0 if area is None else self.areas == area
        rows, columns = np.nonzero(wanted)
        if not len(rows):
            return None
        low = np.stack([columns, rows], 1) * CELL_M + np.array(self.origin)
        inside = np.clip(np.array([x, y]), low + 1e-6, low + CELL_M - 1e-6)
        nearest = inside[int(np.argmin(((inside - (x, y)) ** 2).sum(1)))]
        return float(nearest[0]), float(nearest[1])

    def distances(self, goals_xy: np.ndarray | Sequence[Sequence[float]] | Sequence[float]) -> DistanceField:
        """How far it is on foot from everywhere to the nearest of some places; the last 16 are kept.

        Places that are not free count for nothing; where none can be reached it is inf.
        """
        places = np.asarray(goals_xy, np.float64).reshape(-1, 2)
        key = places.tobytes()
        field = self._fields.pop(key, None) or DistanceField(self, places.copy())
        self._fields[key] = field  # the last used comes last
        if len(self._fields) > _FIELDS:
            del self._fields[next(iter(self._fields))]
        return field

    def clear(self, start: Place, end: Place) -> bool:
        """Whether the straight way between two free places is free."""
        return self.cells.reach(*start, *end)[2] == 0

    def step(
        self,
        start_xy: Sequence[float] | np.ndarray,
        end_xy: Sequence[float] | np.ndarray,
        *,
        sliding: bool,
        discs: Sequence[tuple[float, float, float]] = (),
    ) -> tuple[Place, bool]:
        """Go straight from a free place toward another: where one gets to, and whether something was in the way.

        Args:
            start_xy: where from.
            end_xy: where to.
            sliding: along walls, or stop where the first one is met.
            discs: x, y and radius of who else is about (`people.discs_of`): one stops before them.

        Raises:
            ObservationError: if the start is not free, or the end not finite.
        """
        start, end = (float(start_xy[0]), float(start_xy[1])), (float(end_xy[0]), float(end_xy[1]))
        if not self.holds(*start):
            raise ObservationError(f"a step from {start}, which is not free: snap it first")
        if not (math.isfinite(end[0]) and math.isfinite(end[1])):
            raise ObservationError(f"a step to {end}, which is nowhere: give finite metres")
        there, collided = self.cells.step(start, end, sliding=sliding)
        share = min((until_disc(start, there, (x, y), r + self.radius_m) for x, y, r in discs), default=1.0)
        if share < 1:
            way = (start[0] + share * (there[0] - start[0]), start[1] + share * (there[1] - start[1]))
            x, y, _ = self.cells.reach(*start, *way)
            return (x, y), True
        return there, collided
