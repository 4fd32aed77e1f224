"""What an object is in a frame: the values that the memory stores."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from streammem.perception.networks.fusion import FeatureFusion
from streammem.perception.networks.recurrent import GatedUpdate
from streammem.perception.networks.resnet import BasicBlock, stage

__all__ = ["ValueEncoder"]


class ValueEncoder(nn.Module):
    """ResNet-18 up to its third stage over image and masks, fused with the frame's features at stride 16.

    Args:
        masks: mask channels behind the image: the object's own, and unless `single_object` the sum of the others.
        frame: channels of the frame's features.
        value: channels of the values.
        hidden: channels of the sensory memory; 0: none.
    """

    def __init__(self, *, masks: int, frame: int, value: int, hidden: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3 + masks, 64, 7, 2, 3, bias=False)
        self.bn1: nn.Module = nn.BatchNorm2d(64)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        self.layer1 = stage(BasicBlock, 64, 64, 2, 1)
        self.layer2 = stage(BasicBlock, 64, 128, 2, 2)
        self.layer3 = stage(BasicBlock, 128, 256, 2, 2)
        self.fuser = FeatureFusion(frame, 256, value)
        self.hidden_reinforce = GatedUpdate(value, hidden) if hidden else None

    def forward(
        self,
        seen: Float[Tensor, "n c H W"],
        frame: Float[Tensor, "1 d h w"],
        hidden: Float[Tensor, "n s h w"] | None,
        deep: bool,
    ) -> tuple[Float[Tensor, "n v h w"], Float[Tensor, "n s h w"] | None]:
        """Values, and the hidden state, renewed if `deep`; `seen` is the image with the masks behind it."""
        x = torch.relu(self.maxpool(self.bn1(self.conv1(seen))))
        x = self.layer3(self.layer2(self.layer1(x)))
        value = self.fuser(frame, x)
        if deep and hidden is not None and self.hidden_reinforce is not None:
            hidden = self.hidden_reinforce(value, hidden)
        return value, hidden
