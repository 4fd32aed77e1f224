"""What is remembered of surfaces: a row for every occupied voxel that was seen, and the way from voxel to row."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

from streammem.interface import State
from streammem.spatial.octree.blocks import VOXELS, checked_columns
from streammem.spatial.octree.places import places
from streammem.spatial.octree.slots import SLOT_BYTES, Slots, zeros

__all__ = ["SurfaceIndex", "SurfaceTable"]

Columns = dict[str, tuple[torch.dtype, tuple[int, ...]]]
INDEX_COLUMNS: Columns = {
    "row": (torch.int32, (VOXELS,)),
    "owner": (torch.int32, ()),  # 1 + the block's slot
    "count": (torch.int32, ()),  # rows in it
}


def row_columns(dim: int) -> Columns:
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


class SurfaceTable:
    """At most `capacity` surface voxels; a row keeps its number until it is freed.

    `table["feature"]` is a whole column, (capacity, ...), to read and to write; rows from `high` on were never used.
    """

    def __init__(self, capacity: int, dim: int, device: torch.device) -> None:
        self._schema = row_columns(dim)
        self._columns = {
            name: zeros((capacity, *shape), dtype, device) for name, (dtype, shape) in self._schema.items()
        }
        self.slots = Slots(capacity, device)
        self.device, self.next_id = device, 1

    def __len__(self) -> int:
        """Rows in use."""
        return len(self.slots)

    def __getitem__(self, column: str) -> Tensor:
        """A whole column, (capacity, ...)."""
        return self._columns[column]

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
        schema = row_columns(dim).values()
        return SLOT_BYTES + sum(dtype.itemsize * int(np.prod(shape)) for dtype, shape in schema)

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

    def give(self, rows: Int64[Tensor, " n"]) -> None:
        """Free rows; they are wiped, so that nothing dropped lingers in a saved state."""
        for column in self._columns.values():
            column.index_fill_(0, rows, 0)
        self.slots.give(rows)

    def nbytes(self) -> int:
        """Bytes that `state` holds."""
        own = sum(dtype.itemsize * int(np.prod(shape)) for dtype, shape in self._schema.values())
        return self.high * own + self.slots.freed * SLOT_BYTES

    def state(self) -> State:
        """All columns up to the last row ever used, and which of them are free."""
        arrays = {name: column[: self.high].cpu().numpy().copy() for name, column in self._columns.items()}
        return {**arrays, "free": self.slots.state()}

    def restore(self, state: State) -> None:
        """Take over a saved state; only for a table that was never used.

        Raises:
            StoreDamagedError: if an array is missing, or of another shape or type.
        """
        high = checked_columns(state, self._schema, self.capacity, "key")
        self.slots.restore(np.asarray(state["free"], np.int32), high)
        for name, column in self._columns.items():
            column[:high] = torch.from_numpy(np.ascontiguousarray(state[name])).to(self.device)


class SurfaceIndex:
    """For each block with surface, which row each of its voxels has: 1 + row, 0 for none.

    Dense within a block, since a block that a surface crosses has 50 to 100 surface voxels of its 512.
    """

    def __init__(self, capacity: int, device: torch.device) -> None:
        self._columns = {
            name: zeros((capacity, *shape), dtype, device) for name, (dtype, shape) in INDEX_COLUMNS.items()
        }
        self.slots = Slots(capacity, device)
        self.device = device

    def __len__(self) -> int:
        """Blocks that have surface."""
        return len(self.slots)

    def __getitem__(self, column: str) -> Tensor:
        """A whole column, (capacity, ...)."""
        return self._columns[column]

    @staticmethod
    def index_bytes() -> int:
        """Bytes of one block's index, its place on the stack of free ones included."""
        schema = INDEX_COLUMNS.values()
        return SLOT_BYTES + sum(dtype.itemsize * int(np.prod(shape)) for dtype, shape in schema)

    def take(self, owners: Int64[Tensor, " n"]) -> Int64[Tensor, " n"]:
        """Index blocks for blocks, by slot; no more than there is room."""
        slots = self.slots.take(owners.numel())
        self["owner"].index_copy_(0, slots, (owners + 1).to(torch.int32))
        return slots

    def give(self, slots: Int64[Tensor, " n"]) -> None:
        """Free index blocks."""
        for column in self._columns.values():
            column.index_fill_(0, slots, 0)
        self.slots.give(slots)

    def nbytes(self) -> int:
        """Bytes that `state` holds."""
        own = sum(dtype.itemsize * int(np.prod(shape)) for dtype, shape in INDEX_COLUMNS.values())
        return self.slots.high * own + self.slots.freed * SLOT_BYTES

    def state(self) -> State:
        """All columns up to the last slot ever used, and which of them are free."""
        high = self.slots.high
        arrays = {name: column[:high].cpu().numpy().copy() for name, column in self._columns.items()}
        return {**arrays, "free": self.slots.state()}

    def restore(self, state: State) -> None:
        """Take over a saved state; only for a table that was never used.

        Raises:
            StoreDamagedError: if an array is missing, or of another shape or type.
        """
        high = checked_columns(state, INDEX_COLUMNS, self.slots.capacity, "owner")
        self.slots.restore(np.asarray(state["free"], np.int32), high)
        for name, column in self._columns.items():
            column[:high] = torch.from_numpy(np.ascontiguousarray(state[name])).to(self.device)
