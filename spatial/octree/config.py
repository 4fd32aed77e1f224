"""The settings of the octree, and OctoMap's occupancy model in whole steps that fit an int8."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from streammem.errors import ObservationError
from streammem.spatial.depth import DepthConfig

__all__ = ["OctreeConfig", "Steps"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Steps:
    """Log-odds in steps of one size: what a hit adds, a miss takes, and where both stop."""

    size: float
    hit: int
    miss: int
    low: int
    high: int


@dataclass(frozen=True, kw_only=True, slots=True)
class OctreeConfig:
    """How depth becomes occupancy, and how much is remembered beside it.

    `hit` and `miss` are the probabilities that one sighting gives a voxel on a surface and one in front of it, `low`
    and `high` the log-odds at which evidence stops to add up (OctoMap's defaults, Hornung et al. 2013). A voxel
    counts as in front when its centre is nearer than the surface by more than `tolerance` voxels, along the ray;
    nearer by more than `through` voxels, the sighting counts `through_misses` times, so that what has gone away
    disappears soon. Depths from `depth.far_m` to `beyond_m` make no surface, but show free space up to `far_m`.
    """

    voxel_m: float = 0.05
    stride: int = 4
    depth: DepthConfig = field(default_factory=DepthConfig)
    beyond_m: float = 10.0
    tolerance: float = 0.75
    through: float = 3.0
    through_misses: int = 3
    hit: float = 0.7
    miss: float = 0.4
    low: float = -2.0
    high: float = 3.5
    dim: int = 32
    most_weight: float = 10_000.0  # pixels; more than that, and a surface could never look different again

    def __post_init__(self) -> None:
        if not (0 < self.voxel_m < math.inf and self.stride >= 1 and self.dim >= 0):
            raise ObservationError(
                f"voxels are > 0 m, the stride >= 1 and features >= 0 numbers, got {self.voxel_m}, {self.stride} and "
                f"{self.dim}"
            )
        if not (0 <= self.tolerance <= self.through and self.through_misses >= 1):
            raise ObservationError(
                f"0 <= tolerance <= through voxels and through_misses >= 1, got {self.tolerance}, {self.through} and "
                f"{self.through_misses}"
            )
        if not (0.5 < self.hit < 1 and 0 < self.miss < 0.5 and -20 <= self.low < 0 < self.high <= 20):
            raise ObservationError(
                f"hit is 0.5..1, miss 0..0.5, low below 0 and high above, got {self.hit}, {self.miss}, {self.low} and "
                f"{self.high}"
            )
        if not (self.beyond_m >= self.depth.far_m and self.most_weight >= 1):
            raise ObservationError(
                f"beyond_m must reach far_m ({self.depth.far_m}) and most_weight 1, got {self.beyond_m} and "
                f"{self.most_weight}"
            )

    @property
    def steps(self) -> Steps:
        """The step in which hit and miss are nearest to whole numbers, and all of it fits an int8.

        With the defaults 1/95 of `high`: hit 23, miss 11, -54 to 95, each within 0.6 % of OctoMap's.
        """
        hit, miss = math.log(self.hit / (1 - self.hit)), -math.log(self.miss / (1 - self.miss))
        best: tuple[float, int] = (math.inf, 0)
        for count in range(127, 31, -1):
            size = max(self.high, -self.low) / count
            wrong = abs(hit / size - round(hit / size)) / hit + abs(miss / size - round(miss / size)) / miss
            room = -self.low / size + self.through_misses * miss / size <= 127
            if room and miss / size >= 0.5 and hit / size >= 0.5 and wrong < best[0]:
                best = (wrong, count)
        if not best[1]:
            raise ObservationError(
                f"hit {self.hit}, miss {self.miss} x {self.through_misses} and {self.low}..{self.high} do not fit a "
                "byte: choose through_misses smaller or the limits closer"
            )
        size = max(self.high, -self.low) / best[1]
        hit_steps, miss_steps, low, high = (
            round(number / size) for number in (hit, miss, self.low, self.high)
        )
        return Steps(size=size, hit=hit_steps, miss=miss_steps, low=low, high=high)
