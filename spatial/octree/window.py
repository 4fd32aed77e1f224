"""The blocks around what a frame sees, as a small dense grid: its numbers stand for blocks until slots are known."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float64, Int64
from torch import Tensor

from streammem.errors import ObservationError
from streammem.spatial.octree.morton import BLOCK_BITS, HALF, grid_keys
from streammem.spatial.octree.view import View

__all__ = ["Window", "window_of"]

EDGE = 8  # voxels of a block
MOST_BLOCKS = (1 << 31 >> BLOCK_BITS) - 2  # voxels are counted in 32 bits, and one block more
SLACK = 0.05  # voxels that rounding may move a point by


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """Blocks `low` to `low + shape` on each axis. A block's number counts row-major, x slowest."""

    low: tuple[int, int, int]
    shape: tuple[int, int, int]
    clipped: bool  # whether the keys end before the view does

    @property
    def blocks(self) -> int:
        """Blocks in the window."""
        return math.prod(self.shape)

    def keys(self, device: torch.device) -> Int64[Tensor, " blocks"]:
        """Morton keys of all blocks."""
        return grid_keys(self.low, self.shape, device).reshape(-1)


def window_of(view: View, world_from_camera: Float64[np.ndarray, "4 4"], voxel_m: float) -> Window | None:
    """The blocks that the view's pyramid may touch; None if it is wholly beyond the keys.

    Raises:
        ObservationError: if they are more than can be counted: voxels too small for how far the view reaches.
    """
    rays = np.array([(x, y, 1.0) for x, y in view.lens.corners]) * view.deepest_m
    points = np.vstack([rays, np.zeros(3)]) @ world_from_camera[:3, :3].T + world_from_camera[:3, 3]
    low = np.floor((points.min(0) / voxel_m - SLACK) / EDGE)
    high = np.floor((points.max(0) / voxel_m + SLACK) / EDGE) + 1
    end = HALF // EDGE
    inside_low, inside_high = np.clip(low, -end, end), np.clip(high, -end, end)
    if (inside_low >= inside_high).any():
        return None
    x, y, z = (int(number) for number in inside_low)
    nx, ny, nz = (int(number) for number in inside_high - inside_low)
    if nx * ny * nz > MOST_BLOCKS:
        raise ObservationError(
            f"a view {view.deepest_m:.3g} m deep spans {nx} x {ny} x {nz} blocks of {EDGE} voxels of {voxel_m:g} m, at "
            f"most {MOST_BLOCKS:,} can be: use larger voxels or a smaller far_m"
        )
    clipped = bool((inside_low != low).any() or (inside_high != high).any())
    return Window(low=(x, y, z), shape=(nx, ny, nz), clipped=clipped)
