"""Neighbours and connected parts of voxels, by a dense grid around them."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int64
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

__all__ = ["OFFSETS", "components", "neighbours", "pack"]

# Half of the 26 neighbours; the other half are the same pairs from the other side.
HALF = np.array(
    [(i, j, k) for i in (-1, 0, 1) for j in (-1, 0, 1) for k in (-1, 0, 1) if (i, j, k) > (0, 0, 0)],
    np.int64,
)
OFFSETS = np.concatenate([HALF, -HALF])
DENSE = 6_000_000  # cells of the grid at most; above that, sorted keys serve


def pack(cells: Int64[np.ndarray, "n 3"]) -> tuple[Int64[np.ndarray, " n"], tuple[int, int, int]]:
    """One number a cell, counted within the box around all of them with a border of one cell; and its shape."""
    low = cells.min(axis=0) - 1
    shape = cells.max(axis=0) + 2 - low
    index = ((cells[:, 0] - low[0]) * shape[1] + cells[:, 1] - low[1]) * shape[2] + cells[:, 2] - low[2]
    return index, (int(shape[0]), int(shape[1]), int(shape[2]))


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


def components(
    count: int, one: Int64[np.ndarray, " m"], other: Int64[np.ndarray, " m"]
) -> Int64[np.ndarray, " count"]:
    """The connected part, 0 .. k-1 in order of their first members, of each of `count` nodes joined in pairs."""
    if not count:
        return np.zeros(0, np.int64)
    graph = coo_array((np.ones(len(one), np.bool_), (one, other)), shape=(count, count))
    part = connected_components(graph, directed=False)[1]
    _, first, again = np.unique(part, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return np.asarray(rank[again])
