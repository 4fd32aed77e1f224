"""What a map must do to be measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from benchmarks.spatial.frames import Shot

__all__ = ["Candidate", "FeatureMap", "SpatialMap"]

Keys = Int64[np.ndarray, " n"]


@runtime_checkable
class SpatialMap(Protocol):
    """Takes shots; says what is where as voxels of the shared grid."""

    voxel_m: float

    def integrate(self, shot: Shot) -> None:
        """Take in a frame: the only call that is timed as an update."""

    def occupied(self) -> Keys:
        """All occupied voxels, sorted."""

    def free(self) -> Keys | None:
        """All voxels known to be free, sorted; None if the map does not know such."""

    def holds(self, keys: Keys) -> Bool[np.ndarray, " n"]:
        """Which of these voxels are occupied."""

    def nbytes(self) -> int:
        """What the map itself takes."""


@runtime_checkable
class FeatureMap(SpatialMap, Protocol):
    """A map that can be searched by feature."""

    def find(self, feature: Float32[np.ndarray, " d"], k: int = 1) -> Float64[np.ndarray, "k 3"]:
        """Centres of the voxels most alike, best first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A map by name: how one is made at a voxel size, and the numbers of its features (0 for none)."""

    name: str
    make: Callable[[float, int], SpatialMap]  # voxel size in metres, stride
    dim: int = 0
    ours: bool = False
