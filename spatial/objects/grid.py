"""Neighbours of voxels, by a dense grid around them."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int64

__all__ = ["OFFSETS", "neighbours", "pack"]

# Half of the 26 neighbours; the other half are the same pairs from the other side.
HALF = np.array(
    [(i, j, k) for i in (-1, 0, 1) for j in (-1, 0, 1) for k in (-1, 0, 1) if (i, j, k) > (0, 0, 0)],
    np.int64,
)
OFFSETS = np.concatenate([HALF, -HALF])
DENSE = 6_000_000  # cells of the grid at most; above that, sorted keys serve


def pack(cells: Int64[np.ndarray, "n 3"]) -> tuple[Int64[np.ndarray, " n"], tuple[int, int, int]]:
    """One number a cell, counted within the box around all of them with a border of one cell; and its shape."""
    x, y, z = (np.ascontiguousarray(axis) for axis in cells.T)
    low = [int(axis.min()) - 1 for axis in (x, y, z)]
    high, wide, deep = (int(axis.max()) + 2 - least for axis, least in zip((x, y, z), low, strict=True))
    return ((x - low[0]) * wide + (y - low[1])) * deep + (z - low[2]), (high, wide, deep)


def neighbours(cells: Int64[np.ndarray, "n 3"]) -> tuple[Int64[np.ndarray, " m"], Int64[np.ndarray, " m"]]:
    """All pairs of cells that touch by face, edge or corner, each once; the cells are distinct."""
    none = np.zeros(0, np.int64)
    if len(cells) < 2:
        return none, none
    index, shape = pack(cells)
    steps = (HALF[:, 0] * shape[1] + HALF[:, 1]) * shape[2] + HALF[:, 2]
    beside = index[None, :] + steps[:, None]
    if shape[0] * shape[1] * shape[2] <= DENSE:
        grid = np.full(shape[0] * shape[1] * shape[2], -1, np.int32)
        grid[index] = np.arange(len(cells), dtype=np.int32)
        found = grid[beside]
    else:
        order = np.argsort(index)
        place = np.minimum(np.searchsorted(index[order], beside), len(cells) - 1)
        found = np.where(index[order][place] == beside, order[place], -1)
    step, one = np.nonzero(found >= 0)
    return one.astype(np.int64), found[step, one].astype(np.int64)
