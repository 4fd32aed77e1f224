"""Which depths are measurements: `valid_depth`, the same to the last pixel, for who needs it on every frame."""

from __future__ import annotations

import torch
from jaxtyping import Bool, Float32
from torch import Tensor
from torch.nn.functional import pad

from streammem.depth_units import SATURATED_M
from streammem.spatial.depth import DepthConfig

__all__ = ["valid_pixels"]

NOTHING_M = (
    -1e9
)  # stands for no measurement: far from every depth, and finite, so that differences have a sign
SATURATED_WITHIN_M = 5e-4
CHUNK = 32_768  # pixels at once: what stays in a processor's cache


def valid_pixels(depth_m: Float32[Tensor, "h w"], config: DepthConfig, stride: int) -> Bool[Tensor, "_ _"]:
    """`valid_depth(depth_m, config, stride)`, in half its time.

    Differences are counted by their sign bits instead of comparisons, a few rows at a time.
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
        good &= (depth - SATURATED_M).abs() > SATURATED_WITHIN_M
    if config.support == 0:
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
