"""Frames to whole cells and back: zeros around, as many before as after (the odd one after)."""

from __future__ import annotations

from collections.abc import Sequence

from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

__all__ = ["Padding"]


class Padding:
    """Around frames of one size, so that both sides are multiples of `stride`."""

    def __init__(self, size: Sequence[int], stride: int) -> None:
        high, wide = size
        down, right = -high % stride, -wide % stride
        self.size = (high, wide)
        self.padded = (high + down, wide + right)
        self.cells = (self.padded[0] // stride, self.padded[1] // stride)
        self._around = (right // 2, right - right // 2, down // 2, down - down // 2)

    def pad(self, x: Float[Tensor, "c h w"]) -> Float[Tensor, "c i j"]:
        """Add the border."""
        return functional.pad(x, self._around)

    def crop(self, x: Float[Tensor, "c i j"]) -> Float[Tensor, "c h w"]:
        """Take it away."""
        left, _, top, _ = self._around
        return x[..., top : top + self.size[0], left : left + self.size[1]]
