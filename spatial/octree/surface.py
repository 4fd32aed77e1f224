"""What is remembered of surfaces: a row for every occupied voxel that was seen, and the way from voxel to row."""

from __future__ import annotations

import torch
from jaxtyping import Int64
from torch import Tensor

from streammem.spatial.octree.blocks import VOXELS
from streammem.spatial.octree.places import places
from streammem.spatial.octree.slot_table import Schema, SlotTable, slot_bytes
from streammem.spatial.octree.slots import SLOT_BYTES

__all__ = ["SurfaceIndex", "SurfaceTable"]

INDEX_COLUMNS: Schema = {
    "row": (torch.int32, (VOXELS,)),
    "owner": (torch.int32, ()),  # 1 + the block's slot
    "count": (torch.int32, ()),  # rows in it
}


def row_columns(dim: int) -> Schema:
    """The columns of a surface row with features of `dim` numbers."""
    return {
        "key": (torch.int64, ()),  # Morton key of the voxel
        "cell": (torch.int64, ()),  # block's slot * 512 + voxel within the block
        "feature": (torch.float16, (dim,)),  # unit vector; zero where no frame with features has hit it
        "weight": (torch.float32, ()),  # pixels that the feature is the mean of
        "first_s": (torch.float64, ()),
        "last_s": (torch.float64, ()),
        "id": (torch.int64, ()),  # stable, never used again; 0 is a free row
        "frame": (torch.int64, ()),  # that hit it last
        "patch": (torch.int32, ()),  # the cell of the feature grid that it was in, the last time it had one
        "rgb": (torch.uint8, (3,)),
        "object": (torch.int32, ()),  # whoever keeps objects writes theirs here; 0 for none
        "live": (torch.bool, ()),
    }


class SurfaceTable(SlotTable):
    """At most `capacity` surface voxels; a row keeps its number until it is freed.

    `table["feature"]` is a whole column, (capacity, ...), to read and to write; rows from `high` on were never used.
    """

    def __init__(self, capacity: int, dim: int, device: torch.device) -> None:
        super().__init__(row_columns(dim), capacity, device, leading="key")
        self.next_id = 1

    def __contains__(self, column: str) -> bool:
        return column in self._columns

    @property
    def high(self) -> int:
        """One past the last row ever used: what a read has to look at."""
        return self.slots.high

    @property
    def capacity(self) -> int:
        """Rows that there is room for."""
        return self.slots.capacity

    @property
    def rows(self) -> Int64[Tensor, " n"]:
        """The rows in use, rising."""
        return places(self["live"][: self.high])

    @staticmethod
    def row_bytes(dim: int) -> int:
        """Bytes of one row, its place on the stack of free rows included."""
        return SLOT_BYTES + slot_bytes(row_columns(dim))

    def take(self, keys: Int64[Tensor, " n"], cells: Int64[Tensor, " n"], t_s: float) -> Int64[Tensor, " n"]:
        """New rows for voxels, no more than there is room; each gets the next id."""
        rows = self.slots.take(keys.numel())
        ids = torch.arange(self.next_id, self.next_id + keys.numel(), device=self.device)
        self.next_id += keys.numel()
        for name, values in (("key", keys), ("cell", cells), ("id", ids)):
            self[name].index_copy_(0, rows, values)
        for name in ("first_s", "last_s"):
            self[name].index_fill_(0, rows, t_s)
        self["live"].index_fill_(0, rows, True)
        return rows


class SurfaceIndex(SlotTable):
    """For each block with surface, which row each of its voxels has: 1 + row, 0 for none.

    Dense within a block, since a block that a surface crosses has 50 to 100 surface voxels of its 512.
    """

    def __init__(self, capacity: int, device: torch.device) -> None:
        super().__init__(INDEX_COLUMNS, capacity, device, leading="owner")

    @staticmethod
    def index_bytes() -> int:
        """Bytes of one block's index, its place on the stack of free ones included."""
        return SLOT_BYTES + slot_bytes(INDEX_COLUMNS)

    def take(self, owners: Int64[Tensor, " n"]) -> Int64[Tensor, " n"]:
        """Index blocks for blocks, by slot; no more than there is room."""
        slots = self.slots.take(owners.numel())
        self["owner"].index_copy_(0, slots, (owners + 1).to(torch.int32))
        return slots
