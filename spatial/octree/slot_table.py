"""Columns whose rows are slots: preallocated, handed out and taken back, saved up to the last ever used."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

from streammem.errors import StoreDamagedError
from streammem.interface import State
from streammem.spatial.octree.slots import SLOT_BYTES, Slots, zeros

__all__ = ["Schema", "SlotTable", "slot_bytes"]

Schema = Mapping[str, tuple[torch.dtype, tuple[int, ...]]]


def slot_bytes(schema: Schema) -> int:
    """Bytes of one slot's entries."""
    return sum(dtype.itemsize * int(np.prod(shape)) for dtype, shape in schema.values())


class SlotTable:
    """At most `capacity` rows. `table["name"]` is a whole column, (capacity, ...), to read and to write."""

    def __init__(self, schema: Schema, capacity: int, device: torch.device, *, leading: str) -> None:
        self._schema, self._leading, self.device = schema, leading, device
        self._columns = {
            name: zeros((capacity, *shape), dtype, device) for name, (dtype, shape) in schema.items()
        }
        self.slots = Slots(capacity, device)

    def __len__(self) -> int:
        """Rows in use."""
        return len(self.slots)

    def __getitem__(self, column: str) -> Tensor:
        """A whole column, (capacity, ...)."""
        return self._columns[column]

    def give(self, rows: Int64[Tensor, " n"]) -> None:
        """Free rows; they are wiped, so that nothing dropped lingers in a saved state."""
        for column in self._columns.values():
            column.index_fill_(0, rows, 0)
        self.slots.give(rows)

    def nbytes(self) -> int:
        """Bytes that `state` holds."""
        return self.slots.high * slot_bytes(self._schema) + self.slots.freed * SLOT_BYTES

    def state(self) -> State:
        """All columns up to the last row ever used, and which of them are free."""
        high = self.slots.high
        arrays = {name: column[:high].cpu().numpy().copy() for name, column in self._columns.items()}
        return {**arrays, "free": self.slots.state()}

    def restore(self, state: State) -> None:
        """Take over a saved state; only for a table that was never used.

        Raises:
            StoreDamagedError: if an array is missing, or of another shape or type.
        """
        high = self._checked(state)
        self.slots.restore(np.asarray(state["free"], np.int32), high)
        for name, column in self._columns.items():
            column[:high] = torch.from_numpy(np.ascontiguousarray(state[name])).to(self.device)

    def _checked(self, state: State) -> int:
        """Rows of the saved columns, if they are this table's; the leading column says how many."""
        leading, capacity = state.get(self._leading), self.slots.capacity
        high = 0 if leading is None or not np.ndim(leading) else len(leading)
        for name, (dtype, shape) in self._schema.items():
            wanted = torch.empty(0, dtype=dtype).numpy().dtype
            saved = state.get(name)
            if saved is None or saved.dtype != wanted or saved.shape != (high, *shape) or high > capacity:
                found = "nothing" if saved is None else f"{saved.dtype} of shape {saved.shape}"
                raise StoreDamagedError(
                    f"column {name!r} of the octree should be {wanted} of shape {(high, *shape)}, at most {capacity} rows, "
                    f"found {found}: restore into an octree made with the same budget and configuration"
                )
        if "free" not in state:
            raise StoreDamagedError("the octree's saved state has no column 'free'")
        return high
