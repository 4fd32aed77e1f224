"""Cells of a coarse grid over the world, each one number.

A cell is a cube of `cell_m` metres that starts at a multiple of it; its number packs x, y and z, 21 bits each, so that
neighbours differ by a constant and sorted numbers run through z first. (The octree's Morton numbers keep neighbours
together in memory instead; here neighbours are asked for by their difference.) Numbers are never negative.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Float, Float64, Int64, Integer

from streammem.errors import ObservationError

__all__ = ["EDGE", "STEP", "cell_indices", "cells_at", "centres_of", "pack", "unpack"]

_BITS = 21
EDGE = 1 << (_BITS - 1)  # coordinates run from -EDGE to EDGE - 1
STEP = np.array([1 << 2 * _BITS, 1 << _BITS, 1], np.int64)  # between neighbours along x, y and z


def pack(indices: Integer[np.ndarray, "n 3"]) -> Int64[np.ndarray, " n"]:
    """Whole coordinates to numbers.

    Raises:
        ObservationError: if a coordinate is beyond what 21 bits hold.
    """
    if indices.size and not (indices.min() >= -EDGE and indices.max() < EDGE):
        raise ObservationError(
            f"cells run from {-EDGE} to {EDGE - 1} on each axis, got {indices.min()} to {indices.max()}: move the "
            "world's origin to where the camera is"
        )
    shifted: Int64[np.ndarray, " n"] = (indices.astype(np.int64) + EDGE) @ STEP
    return shifted


def unpack(cells: Int64[np.ndarray, " n"]) -> Int64[np.ndarray, "n 3"]:
    """Numbers to whole coordinates."""
    mask = (1 << _BITS) - 1
    return np.stack([cells >> 2 * _BITS, cells >> _BITS & mask, cells & mask], 1) - EDGE


def cell_indices(points: Float[np.ndarray, "n 3"], cell_m: float) -> Int64[np.ndarray, "n 3"]:
    """Whole coordinates of the cells that hold these points, metres.

    Raises:
        ObservationError: if a point is not finite, or too far away to have a cell.
    """
    scaled = np.floor(np.asarray(points, np.float64) / cell_m)
    if not (np.abs(scaled) <= EDGE).all():  # NaN fails as well
        bad = points[~(np.abs(scaled) <= EDGE).all(1)][0]
        raise ObservationError(
            f"points must be finite and within {EDGE * cell_m:,.0f} m of the origin, got {bad}: leave such points out"
        )
    return scaled.astype(np.int64)


def cells_at(points: Float[np.ndarray, "n 3"], cell_m: float) -> Int64[np.ndarray, " n"]:
    """Numbers of the cells that hold these points, metres.

    >>> centres_of(cells_at(np.array([[0.05, -0.05, 0.3]]), 0.2), 0.2).round(2).tolist()
    [[0.1, -0.1, 0.3]]

    Raises:
        ObservationError: if a point is not finite, or too far away to have a cell.
    """
    return pack(cell_indices(points, cell_m))


def centres_of(cells: Int64[np.ndarray, " n"], cell_m: float) -> Float64[np.ndarray, "n 3"]:
    """Middles of cells, metres."""
    centres: Float64[np.ndarray, "n 3"] = (unpack(cells) + 0.5) * cell_m
    return centres
