"""Which depths are measurements."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float32
from torch import Tensor
from torch.nn.functional import pad

from streammem.depth_units import SATURATED_M, misread_depth
from streammem.errors import ObservationError
from streammem.types import Intrinsics

__all__ = ["DepthConfig", "suspicious_depth", "valid_depth"]

HALF_MILLIMETRE = 5e-4


@dataclass(frozen=True, kw_only=True, slots=True)
class DepthConfig:
    """What counts as a measurement.

    Two depths belong to one surface when they differ by less than `jump_m + jump_ratio * depth`: the noise of
    structured light and the slope of a surface seen from the side both grow with distance. A pixel needs `support`
    of its eight neighbours at `reach` pixels on its surface, else it flies: sensors mix front and back along edges.
    Three is what a corner has; two is what a line of mixed pixels has. With `support` 0 nothing flies.

    How much a slanted surface rises between neighbours depends on the camera: `seen_by` adds `grazing` metres a metre
    that lies between two pixels. 1.5 is a surface seen at 34 degrees, or a floor 4 m away from a camera at eye height.
    """

    near_m: float = 0.1
    far_m: float = 4.0
    jump_m: float = 0.02
    jump_ratio: float = 0.02
    grazing: float = 1.5
    reach: int = 2
    support: int = 3

    def __post_init__(self) -> None:
        if not (0 <= self.near_m < self.far_m and math.isfinite(self.far_m)):
            raise ObservationError(f"depths count from near_m < far_m, got {self.near_m} to {self.far_m} m")
        if not (self.jump_m >= 0 and 0 <= self.jump_ratio < 1 and self.jump_m + self.jump_ratio > 0):
            raise ObservationError(
                f"jump_m and jump_ratio must not be negative and not both 0, got {self.jump_m}, {self.jump_ratio}"
            )
        if not 0 <= self.grazing < math.inf:
            raise ObservationError(f"grazing is a slope of at least 0, got {self.grazing}")
        if self.reach < 1 or not 0 <= self.support <= 8:
            raise ObservationError(
                f"reach is at least 1 pixel and support 0 to 8 neighbours, got {self.reach} and {self.support}"
            )

    def seen_by(self, intrinsics: Intrinsics) -> DepthConfig:
        """The same for the pictures of a camera: the fewer pixels it has, the more may lie between two of them."""
        slope = self.grazing * self.reach / min(intrinsics.fx, intrinsics.fy)
        return dataclasses.replace(self, jump_ratio=min(self.jump_ratio + slope, 0.5))


def valid_depth(depth_m: Float32[Tensor, "h w"], config: DepthConfig, stride: int = 1) -> Bool[Tensor, "_ _"]:
    """Which of every `stride`-th pixel, from (stride // 2, stride // 2) on, is a measurement.

    Not NaN, infinite, zero or negative; from `near_m` to `far_m`; not the largest 16-bit number of millimetres,
    which stands for "nothing"; and not flying (see `DepthConfig`). Neighbours are those in the full picture,
    whatever the stride, and those outside of it support nothing. This stands in for the distance to the 5x5
    median, at a fraction of its cost; unlike the median it also tells a line of mixed pixels along a straight edge.
    """
    start = stride // 2
    depth = depth_m[start::stride, start::stride].contiguous()
    good = (depth >= config.near_m) & (depth <= config.far_m) & (depth > 0)
    if config.far_m >= SATURATED_M:
        good &= (depth - SATURATED_M).abs() > HALF_MILLIMETRE
    if config.support == 0:
        return good
    rows, columns = depth.shape
    around = pad(depth_m, (config.reach,) * 4, value=math.nan)
    jump = depth * config.jump_ratio + config.jump_m
    count = torch.zeros_like(depth, dtype=torch.uint8)
    for down in (0, config.reach, 2 * config.reach):
        for right in (0, config.reach, 2 * config.reach):
            if (down, right) != (config.reach, config.reach):
                there = around[start + down :: stride, start + right :: stride][:rows, :columns]
                count += (there - depth).abs_() < jump  # NaN is never less
    return good & (count >= config.support)


def suspicious_depth(depth_m: Float32[Tensor, "h w"]) -> str | None:
    """A sentence that says when depths look like another unit than metres, and what to do; else None."""
    return misread_depth(depth_m.detach().cpu().numpy())
