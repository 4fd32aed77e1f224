"""What goes when the bytes are used up: what is far and long unseen, free space before surfaces.

Always a sixteenth of a table at once, so that looking through all of it costs little per block that comes.
"""

from __future__ import annotations

from collections import Counter

import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from streammem.spatial.octree.levels import largest
from streammem.spatial.octree.tables import Tables

__all__ = ["room_for_blocks", "room_for_indices", "room_for_rows"]

BATCH = 16
METRES_PER_SECOND = 0.1  # ten seconds out of sight count as a metre away
HALF_LIFE_S = 60.0  # a row not seen for so long counts as half as well known


def _remote(
    tables: Tables, slots: Int64[Tensor, " n"], camera: Float64[Tensor, " 3"], t_s: float, voxel_m: float
) -> Float64[Tensor, " n"]:
    """How far away and long unseen blocks are, in metres; `camera` in voxels."""
    centres = tables.blocks["corner"].index_select(0, slots).to(torch.float64) + 4
    distance: Tensor = torch.linalg.vector_norm(centres - camera, dim=1) * voxel_m
    return distance + (t_s - tables.blocks["last_s"][slots]) * METRES_PER_SECOND


def room_for_blocks(
    tables: Tables,
    count: int,
    camera: Float64[Tensor, " 3"],
    t_s: float,
    voxel_m: float,
    dropped: Counter[str],
) -> None:
    """Remove blocks until there is room for `count`, as far as that can be done without those in sight."""
    if count <= tables.blocks.slots.room:
        return
    batch = tables.blocks.slots.capacity // BATCH
    live = tables.blocks.live
    unseen = live[tables.blocks["last_s"][live] < t_s]
    surface = largest(tables.blocks["log_odds"].index_select(0, unseen)) > 0
    for kind, slots in (("free_blocks", unseen[~surface]), ("surface_blocks", unseen[surface])):
        remote = _remote(tables, slots, camera, t_s, voxel_m)
        if kind == "surface_blocks":
            remote = remote / _knowledge(tables, slots)
        most = min(max(count - tables.blocks.slots.room, batch), slots.numel())
        gone = slots[remote.topk(most).indices]
        if gone.numel():
            dropped[kind] += gone.numel()
            dropped["surface_rows"] += tables.remove_blocks(gone)
        if count <= tables.blocks.slots.room:
            return


def _knowledge(tables: Tables, slots: Int64[Tensor, " n"]) -> Float64[Tensor, " n"]:
    """How well the surface of blocks is known: the logarithm of the pixels that made it."""
    rows = tables.surface.rows
    owners = tables.surface["cell"][rows] >> 9
    weight = torch.zeros(tables.blocks.slots.high, dtype=torch.float64, device=slots.device)
    weight.index_add_(0, owners, tables.surface["weight"][rows].to(torch.float64))
    return (weight[slots] + 2).log2()


def room_for_indices(
    tables: Tables,
    count: int,
    camera: Float64[Tensor, " 3"],
    t_s: float,
    voxel_m: float,
    dropped: Counter[str],
) -> None:
    """Forget the surface rows of remote blocks, so that others can have an index; their occupancy stays."""
    lacking = count - tables.index.slots.room
    if lacking <= 0:
        return
    lacking = max(lacking, tables.index.slots.capacity // BATCH)
    live = tables.blocks.live
    slots = live[(tables.blocks["last_s"][live] < t_s) & (tables.blocks["index"][live] > 0)]
    remote = _remote(tables, slots, camera, t_s, voxel_m) / _knowledge(tables, slots)
    gone = tables.rows_in(slots[remote.topk(min(lacking, slots.numel())).indices])
    dropped["surface_rows"] += gone.numel()
    tables.free_rows(gone)


def room_for_rows(tables: Tables, count: int, t_s: float, dropped: Counter[str]) -> None:
    """Forget the rows that are least known and longest unseen; the occupancy of their voxels stays."""
    lacking = count - tables.surface.slots.room
    if lacking <= 0:
        return
    lacking = max(lacking, tables.surface.capacity // BATCH)
    rows = tables.surface.rows
    rows = rows[tables.surface["last_s"][rows] < t_s]
    age_s = t_s - tables.surface["last_s"][rows]
    value = (tables.surface["weight"][rows].to(torch.float64) + 1).log2() - age_s / HALF_LIFE_S
    gone = rows[value.topk(min(lacking, rows.numel()), largest=False).indices]
    dropped["surface_rows"] += gone.numel()
    tables.free_rows(gone)
