"""Which voxels the pixels of a frame fall into, each voxel once.

Neighbouring pixels mostly fall into the same voxel, so pixels are first joined to runs. De-duplication is counting on
small dense grids: first the blocks of the window, then the voxels of the blocks that were hit. No sorting.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from jaxtyping import Bool, Float64, Int32, Int64
from torch import Tensor

from streammem.spatial.octree.morton import BLOCK_BITS, spread
from streammem.spatial.octree.places import places, runs_of
from streammem.spatial.octree.view import View
from streammem.spatial.octree.window import EDGE, Window

__all__ = ["Hits", "hits_of"]

VOXELS = 1 << BLOCK_BITS


@dataclass(frozen=True, kw_only=True, slots=True)
class Hits:
    """Hit voxels, rising: `block` is the number in the window, `local` the voxel within it.

    `pixels` counts those that fell into each voxel. Pixels come in runs, in their order: `run` says which voxel each
    was, or the number of voxels where it was none, `first` where it begins and `length` of how many pixels it is.
    """

    block: Int64[Tensor, " v"]
    local: Int64[Tensor, " v"]
    pixels: Int64[Tensor, " v"]
    run: Int64[Tensor, " r"]
    first: Int64[Tensor, " r"]
    length: Int64[Tensor, " r"]
    beyond: int  # points beyond the keys

    def __len__(self) -> int:
        return self.block.numel()


@lru_cache(maxsize=16)
@torch.inference_mode(False)
def _tables(shape: tuple[int, int, int], device: torch.device) -> Int32[Tensor, " _"]:
    """For each axis, what a voxel's coordinate in the window adds to its number, the three one after another.

    The number is the block's times 512 plus the voxel's within the block, whose bits are interleaved: both are sums
    over the axes, so three looks into small tables replace shifts and masks.
    """
    steps = (shape[1] * shape[2], shape[2], 1)
    parts = []
    for axis, (count, step) in enumerate(zip(shape, steps, strict=True)):
        at = torch.arange(count * EDGE)
        parts.append((at // EDGE) * step * VOXELS + (spread(at % EDGE) << axis))
    return torch.cat(parts).to(torch.int32).to(device)


def hits_of(
    view: View,
    window: Window,
    world_from_camera: Float64[np.ndarray, "4 4"],
    voxel_m: float,
    cuts: Bool[Tensor, " _"] | None = None,
) -> Hits:
    """Voxels of the pixels that are hits; a run ends at every one of the `cuts` between pixels."""
    device = view.depth_m.device
    turn = torch.from_numpy((world_from_camera[:3, :3] / voxel_m).astype(np.float32)).to(device)
    # Relative to the window in float64 first: far from the origin float32 has no voxel left.
    offset = world_from_camera[:3, 3] / voxel_m - np.array(window.low, np.float64) * EDGE
    start = torch.from_numpy(offset.astype(np.float32)).to(device)
    points = (turn @ view.lens.rays).mul_(view.depth_m.reshape(-1)).add_(start[:, None])
    hit, beyond = view.hit.reshape(-1), 0
    ends = [count * EDGE for count in window.shape]
    if window.clipped:
        limit = torch.tensor(ends, device=device)[:, None]
        inside = ((points >= 0) & (points < limit)).all(0)
        beyond = int((hit & ~inside).sum())
        hit = hit & inside
    table = _tables(window.shape, device)
    number: Tensor | None = None
    first = 0
    for axis in range(3):
        at = points[axis].clamp_(0, ends[axis] - 1).to(torch.int32)
        part = table[first : first + ends[axis]].index_select(0, at)
        number = part if number is None else number.add_(part)
        first += ends[axis]
    assert number is not None
    # Block 0 is for what is no hit, the window's blocks count from 1: a product is cheaper than a choice.
    number.add_(VOXELS).mul_(hit.to(torch.int32))
    return _counted(number, window.blocks, beyond, cuts)


def _counted(number: Int32[Tensor, " n"], blocks: int, beyond: int, cuts: Bool[Tensor, " _"] | None) -> Hits:
    """Unique numbers, counted; those of block 0 are no hits."""
    device = number.device
    first, length = runs_of(number, cuts)
    number = number.index_select(0, first)
    block = number >> BLOCK_BITS
    hit = torch.zeros(blocks + 1, dtype=torch.bool, device=device).index_fill_(0, block.to(torch.int64), True)
    hit_blocks = places(hit[1:])
    count = hit_blocks.numel()
    compact = torch.full((blocks + 1,), count, dtype=torch.int32, device=device)
    compact.index_copy_(0, hit_blocks + 1, torch.arange(count, dtype=torch.int32, device=device))
    cell = ((compact.index_select(0, block) << BLOCK_BITS) | (number & (VOXELS - 1))).to(torch.int64)
    cell.masked_fill_(block == 0, count << BLOCK_BITS)
    pixels = torch.zeros((count << BLOCK_BITS) + 1, dtype=torch.int64, device=device)
    pixels = pixels.scatter_add_(0, cell, length)[: count << BLOCK_BITS]
    cells = places(pixels)
    voxels = cells.numel()
    voxel_of = torch.full(((count << BLOCK_BITS) + 1,), voxels, dtype=torch.int64, device=device)
    voxel_of.index_copy_(0, cells, torch.arange(voxels, device=device))
    return Hits(
        block=hit_blocks.index_select(0, cells >> BLOCK_BITS),
        local=cells & (VOXELS - 1),
        pixels=pixels.index_select(0, cells),
        run=voxel_of.index_select(0, cell),
        first=first,
        length=length,
        beyond=beyond,
    )
