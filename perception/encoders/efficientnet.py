"""EfficientNet-Lite0 with its batch norms folded: the default encoder's network, in plain torch.

Tan & Le 2019 without squeeze-and-excitation and with ReLU6 (the "lite" variant of the TensorFlow authors). It
is written out here because timm, which has it as `tf_efficientnet_lite0`, takes 9 s to import on the machine where
this was measured; a test holds the two to the same outputs.
"""

from collections.abc import Iterator

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from streammem.errors import CheckpointError

__all__ = ["EfficientNetLite0", "fold"]

FEATURES, CLASSES = 1280, 1000
EPSILON = 1e-3  # of the batch norms, TensorFlow's default
# repeats, kernel, stride of the first, expansion, channels out
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


class SameConv(nn.Module):
    """Convolution padded as TensorFlow pads: ceil(size / stride) outputs, the odd pixel right and below."""

    def __init__(self, inputs: int, outputs: int, kernel: int, *, stride: int = 1, groups: int = 1) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs // groups, kernel, kernel))
        self.bias = nn.Parameter(torch.empty(outputs))
        self.stride, self.groups = stride, groups

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b d i j"]:
        """Convolve."""
        (kernel, stride), padding = (self.weight.shape[-1], self.stride), self.weight.shape[-1] // 2
        if stride > 1:
            down, right = (max((-(-n // stride) - 1) * stride + kernel - n, 0) for n in x.shape[-2:])
            x, padding = functional.pad(x, (right // 2, right - right // 2, down // 2, down - down // 2)), 0
        return functional.conv2d(x, self.weight, self.bias, stride, padding, groups=self.groups)


class Inverted(nn.Module):
    """Widen, convolve each channel, narrow; the sum with the input where shapes allow (MobileNetV2)."""

    def __init__(self, inputs: int, outputs: int, *, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = inputs * expansion
        self.widen = SameConv(inputs, wide, 1) if expansion > 1 else None
        self.depthwise = SameConv(wide, wide, kernel, stride=stride, groups=wide)
        self.narrow = SameConv(wide, outputs, 1)
        self.skip = stride == 1 and inputs == outputs

    def forward(self, x: Float[Tensor, "b c h w"]) -> Float[Tensor, "b d i j"]:
        """One block."""
        wide = x if self.widen is None else functional.relu6(self.widen(x), inplace=True)
        out: Tensor = self.narrow(functional.relu6(self.depthwise(wide), inplace=True))
        return out.add_(x) if self.skip else out


class EfficientNetLite0(nn.Module):
    """Pictures (normalised to -1..1) to a grid of features at 1/32 of the size, and those to class scores."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = SameConv(3, 32, 3, stride=2)
        self.blocks = nn.Sequential(*_blocks(32))
        self.head = SameConv(STAGES[-1][-1], FEATURES, 1)
        self.classifier = nn.Linear(FEATURES, CLASSES)

    def forward(self, x: Float[Tensor, "b 3 h w"]) -> Float[Tensor, "b 1280 i j"]:
        """The last features before pooling."""
        x = functional.relu6(self.stem(x), inplace=True)
        return functional.relu6(self.head(self.blocks(x)), inplace=True)


def _blocks(inputs: int) -> Iterator[Inverted]:
    for repeats, kernel, first_stride, expansion, outputs in STAGES:
        for repeat in range(repeats):
            stride = first_stride if repeat == 0 else 1
            yield Inverted(inputs, outputs, kernel=kernel, stride=stride, expansion=expansion)
            inputs = outputs


def fold(weights: dict[str, Tensor]) -> dict[str, Tensor]:
    """Batch norms folded into the convolutions before them, under this module's names.

    Args:
        weights: a checkpoint in the order of the layers: for each convolution its weight, then the scale,
            shift, mean, variance and step count of its batch norm; last the classifier's weight and bias. The
            names in it do not matter.

    Raises:
        CheckpointError: if the number of tensors or a shape is not that of EfficientNet-Lite0.
    """
    with torch.device("meta"):
        wanted = {name: value.shape for name, value in EfficientNetLite0().state_dict().items()}
    tensors, names = list(weights.values()), list(wanted)
    convolutions = (len(names) - 2) // 2
    if len(tensors) != convolutions * 6 + 2:
        raise CheckpointError(
            f"EfficientNet-Lite0 has {convolutions * 6 + 2} tensors, the file {len(tensors)}"
        )
    folded = dict(zip(names[-2:], tensors[-2:], strict=True))
    for at in range(convolutions):
        weight, scale, shift, mean, variance = (t.double() for t in tensors[6 * at : 6 * at + 5])
        gain = scale / (variance + EPSILON).sqrt()
        folded[names[2 * at]] = (weight * gain[:, None, None, None]).float()
        folded[names[2 * at + 1]] = (shift - mean * gain).float()
    wrong = [f"{name} {tuple(folded[name].shape)}" for name in names if folded[name].shape != wanted[name]]
    if wrong:
        raise CheckpointError(f"these weights are not EfficientNet-Lite0's: {', '.join(wrong[:3])}")
    return folded
