"""The question asked most, in NumPy: the voxels of a small region, as they are now, on a CPU.

Some twenty operations on a few thousand numbers: what calling torch costs would be most of the time.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Float64

from streammem.spatial.octree.blocks import VOXELS
from streammem.spatial.octree.morton import BLOCK_BITS, local_cells
from streammem.spatial.octree.regions import blocks_within
from streammem.spatial.octree.tables import Tables
from streammem.spatial.octree.voxels import Voxels
from streammem.types import Box, Sphere

__all__ = ["voxels_within"]


@lru_cache(maxsize=1)
def _middles() -> Float64[np.ndarray, "_ 3"]:
    """Middles of a block's voxels, voxels from its corner, in the order of their keys."""
    return np.asarray(local_cells(VOXELS, torch.device("cpu")).numpy() + 0.5)


def voxels_within(tables: Tables, voxel_m: float, sign: int, within: Sphere | Box) -> Voxels:
    """Occupied voxels (`sign` 1) or free ones (-1) whose centre is in a region, rising by key; as `select` has them."""
    blocks = tables.blocks
    slots = blocks_within(blocks, within, voxel_m).numpy()
    log_odds = blocks["log_odds"].numpy().take(slots, axis=0).reshape(-1)
    chosen = np.flatnonzero(log_odds > 0 if sign > 0 else log_odds < 0)
    slot, inner = slots.take(chosen >> BLOCK_BITS), chosen & (VOXELS - 1)
    corners = blocks["corner"].numpy().take(slot, axis=0)
    centres = ((corners + _middles().take(inner, axis=0)) * voxel_m).astype(np.float32)
    kept = np.flatnonzero(within.holds(centres))
    slot, inner = slot.take(kept), inner.take(kept)
    rows = np.full(len(kept), -1, np.int64)
    if sign > 0:
        index = blocks["index"].numpy().take(slot).astype(np.int64) - 1
        at = np.maximum(index, 0) << BLOCK_BITS | inner
        rows = tables.index["row"].numpy().reshape(-1).take(at).astype(np.int64) - 1
        rows[index < 0] = -1
    ids = tables.surface["id"].numpy().take(np.maximum(rows, 0))
    ids[rows < 0] = 0
    return Voxels(
        centres=torch.from_numpy(centres.take(kept, axis=0)),
        size_m=voxel_m,
        level=0,
        rows=torch.from_numpy(rows),
        ids=torch.from_numpy(ids),
        log_odds=torch.from_numpy(log_odds.take(chosen.take(kept))),
    )
