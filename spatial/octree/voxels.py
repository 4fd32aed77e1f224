"""Answers of the octree: voxels, or cubes of them, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

from jaxtyping import Float32, Int8, Int64
from torch import Tensor

__all__ = ["Voxels"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Voxels:
    """Cubes with an edge of `size_m`, in the order of their Morton keys within each block.

    `rows` are those of the surface table and `ids` their stable ids; -1 and 0 where a voxel has none. At coarser
    levels, the row is that of the voxel in the cube that was seen with the most pixels. `log_odds` is in steps of
    `OctreeConfig.steps.size`, the largest in the cube.
    """

    centres: Float32[Tensor, "n 3"]
    size_m: float
    rows: Int64[Tensor, " n"]
    ids: Int64[Tensor, " n"]
    log_odds: Int8[Tensor, " n"]

    def __len__(self) -> int:
        return self.centres.shape[0]
