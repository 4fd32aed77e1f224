"""A corrected pose graph: what was seen from a keyframe moves with it, the rest stays.

Occupied voxels are carried to where their centres go, with their rows. Free space is looked up the other way round:
each voxel of a block that it may reach asks where it came from, so that a turn leaves no gaps.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from streammem.poses import inverse
from streammem.spatial.octree.blocks import VOXELS
from streammem.spatial.octree.config import OctreeConfig
from streammem.spatial.octree.eviction import room_for_blocks, room_for_indices
from streammem.spatial.octree.morton import BLOCK_BITS, decode, encode, in_range
from streammem.spatial.octree.places import places
from streammem.spatial.octree.pooling import merge
from streammem.spatial.octree.tables import Tables

__all__ = ["Reposed", "repose"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Reposed:
    """What moved. Rows keep their numbers; ids in `merged` became those in `into`, since they met in one voxel."""

    blocks: int
    rows: Int64[Tensor, " n"]
    merged: Int64[Tensor, " m"]
    into: Int64[Tensor, " m"]


@dataclass(frozen=True, slots=True)
class _Cargo:
    """Voxels on their way: new keys, log-odds, rows (-1 for none), and what their blocks were."""

    key: Int64[Tensor, " n"]
    log_odds: Tensor
    row: Int64[Tensor, " n"]
    place: Int64[Tensor, " n"]
    first_s: Float64[Tensor, " n"]
    last_s: Float64[Tensor, " n"]


def repose(
    tables: Tables,
    config: OctreeConfig,
    moves: Mapping[int, Float64[np.ndarray, "4 4"]],
    t_s: float,
    dropped: Counter[str],
) -> Reposed:
    """Move the blocks of places by checked poses `world_new_from_world_old`; see `Octree.repose`."""
    loads, gone = [], []
    for place, move in moves.items():
        slots = tables.blocks.live[tables.blocks["place"][tables.blocks.live] == place]
        if slots.numel() and np.abs(move - np.eye(4)).max() > 0:
            loads.append(_carried(tables, slots, place, move, config.voxel_m))
            loads.append(_free(tables, slots, place, move, config.voxel_m))
            gone.append(slots)
    empty = torch.zeros(0, dtype=torch.int64, device=tables.device)
    if not gone:
        return Reposed(blocks=0, rows=empty, merged=empty, into=empty)
    load = _Cargo(
        *(torch.cat([getattr(load, name) for load in loads]) for name in _Cargo.__dataclass_fields__)
    )
    slots = torch.cat(gone)
    rows = tables.rows_in(slots)
    if rows.numel():
        tables.unlink(rows)
    tables.blocks.remove(slots)
    _make_blocks(tables, config, load, t_s, dropped)
    cells = tables.cells_of(load.key.clamp_min(0)).masked_fill_(load.key < 0, -1)
    dropped["unplaced_voxels"] += int((cells < 0).sum())
    _settle(tables, config, load, cells)
    kept, merged, into = _place_rows(tables, config, load, cells, rows, t_s, dropped)
    return Reposed(blocks=slots.numel(), rows=kept, merged=merged, into=into)


def _moved(centres: Tensor, move: Float64[np.ndarray, "4 4"], voxel_m: float) -> Int64[Tensor, " n"]:
    """Keys of where voxel centres (in voxels) go; -1 beyond the keys."""
    turn = torch.from_numpy(move[:3, :3].copy()).to(centres.device)
    shift = torch.from_numpy(move[:3, 3] / voxel_m).to(centres.device)
    whole = (centres @ turn.T + shift).floor().to(torch.int64)
    known = in_range(whole)
    return encode(whole.masked_fill(~known[:, None], 0)).masked_fill_(~known, -1)


def _carried(
    tables: Tables, slots: Int64[Tensor, " b"], place: int, move: Float64[np.ndarray, "4 4"], voxel_m: float
) -> _Cargo:
    """The occupied voxels of blocks."""
    log_odds = tables.blocks["log_odds"].index_select(0, slots).view(-1)
    found = places(log_odds > 0)
    owner = slots.index_select(0, found >> BLOCK_BITS)
    cells = (owner << BLOCK_BITS) | (found & (VOXELS - 1))
    centres = decode(tables.keys_of(cells)).to(torch.float64) + 0.5
    keys = _moved(centres, move, voxel_m)
    return _cargo(tables, keys, log_odds[found], tables.rows_of(cells), place, owner)


def _free(
    tables: Tables, slots: Int64[Tensor, " b"], place: int, move: Float64[np.ndarray, "4 4"], voxel_m: float
) -> _Cargo:
    """The free voxels of blocks, asked for by every voxel of the blocks that they may reach."""
    device = slots.device
    inner = torch.arange(VOXELS, device=device)
    corners = decode(tables.blocks["key"][slots] << BLOCK_BITS).to(torch.float64)
    # A block of 8 turned by any angle stays within 7 of its middle, so within the 27 blocks around where that goes.
    middle = _moved(corners + 4, move, voxel_m)
    at = decode(middle[middle >= 0]) >> 3
    around = torch.cartesian_prod(*[torch.arange(-1, 2, device=device)] * 3)
    blocks = (at[:, None, :] + around).view(-1, 3) * 8
    targets = torch.unique(encode(blocks[in_range(blocks)])) >> BLOCK_BITS
    keys = ((targets[:, None] << BLOCK_BITS) | inner).view(-1)
    source = _moved(decode(keys).to(torch.float64) + 0.5, inverse(move), voxel_m)
    cells = tables.cells_of(source.clamp_min(0)).masked_fill_(source < 0, -1)
    ours = torch.zeros(tables.blocks.slots.high + 1, dtype=torch.bool, device=device)
    ours[slots] = True
    value = tables.blocks["log_odds"].view(-1).index_select(0, cells.clamp_min(0))
    chosen = places((cells >= 0) & ours[cells >> BLOCK_BITS] & (value < 0))
    owner = cells[chosen] >> BLOCK_BITS
    return _cargo(tables, keys[chosen], value[chosen], torch.full_like(chosen, -1), place, owner)


def _cargo(
    tables: Tables, keys: Tensor, log_odds: Tensor, rows: Tensor, place: int, owner: Int64[Tensor, " n"]
) -> _Cargo:
    first_s, last_s = (tables.blocks[name].index_select(0, owner) for name in ("first_s", "last_s"))
    return _Cargo(keys, log_odds, rows, torch.full_like(keys, place), first_s, last_s)


def _make_blocks(
    tables: Tables, config: OctreeConfig, load: _Cargo, t_s: float, dropped: Counter[str]
) -> None:
    """Make the blocks that voxels arrive in, those with surface first if there is little room."""
    arriving = load.key >= 0
    keys, number = torch.unique(load.key[arriving] >> BLOCK_BITS, return_inverse=True)
    count = keys.numel()

    def most(values: Tensor) -> Tensor:
        """The largest of each block's voxels."""
        start = torch.full((count,), -torch.inf, dtype=torch.float64, device=keys.device)
        return start.scatter_reduce_(0, number, values[arriving].to(torch.float64), "amax")

    first_s, last_s, place = -most(-load.first_s), most(load.last_s), most(load.place).to(torch.int64)
    lacking = places(tables.blocks.find(keys) < 0)
    middle = decode(keys << BLOCK_BITS).to(torch.float64).mean(0).nan_to_num(0.0)
    room_for_blocks(tables, lacking.numel(), middle, t_s, config.voxel_m, dropped)
    if lacking.numel() > tables.blocks.slots.room:
        surface = most(load.log_odds).index_select(0, lacking) > 0
        chosen = surface.to(torch.int8).argsort(descending=True, stable=True)[: tables.blocks.slots.room]
        dropped["unplaced_blocks"] += lacking.numel() - chosen.numel()
        lacking = lacking[chosen.sort().values]
    made = tables.blocks.add(keys[lacking], 0.0, 0)
    tables.blocks["first_s"][made] = first_s[lacking]
    tables.blocks["last_s"][made] = last_s[lacking]
    tables.blocks["place"][made] = place[lacking].to(torch.int32)


def _settle(tables: Tables, config: OctreeConfig, load: _Cargo, cells: Int64[Tensor, " n"]) -> None:
    """Enter log-odds: occupied before free, of two of a kind the more certain."""
    flat = tables.blocks["log_odds"].view(-1)
    for sign in (-1, 1):
        arriving = (cells >= 0) & (load.log_odds.sign() == sign)
        to, number = torch.unique(cells[arriving], return_inverse=True)
        size = torch.zeros(to.numel(), dtype=torch.int64, device=to.device)
        size.scatter_reduce_(0, number, load.log_odds[arriving].to(torch.int64) * sign, "amax")
        here = flat.index_select(0, to).to(torch.int64) * sign  # above 0 where it is of the same kind
        value = torch.where(here > 0, torch.maximum(here, size), size)
        if sign < 0:
            value = torch.where(here < 0, here, value)
        flat.index_copy_(0, to, (value * sign).to(torch.int8))
    slots = torch.unique(cells[cells >= 0] >> BLOCK_BITS)
    octants = tables.blocks["log_odds"].index_select(0, slots).view(-1, 8, VOXELS // 8)
    tables.blocks["settled"].index_copy_(0, slots, octants.amax(2) <= config.steps.low)


def _place_rows(
    tables: Tables,
    config: OctreeConfig,
    load: _Cargo,
    cells: Int64[Tensor, " n"],
    moved: Int64[Tensor, " r"],
    t_s: float,
    dropped: Counter[str],
) -> tuple[Int64[Tensor, " k"], Int64[Tensor, " m"], Int64[Tensor, " m"]]:
    """Enter the moved rows where they arrive. Returns those kept, and the ids that were merged into which."""
    arriving = places((load.row >= 0) & (cells >= 0))
    rows, to = load.row[arriving], cells[arriving]
    slots = torch.unique(to >> BLOCK_BITS)
    lacking = int((tables.blocks["index"].index_select(0, slots) == 0).sum())
    middle = torch.zeros(3, dtype=torch.float64, device=tables.device)
    # Those in `slots` were not looked at by now, and yet must stay: they count as seen while room is made.
    seen = tables.blocks["last_s"][slots].clone()
    tables.blocks["last_s"][slots] = torch.inf
    room_for_indices(tables, lacking, middle, t_s, config.voxel_m, dropped)
    tables.blocks["last_s"][slots] = seen
    tables.index_blocks(slots)
    placed = tables.blocks["index"].index_select(0, to >> BLOCK_BITS) > 0
    rows, to = rows[placed], to[placed]
    there = tables.rows_of(torch.unique(to))
    there = there[there >= 0]
    if there.numel():
        rows, to = torch.cat([rows, there]), torch.cat([to, tables.surface["cell"][there]])
        tables.unlink(there)
        tables.index_blocks(torch.unique(to >> BLOCK_BITS))
    kept, lost, keeper = _merged(tables, config, rows, to)
    ids, into = tables.surface["id"][lost], tables.surface["id"][keeper]
    everything = torch.zeros(tables.surface.high, dtype=torch.bool, device=to.device)
    everything[moved] = True
    everything[kept] = False
    homeless = places(everything)
    dropped["surface_rows"] += homeless.numel() - int(everything[lost].sum())
    everything[lost] = True
    tables.surface.give(places(everything))
    return kept, ids, into


def _merged(
    tables: Tables, config: OctreeConfig, rows: Int64[Tensor, " n"], cells: Int64[Tensor, " n"]
) -> tuple[Int64[Tensor, " k"], Int64[Tensor, " m"], Int64[Tensor, " m"]]:
    """Enter rows at cells; those that meet become the one with the lowest id. Returns kept, lost, and who kept each."""
    surface = tables.surface
    order = surface["id"][rows].argsort()
    rows, cells = rows[order], cells[order]
    to, number = torch.unique(cells, return_inverse=True)
    order = number.argsort(stable=True)
    rows, number = rows[order], number[order]
    first = torch.ones_like(number, dtype=torch.bool)
    first[1:] = number[1:] != number[:-1]
    kept = rows[first]
    weight = surface["weight"][rows]
    total = torch.zeros((to.numel(), surface["feature"].shape[1]), device=to.device)
    total.index_add_(0, number, surface["feature"][rows].to(torch.float32) * weight[:, None])
    sums = torch.zeros(to.numel(), device=to.device).index_add_(0, number, weight)
    met = torch.bincount(number, minlength=to.numel()) > 1
    zero = torch.zeros(int(met.sum()), device=to.device)
    surface["feature"][kept[met]] = merge(surface["feature"][kept[met]], zero, total[met])
    surface["weight"][kept] = sums.clamp_max(config.most_weight)
    last = _latest(number, rows, surface["last_s"][rows], to.numel())
    surface["first_s"][kept] = -_most(-surface["first_s"][rows], number, to.numel())
    for name in ("last_s", "frame", "patch", "rgb"):
        surface[name][kept] = surface[name][last]
    surface["cell"][kept] = to
    surface["key"][kept] = tables.keys_of(to)
    tables.link(kept, to)
    return kept, rows[~first], kept[number[~first]]


def _most(values: Tensor, number: Int64[Tensor, " n"], count: int) -> Tensor:
    start = torch.full((count,), -torch.inf, dtype=torch.float64, device=values.device)
    return start.scatter_reduce_(0, number, values, "amax")


def _latest(number: Int64[Tensor, " n"], rows: Int64[Tensor, " n"], last_s: Tensor, count: int) -> Tensor:
    """Of each group the row that was seen last; the highest of equal ones."""
    latest = _most(last_s, number, count)
    ours = last_s == latest.index_select(0, number)
    start = torch.full((count,), -1, dtype=torch.int64, device=rows.device)
    return start.scatter_reduce_(0, number[ours], rows[ours], "amax")
