"""The long-term memory: prototypes, of which the least frequently used go when it is full."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from streammem.memory.consolidation import Prototypes
from streammem.memory.feature_table import FeatureTable
from streammem.token_table import Column, TokenTable

__all__ = ["PROTOTYPE_COLUMNS", "LongTermMemory"]

PROTOTYPE_COLUMNS = {"t_s": Column(np.float64), "frame": Column(np.int64)}  # of the frame it was chosen from


class LongTermMemory:
    """The first rows of the table."""

    def __init__(self, table: FeatureTable) -> None:
        self.table = table
        self.tokens = TokenTable(PROTOTYPE_COLUMNS, max(1, table.prototypes))

    def __len__(self) -> int:
        """Prototypes that are held."""
        return len(self.tokens)

    def rows(self) -> Int64[Tensor, " m"]:
        """Rows in use: the first ones, oldest in front."""
        return torch.arange(len(self), device=self.table.device)

    def add(self, new: Prototypes) -> None:
        """Store prototypes; there must be room for them."""
        taken = [self.tokens.allocate() for _ in range(len(new.key))]
        self.tokens["t_s"][taken], self.tokens["frame"][taken] = new.t_s, new.frame
        rows = torch.tensor(taken, dtype=torch.int64, device=self.table.device)
        self.table.put(rows, new.key, new.shrinkage)
        for number, value in new.values.items():
            self.table.values[number][rows] = value
            self.table.valid[number][rows] = new.valid[number]

    def evict(self, most: int) -> int:
        """Keep at most so many: whoever is read least goes, and with the last of them whoever ties with it.

        Says how many went.
        """
        spare = len(self) - most
        if spare <= 0:
            return 0
        rows = self.rows()
        score = self.table.score(rows)
        limit = score.topk(spare, largest=False).values.max()
        return self.keep(score > limit)

    def keep(self, kept: Bool[Tensor, " m"]) -> int:
        """Forget all others; those that stay keep their order, which decides between equals. Says how many went."""
        before = len(self)
        rows = self.rows()[kept]
        self.table.move_up(rows)
        self.table.wipe(slice(len(rows), before))
        self.tokens.keep(rows.cpu().numpy())
        return before - len(rows)
