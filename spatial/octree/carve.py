"""Which voxels a frame sees as free: their centres are projected into the depth picture.

Blocks and then their octants of 4x4x4 voxels are discarded early: outside of the picture, or behind all that it
shows where they project to. What is left is tested voxel by voxel.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float32, Float64, Int64
from torch import Tensor

from streammem.spatial.octree.morton import local_cells
from streammem.spatial.octree.places import places
from streammem.spatial.octree.view import View, window_maxima
from streammem.spatial.octree.window import EDGE, Window

__all__ = ["Octants", "candidates", "free_voxels"]

OCTANT = 4  # voxels of its edge
BLOCK_RADIUS = 3.5 * 3**0.5  # voxels from the middle of a block to the farthest voxel's centre
OCTANT_RADIUS = 1.5 * 3**0.5
CHUNK = 1024  # octants whose voxels are tested at once: what fits into a processor's cache


@dataclass(frozen=True, kw_only=True, slots=True)
class Octants:
    """Octants that a frame may show to be free; `block` is the number in the window, `octant` 0 to 7 within it."""

    block: Int64[Tensor, " s"]
    octant: Int64[Tensor, " s"]
    centre: Float32[Tensor, "3 s"]  # camera axes, metres

    def __len__(self) -> int:
        return self.block.numel()

    def __getitem__(self, chosen: Tensor) -> Octants:
        """Some of them, by number."""
        return Octants(
            block=self.block.index_select(0, chosen),
            octant=self.octant.index_select(0, chosen),
            centre=self.centre.index_select(1, chosen),
        )


def _turned(
    cells: Tensor, camera_from_world: Float64[np.ndarray, "4 4"], voxel_m: float
) -> Float32[Tensor, "3 n"]:
    """Offsets in voxels, in camera axes and metres."""
    turn = torch.from_numpy((camera_from_world[:3, :3] * voxel_m).astype(np.float32)).to(cells.device)
    return turn @ cells.to(torch.float32).T


def _in_picture(points: Float32[Tensor, "3 n"], radius_m: float, view: View) -> Bool[Tensor, " n"]:
    """Whether a sphere about each point touches the pyramid of what the picture shows."""
    ahead: Tensor = (view.lens.planes @ points).amin(0) > -radius_m
    return ahead & (points[2] < view.deepest_m + radius_m)


def candidates(
    view: View, window: Window, camera_from_world: Float64[np.ndarray, "4 4"], voxel_m: float
) -> Octants:
    """Octants of the window that are in the picture and not wholly behind what it shows."""
    device = view.depth_m.device
    low = np.array(window.low, np.float64) * EDGE + EDGE / 2
    corner = camera_from_world[:3, :3] @ (low * voxel_m) + camera_from_world[:3, 3]
    steps = (camera_from_world[:3, :3] * (voxel_m * EDGE)).astype(np.float32)
    x, y, z = (np.arange(count, dtype=np.float32) for count in window.shape)
    grid = (
        (corner.astype(np.float32)[:, None] + steps[:, 0, None] * x)[:, :, None, None]
        + (steps[:, 1, None] * y)[:, None, :, None]
        + (steps[:, 2, None] * z)[:, None, None, :]
    )
    centres = torch.from_numpy(grid.reshape(3, -1)).to(device)
    block = places(_in_picture(centres, BLOCK_RADIUS * voxel_m, view))
    offsets = _turned(local_cells(8, device) * OCTANT - OCTANT / 2, camera_from_world, voxel_m)
    points = (centres.index_select(1, block)[:, :, None] + offsets[:, None, :]).reshape(3, -1)
    kept = places(_in_picture(points, OCTANT_RADIUS * voxel_m, view))
    octants = Octants(
        block=block.index_select(0, kept >> 3), octant=kept & 7, centre=points.index_select(1, kept)
    )
    return octants[places(_not_behind(octants, view, OCTANT_RADIUS * voxel_m))]


def _not_behind(octants: Octants, view: View, radius_m: float) -> Bool[Tensor, " s"]:
    """Whether some pixel that an octant may cover shows something farther than its near side."""
    table, reduce = window_maxima(view.free_m[1:-1, 1:-1])
    levels, rows, columns = table.shape
    lens, (x, y, z) = view.lens, octants.centre.unbind()
    near = (z - radius_m).clamp_min(1e-3)
    # |x'/z' - x/z| <= r (1 + |x|/z) / (z - r) for any point within r.
    scale, ahead = 1 / reduce, z.clamp_min(radius_m)
    across = (torch.maximum(x.abs(), y.abs()) / ahead + 1) * radius_m / near
    half = across * (max(lens.fx, lens.fy) * scale) + 1
    u = (x / ahead * lens.fx + lens.cx + 0.5) * scale
    v = (y / ahead * lens.fy + lens.cy + 0.5) * scale
    level = (2 * half + 1).log2().ceil().clamp_(0, levels - 1).to(torch.int64)
    left = (u - half).floor().clamp_(0, columns - 1).to(torch.int64)
    top = (v - half).floor().clamp_(0, rows - 1).to(torch.int64)
    most = table.view(-1).index_select(0, (level * rows + top) * columns + left)
    # So near that the bound breaks down: kept for the voxels' own test.
    return (most > z - radius_m) | (z < 2 * radius_m)


def free_voxels(
    octants: Octants, view: View, camera_from_world: Float64[np.ndarray, "4 4"], voxel_m: float
) -> tuple[Tensor, Tensor]:
    """How clearly each voxel is free, (s, 64): 0 not, 1 in front of the surface, 2 clearly seen through.

    Returns:
        The octants (their numbers) in which any voxel is free, and for those the voxels in Morton order, int8.
    """
    device = view.depth_m.device
    offsets = _turned(local_cells(64, device) - (OCTANT - 1) / 2, camera_from_world, voxel_m)
    rows, columns = view.free_m.shape
    lens, numbers, parts = view.lens, [], []
    free_m, through_m = view.free_m.reshape(-1), view.through_m.reshape(-1)
    for first in range(0, len(octants), CHUNK):
        centre = octants.centre[:, first : first + CHUNK]
        x, y, z = (centre[axis][:, None] + offsets[axis][None, :] for axis in range(3))
        z = z.masked_fill_(z < 1e-3, torch.inf)
        inverse = z.reciprocal()
        # Pixels of the bordered picture; the nearest is the floor of + 0.5.
        u = x.mul_(inverse).mul_(lens.fx).add_(lens.cx + 1.5).clamp_(0, columns - 1)
        v = y.mul_(inverse).mul_(lens.fy).add_(lens.cy + 1.5).clamp_(0, rows - 1)
        pixel = v.to(torch.int32).mul_(columns).add_(u.to(torch.int32)).view(-1)
        flat = z.view(-1)
        # The sign bit of a difference is cheaper than a comparison: -1 where z is less.
        free = (flat - free_m.index_select(0, pixel)).view(torch.int32).bitwise_right_shift_(31)
        through = (flat - through_m.index_select(0, pixel)).view(torch.int32).bitwise_right_shift_(31)
        clear = free.add_(through).neg_().to(torch.int8).view(-1, 64)
        some = places(clear.view(torch.int64).sum(1))
        numbers.append(some + first)
        parts.append(clear.index_select(0, some))
    if not parts:
        nothing = torch.zeros(0, dtype=torch.int64, device=device)
        return nothing, torch.zeros((0, 64), dtype=torch.int8, device=device)
    return torch.cat(numbers), torch.cat(parts)
