"""Convolutions with what stands around them: ReLU before and behind, something added."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

__all__ = ["Conv", "PointConv"]

ROWS_AT_ONCE = 1024  # pixels whose outputs stay in the cache until they are finished


class Conv(nn.Conv2d):
    """relu(conv(relu(x)) + plus), each ReLU and the sum where asked for; the plain form, which can be trained."""

    def forward(
        self,
        x: Float[Tensor, "n c y x"],
        *,
        before: bool = False,
        plus: Float[Tensor, "_ k v u"] | None = None,
        behind: bool = False,
    ) -> Float[Tensor, "n k v u"]:
        """`before` and `behind` say where a ReLU stands; `plus` may have one entry for all of the batch."""
        y: Tensor = self._conv_forward(torch.relu(x) if before else x, self.weight, self.bias)
        if plus is not None:
            y = y.add_(plus)
        return y.relu_() if behind else y


class PointConv(nn.Module):
    """A 1x1 convolution as a matrix product, in strips that are finished while they are in the cache."""

    def __init__(
        self, weight: Float[Tensor, "k c 1 1"], bias: Float[Tensor, " k"] | None, stride: int = 1
    ) -> None:
        super().__init__()
        self.stride = stride
        self.weight = nn.Parameter(weight[:, :, 0, 0].T.contiguous(), requires_grad=False)
        self.bias = nn.Parameter(weight.new_zeros(len(weight)) if bias is None else bias, requires_grad=False)

    def forward(
        self,
        x: Float[Tensor, "n c y x"],
        *,
        before: bool = False,
        plus: Float[Tensor, "n k v u"] | None = None,
        behind: bool = False,
    ) -> Float[Tensor, "n k v u"]:
        """As `Conv`; channels last in and out."""
        if self.stride != 1:
            x = x[:, :, :: self.stride, :: self.stride]
        rows = _rows(torch.relu(x) if before else x)
        added = None if plus is None else _rows(plus)
        out = x.new_empty(len(rows), self.weight.shape[1])
        for start in range(0, len(rows), ROWS_AT_ONCE):
            part = slice(start, start + ROWS_AT_ONCE)
            strip = out[part]
            torch.mm(rows[part], self.weight, out=strip).add_(
                self.bias
            )  # addmm would copy the bias out first
            if added is not None:
                strip.add_(added[part])
            if behind:
                strip.relu_()
        return out.view(x.shape[0], *x.shape[2:], -1).permute(0, 3, 1, 2)


def _rows(x: Float[Tensor, "n c y x"]) -> Float[Tensor, "m c"]:
    return x.permute(0, 2, 3, 1).reshape(-1, x.shape[1])


def plain(conv: nn.Conv2d) -> Conv:
    """The same convolution as a `Conv`; weights are shared."""
    size = (conv.kernel_size[0], conv.kernel_size[1])
    stride = (conv.stride[0], conv.stride[1])
    padding = (int(conv.padding[0]), int(conv.padding[1]))
    new = Conv(
        conv.in_channels, conv.out_channels, size, stride, padding, bias=conv.bias is not None, device="meta"
    )
    new.weight, new.bias = conv.weight, conv.bias
    return new
