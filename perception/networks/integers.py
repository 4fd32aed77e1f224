"""Convolutions in 8-bit integers, for CPUs with dot products of bytes (VNNI): faster, and not exact.

Weights have a scale for each output channel, inputs one scale and zero for the whole map, taken anew from each map (so
nothing has to be calibrated). Sums are exact in 32 bits. The relative error of a layer is about .6 % where inputs are
rectified, 1 % elsewhere. oneDNN does the work (torch.ops.onednn).
"""

import threading

import torch
from jaxtyping import Float, UInt8
from torch import Tensor, nn

from streammem.perception.networks.convolution import Conv

__all__ = ["IntegerConv", "integers_at_hand"]

STRIP = 1 << 16  # numbers rounded at once, so that they stay in the cache

_KEPT = threading.local()


def integers_at_hand() -> bool:
    """Whether this build of torch has the operations."""
    return hasattr(torch.ops.onednn, "qconv2d_pointwise")


class IntegerConv(nn.Module):
    """A `Conv` for inference on the CPU; channels last in and out."""

    def __init__(self, conv: Conv) -> None:
        super().__init__()
        weight = conv.weight.detach().float()
        self.scale = weight.abs().amax((1, 2, 3)).clamp(min=1e-12) / 127
        self.weight = (weight / self.scale[:, None, None, None]).round().to(torch.int8)
        self.bias = weight.new_zeros(len(weight)) if conv.bias is None else conv.bias.detach().float()
        self._zero = torch.zeros(len(weight), dtype=torch.int64)
        self._form = ([*conv.stride], [*map(int, conv.padding)], [*conv.dilation], conv.groups)
        self._packed: Tensor | None = None

    def forward(
        self,
        x: Float[Tensor, "n c y x"],
        *,
        before: bool = False,
        plus: Float[Tensor, "_ k v u"] | None = None,
        behind: bool = False,
    ) -> Float[Tensor, "n k v u"]:
        """As `Conv`."""
        rounded, scale, zero = _rounded(x, before)
        stride, padding, dilation, groups = self._form
        if self._packed is None:
            self._packed = torch.ops.onednn.qconv_prepack(
                self.weight, self.scale, 1.0, 1, stride, padding, dilation, groups, [*x.shape]
            )
        behind_at_once = "relu" if behind and plus is None else "none"
        y: Tensor = torch.ops.onednn.qconv2d_pointwise(
            rounded, scale, zero, self._packed, self.scale, self._zero, self.bias,
            stride, padding, dilation, groups, 1.0, 0, torch.float32, behind_at_once, [], "",
        )  # fmt: skip
        if plus is None:
            return y
        y = y.add_(plus)
        return y.relu_() if behind else y


def _rounded(x: Float[Tensor, "n c y x"], rectified: bool) -> tuple[UInt8[Tensor, "n c y x"], float, int]:
    """Bytes, and the scale and zero by which they are read: x = scale * (byte - zero). Rectifying costs nothing."""
    flat = x.permute(0, 2, 3, 1).reshape(
        -1
    )  # no copy if channels stand last; a reduction over 4 axes takes 20 times as long
    low, high = (float(part) for part in torch.aminmax(flat))
    low, high = (0.0 if rectified else min(low, 0.0)), max(high, 0.0)
    scale = max(high - low, 1e-12) / 255
    zero = round(-low / scale)
    rounded = torch.empty(flat.shape, dtype=torch.uint8)
    buffer = getattr(_KEPT, "buffer", None)
    if buffer is None:
        with torch.inference_mode(False):
            buffer = _KEPT.buffer = torch.empty(STRIP)
    for start in range(0, len(flat), STRIP):
        part = flat[start : start + STRIP]
        space = buffer[: len(part)]
        torch.mul(part, 1 / scale, out=space)
        rounded[start : start + STRIP] = space.add_(zero + 0.5).clamp_(0, 255)
    n, channels, height, width = x.shape
    return rounded.view(n, height, width, channels).permute(0, 3, 1, 2), scale, zero
