"""Residual networks (He et al. 2016), under the parameter names of the original checkpoints."""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

__all__ = ["BasicBlock", "Bottleneck", "KeyEncoder", "stage"]


class Bottleneck(nn.Module):
    """1x1, 3x3, 1x1; the 3x3 carries the stride (version 1.5). Gives 4 times `middle` channels."""

    widening = 4

    def __init__(self, entry: int, middle: int, stride: int) -> None:
        super().__init__()
        out = middle * self.widening
        self.conv1 = nn.Conv2d(entry, middle, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(middle)
        self.conv2 = nn.Conv2d(middle, middle, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(middle)
        self.conv3 = nn.Conv2d(middle, out, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out)
        self.downsample = _shortcut(entry, out, stride)

    def forward(self, x: Float[Tensor, "n c y x"]) -> Float[Tensor, "n d v u"]:
        """Halves the size where the stride is 2."""
        y = torch.relu(self.bn1(self.conv1(x)))
        y = torch.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return torch.relu_(y + (x if self.downsample is None else self.downsample(x)))


class BasicBlock(nn.Module):
    """Two 3x3; the first carries the stride."""

    widening = 1

    def __init__(self, entry: int, middle: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(entry, middle, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(middle)
        self.conv2 = nn.Conv2d(middle, middle, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(middle)
        self.downsample = _shortcut(entry, middle, stride)

    def forward(self, x: Float[Tensor, "n c y x"]) -> Float[Tensor, "n d v u"]:
        """Halves the size where the stride is 2."""
        y = torch.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        return torch.relu_(y + (x if self.downsample is None else self.downsample(x)))


def stage(
    block: type[Bottleneck] | type[BasicBlock], entry: int, middle: int, depth: int, stride: int
) -> nn.Sequential:
    """So many blocks; the first carries the stride."""
    wide = middle * block.widening
    return nn.Sequential(block(entry, middle, stride), *(block(wide, middle, 1) for _ in range(depth - 1)))


class KeyEncoder(nn.Module):
    """ResNet-50 without its last stage: features at strides 4, 8 and 16, all after their ReLU."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1: nn.Module = nn.BatchNorm2d(64)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.res2 = stage(Bottleneck, 64, 64, 3, 1)
        self.layer2 = stage(Bottleneck, 256, 128, 4, 2)
        self.layer3 = stage(Bottleneck, 512, 256, 6, 2)

    def forward(self, image: Float[Tensor, "1 3 H W"]) -> Sequence[Float[Tensor, "1 _ _ _"]]:
        """The maps f16 (1024 channels), f8 (512) and f4 (256)."""
        x = torch.relu(self.maxpool(self.bn1(self.conv1(image))))  # the same values, fewer to rectify
        f4 = self.res2(x)
        f8 = self.layer2(f4)
        return self.layer3(f8), f8, f4


def _shortcut(entry: int, out: int, stride: int) -> nn.Sequential | None:
    if stride == 1 and entry == out:
        return None
    return nn.Sequential(nn.Conv2d(entry, out, 1, stride, bias=False), nn.BatchNorm2d(out))
