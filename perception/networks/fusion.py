"""Features of the frame with features of the objects: residual blocks and attention."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from streammem.perception.networks.convolution import Conv

__all__ = ["FeatureFusion", "GroupResBlock", "SharedConv"]

REDUCTION = 16  # of the channels inside the channel gate


class SharedConv(nn.Conv2d):
    """A 3x3 convolution over [frame, object] whose frame part is computed once for all objects.

    Convolution is linear, so conv([f, g]) = conv_f(f) + conv_g(g): equal to the joint one up to rounding.
    """

    def __init__(self, shared: int, own: int, out: int) -> None:
        super().__init__(shared + own, out, 3, padding=1)
        self.shared = shared

    def forward(  # type: ignore[override]  # two maps, where a convolution takes one
        self,
        frame: Float[Tensor, "1 c y x"],
        objects: Float[Tensor, "n d y x"],
        *,
        before: bool = False,
        behind: bool = False,
    ) -> Float[Tensor, "n e y x"]:
        """The frame's features stand first among the channels; `before` and `behind`: ReLUs, as in `Conv`."""
        if before:
            frame, objects = torch.relu(frame), torch.relu(objects)
        part = functional.conv2d(frame, self.weight[:, : self.shared], self.bias, padding=1)
        y = functional.conv2d(objects, self.weight[:, self.shared :], padding=1) + part
        return y.relu_() if behind else y


class GroupResBlock(nn.Module):
    """y = conv2(relu(conv1(relu(x)))), plus x, or plus a 3x3 of x where the channels change; no norm."""

    def __init__(self, entry: int, out: int) -> None:
        super().__init__()
        self.downsample = Conv(entry, out, 3, padding=1) if entry != out else None
        self.conv1 = Conv(entry, out, 3, padding=1)
        self.conv2 = Conv(out, out, 3, padding=1)

    def forward(self, x: Float[Tensor, "n c y x"]) -> Float[Tensor, "n d y x"]:
        """The size stays."""
        y = self.conv1(x, before=True, behind=True)
        out: Tensor = self.conv2(y, plus=x if self.downsample is None else self.downsample(x))
        return out


class SharedResBlock(nn.Module):
    """A `GroupResBlock` over [frame, object], its frame part computed once for all objects."""

    def __init__(self, shared: int, own: int, out: int) -> None:
        super().__init__()
        self.downsample = SharedConv(shared, own, out)
        self.conv1 = SharedConv(shared, own, out)
        self.conv2 = Conv(out, out, 3, padding=1)

    def forward(
        self, frame: Float[Tensor, "1 c y x"], objects: Float[Tensor, "n d y x"]
    ) -> Float[Tensor, "n e y x"]:
        """The size stays."""
        y = self.conv1(frame, objects, before=True, behind=True)
        out: Tensor = self.conv2(y, plus=self.downsample(frame, objects))
        return out


class ChannelGate(nn.Module):
    """A weight for each channel, from its mean and its maximum (Woo et al. 2018, CBAM, eq. 2)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        inner = channels // REDUCTION
        self.mlp = nn.Sequential(
            nn.Flatten(), nn.Linear(channels, inner), nn.ReLU(), nn.Linear(inner, channels)
        )

    def forward(self, x: Float[Tensor, "n c y x"]) -> Float[Tensor, "n c y x"]:
        """The map with its channels weighted."""
        gate: Tensor = self.mlp(x.mean(dim=(2, 3))) + self.mlp(x.amax(dim=(2, 3)))
        return x * gate.sigmoid()[:, :, None, None]


class SpatialGate(nn.Module):
    """A weight for each place, from the maximum and the mean over channels (CBAM, eq. 3); no batch norm here."""

    def __init__(self) -> None:
        super().__init__()
        self.spatial = nn.Sequential()
        self.spatial.add_module("conv", nn.Conv2d(2, 1, 7, padding=3))

    def forward(self, x: Float[Tensor, "n c y x"]) -> Float[Tensor, "n c y x"]:
        """The map with its places weighted."""
        pooled = torch.cat([x.amax(dim=1, keepdim=True), x.mean(dim=1, keepdim=True)], dim=1)
        gate: Tensor = self.spatial(pooled)
        return x * gate.sigmoid()


class Attention(nn.Module):
    """The channel gate, then the spatial gate."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.ChannelGate = ChannelGate(channels)  # the original's names
        self.SpatialGate = SpatialGate()

    def forward(self, x: Float[Tensor, "n c y x"]) -> Float[Tensor, "n c y x"]:
        """The map, weighted."""
        gated: Tensor = self.SpatialGate(self.ChannelGate(x))
        return gated


class FeatureFusion(nn.Module):
    """Fuse the frame's features with each object's: block, attention, block (STCN and XMem)."""

    def __init__(self, shared: int, own: int, out: int) -> None:
        super().__init__()
        self.block1 = SharedResBlock(shared, own, out)
        self.attention = Attention(out)
        self.block2 = GroupResBlock(out, out)

    def forward(
        self, frame: Float[Tensor, "1 c h w"], objects: Float[Tensor, "n d h w"]
    ) -> Float[Tensor, "n e h w"]:
        """The frame's features stand first among the channels."""
        x = self.block1(frame, objects)
        fused: Tensor = self.block2(x + self.attention(x))
        return fused
