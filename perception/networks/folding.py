"""Rewrites of a network that leave its outputs equal up to rounding and take less time."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor, nn

from streammem.perception.networks.convolution import Conv, PointConv, plain
from streammem.perception.networks.fusion import SharedConv
from streammem.perception.networks.integers import IntegerConv
from streammem.perception.networks.resnet import BasicBlock, Bottleneck, KeyEncoder
from streammem.perception.networks.value import ValueEncoder
from streammem.perception.networks.winograd import WinogradConv
from streammem.perception.networks.xmem import KeyProjection, XMemNetwork

__all__ = ["fold_norms", "fuse_keys", "split_shared", "use_integers", "use_products"]

FEWEST_ROUNDED = 32  # channels in and out, so that rounding errors average out
FEWEST_CHANNELS = 128  # with fewer, Winograd's transforms cost what its products save


class SplitConv(nn.Module):
    """A `SharedConv` as two convolutions, so that each can be done in its own best way."""

    def __init__(self, joint: SharedConv) -> None:
        super().__init__()
        self.frame = _conv(joint.weight[:, : joint.shared], joint.bias)
        self.objects = _conv(joint.weight[:, joint.shared :], None)

    def forward(
        self,
        frame: Float[Tensor, "1 c y x"],
        objects: Float[Tensor, "n d y x"],
        *,
        before: bool = False,
        behind: bool = False,
    ) -> Float[Tensor, "n e y x"]:
        """As `SharedConv`."""
        part = self.frame(frame, before=before)
        y: Tensor = self.objects(objects, before=before, plus=part, behind=behind)
        return y


class FoldedBlock(nn.Module):
    """A residual block of a ResNet without its norms: convolutions in a row, ReLUs in them."""

    def __init__(self, block: Bottleneck | BasicBlock) -> None:
        super().__init__()
        pairs = [("conv1", "bn1"), ("conv2", "bn2"), ("conv3", "bn3")][
            : 3 if isinstance(block, Bottleneck) else 2
        ]
        self.convs = nn.ModuleList(
            _folded(getattr(block, conv), getattr(block, norm)) for conv, norm in pairs
        )
        self.downsample = None if block.downsample is None else _folded(*block.downsample)

    def forward(self, x: Float[Tensor, "n c y x"]) -> Float[Tensor, "n d v u"]:
        """As the block's."""
        shortcut = x if self.downsample is None else self.downsample(x)
        *first, last = self.convs
        for conv in first:
            x = conv(x, behind=True)
        y: Tensor = last(x, plus=shortcut, behind=True)
        return y


class FusedProjection(nn.Module):
    """A `KeyProjection` as one convolution; what was not asked for is a hundredth of it, or left unused."""

    def __init__(self, projection: KeyProjection) -> None:
        super().__init__()
        parts = (projection.key_proj, projection.e_proj, projection.d_proj)
        biases = [part.bias for part in parts if part.bias is not None]
        self.joint = _conv(torch.cat([part.weight for part in parts]), torch.cat(biases))
        self.key = projection.key_proj.out_channels

    def forward(
        self, frame: Float[Tensor, "1 c h w"], shrinkage: bool, selection: bool
    ) -> tuple[Float[Tensor, "1 k h w"], Float[Tensor, "1 1 h w"] | None, Float[Tensor, "1 k h w"] | None]:
        """As `KeyProjection`."""
        found: Tensor = self.joint(frame)
        key, chosen, sharp = torch.split(found, [self.key, self.key, 1], dim=1)
        return key, sharp.square() + 1 if shrinkage else None, chosen.sigmoid() if selection else None


def fuse_keys(network: XMemNetwork) -> None:
    """Project key, selection and shrinkage in one convolution, in place."""
    assert isinstance(network.key_proj, KeyProjection)
    network.key_proj = FusedProjection(network.key_proj)


def fold_norms(network: nn.Module) -> None:
    """Scale each convolution's weights by the batch norm behind it, in place; running statistics become constants."""
    _replace(network, lambda m: FoldedBlock(m) if isinstance(m, (Bottleneck, BasicBlock)) else None)
    for module in network.modules():
        if isinstance(module, (KeyEncoder, ValueEncoder)) and isinstance(module.bn1, nn.BatchNorm2d):
            module.conv1, module.bn1 = _folded(module.conv1, module.bn1), nn.Identity()


def split_shared(network: nn.Module) -> None:
    """Turn every `SharedConv` into its two parts, in place."""
    _replace(network, lambda module: SplitConv(module) if isinstance(module, SharedConv) else None)


def use_products(network: nn.Module) -> None:
    """Do convolutions by matrix products where that is faster, in place: 1x1, and 3x3 of many channels.

    For float32 on the CPU; wants channels last.
    """
    _replace(network, lambda module: _product(module) if isinstance(module, Conv) else None)


def use_integers(network: XMemNetwork) -> None:
    """Do convolutions in 8-bit integers, in place, but for the keys and those of few channels: pictures, masks, logits.

    For the CPU; wants channels last.
    """
    kept = {id(module) for module in network.key_proj.modules()}
    _replace(network, lambda module: None if id(module) in kept else _integer(module))


def _integer(module: nn.Module) -> IntegerConv | None:
    if isinstance(module, Conv) and module.groups == 1 and min(module.weight.shape[:2]) >= FEWEST_ROUNDED:
        return IntegerConv(module)
    return None


def _replace(network: nn.Module, change: Callable[[nn.Module], nn.Module | None]) -> None:
    for module in list(network.modules()):
        for name, child in list(module.named_children()):
            if (new := change(child)) is not None:
                setattr(module, name, new)


def _product(conv: Conv) -> WinogradConv | PointConv | None:
    weight, bias = conv.weight.detach(), None if conv.bias is None else conv.bias.detach()
    if conv.kernel_size == (1, 1) and conv.padding == (0, 0):
        return PointConv(weight, bias, conv.stride[0])
    if (
        conv.stride == (1, 1)
        and conv.kernel_size == (3, 3)
        and conv.padding == (1, 1)
        and min(weight.shape[:2]) >= FEWEST_CHANNELS
    ):
        return WinogradConv(weight, bias)
    return None


def _conv(weight: Float[Tensor, "k c 3 3"], bias: Float[Tensor, " k"] | None) -> Conv:
    out, entry = weight.shape[:2]
    conv = Conv(entry, out, 3, padding=1, bias=bias is not None, device="meta")
    conv.weight = nn.Parameter(weight.detach().clone(), requires_grad=False)
    if bias is not None:
        conv.bias = nn.Parameter(bias.detach().clone(), requires_grad=False)
    return conv


def _folded(conv: nn.Conv2d, norm: nn.BatchNorm2d) -> Conv:
    """Computed in float64, so that folding rounds once."""
    assert conv.bias is None and norm.running_mean is not None and norm.running_var is not None
    scale = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
    bias = norm.bias.double() - norm.running_mean.double() * scale
    weight = conv.weight.double() * scale[:, None, None, None]
    new = plain(conv)
    new.weight = nn.Parameter(weight.to(conv.weight.dtype).detach(), requires_grad=False)
    new.bias = nn.Parameter(bias.to(conv.weight.dtype).detach(), requires_grad=False)
    return new
