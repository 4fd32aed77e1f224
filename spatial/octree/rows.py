"""The surface rows that a frame hits: made where there are none yet, and told what the frame shows."""

from __future__ import annotations

from collections import Counter

import torch
from jaxtyping import Bool, Int64
from torch import Tensor

from streammem.spatial.octree.config import OctreeConfig
from streammem.spatial.octree.eviction import room_for_indices, room_for_rows
from streammem.spatial.octree.frame import Frame
from streammem.spatial.octree.hits import Hits
from streammem.spatial.octree.places import places, rising, spread_out
from streammem.spatial.octree.pooling import merge, patches_of, pooled
from streammem.spatial.octree.tables import Tables

__all__ = ["update_rows"]

Rows = Int64[Tensor, " _"]


def update_rows(
    tables: Tables,
    config: OctreeConfig,
    frame: Frame,
    hits: Hits,
    cells: Int64[Tensor, " v"],
    occupied: Bool[Tensor, " v"],
    dropped: Counter[str],
) -> tuple[Int64[Tensor, " n"], Rows, Rows, int]:
    """Make and update the rows of hit voxels.

    Returns:
        The row of each pixel (-1 for none), the rows that were hit and the new ones, both rising, and how many
        voxels there was no room for.
    """
    surface = tables.surface
    rows = tables.rows_of(cells)
    known = rows[rows >= 0]
    surface["last_s"].index_fill_(0, known, frame.t_s)  # before room is made: what is in sight stays
    lacking = places(occupied & (rows < 0))
    new, missing = rows[:0], 0
    if lacking.numel():
        placed = _room(tables, config, frame, cells.index_select(0, lacking), dropped)
        missing = lacking.numel() - placed.numel()
        lacking = lacking.index_select(0, placed)
        new_cells = cells.index_select(0, lacking)
        new = surface.take(tables.keys_of(new_cells), new_cells, frame.t_s)
        tables.link(new, new_cells)
        rows.index_copy_(0, lacking, new)  # room may have been made of other rows, but not of these
    dropped["unplaced_rows"] += missing
    seen = places(rows >= 0)
    _tell(tables, config, frame, hits, rows, seen, new)
    padded = torch.cat([rows, rows.new_full((1,), -1)])
    return (
        spread_out(padded.index_select(0, hits.run), hits.length),
        rising(rows.index_select(0, seen)),
        rising(new),
        missing,
    )


def _room(
    tables: Tables, config: OctreeConfig, frame: Frame, cells: Int64[Tensor, " n"], dropped: Counter[str]
) -> Int64[Tensor, " m"]:
    """Make room for rows of these cells. Returns the numbers of those that have it."""
    room_for_rows(tables, cells.numel(), frame.t_s, dropped)
    slots = cells[: tables.surface.slots.room] >> 9
    unique = torch.unique(slots)
    lacking = int((tables.blocks["index"].index_select(0, unique) == 0).sum())
    camera = torch.from_numpy(frame.world_from_camera[:3, 3] / config.voxel_m).to(tables.device)
    room_for_indices(tables, lacking, camera, frame.t_s, config.voxel_m, dropped)
    tables.index_blocks(unique)
    return places(tables.blocks["index"].index_select(0, slots) > 0)


def _tell(
    tables: Tables,
    config: OctreeConfig,
    frame: Frame,
    hits: Hits,
    rows: Int64[Tensor, " v"],
    seen: Int64[Tensor, " s"],
    new: Int64[Tensor, " m"],
) -> None:
    """Write what the frame shows into rows: `seen` are the numbers of the voxels that have one."""
    surface, stride = tables.surface, config.stride
    chosen = rows.index_select(0, seen)
    surface["frame"].index_fill_(0, chosen, frame.frame)
    if frame.features is None and frame.rgb is None:
        return
    pixel = torch.zeros(len(hits) + 1, dtype=torch.int64, device=rows.device)
    pixel.scatter_reduce_(0, hits.run, hits.first + hits.length - 1, "amax")  # the last one
    shown = pixel.index_select(0, seen)
    if frame.rgb is not None:
        width = frame.rgb.shape[1]
        columns = len(range(stride // 2, width, stride))
        down, right = shown // columns * stride + stride // 2, shown % columns * stride + stride // 2
        colours = frame.rgb.reshape(-1, 3).index_select(0, down * width + right)
        surface["rgb"].index_copy_(0, chosen, colours)
    if frame.features is not None and frame.grid is not None:
        patch = patches_of(frame.intrinsics, stride, frame.grid, rows.device)
        cells = patch.index_select(0, hits.first)
        total = pooled(hits.run, hits.length, len(hits), cells, frame.features).index_select(0, seen)
        weight = surface["weight"].index_select(0, chosen)
        feature = merge(surface["feature"].index_select(0, chosen), weight, total)
        surface["feature"].index_copy_(0, chosen, feature)
        pixels = hits.pixels.index_select(0, seen)
        surface["weight"].index_copy_(0, chosen, (weight + pixels).clamp_max_(config.most_weight))
        surface["patch"].index_copy_(0, chosen, patch.index_select(0, shown))
