"""The columns of the feature memory: prototypes and frames in one table, so that one product compares with all.

Rows [0, prototypes) hold the long-term memory, behind them each frame slot of the working memory has one row a cell.
All columns are made once. An object adds a plane of values and a column that says which rows count for it; it takes
both away when it goes. Unlike a `TokenTable`, whose book-keeping the two memories use, the columns live on the device
of the network, and a frame's rows come and go together.
"""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Bool, Float, Float32, Int64
from torch import Tensor

from streammem.memory.feature_config import FeatureShape
from streammem.memory.feature_read import key_columns

__all__ = ["FeatureTable", "zeros"]

STRIP = 512  # rows moved at once
BORN = 1e-7  # a token's life before its first read, so that usage / life is defined


def zeros(shape: tuple[int, ...], dtype: type, device: torch.device) -> Tensor:
    """Zeros that the system only provides where they are touched, if on the CPU; never an inference tensor."""
    with torch.inference_mode(False):
        made = torch.from_numpy(np.zeros(shape, dtype))
        return made if device.type == "cpu" else made.to(device)


class FeatureTable:
    """Columns with a row for each token that fits."""

    def __init__(self, shape: FeatureShape, prototypes: int, slots: int, device: torch.device) -> None:
        self.shape, self.prototypes, self.slots, self.device = shape, prototypes, slots, device
        self.rows = prototypes + slots * shape.cells
        self.key = zeros((self.rows, shape.key_dim), np.float32, device)
        self.shrinkage = zeros((self.rows,), np.float32, device)
        self.selection = zeros((slots * shape.cells, shape.key_dim), np.float32, device)
        self.usage = zeros((self.rows,), np.float32, device)
        self.life = zeros((self.rows,), np.float32, device)
        self.match = zeros((2 * shape.key_dim + 1, self.rows), np.float32, device)  # follows from the keys
        self.values: dict[int, Tensor] = {}
        self.valid: dict[int, Tensor] = {}

    # -- bytes -----------------------------------------------------------------------------------------------

    @staticmethod
    def table_bytes(shape: FeatureShape, prototypes: int, slots: int) -> int:
        """Bytes of the columns that all objects share."""
        rows = prototypes + slots * shape.cells
        return 4 * (rows * (3 * shape.key_dim + 4) + slots * shape.cells * shape.key_dim)

    @staticmethod
    def object_bytes(shape: FeatureShape, prototypes: int, slots: int) -> int:
        """Bytes that an object adds."""
        return (prototypes + slots * shape.cells) * (4 * shape.value_dim + 1)

    # -- rows ------------------------------------------------------------------------------------------------

    def frame_rows(self, slot: int) -> slice:
        """The rows of one frame."""
        start = self.prototypes + slot * self.shape.cells
        return slice(start, start + self.shape.cells)

    def frame_selection(self, slot: int) -> Float[Tensor, "cells k"]:
        """The selection of one frame's cells; prototypes have none."""
        return self.selection[slot * self.shape.cells : (slot + 1) * self.shape.cells]

    def put(
        self, rows: slice | Int64[Tensor, " m"], key: Float[Tensor, "m k"], shrinkage: Float[Tensor, " m"]
    ) -> None:
        """Write new tokens; they have never been read."""
        self.key[rows], self.shrinkage[rows] = key, shrinkage
        self.match[:, rows] = key_columns(key, shrinkage)
        self.usage[rows], self.life[rows] = 0.0, BORN

    def wipe(self, rows: slice | Int64[Tensor, " m"]) -> None:
        """Rows that nobody finds any more; nothing dropped lingers in a saved state."""
        for column in self._columns():
            column[rows] = 0
        self.match[:, rows] = 0

    def move_up(self, rows: Int64[Tensor, " m"]) -> None:
        """Make these rows (rising numbers) the first ones, a strip at a time, so that nothing is made twice as large."""
        for start in range(0, len(rows), STRIP):
            old = rows[start : start + STRIP]
            if int(old[-1]) == start + len(old) - 1:
                continue  # they stand there already
            new = slice(start, start + len(old))
            for column in self._columns():
                column[new] = column[old]
            self.match[:, new] = self.match[:, old]

    def _columns(self) -> list[Tensor]:
        return [self.key, self.shrinkage, self.usage, self.life, *self.values.values(), *self.valid.values()]

    def score(self, rows: slice | Int64[Tensor, " m"]) -> Float32[Tensor, " m"]:
        """How often tokens are read: usage a read, XMem's measure for what becomes a prototype and what goes."""
        return self.usage[rows] / self.life[rows]

    # -- objects ---------------------------------------------------------------------------------------------

    def add(self, number: int) -> None:
        """Room for an object's values; no row counts for it yet."""
        self.values[number] = zeros((self.rows, self.shape.value_dim), np.float32, self.device)
        self.valid[number] = zeros((self.rows,), np.bool_, self.device)

    def remove(self, number: int) -> None:
        """Forget an object; others are not touched."""
        del self.values[number], self.valid[number]

    def counted(self, rows: slice | Int64[Tensor, " m"]) -> Bool[Tensor, " m"]:
        """Which rows count for at least one object."""
        first = torch.zeros_like(self.shrinkage[rows], dtype=torch.bool)
        for valid in self.valid.values():
            first |= valid[rows]
        return first
