"""Readouts to masks: fusion at stride 16, two refinements, one logit a pixel at stride 4."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from streammem.perception.networks.convolution import Conv
from streammem.perception.networks.fusion import FeatureFusion, GroupResBlock
from streammem.perception.networks.recurrent import renew

__all__ = ["Decoder"]

FEATURES = {"f16": 1024, "f8": 512, "f4": 256}  # channels of the key encoder's maps
WIDTHS = {"g16": 512, "g8": 256, "g4": 256}  # channels of the decoder's
MIDDLE = 256  # channels in which the three scales meet


class Upsample(nn.Module):
    """Twice the size, with the frame's features of that size added; those are computed once for all objects."""

    def __init__(self, skip: int, entry: int, out: int) -> None:
        super().__init__()
        self.skip_conv = Conv(skip, entry, 3, padding=1)
        self.out_conv = GroupResBlock(entry, out)

    def forward(
        self, skip: Float[Tensor, "1 d y x"], small: Float[Tensor, "n d v u"]
    ) -> Float[Tensor, "n e y x"]:
        """`skip` is `skip_conv` of the frame's features; it has twice the size of `small`."""
        large = functional.interpolate(small, scale_factor=2, mode="bilinear", align_corners=False)
        refined: Tensor = self.out_conv(large.add_(skip))
        return refined


class HiddenUpdate(nn.Module):
    """The sensory memory from the decoder's maps, pooled to stride 16."""

    def __init__(self, hidden: int) -> None:
        super().__init__()
        self.g16_conv = Conv(WIDTHS["g16"], MIDDLE, 1)
        self.g8_conv = Conv(WIDTHS["g8"], MIDDLE, 1)
        self.g4_conv = Conv(WIDTHS["g4"] + 1, MIDDLE, 1)
        self.transform = Conv(MIDDLE + hidden, hidden * 3, 3, padding=1)

    def forward(
        self,
        g16: Float[Tensor, "n a h w"],
        g8: Float[Tensor, "n b h8 w8"],
        g4: Float[Tensor, "n c h4 w4"],
        logit: Float[Tensor, "n 1 h4 w4"],
        hidden: Float[Tensor, "n d h w"],
    ) -> Float[Tensor, "n d h w"]:
        """The next hidden state."""
        fine = torch.cat([functional.avg_pool2d(g4, 4), functional.avg_pool2d(logit, 4)], dim=1)
        x = self.g16_conv(g16) + self.g8_conv(functional.avg_pool2d(g8, 2)) + self.g4_conv(fine)
        return renew(self.transform(torch.cat([x, hidden], dim=1)), hidden)


class Decoder(nn.Module):
    """Frame features, readouts and hidden states to hidden states and logits; hidden 0: no sensory memory."""

    def __init__(self, value: int, hidden: int) -> None:
        super().__init__()
        self.hidden_update = HiddenUpdate(hidden) if hidden else None
        self.fuser = FeatureFusion(FEATURES["f16"], value + hidden, WIDTHS["g16"])
        self.up_16_8 = Upsample(FEATURES["f8"], WIDTHS["g16"], WIDTHS["g8"])
        self.up_8_4 = Upsample(FEATURES["f4"], WIDTHS["g8"], WIDTHS["g4"])
        self.pred = Conv(WIDTHS["g4"], 1, 3, padding=1)

    def skips(
        self, f8: Float[Tensor, "1 a h8 w8"], f4: Float[Tensor, "1 b h4 w4"]
    ) -> tuple[Float[Tensor, "1 c h8 w8"], Float[Tensor, "1 d h4 w4"]]:
        """What the frame adds at strides 8 and 4, the same for every object."""
        return self.up_16_8.skip_conv(f8), self.up_8_4.skip_conv(f4)

    def forward(
        self,
        frame: Float[Tensor, "1 c h w"],
        skips: tuple[Float[Tensor, "1 _ _ _"], Float[Tensor, "1 _ _ _"]],
        readout: Float[Tensor, "n v h w"],
        hidden: Float[Tensor, "n s h w"] | None,
        update: bool,
    ) -> tuple[Float[Tensor, "n s h w"] | None, Float[Tensor, "n 1 h4 w4"]]:
        """The hidden state, renewed if `update`, and the logits at stride 4."""
        objects = readout if hidden is None else torch.cat([readout, hidden], dim=1)
        g16 = self.fuser(frame, objects)
        g8 = self.up_16_8(skips[0], g16)
        g4 = self.up_8_4(skips[1], g8)
        logit = self.pred(g4, before=True)
        if update and hidden is not None and self.hidden_update is not None:
            hidden = self.hidden_update(g16, g8, g4, logit, hidden)
        return hidden, logit
