"""Regions of the world: which blocks they touch and which points are inside."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Bool, Float, Float64, Int64
from torch import Tensor

from streammem.spatial.octree.blocks import BlockTable
from streammem.spatial.octree.morton import BLOCK_BITS, HALF, decode, encode
from streammem.types import Box, Sphere

__all__ = ["blocks_within", "bounds", "inside"]

LISTED = 4096  # blocks that are looked up one by one; with more, all blocks are compared
EDGE = 8


def bounds(within: Sphere | Box) -> tuple[Float64[np.ndarray, " 3"], Float64[np.ndarray, " 3"]]:
    """The corners of the box around a region, metres."""
    if isinstance(within, Box):
        return np.array(within.low, np.float64), np.array(within.high, np.float64)
    centre = np.array(within.centre, np.float64)
    return centre - within.radius_m, centre + within.radius_m


def inside(points: Float[Tensor, "n 3"], within: Sphere | Box) -> Bool[Tensor, " n"]:
    """Whether points lie in a region, its border included."""
    if isinstance(within, Sphere):
        centre = points.new_tensor(within.centre)
        return torch.linalg.vector_norm(points - centre, dim=1) <= within.radius_m
    return ((points >= points.new_tensor(within.low)) & (points <= points.new_tensor(within.high))).all(1)


def blocks_within(blocks: BlockTable, within: Sphere | Box | None, voxel_m: float) -> Int64[Tensor, " n"]:
    """Slots of the blocks that touch the box around a region, in the order of their keys; of all for None."""
    if within is None:
        return blocks.live
    low, high = bounds(within)
    end = HALF // EDGE
    first = np.clip(np.floor(low / (voxel_m * EDGE)), -end, end - 1).astype(np.int64)
    last = np.clip(np.floor(high / (voxel_m * EDGE)), -end, end - 1).astype(np.int64)
    count = last - first + 1
    if float(np.prod(count.astype(np.float64))) <= LISTED:
        axes = [
            torch.arange(int(start), int(stop) + 1, device=blocks.device)
            for start, stop in zip(first, last, strict=True)
        ]
        corners = torch.cartesian_prod(*axes).view(-1, 3) * EDGE
        slots = blocks.find((encode(corners) >> BLOCK_BITS).sort().values)
        return slots[slots >= 0]
    at = decode(blocks.keys << BLOCK_BITS) >> 3
    low_block, high_block = torch.from_numpy(first).to(at.device), torch.from_numpy(last).to(at.device)
    return blocks.live[((at >= low_block) & (at <= high_block)).all(1)]
