"""Answers of the octree: voxels, or cubes of them, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float32, Int8, Int64
from torch import Tensor

from streammem.spatial.octree.morton import decode
from streammem.spatial.octree.tables import Tables
from streammem.types import Interval

__all__ = ["Voxels", "best_rows", "centres_of"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Voxels:
    """Cubes with an edge of `size_m`, by rising Morton keys.

    `rows` are those of the surface table and `ids` their stable ids; -1 and 0 where a voxel has none. At coarser
    levels, the row is that of the voxel in the cube that was seen with the most pixels. `log_odds` is in steps of
    `OctreeConfig.steps.size`, the largest in the cube.
    """

    centres: Float32[Tensor, "n 3"]
    size_m: float
    level: int
    rows: Int64[Tensor, " n"]
    ids: Int64[Tensor, " n"]
    log_odds: Int8[Tensor, " n"]

    def __len__(self) -> int:
        return self.centres.shape[0]


def centres_of(keys: Int64[Tensor, " n"], voxel_m: float, level: int = 0) -> Float32[Tensor, "n 3"]:
    """Centres of cubes, metres, by their keys shifted to the level."""
    corner = decode(keys << 3 * level).to(torch.float64)
    return ((corner + 0.5 * (1 << level)) * voxel_m).to(torch.float32)


def best_rows(
    tables: Tables, keys: Int64[Tensor, " n"], level: int, during: Interval | None = None
) -> Int64[Tensor, " n"]:
    """For each cube (rising keys, shifted to the level) the row in it with the most weight, -1 for none.

    Of equal ones the one with the lowest number; with an interval, of those seen in it.
    """
    best = torch.full_like(keys, -1)
    surface = tables.surface
    rows = surface.rows
    if during is not None:
        seen = (surface["first_s"][rows] <= during.end_s) & (surface["last_s"][rows] >= during.start_s)
        rows = rows[seen]
    if not keys.numel() or not rows.numel():
        return best
    cube = surface["key"].index_select(0, rows) >> 3 * level
    at = torch.searchsorted(keys, cube).clamp_(max=keys.numel() - 1)
    inside = keys.index_select(0, at) == cube
    rows, at = rows[inside], at[inside]
    order = surface["weight"].index_select(0, rows).sort(descending=True, stable=True).indices
    rows, at = rows[order], at[order]
    order = at.sort(stable=True).indices
    rows, at = rows[order], at[order]
    first = torch.ones_like(at, dtype=torch.bool)
    first[1:] = at[1:] != at[:-1]
    best[at[first]] = rows[first]
    return best
