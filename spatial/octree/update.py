"""How one frame changes the octree: free space is carved, surfaces are hit, what is seen through goes."""

from __future__ import annotations

from collections import Counter

import torch
from jaxtyping import Int8, Int64
from torch import Tensor

from streammem.poses import inverse
from streammem.spatial.octree.carve import Octants, candidates, free_voxels
from streammem.spatial.octree.config import OctreeConfig
from streammem.spatial.octree.eviction import room_for_blocks
from streammem.spatial.octree.frame import Frame
from streammem.spatial.octree.hits import Hits, hits_of
from streammem.spatial.octree.morton import BLOCK_BITS
from streammem.spatial.octree.places import places
from streammem.spatial.octree.pooling import cuts_of
from streammem.spatial.octree.rows import update_rows
from streammem.spatial.octree.tables import Tables
from streammem.spatial.octree.view import View, view_of
from streammem.spatial.octree.voxels import centres_of
from streammem.spatial.octree.window import Window, window_of
from streammem.spatial.sight import Removed, Sight

__all__ = ["integrate"]


def integrate(tables: Tables, config: OctreeConfig, frame: Frame, dropped: Counter[str]) -> Sight:
    """Take in a frame that was checked. `dropped` counts what there was no room for."""
    view = view_of(frame.depth_m, frame.intrinsics, config)
    window = window_of(view, frame.world_from_camera, config.voxel_m) if view.deepest_m > 0 else None
    if window is None:
        dropped["points"] += int(view.hit.sum())
        rows = torch.full(view.hit.shape, -1, dtype=torch.int64, device=tables.device)
        nothing = rows[:0, 0]
        return _sight(frame, config, rows, nothing, nothing, _removed(tables, nothing, config.voxel_m), 0)
    grid = frame.grid if frame.features is not None else None
    cuts = None if grid is None else cuts_of(frame.intrinsics, config.stride, grid, tables.device)
    hits = hits_of(view, window, frame.world_from_camera, config.voxel_m, cuts)
    dropped["points"] += hits.beyond
    slots, octants, clear = _looked_at(tables, config, frame, view, window, hits, dropped)
    cells = (slots.index_select(0, hits.block) << BLOCK_BITS) | hits.local
    hits, cells = _placed(hits, cells, dropped)
    log_odds = tables.blocks["log_odds"].view(-1)
    before = log_odds.index_select(0, cells)
    crossed = _carve(tables, config, octants, clear, slots)
    occupied = _hit(tables, config, cells, before)
    crossed = crossed[log_odds.index_select(0, crossed) <= 0]  # a hit overrides the misses of its frame
    gone = tables.rows_of(crossed)
    gone = gone[places(gone >= 0)]
    removed = _removed(tables, gone, config.voxel_m)
    tables.free_rows(gone)
    rows, seen, new, missing = update_rows(tables, config, frame, hits, cells, occupied, dropped)
    return _sight(frame, config, rows.view(view.hit.shape), seen, new, removed, missing)


def _sight(
    frame: Frame,
    config: OctreeConfig,
    rows: Int64[Tensor, "h w"],
    seen: Int64[Tensor, " _"],
    new: Int64[Tensor, " _"],
    removed: Removed,
    missing: int,
) -> Sight:
    return Sight(
        frame=frame.frame,
        t_s=frame.t_s,
        intrinsics=frame.intrinsics,
        world_from_camera=frame.world_from_camera,
        stride=config.stride,
        rows=rows,
        seen=seen,
        new=new,
        removed=removed,
        dropped_rows=missing,
    )


def _removed(tables: Tables, rows: Int64[Tensor, " n"], voxel_m: float) -> Removed:
    """What is remembered of rows that are about to be freed."""
    surface = tables.surface
    return Removed(
        id=surface["id"].index_select(0, rows),
        object=surface["object"].index_select(0, rows).to(torch.int64),
        xyz=centres_of(surface["key"].index_select(0, rows), voxel_m),
        first_s=surface["first_s"].index_select(0, rows),
        last_s=surface["last_s"].index_select(0, rows),
    )


def _looked_at(
    tables: Tables,
    config: OctreeConfig,
    frame: Frame,
    view: View,
    window: Window,
    hits: Hits,
    dropped: Counter[str],
) -> tuple[Int64[Tensor, " _"], Octants, Int8[Tensor, "s 64"]]:
    """Slots of the window's blocks (-1 where there is none), and how clearly which octants are seen to be free.

    Blocks that are hit or hold a free voxel and were not there before are made, the hit ones first.
    """
    blocks, device = tables.blocks, tables.device
    camera_from_world = inverse(frame.world_from_camera)
    octants = candidates(view, window, camera_from_world, config.voxel_m)
    wanted = torch.zeros(window.blocks, dtype=torch.uint8, device=device)
    wanted.index_fill_(0, octants.block, 1).index_fill_(0, hits.block, 2)
    numbers = places(wanted)
    keys = window.keys(device).index_select(0, numbers)
    found = blocks.find(keys)
    slots = torch.full((window.blocks,), -1, dtype=torch.int64, device=device)
    slots.index_copy_(0, numbers, found)
    blocks["last_s"].index_fill_(0, found[found >= 0], frame.t_s)
    at = slots.index_select(0, octants.block) * 8 + octants.octant
    settled = blocks["settled"].view(-1).index_select(0, at.clamp_min(0)) & (at >= 0)
    octants = octants[places(~settled)]
    some, clear = free_voxels(octants, view, camera_from_world, config.voxel_m)
    octants = octants[some]
    needed = torch.zeros_like(wanted)
    needed.index_fill_(0, octants.block, 1).index_fill_(0, hits.block, 2)
    lacking = torch.where(found < 0, needed.index_select(0, numbers), 0)
    _make(tables, config, frame, keys, numbers, lacking, slots, dropped)
    placed = places(slots.index_select(0, octants.block) >= 0)
    if placed.numel() < len(octants):
        octants, clear = octants[placed], clear.index_select(0, placed)
    return slots, octants, clear


def _make(
    tables: Tables,
    config: OctreeConfig,
    frame: Frame,
    keys: Int64[Tensor, " n"],
    numbers: Int64[Tensor, " n"],
    lacking: Tensor,
    slots: Int64[Tensor, " _"],
    dropped: Counter[str],
) -> None:
    """Make the blocks that are lacking (2 for those that were hit, 1 for free space), enter them into `slots`."""
    new = places(lacking)
    if not new.numel():
        return
    camera = torch.from_numpy(frame.world_from_camera[:3, 3] / config.voxel_m).to(tables.device)
    room_for_blocks(tables, new.numel(), camera, frame.t_s, config.voxel_m, dropped)
    room = tables.blocks.slots.room
    if room < new.numel():
        dropped["unplaced_blocks"] += new.numel() - room
        new = new[lacking.index_select(0, new).argsort(descending=True, stable=True)[:room]]
    chosen, order = keys.index_select(0, new).sort()
    made = tables.blocks.add(chosen, frame.t_s, frame.place)
    slots.index_copy_(0, numbers.index_select(0, new).index_select(0, order), made)


def _placed(
    hits: Hits, cells: Int64[Tensor, " v"], dropped: Counter[str]
) -> tuple[Hits, Int64[Tensor, " _"]]:
    """The hits whose block there was room for."""
    kept = places(cells >= 0)
    if kept.numel() == len(hits):
        return hits, cells
    dropped["unplaced_voxels"] += len(hits) - kept.numel()
    renumbered = torch.full((len(hits) + 1,), kept.numel(), dtype=torch.int64, device=cells.device)
    renumbered[kept] = torch.arange(kept.numel(), device=cells.device)
    left = Hits(
        block=hits.block[kept],
        local=hits.local[kept],
        pixels=hits.pixels[kept],
        run=renumbered[hits.run],
        first=hits.first,
        length=hits.length,
        beyond=hits.beyond,
    )
    return left, cells[kept]


def _carve(
    tables: Tables,
    config: OctreeConfig,
    octants: Octants,
    clear: Int8[Tensor, "s 64"],
    slots: Int64[Tensor, " _"],
) -> Int64[Tensor, " n"]:
    """Take misses from the voxels seen as free. Returns the cells that were occupied and no longer are."""
    steps, log_odds = config.steps, tables.blocks["log_odds"].view(-1, 64)
    at = slots.index_select(0, octants.block) * 8 + octants.octant
    before = log_odds.index_select(0, at)
    misses = torch.tensor(
        [0, steps.miss, steps.miss * config.through_misses], dtype=torch.int8, device=tables.device
    )
    taken = misses.index_select(0, clear.view(-1).to(torch.int32)).view(-1, 64)
    after = (before - taken).clamp_min_(steps.low)
    # Exactly even is occupied in OctoMap (log-odds >= 0); 0 is the unknown here.
    after.masked_fill_((after == 0) & (taken > 0), 1)
    log_odds.index_copy_(0, at, after)
    settled = (
        (after.amax(1) <= steps.low) if len(octants) else torch.zeros(0, dtype=torch.bool, device=at.device)
    )
    tables.blocks["settled"].view(-1).index_copy_(0, at, settled)
    crossed = places(((before > 0) & (after <= 0)).view(-1))
    return at.index_select(0, crossed >> 6) * 64 + (crossed & 63)


def _hit(
    tables: Tables, config: OctreeConfig, cells: Int64[Tensor, " v"], before: Int8[Tensor, " v"]
) -> Tensor:
    """Add a hit to voxels, from what they were before the frame. Returns which of them are occupied now."""
    steps = config.steps
    after = (before.to(torch.int16) + steps.hit).clamp_max_(steps.high).to(torch.int8)
    after.masked_fill_(after == 0, 1)
    tables.blocks["log_odds"].view(-1).index_copy_(0, cells, after)
    tables.blocks["settled"].view(-1).index_fill_(0, cells >> 6, False)
    return after > 0
