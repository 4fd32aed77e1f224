"""Questions to the octree: what is at a point, and which voxels are occupied, free or unknown in a region.

With an interval, a surface voxel answers if it was seen in it (`first_s` to `last_s` overlaps). Voxels without a
surface row, free ones among them, answer if their block was looked at in it.
"""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float, Int8, Int64
from torch import Tensor

from streammem.errors import ObservationError
from streammem.spatial.octree.blocks import VOXELS
from streammem.spatial.octree.config import OctreeConfig
from streammem.spatial.octree.morton import BLOCK_BITS, HALF, encode, in_range
from streammem.spatial.octree.tables import Tables
from streammem.spatial.octree.update import centres_of
from streammem.spatial.octree.voxels import Voxels
from streammem.types import Box, Interval, Sphere

__all__ = ["cells_at", "occupied", "rows_at", "state_at"]


def cells_at(tables: Tables, config: OctreeConfig, points: Float[Tensor, "n 3"]) -> Int64[Tensor, " n"]:
    """Where the voxels around points are in memory, -1 where nothing is known of their block."""
    whole = (points.to(tables.device, torch.float64) / config.voxel_m).floor_()
    known = in_range(whole)  # NaN is in no range
    keys = encode(whole.nan_to_num_(0.0).clamp_(-HALF, HALF - 1).to(torch.int64))
    return tables.cells_of(keys).masked_fill_(~known, -1)


def rows_at(tables: Tables, config: OctreeConfig, points: Float[Tensor, "n 3"]) -> Int64[Tensor, " n"]:
    """The surface row of the voxel around each point, -1 for none."""
    cells = cells_at(tables, config, points)
    return tables.rows_of(cells.clamp_min(0)).masked_fill_(cells < 0, -1)


def state_at(
    tables: Tables, config: OctreeConfig, points: Float[Tensor, "n 3"], level: int, during: Interval | None
) -> Int8[Tensor, " n"]:
    """1 occupied, 0 unknown, -1 free."""
    cells = cells_at(tables, config, points)
    log_odds = tables.blocks["log_odds"].view(-1).index_select(0, cells.clamp_min(0))
    return log_odds.sign_().masked_fill_(cells < 0, 0)


def occupied(
    tables: Tables, config: OctreeConfig, within: Sphere | Box | None, during: Interval | None, level: int
) -> Voxels:
    """Occupied voxels, see `Octree.occupied`."""
    slots = tables.blocks.live
    found = (tables.blocks["log_odds"].index_select(0, slots) > 0).view(-1).nonzero()[:, 0]
    cells = (slots.index_select(0, found >> BLOCK_BITS) << BLOCK_BITS) | (found & (VOXELS - 1))
    rows = tables.rows_of(cells)
    return Voxels(
        centres=centres_of(tables.keys_of(cells), config.voxel_m),
        size_m=config.voxel_m,
        rows=rows,
        ids=tables.surface["id"].index_select(0, rows.clamp_min(0)).masked_fill_(rows < 0, 0),
        log_odds=tables.blocks["log_odds"].view(-1).index_select(0, cells),
    )
