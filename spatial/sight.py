"""What one frame showed: the link between the octree and everything that is kept beside it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Float64, Int64
from torch import Tensor

from streammem.types import Intrinsics

__all__ = ["Removed", "Sight"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Removed:
    """Surface voxels that were there and are no longer: seen through, or overwritten by free space.

    `id` are the stable ids, `object` what the object layer had written beside them (0 for none), `xyz` the centres
    in metres, `first_s` and `last_s` when each was first and last seen.
    """

    id: Int64[Tensor, " n"]
    object: Int64[Tensor, " n"]
    xyz: Float32[Tensor, "n 3"]
    first_s: Float64[Tensor, " n"]
    last_s: Float64[Tensor, " n"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sight:
    """One frame after it went into the octree.

    `rows` says for every `stride`-th pixel, row-major from the pixel (stride // 2, stride // 2) on, which row of the
    surface table it fell into; -1 where the depth was no measurement or too far, where the voxel is still believed to be
    free (it takes up to three hits to change that), or where no row was free. `new` are the rows
    that this frame made, `seen` all rows that it hit, both sorted and unique. Rows are those of the moment: a later
    frame may free them. The tensors are of torch's inference mode: to read, not to write to.
    """

    frame: int
    t_s: float
    intrinsics: Intrinsics
    world_from_camera: Float64[np.ndarray, "4 4"]
    stride: int
    rows: Int64[Tensor, "_ _"]
    seen: Int64[Tensor, " _"]
    new: Int64[Tensor, " _"]
    removed: Removed
    dropped_rows: int = 0
