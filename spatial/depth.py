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
NOTHING_M = -1e9  # no measurement: far from every depth, and finite, so that differences have a sign
CHUNK = 32_768  # pixels at once: what stays in a processor's cache


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
    Differences are counted by their sign bits instead of comparisons, a few rows at a time: half the time.
    """
    start, reach = stride // 2, config.reach
    rows, columns = depth_m[start::stride, start::stride].shape
    before = -(-reach // stride)  # pixels of the strided picture that a shift reaches outside of it
    phases: dict[tuple[int, int], Tensor] = {}

    def shifted(down: int, right: int) -> Tensor:
        """The strided picture, but each pixel's neighbour `down` and `right` of it."""
        top, left = start + down, start + right
        phase = top % stride, left % stride
        if phase not in phases:
            one = depth_m[phase[0] :: stride, phase[1] :: stride].nan_to_num(NOTHING_M, NOTHING_M, NOTHING_M)
            phases[phase] = pad(one, (before, before + 1) * 2, value=NOTHING_M)
        return phases[phase][top // stride + before :, left // stride + before :][:rows, :columns]

    depth = shifted(0, 0).contiguous()
    good = (depth >= config.near_m) & (depth <= config.far_m) & (depth > 0)
    if config.far_m >= SATURATED_M:
        good &= (depth - SATURATED_M).abs() > HALF_MILLIMETRE
    if config.support == 0 or not columns:
        return good
    jump = depth * config.jump_ratio + config.jump_m
    around = [(down, right) for down in (-reach, 0, reach) for right in (-reach, 0, reach) if down or right]
    neighbours = [shifted(down, right) for down, right in around]
    few = max(1, CHUNK // columns)
    for first in range(0, rows, few):
        part = slice(first, min(first + few, rows))
        here, allowed = depth[part], jump[part]
        count = torch.zeros(here.shape, dtype=torch.int32, device=depth.device)
        for there in neighbours:
            gap = torch.sub(there[part], here).abs_().sub_(allowed)
            count += gap.view(torch.int32).bitwise_right_shift_(31)  # -1 where it is negative
        good[part] &= count <= -config.support
    return good


def suspicious_depth(depth_m: Float32[Tensor, "h w"]) -> str | None:
    """A sentence that says when depths look like another unit than metres, and what to do; else None."""
    return misread_depth(depth_m.detach().cpu().numpy())
