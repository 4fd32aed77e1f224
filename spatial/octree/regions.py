"""Regions of the world: which blocks they touch and which points are inside."""

from __future__ import annotations

import math

import torch
from jaxtyping import Bool, Float, Int64
from torch import Tensor

from streammem.spatial.octree.blocks import BlockTable
from streammem.spatial.octree.morton import HALF, grid_keys
from streammem.spatial.octree.places import places, rising
from streammem.types import Box, Sphere

__all__ = ["blocks_within", "bounds", "inside"]

LISTED = 4096  # blocks that are looked up one by one; with more, all blocks are compared
EDGE = 8

Corner = tuple[float, float, float]


def bounds(within: Sphere | Box) -> tuple[Corner, Corner]:
    """The corners of the box around a region, metres."""
    if isinstance(within, Box):
        return within.low, within.high
    (x, y, z), radius = within.centre, within.radius_m
    return (x - radius, y - radius, z - radius), (x + radius, y + radius, z + radius)


def inside(points: Float[Tensor, "n 3"], within: Sphere | Box) -> Bool[Tensor, " n"]:
    """Whether points lie in a region, its border included."""
    if points.device.type == "cpu":
        return torch.from_numpy(within.holds(points.detach().numpy()))
    if isinstance(within, Sphere):
        centre = points.new_tensor(within.centre)
        distance: Tensor = torch.linalg.vector_norm(points - centre, dim=1)
        return distance <= within.radius_m
    return ((points >= points.new_tensor(within.low)) & (points <= points.new_tensor(within.high))).all(1)


def blocks_within(blocks: BlockTable, within: Sphere | Box | None, voxel_m: float) -> Int64[Tensor, " n"]:
    """Slots of the blocks that touch the box around a region, in the order of their keys; of all for None."""
    if within is None:
        return blocks.live
    edge_m, end = voxel_m * EDGE, HALF // EDGE
    low, high = bounds(within)
    first = [_clamped(number / edge_m, end) for number in low]
    last = [_clamped(number / edge_m, end) for number in high]
    nx, ny, nz = (stop - start + 1 for start, stop in zip(first, last, strict=True))
    if nx * ny * nz <= LISTED:
        keys = grid_keys((first[0], first[1], first[2]), (nx, ny, nz), blocks.device).view(-1)
        slots = blocks.find(rising(keys))
        return slots[places(slots >= 0)]
    at = blocks["corner"].index_select(0, blocks.live) >> 3
    inside_all = (at >= at.new_tensor(first)) & (at <= at.new_tensor(last))
    return blocks.live[inside_all.all(1)]


def _clamped(number: float, end: int) -> int:
    """The whole number below, from -end to end - 1; infinite ones too."""
    return math.floor(max(-end, min(number, end - 1)))
