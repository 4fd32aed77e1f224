"""Questions about occupancy: what is at a point, and what is occupied, free or unknown in a region.

With an interval, a surface voxel answers if it was seen in it (`first_s` to `last_s` overlaps it). Voxels without a
surface row, free ones among them, answer if their block was looked at in it. What does not answer is unknown.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Float, Float32, Float64, Int8, Int64
from torch import Tensor

from streammem.errors import ObservationError
from streammem.spatial.octree.blocks import VOXELS
from streammem.spatial.octree.levels import BLOCK_LEVEL, answering, check_level, maxima, merged
from streammem.spatial.octree.morton import (
    BLOCK_BITS,
    HALF,
    encode,
    encode_on_cpu,
    grid_keys,
    in_range,
    local_cells,
)
from streammem.spatial.octree.nearby import voxels_within
from streammem.spatial.octree.places import places
from streammem.spatial.octree.regions import blocks_within, bounds, inside
from streammem.spatial.octree.tables import Tables
from streammem.spatial.octree.voxels import Voxels, best_rows, centres_of
from streammem.types import Box, Interval, Sphere

__all__ = ["cells_at", "keys_at", "rows_at", "select", "state_at", "states", "unknown"]

MOST_CELLS = 1 << 26  # of a dense answer


def keys_at(points: Float[Tensor, "n 3"], voxel_m: float) -> tuple[Int64[Tensor, " n"], Tensor]:
    """Morton keys of the voxels around points, and whether there is such a key; NaN has none."""
    if points.device.type == "cpu":
        whole = np.floor(points.detach().numpy().astype(np.float64) / voxel_m)
        known = (np.abs(whole + 0.5) < HALF).all(axis=-1)  # from -HALF to HALF - 1; NaN is not
        whole[~known] = 0.0
        return torch.from_numpy(encode_on_cpu(whole.astype(np.int64))), torch.from_numpy(known)
    at = (points.to(torch.float64) / voxel_m).floor_().nan_to_num_(torch.inf)
    cells = at.clamp(-HALF, HALF - 1)
    return encode(cells.to(torch.int64)), (cells == at).all(-1)


def cells_at(tables: Tables, points: Float[Tensor, "n 3"], voxel_m: float) -> Int64[Tensor, " n"]:
    """Where the voxels around points are in memory, negative where nothing is known of their block."""
    keys, known = keys_at(points.to(tables.device), voxel_m)
    return torch.where(known, tables.cells_of(keys), -1)


def rows_at(tables: Tables, points: Float[Tensor, "n 3"], voxel_m: float) -> Int64[Tensor, " n"]:
    """The surface row of the voxel around each point, -1 for none."""
    cells = cells_at(tables, points, voxel_m)
    return tables.rows_of(cells.clamp_min(0)).masked_fill_(cells < 0, -1)


def state_at(
    tables: Tables, points: Float[Tensor, "n 3"], voxel_m: float, level: int, during: Interval | None
) -> Int8[Tensor, " n"]:
    """1 occupied, 0 unknown, -1 free."""
    check_level(level)
    if not len(tables.blocks):
        return torch.zeros(points.shape[0], dtype=torch.int8, device=tables.device)
    if level == 0 and during is None:
        cells = cells_at(tables, points, voxel_m)
        log_odds = tables.blocks["log_odds"].view(-1).index_select(0, cells.clamp_min(0))
        return log_odds.sign_().masked_fill_(cells < 0, 0)
    keys, known = keys_at(points.to(tables.device), voxel_m)
    wanted = keys >> 3 * level
    if level <= BLOCK_LEVEL:
        slots = tables.blocks.find(keys >> BLOCK_BITS)
        unique, number = torch.unique(slots.clamp_min(0), return_inverse=True)
        cubes = maxima(answering(tables, unique, during), level)
        found = cubes.view(-1).index_select(0, number * cubes.shape[1] + (wanted & (cubes.shape[1] - 1)))
        known &= slots >= 0
    else:
        cube_keys, cubes = _cubes(tables, tables.blocks.live, during, level)
        if not cube_keys.numel():
            return torch.zeros_like(keys, dtype=torch.int8)
        at = torch.searchsorted(cube_keys, wanted).clamp_(max=cube_keys.numel() - 1)
        found = cubes.index_select(0, at)
        known &= cube_keys.index_select(0, at) == wanted
    return found.sign().masked_fill_(~known, 0)


def _cubes(
    tables: Tables, slots: Int64[Tensor, " b"], during: Interval | None, level: int
) -> tuple[Int64[Tensor, " c"], Int8[Tensor, " c"]]:
    """Keys (shifted to the level) and log-odds of all cubes in blocks; above a block's size, of all of them."""
    log_odds = maxima(answering(tables, slots, during), min(level, BLOCK_LEVEL))
    keys = tables.blocks["key"].index_select(0, slots)
    if level > BLOCK_LEVEL:
        return merged(keys, log_odds[:, 0], level)
    count = log_odds.shape[1]
    inner = torch.arange(count, device=keys.device)
    return ((keys[:, None] * count) + inner).view(-1), log_odds.reshape(-1)


def select(
    tables: Tables,
    voxel_m: float,
    sign: int,
    within: Sphere | Box | None,
    during: Interval | None,
    level: int,
) -> Voxels:
    """Voxels or cubes that are occupied (`sign` 1) or free (-1), rising by key; those whose centre is in the region."""
    whole = check_level(level) > BLOCK_LEVEL
    if level == 0 and within is not None and during is None and tables.device.type == "cpu":
        return voxels_within(tables, voxel_m, sign, within)
    keys: Int64[Tensor, " n"] | None = None  # where they are at hand
    slots = blocks_within(tables.blocks, None if whole else within, voxel_m)
    if whole:
        keys, log_odds = _cubes(tables, slots, during, level)
        chosen = places((log_odds > 0) if sign > 0 else (log_odds < 0))
        keys = keys.index_select(0, chosen)
        centres = centres_of(keys, voxel_m, level)
    else:
        values = maxima(answering(tables, slots, during), level)
        log_odds = values.reshape(-1)
        chosen = places((log_odds > 0) if sign > 0 else (log_odds < 0))
        centres = _located(tables, slots, chosen, voxel_m, level)
    if within is not None:
        kept = places(inside(centres, within))
        chosen, centres = chosen.index_select(0, kept), centres.index_select(0, kept)
        keys = None if keys is None else keys.index_select(0, kept)
    rows = torch.full_like(chosen, -1)
    if sign > 0 and level == 0:
        slot = slots.index_select(0, chosen >> BLOCK_BITS)
        rows = tables.rows_of((slot << BLOCK_BITS) | (chosen & (VOXELS - 1)))
    elif sign > 0:
        rows = best_rows(tables, _keys(tables, slots, chosen, level) if keys is None else keys, level, during)
    return Voxels(
        centres=centres,
        size_m=voxel_m * (1 << level),
        level=level,
        rows=rows,
        ids=tables.surface["id"].index_select(0, rows.clamp_min(0)).masked_fill_(rows < 0, 0),
        log_odds=log_odds.index_select(0, chosen),
    )


def _keys(
    tables: Tables, slots: Int64[Tensor, " b"], chosen: Int64[Tensor, " n"], level: int
) -> Int64[Tensor, " n"]:
    """Keys (shifted to the level) of the cubes `chosen`, counted through blocks."""
    bits = BLOCK_BITS - 3 * level
    owner, inner = slots.index_select(0, chosen >> bits), chosen & ((1 << bits) - 1)
    return (tables.blocks["key"].index_select(0, owner) << bits) | inner


def _located(
    tables: Tables, slots: Int64[Tensor, " b"], chosen: Int64[Tensor, " n"], voxel_m: float, level: int
) -> Float32[Tensor, "n 3"]:
    """Centres of the cubes `chosen`, counted through blocks."""
    bits = BLOCK_BITS - 3 * level
    owner, inner = slots.index_select(0, chosen >> bits), chosen & ((1 << bits) - 1)
    within = _middles(1 << bits, 1 << level, tables.device).index_select(0, inner)
    corners = tables.blocks["corner"].index_select(0, owner)
    return (corners + within).mul_(voxel_m).to(torch.float32)


@lru_cache(maxsize=16)
@torch.inference_mode(False)
def _middles(count: int, edge: int, device: torch.device) -> Float64[Tensor, "count 3"]:
    """Middles of the `count` cubes of a block, voxels from its corner."""
    return (local_cells(count, device).to(torch.float64) + 0.5) * edge


def states(
    tables: Tables, voxel_m: float, within: Sphere | Box, level: int, during: Interval | None
) -> tuple[Int8[Tensor, "x y z"], Float64[np.ndarray, " 3"]]:
    """A dense picture of the box around a region: 1 occupied, 0 unknown, -1 free for each cube whose centre is in it.

    Returns:
        The states, and the corner of the first cube in metres.

    Raises:
        ObservationError: if the region has more than 2^26 cubes, or none has its centre in it.
    """
    size_m = voxel_m * (1 << check_level(level))
    low, high = (np.array(corner, np.float64) for corner in bounds(within))
    first = np.ceil(low / size_m - 0.5)
    count = np.floor(high / size_m - 0.5) - first + 1
    voxels = float(np.prod(np.maximum(count, 0) * (1 << level if level > BLOCK_LEVEL else 1)))
    if not 0 < voxels <= MOST_CELLS or not math.isfinite(voxels):
        raise ObservationError(
            f"a region of {' x '.join(f'{edge:.3g}' for edge in high - low)} m has {max(voxels, 0):.3g} cubes of "
            f"{size_m:g} m, 1 to {MOST_CELLS:,} can be listed: ask for a smaller region or a coarser level"
        )
    if np.abs([first, first + count]).max() > HALF >> level:
        raise ObservationError(
            f"a region from {low} to {high} m reaches beyond the {HALF * voxel_m / 1000:.3g} km from the origin that a "
            "map can cover"
        )
    start, shape = first.astype(np.int64), count.astype(np.int64)
    inner, scale = min(level, BLOCK_LEVEL), 1 << max(0, level - BLOCK_LEVEL)
    dense = _dense(tables, start * scale, shape * scale, inner, during)
    if scale > 1:
        x, y, z = (int(edge) for edge in shape)
        cubes = dense.view(x, scale, y, scale, z, scale).to(torch.int16)
        # Unknown is below free: 0 becomes -2 while the maximum is taken.
        most = cubes.masked_fill(cubes == 0, -2).amax((1, 3, 5))
        dense = most.masked_fill(most == -2, 0).to(torch.int8)
    return dense, first * size_m


def unknown(
    tables: Tables, voxel_m: float, within: Sphere | Box, during: Interval | None, level: int
) -> Voxels:
    """Voxels or cubes whose centre is in a region and of which nothing is known, rising by key."""
    dense, corner = states(tables, voxel_m, within, level, during)
    size_m = voxel_m * (1 << level)
    cells = (dense == 0).nonzero()
    first = torch.from_numpy(np.rint(corner / size_m).astype(np.int64)).to(cells.device)
    whole = cells + first
    whole = whole[in_range(whole << level)]
    keys = (encode(whole << level) >> 3 * level).sort().values
    centres = centres_of(keys, voxel_m, level)
    kept = places(inside(centres, within))
    nothing = torch.full_like(kept, -1)
    return Voxels(
        centres=centres.index_select(0, kept),
        size_m=size_m,
        level=level,
        rows=nothing,
        ids=torch.zeros_like(kept),
        log_odds=torch.zeros_like(kept, dtype=torch.int8),
    )


def _dense(
    tables: Tables,
    start: Int64[np.ndarray, " 3"],
    shape: Int64[np.ndarray, " 3"],
    level: int,
    during: Interval | None,
) -> Int8[Tensor, "x y z"]:
    """States of the cubes from `start`, whole numbers of cubes of a level up to `BLOCK_LEVEL`."""
    edge, device = 8 >> level, tables.device
    first, last = start // edge, (start + shape - 1) // edge
    nx, ny, nz = (int(number) for number in last - first + 1)
    slots = tables.blocks.find(
        grid_keys((int(first[0]), int(first[1]), int(first[2])), (nx, ny, nz), device).view(-1)
    )
    there = places(slots >= 0)
    dense = torch.zeros((nx * ny * nz, edge**3), dtype=torch.int8, device=device)
    values = maxima(answering(tables, slots.index_select(0, there), during), level).sign()
    inner = local_cells(edge**3, device)
    order = (inner[:, 0] * edge + inner[:, 1]) * edge + inner[:, 2]
    dense[there] = values.index_select(1, order.argsort())
    dense = (
        dense.view(nx, ny, nz, edge, edge, edge).permute(0, 3, 1, 4, 2, 5).reshape(nx * edge, ny * edge, -1)
    )
    x, y, z = (int(number) for number in start - first * edge)
    return dense[x : x + int(shape[0]), y : y + int(shape[1]), z : z + int(shape[2])].contiguous()
