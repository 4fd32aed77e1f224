"""Which rows a read looks at, and which of them count for whom; the same until something is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float32
from torch import Tensor

from streammem.memory.feature_read import Affinity, Columns
from streammem.memory.feature_table import FeatureTable

__all__ = ["FeatureLayout"]


@dataclass(frozen=True, slots=True)
class FeatureLayout:
    """Objects that count the same rows share an affinity; whoever counts most comes first.

    `objects` are places in the order of objects; `penalties` are 0, or -inf for what does not count, or None where
    everything does; `usage` says for which rows each affinity counts usage: every row where it is counted first.
    """

    columns: Columns
    objects: tuple[tuple[int, ...], ...]
    penalties: tuple[Float32[Tensor, " n"] | None, ...]
    usage: tuple[Bool[Tensor, " n"] | None, ...]

    @staticmethod
    def of(table: FeatureTable, prototypes: int, slots: Sequence[int]) -> FeatureLayout:
        """The layout of a table with so many prototypes, and frames in these slots, oldest first."""
        stretches = _joined([slice(0, prototypes), *(table.frame_rows(slot) for slot in slots)])
        whole = torch.arange(table.rows, device=table.device)
        rows = torch.cat([whole[stretch] for stretch in stretches]) if stretches else whole[:0]
        patterns: dict[bytes, tuple[Tensor, list[int]]] = {}
        for place, valid in enumerate(table.valid.values()):
            mine = valid[rows]
            patterns.setdefault(mine.cpu().numpy().tobytes(), (mine, []))[1].append(place)
        ordered = sorted(patterns.values(), key=lambda entry: (-int(entry[0].sum()), entry[1]))
        penalties, usage = [], []
        free = torch.ones(len(rows), dtype=torch.bool, device=table.device)
        for mine, _ in ordered:
            blocked = torch.zeros(len(rows), device=table.device).masked_fill_(~mine, -torch.inf)
            penalties.append(None if bool(mine.all()) else blocked)
            usage.append(None if bool(free.all()) else free)
            free = free & ~mine
        return FeatureLayout(
            Columns(tuple(stretches), rows),
            tuple(tuple(o) for _, o in ordered),
            tuple(penalties),
            tuple(usage),
        )

    def count_usage(self, table: FeatureTable, found: Sequence[Affinity]) -> None:
        """Add what each token gave in this read.

        The affinity with most tokens counts (in the original it has all of them); tokens that it lacks are counted
        by the next.
        """
        rows = self.columns.rows
        total = torch.zeros(len(rows), device=table.device)
        for affinity, mine in zip(found, self.usage, strict=True):
            given = torch.zeros_like(total).index_add_(0, affinity.place.flatten(), affinity.weight.flatten())
            total += given if mine is None else given * mine
        table.usage.index_add_(0, rows, total)
        table.life.index_add_(0, rows, torch.ones_like(total))


def _joined(stretches: Sequence[slice]) -> list[slice]:
    """Neighbours made one, empty ones left out."""
    joined: list[slice] = []
    for stretch in stretches:
        if joined and joined[-1].stop == stretch.start:
            joined[-1] = slice(joined[-1].start, stretch.stop)
        elif stretch.start < stretch.stop:
            joined.append(stretch)
    return joined
