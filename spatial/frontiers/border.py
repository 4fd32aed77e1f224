"""Cells of the border between known free space and the unknown."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float64, Int64, UInt8

from streammem.spatial.cells import centres_of, pack
from streammem.spatial.frontiers.config import FrontiersConfig
from streammem.spatial.frontiers.known import Known, neighbours_of
from streammem.types import Box

__all__ = ["FACES", "border", "face_sums", "reachable"]

# A cell's faces, by bit: towards -x, +x, -y, +y, -z, +z.
FACES = np.array([[-1, 0, 0], [1, 0, 0], [0, -1, 0], [0, 1, 0], [0, 0, -1], [0, 0, 1]], np.float64)
_BITS = (np.arange(64)[:, None] >> np.arange(6)) & 1
_SUMS = _BITS @ FACES


def border(
    known: Known, config: FrontiersConfig, within: Box | None, floor_m: float
) -> tuple[Int64[np.ndarray, " n"], UInt8[np.ndarray, " n"]]:
    """Rising numbers of the free cells with an open unknown cell at a face, and these faces as bits.

    An unknown cell is open if enough cells around it are unknown, too: measured surfaces have a gap of a cell before
    or behind them that nobody will ever explore.
    """
    low, high = known.judged(within)
    if (low > high).any():
        return np.zeros(0, np.int64), np.zeros(0, np.uint8)
    unknown = known.state == 0
    open_unknown = np.pad(
        unknown & (neighbours_of(unknown) >= config.open_neighbours), 1, constant_values=True
    )
    first, last = low - known.low, high - known.low + 1
    free = known.state[tuple(map(slice, first, last))] < 0
    faces = np.zeros(free.shape, np.uint8)
    for bit, face in enumerate(FACES.astype(np.int64)):
        there = tuple(map(slice, first + 1 + face, last + 1 + face))
        faces |= open_unknown[there].astype(np.uint8) << bit
    faces *= free
    found = np.argwhere(faces)
    cells = pack(found + low)
    kept = reachable(centres_of(cells, known.cell_m), config, floor_m)
    return cells[kept], faces[tuple(found[kept].T)]


def face_sums(faces: UInt8[np.ndarray, " n"]) -> Float64[np.ndarray, "n 3"]:
    """Sums of the directions of these faces: a cell's share of the border, as a vector into the unknown."""
    sums: Float64[np.ndarray, "n 3"] = _SUMS[faces]
    return sums


def reachable(
    points: Float64[np.ndarray, "*n 3"], config: FrontiersConfig, floor_m: float
) -> Bool[np.ndarray, "*n"]:
    """Which points are between the two heights above the floor; all where none are asked for."""
    if config.heights_m is None:
        return np.ones(points.shape[:-1], np.bool_)
    height = points @ np.array(config.up) - floor_m
    inside: Bool[np.ndarray, "*n"] = (height >= config.heights_m[0]) & (height <= config.heights_m[1])
    return inside
