"""The leaves: blocks of 8x8x8 voxels in slots that stay, found through a sorted list of Morton keys."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Int64
from torch import Tensor

from streammem.errors import StoreDamagedError
from streammem.interface import State
from streammem.spatial.octree.morton import BLOCK_BITS, decode
from streammem.spatial.octree.slot_table import Schema, SlotTable, slot_bytes
from streammem.spatial.octree.slots import SLOT_BYTES, zeros

__all__ = ["VOXELS", "BlockTable"]

VOXELS = 512  # of a block
COLUMNS: Schema = {
    "log_odds": (torch.int8, (VOXELS,)),  # in steps; 0 is unknown, > 0 occupied, < 0 free
    "settled": (
        torch.bool,
        (8,),
    ),  # whether an octant of 4x4x4 voxels is free to the limit, so that misses change nothing
    "key": (torch.int64, ()),  # a voxel's key without its last 9 bits
    "corner": (torch.int32, (3,)),  # whole coordinates of its first voxel; the key again, decoded
    "first_s": (torch.float64, ()),
    "last_s": (torch.float64, ()),  # when a frame last looked there
    "place": (torch.int32, ()),  # the keyframe that it moves with
    "index": (torch.int32, ()),  # 1 + its block of the surface index; 0 where it has no surface
}


class BlockTable(SlotTable):
    """At most `capacity` blocks. `table["log_odds"]` is a whole column, to read and to write."""

    def __init__(self, capacity: int, device: torch.device) -> None:
        super().__init__(COLUMNS, capacity, device, leading="key")
        # One longer than needed, so that a search that ends behind the last finds a zero there.
        self._sorted_keys = zeros((capacity + 1,), torch.int64, device)
        self._sorted_slots = zeros((capacity + 1,), torch.int64, device)

    @staticmethod
    def block_bytes() -> int:
        """Bytes of one block, its places in the sorted list and on the stack of free slots included."""
        return slot_bytes(COLUMNS) + 16 + SLOT_BYTES

    @property
    def keys(self) -> Int64[Tensor, " n"]:
        """The keys of all blocks, rising."""
        return self._sorted_keys[: len(self)]

    @property
    def live(self) -> Int64[Tensor, " n"]:
        """The slots of all blocks, in the order of their keys."""
        return self._sorted_slots[: len(self)]

    def find(self, keys: Int64[Tensor, " m"]) -> Int64[Tensor, " m"]:
        """The slot of each key, -1 where there is no such block."""
        if not len(self) or not keys.numel():
            return torch.full_like(keys, -1)
        if self.device.type == "cpu":
            there, wanted = self._sorted_keys.numpy(), keys.numpy()
            place = there[: len(self)].searchsorted(wanted)
            slots = self._sorted_slots.numpy().take(place)
            slots[there.take(place) != wanted] = -1
            return torch.from_numpy(slots)
        at = torch.searchsorted(self.keys, keys)
        found = self._sorted_keys.index_select(0, at) == keys
        return torch.where(found, self._sorted_slots.index_select(0, at), -1)

    def add(self, keys: Int64[Tensor, " m"], t_s: float, place: int) -> Int64[Tensor, " m"]:
        """Slots for new keys, which must be rising, not in the table, and no more than there is room."""
        count, before = keys.numel(), len(self)
        slots = self.slots.take(count)
        at = torch.searchsorted(self._sorted_keys[:before], keys)
        first = int(at[0]) if count else before
        # Only what comes after the first new key moves, each by the number of new keys before it.
        old_keys, old_slots = (
            self._sorted_keys[first:before].clone(),
            self._sorted_slots[first:before].clone(),
        )
        to = torch.searchsorted(keys, old_keys) + torch.arange(first, before, device=self.device)
        at = at + torch.arange(count, device=self.device)
        for column, old, new in ((self._sorted_keys, old_keys, keys), (self._sorted_slots, old_slots, slots)):
            column.index_copy_(0, to, old)
            column.index_copy_(0, at, new)
        self["key"].index_copy_(0, slots, keys)
        self["corner"].index_copy_(0, slots, decode(keys << BLOCK_BITS).to(torch.int32))
        for name, value in (("first_s", t_s), ("last_s", t_s), ("place", place)):
            self[name].index_fill_(0, slots, value)
        return slots

    def remove(self, slots: Int64[Tensor, " m"]) -> None:
        """Give blocks back; their entries are wiped."""
        before = len(self)
        gone = torch.zeros(self.slots.high, dtype=torch.bool, device=self.device)
        gone[slots] = True
        kept = (~gone[self.live]).nonzero()[:, 0]
        for column in (self._sorted_keys, self._sorted_slots):
            column[: kept.numel()] = column[:before][kept]
            column[kept.numel() : before] = 0
        self.give(slots)

    def restore(self, state: State) -> None:
        """Take over a saved state; only for a table that was never used.

        Raises:
            StoreDamagedError: if an array is missing, of another shape or type, or the keys are not unique.
        """
        used = np.ones(self._checked(state), np.bool_)
        used[np.asarray(state["free"], np.int64)] = False
        live = np.nonzero(used)[0]
        keys = np.asarray(state["key"])[live]
        order = np.argsort(keys, kind="stable")
        if len(np.unique(keys)) != len(keys):
            raise StoreDamagedError("two blocks of the octree have one key: the saved state is damaged")
        super().restore(state)
        self._sorted_keys[: len(live)] = torch.from_numpy(keys[order]).to(self.device)
        self._sorted_slots[: len(live)] = torch.from_numpy(live[order]).to(self.device)
