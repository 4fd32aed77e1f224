"""The settings of the octree, and OctoMap's occupancy model in whole steps that fit an int8."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache

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

        _ = self.steps

    @property
    def steps(self) -> Steps:
        """The step in which hit and miss are nearest to whole numbers, and all of it fits an int8.

        With the defaults 1/95 of `high`: hit 23, miss 11, -54 to 95, each within 0.6 % of OctoMap's.
        """
        return _steps(self.hit, self.miss, self.low, self.high, self.through_misses)


@lru_cache(maxsize=16)
def _steps(hit: float, miss: float, low: float, high: float, through_misses: int) -> Steps:
    more, less = math.log(hit / (1 - hit)), -math.log(miss / (1 - miss))
    best: tuple[float, Steps] | None = None
    for count in range(127, 31, -1):
        size = max(high, -low) / count
        up, down = round(more / size), round(less / size)
        wrong = abs(more / size - up) / more + abs(less / size - down) / less
        fits = -low / size + through_misses * down <= 127
        if fits and up and down and (best is None or wrong < best[0]):
            best = wrong, Steps(size=size, hit=up, miss=down, low=round(low / size), high=round(high / size))
    if best is None:
        raise ObservationError(
            f"hit {hit}, miss {miss} x {through_misses} and {low}..{high} do not fit a byte: choose through_misses "
            "smaller or the limits closer"
        )
    return best[1]
