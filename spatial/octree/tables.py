"""The three tables of an octree, and the operations that keep them in agreement.

A cell is `slot * 512 + voxel within the block`: where a voxel is in memory, as its key is where it is in the world.
"""

from __future__ import annotations

import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from streammem.errors import BudgetError
from streammem.spatial.octree.blocks import VOXELS, BlockTable
from streammem.spatial.octree.config import OctreeConfig
from streammem.spatial.octree.morton import BLOCK_BITS
from streammem.spatial.octree.surface import SurfaceIndex, SurfaceTable

__all__ = ["SCALAR_BYTES", "Tables", "least_bytes"]

SCALAR_BYTES = 88  # of what a saved octree holds beside its tables: nine counts, the next id, the last time
LEAST_BLOCKS, LEAST_INDICES, LEAST_ROWS = 64, 16, 512
# In a furnished room at 5 cm, a block that a surface crosses has some 70 rows and two free blocks beside it.
BLOCKS_PER_INDEX, ROWS_PER_INDEX = 3, 70


def _unit_bytes(dim: int) -> int:
    """Bytes of one block with surface, its rows, and the free blocks that go with it."""
    return (
        BLOCKS_PER_INDEX * BlockTable.block_bytes()
        + SurfaceIndex.index_bytes()
        + ROWS_PER_INDEX * SurfaceTable.row_bytes(dim)
    )


def least_bytes(config: OctreeConfig) -> int:
    """The smallest budget that an octree can work with."""
    return (
        SCALAR_BYTES
        + LEAST_BLOCKS * BlockTable.block_bytes()
        + LEAST_INDICES * SurfaceIndex.index_bytes()
        + LEAST_ROWS * SurfaceTable.row_bytes(config.dim)
    )


class Tables:
    """Blocks, the index of those that have surface, and the surface's rows, within `budget_bytes` together.

    Raises:
        BudgetError: if the bytes are fewer than `least_bytes`.
    """

    def __init__(self, config: OctreeConfig, budget_bytes: int, device: torch.device) -> None:
        least = least_bytes(config)
        if budget_bytes < least:
            raise BudgetError(
                f"{budget_bytes:,} bytes are too few for an octree, {least:,} are the minimum with features of "
                f"{config.dim} numbers"
            )
        units = (budget_bytes - least) // _unit_bytes(config.dim)
        self.blocks = BlockTable(LEAST_BLOCKS + units * BLOCKS_PER_INDEX, device)
        self.index = SurfaceIndex(LEAST_INDICES + units, device)
        self.surface = SurfaceTable(LEAST_ROWS + units * ROWS_PER_INDEX, config.dim, device)
        self.device = device

    def nbytes(self) -> int:
        """Bytes that a saved state holds."""
        return SCALAR_BYTES + self.blocks.nbytes() + self.index.nbytes() + self.surface.nbytes()

    def keys_of(self, cells: Int64[Tensor, " n"]) -> Int64[Tensor, " n"]:
        """Morton keys of voxels that are in memory."""
        return (self.blocks["key"].index_select(0, cells >> BLOCK_BITS) << BLOCK_BITS) | (
            cells & (VOXELS - 1)
        )

    def cells_of(self, keys: Int64[Tensor, " n"]) -> Int64[Tensor, " n"]:
        """Where voxels are in memory, by their Morton keys; negative where there is no block."""
        return (self.blocks.find(keys >> BLOCK_BITS) << BLOCK_BITS) | (keys & (VOXELS - 1))

    def rows_of(self, cells: Int64[Tensor, " n"]) -> Int64[Tensor, " n"]:
        """The surface row of voxels that are in memory, -1 for none."""
        index = self.blocks["index"].index_select(0, cells >> BLOCK_BITS).to(torch.int64) - 1
        at = (index << BLOCK_BITS) | (cells & (VOXELS - 1))
        rows = self.index["row"].view(-1).index_select(0, at.clamp_min(0)).to(torch.int64) - 1
        return rows.masked_fill_(index < 0, -1)

    def link(self, rows: Int64[Tensor, " n"], cells: Int64[Tensor, " n"]) -> None:
        """Enter rows into the index of their blocks, which must have one."""
        index = self.blocks["index"].index_select(0, cells >> BLOCK_BITS).to(torch.int64) - 1
        at = (index << BLOCK_BITS) | (cells & (VOXELS - 1))
        self.index["row"].view(-1).index_copy_(0, at, (rows + 1).to(torch.int32))
        self.index["count"].index_add_(0, index, torch.ones_like(index, dtype=torch.int32))

    def unlink(self, rows: Int64[Tensor, " n"]) -> None:
        """Take rows out of the index; index blocks that are empty then are given back."""
        cells = self.surface["cell"].index_select(0, rows)
        index = self.blocks["index"].index_select(0, cells >> BLOCK_BITS).to(torch.int64) - 1
        self.index["row"].view(-1).index_fill_(0, (index << BLOCK_BITS) | (cells & (VOXELS - 1)), 0)
        self.index["count"].index_add_(0, index, torch.full_like(index, -1, dtype=torch.int32))
        touched = torch.unique(index)
        empty = touched[self.index["count"].index_select(0, touched) == 0]
        if empty.numel():
            owners = self.index["owner"].index_select(0, empty).to(torch.int64) - 1
            self.blocks["index"].index_fill_(0, owners, 0)
            self.index.give(empty)

    def free_rows(self, rows: Int64[Tensor, " n"]) -> None:
        """Forget surface rows; the occupancy of their voxels stays."""
        if rows.numel():
            self.unlink(rows)
            self.surface.give(rows)

    def index_blocks(self, slots: Int64[Tensor, " n"]) -> Bool[Tensor, " n"]:
        """Give blocks (unique slots) an index where they have none; False where there was no room."""
        has = self.blocks["index"].index_select(0, slots) > 0
        lacking = slots[~has][: self.index.slots.room]
        if lacking.numel():
            taken = self.index.take(lacking)
            self.blocks["index"].index_copy_(0, lacking, (taken + 1).to(torch.int32))
            has = self.blocks["index"].index_select(0, slots) > 0
        return has

    def rows_in(self, slots: Int64[Tensor, " n"]) -> Int64[Tensor, " m"]:
        """All surface rows of blocks."""
        index = self.blocks["index"].index_select(0, slots).to(torch.int64) - 1
        rows = self.index["row"].index_select(0, index[index >= 0])
        return rows[rows > 0].to(torch.int64) - 1

    def remove_blocks(self, slots: Int64[Tensor, " n"]) -> int:
        """Forget blocks and their surface. Returns the rows that went with them."""
        rows = self.rows_in(slots)
        self.free_rows(rows)
        self.blocks.remove(slots)
        return rows.numel()
