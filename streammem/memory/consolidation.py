"""Consolidation: what frames leave behind when they leave the working memory (XMem, Cheng & Schwing 2022, sec. 3.3).

The most used cells become prototypes. Each keeps its key; its value and shrinkage become averages over all cells that
leave, weighed by how alike they are to it (potentiation), for a cell alone would bring an aliased value.

For each object only the cells that count for it are averaged, and a prototype counts for the objects that its own
cell counted for. The original pairs values of late objects with keys of other frames here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float32, Float64, Int64
from torch import Tensor

from streammem.memory.attention import shares
from streammem.memory.feature_read import query_rows
from streammem.memory.feature_table import FeatureTable
from streammem.token_table import TokenTable

__all__ = ["Prototypes", "consolidate"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Prototypes:
    """New tokens for the long-term memory; by object, their values and which of them count."""

    key: Float32[Tensor, "p k"]
    shrinkage: Float32[Tensor, " p"]
    values: dict[int, Float32[Tensor, "p v"]]
    valid: dict[int, Bool[Tensor, " p"]]
    t_s: Float64[np.ndarray, " p"]
    frame: np.ndarray
    cells: Int64[Tensor, " p"]  # among the candidates, frame after frame


def consolidate(
    table: FeatureTable, frames: TokenTable, slots: Sequence[int], most: int
) -> Prototypes | None:
    """Up to `most` prototypes of the frames in these slots; None if none of their cells counts for anybody."""
    cells = table.shape.cells
    rows = torch.cat(
        [torch.arange(table.rows, device=table.device)[table.frame_rows(slot)] for slot in slots]
    )
    counted = table.counted(rows)
    count = min(most, int(counted.sum()))
    if not count:
        return None
    score = torch.where(counted, table.score(rows), -torch.inf)
    chosen = score.topk(count).indices
    own = rows[chosen]
    asked = query_rows(table.key[own], table.selection[own - table.prototypes])
    alike = asked @ table.match[:, rows]
    weight = shares(alike)
    values, valid = {}, {}
    for number, plane in table.values.items():
        mine = table.valid[number][rows]
        part = weight if bool(mine.all()) else shares(alike.masked_fill(~mine, -torch.inf))
        total = plane.new_zeros(count, plane.shape[1])
        for place, slot in enumerate(slots):
            total.addmm_(part[:, place * cells : (place + 1) * cells], plane[table.frame_rows(slot)])
        valid[number] = mine[chosen]
        values[number] = total * valid[number][:, None]
    origin = np.asarray(slots)[(chosen // cells).cpu().numpy()]
    return Prototypes(
        key=table.key[own],
        shrinkage=weight @ table.shrinkage[rows],
        values=values,
        valid=valid,
        t_s=frames["t_s"][origin],
        frame=frames["frame"][origin],
        cells=chosen,
    )
