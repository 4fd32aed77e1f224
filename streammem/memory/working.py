"""The working memory: recent frames at full resolution, in slots that are used again and again.

The first frame stays, and so do frames stored as permanent (XMem++, Bekuzarov et al. 2023; Cutie, Cheng et al. 2024);
all others pass through.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from jaxtyping import Float

from streammem.memory.feature_table import FeatureTable
from streammem.token_table import Column, TokenTable

__all__ = ["FRAME_COLUMNS", "WorkingMemory"]

FRAME_COLUMNS = {
    "t_s": Column(np.float64),
    "frame": Column(np.int64),  # rises with each frame stored
    "permanent": Column(np.bool_),
}


class WorkingMemory:
    """Which frame is in which slot of the table."""

    def __init__(self, table: FeatureTable, references: int) -> None:
        self.table, self.references = table, references
        self.frames = TokenTable(FRAME_COLUMNS, table.slots)

    def __len__(self) -> int:
        """Frames that are held."""
        return len(self.frames)

    def slots(self) -> list[int]:
        """Slots in use, oldest frame first."""
        live = np.flatnonzero(self.frames.live)
        return [int(slot) for slot in live[np.argsort(self.frames["frame"][live])]]

    def passing(self) -> list[int]:
        """Slots of the frames that do not stay, oldest first."""
        return [slot for slot in self.slots() if not self.frames["permanent"][slot]]

    def staying(self) -> list[int]:
        """Slots of the frames that stay, the first one in front."""
        return [slot for slot in self.slots() if self.frames["permanent"][slot]]

    def store(
        self,
        key: Float[torch.Tensor, "cells k"],
        shrinkage: Float[torch.Tensor, " cells"],
        selection: Float[torch.Tensor, "cells k"] | None,
        values: Mapping[int, Float[torch.Tensor, "cells v"]],
        *,
        t_s: float,
        frame: int,
        permanent: bool,
    ) -> int:
        """Take a frame in; a slot must be free. It counts for the objects that have values.

        If more frames would stay than there is room for, the oldest of them but the first begins to pass through.
        """
        slot = self.frames.allocate()
        staying = self.staying()  # the new one is not among them yet
        table, rows = self.table, self.table.frame_rows(slot)
        self.frames["t_s"][slot], self.frames["frame"][slot] = t_s, frame
        self.frames["permanent"][slot] = bool(not staying or (permanent and self.references))
        if staying and permanent and len(staying) > self.references > 0:
            self.frames["permanent"][staying[1]] = False
        table.put(rows, key, shrinkage)
        if selection is not None:
            table.frame_selection(slot)[:] = selection
        for number, value in values.items():
            table.values[number][rows] = value
            table.valid[number][rows] = True
        return slot

    def drop(self, slot: int) -> None:
        """Forget a frame."""
        self.table.wipe(self.table.frame_rows(slot))
        self.table.frame_selection(slot).zero_()
        self.frames.free(slot)

    def keep_first(self) -> None:
        """See to it that a frame stays: the oldest one, if none does."""
        slots = self.slots()
        if slots and not self.staying():
            self.frames["permanent"][slots[0]] = True

    def unseen(self) -> list[int]:
        """Slots of frames that count for nobody."""
        return [
            slot for slot in self.slots() if not bool(self.table.counted(self.table.frame_rows(slot)).any())
        ]
