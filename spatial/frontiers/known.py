"""What is known of a box of the world: free, occupied or nothing, cell by cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int8, Int64

from streammem.errors import ObservationError
from streammem.spatial.cells import cell_indices
from streammem.types import Box

__all__ = ["MARGIN", "Known"]

MARGIN = 2  # cells around a cell that its verdict depends on
_MOST_CELLS = 100_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """A box of cells: 1 occupied, 0 unknown, -1 free, as the octree says it; what is outside counts as unknown.

    `low` are the whole coordinates of the first cell, whose edges are at `low * cell_m`.
    """

    state: Int8[np.ndarray, "x y z"]
    low: tuple[int, int, int]
    cell_m: float

    @classmethod
    def of(
        cls,
        free: Float[np.ndarray, "n 3"],
        occupied: Float[np.ndarray, "m 3"],
        cell_m: float,
        within: Box | None = None,
    ) -> Known:
        """From the centres of free and of occupied cubes of this size or less; occupied ones count more.

        The box is `within`, or what holds all of them and a margin; centres outside are left out.

        Raises:
            ObservationError: if the box would have more than 100 million cells.
        """
        inside = [cell_indices(points, cell_m) for points in (free, occupied)]
        if within is None:
            every = np.concatenate(inside) if len(free) + len(occupied) else np.zeros((1, 3), np.int64)
            low, high = every.min(0) - MARGIN, every.max(0) + MARGIN
        else:
            low, high = cell_indices(np.array([within.low, within.high]), cell_m)
        shape = tuple((high - low + 1).tolist())
        if np.prod(shape, dtype=np.float64) > _MOST_CELLS:
            raise ObservationError(
                f"a box of {' x '.join(map(str, shape))} cells of {cell_m} m is too large: hand in a smaller `within`"
            )
        state = np.zeros(shape, np.int8)
        for indices, value in zip(inside, (-1, 1), strict=True):
            kept = indices[((indices >= low) & (indices <= high)).all(1)] - low
            state.reshape(-1)[np.ravel_multi_index(tuple(kept.T), shape)] = value
        first, second, third = low.tolist()
        return cls(state=state, low=(first, second, third), cell_m=cell_m)

    @classmethod
    def of_grid(
        cls, state: Int8[np.ndarray, "x y z"], corner_m: Float[np.ndarray, " 3"], cell_m: float
    ) -> Known:
        """From a dense grid and where its first cell begins, metres, as `Octree.states` answers.

        Raises:
            ObservationError: if the corner is no multiple of the cells.
        """
        first = np.rint(corner_m / cell_m)
        if np.abs(first * cell_m - corner_m).max() > 1e-3 * cell_m:
            raise ObservationError(
                f"cells of {cell_m} m begin at multiples of that, got a grid that begins at {corner_m} m: ask for the "
                "level whose cubes have this size"
            )
        x, y, z = first.astype(np.int64).tolist()
        return cls(state=state, low=(x, y, z), cell_m=cell_m)

    def at(self, points: Float[np.ndarray, "*n 3"]) -> Int8[np.ndarray, "*n"]:
        """The state of the cells that hold these points, metres."""
        flat = np.zeros(points.shape[:-1], np.int64)
        inside = np.ones(points.shape[:-1], np.bool_)
        for axis, cells in enumerate(self.state.shape):
            at = np.floor(points[..., axis] / self.cell_m - self.low[axis])
            inside &= (at >= 0) & (at < cells)
            flat *= cells
            flat += at.astype(np.int64)
        return np.where(inside, self.state.reshape(-1)[np.where(inside, flat, 0)], np.int8(0))

    def judged(self, within: Box | None) -> tuple[Int64[np.ndarray, " 3"], Int64[np.ndarray, " 3"]]:
        """Lowest and highest whole coordinates of the cells in a box, or of all."""
        low = np.array(self.low, np.int64)
        high = low + self.state.shape - 1
        if within is None:
            return low, high
        first, last = cell_indices(np.array([within.low, within.high]), self.cell_m)
        return np.maximum(first, low), np.minimum(last, high)


def neighbours_of(mask: Bool[np.ndarray, "x y z"]) -> Int8[np.ndarray, "x y z"]:
    """How many of the 26 cells around each cell are marked; outside, all are."""
    count = np.pad(mask.astype(np.int8), 1, constant_values=1)
    for axis in range(3):
        count = _slide(count, axis, 0) + _slide(count, axis, 1) + _slide(count, axis, 2)
    total: Int8[np.ndarray, "x y z"] = count - mask
    return total


def _slide(block: Int8[np.ndarray, "x y z"], axis: int, first: int) -> Int8[np.ndarray, "_ _ _"]:
    taken = [slice(None)] * 3
    taken[axis] = slice(first, block.shape[axis] - 2 + first)
    return block[tuple(taken)]
