"""The small network that tracking works with on a fresh machine: EfficientNet-Lite0, frozen, and 1.9 M trained weights.

The parts are XMem's (Cheng & Schwing 2022): keys with shrinkage and selection, a value encoder, a sensory memory, a
decoder with skips. Everything is narrower, there is no CBAM, and the value encoder sees the features of the frame
instead of the picture, so that the backbone runs once a frame however many objects there are.

Two things are built in instead of learned. The last 16 channels of a value are the mask itself, one for each 4x4 pixels
of a cell, so that what the memory reads contains the mask as the best matches had it (label propagation, as in Jabri et
al. 2020); the last 16 of the sensory memory are the mask of the frame before. Both enter the logits directly, the rest
of the decoder corrects them. And keys start as whitened principal components of the backbone's features.
"""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from streammem.perception.encoders.efficientnet import EfficientNetLite0, fold
from streammem.perception.encoders.lite import packaged_weights
from streammem.perception.networks.protocol import KeyFeatures

__all__ = ["LiteTracker", "packaged_trunk"]

F4, F8, F16 = 24, 40, 112  # channels of the backbone at 1/4, 1/8 and 1/16 of the size
CUTS = (3, 5, 11)  # blocks after which they are taken
WIDE, KEY = 128, 64
CELL = 16  # masks of a cell: 4x4, each the mean of 4x4 pixels
VALUE, HIDDEN = 112, 32  # without them


class Residual(nn.Module):
    """Two 3x3 convolutions beside an identity, activated before (He et al. 2016b), no norm."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x: Float[Tensor, "n c h w"]) -> Float[Tensor, "n c h w"]:
        """Add what two convolutions find."""
        out: Tensor = x + self.conv2(functional.relu(self.conv1(functional.relu(x))))
        return out


class Trunk(nn.Module):
    """EfficientNet-Lite0 up to 1/16 of the size."""

    def __init__(self) -> None:
        super().__init__()
        net = EfficientNetLite0()
        self.stem, self.blocks = net.stem, net.blocks[: CUTS[-1]]

    def forward(
        self, x: Float[Tensor, "b 3 h w"]
    ) -> tuple[Float[Tensor, "b 24 i j"], Float[Tensor, "b 40 k l"], Float[Tensor, "b 112 m n"]]:
        """Features at 1/4, 1/8 and 1/16."""
        x = functional.relu6(self.stem(x), inplace=True)
        found = []
        for start, end in zip((0, *CUTS), CUTS, strict=False):
            x = self.blocks[start:end](x)
            found.append(x)
        return found[0], found[1], found[2]


class LiteTracker(nn.Module):
    """The network of `SegmentationNetwork`; pictures are normalised to -1..1 and padded to multiples of 16."""

    mean = (0.5, 0.5, 0.5)
    std = (0.5, 0.5, 0.5)
    stride = 16
    single_object = False
    calibrated = True
    key_dim, value_dim, hidden_dim = KEY, VALUE + CELL, HIDDEN + CELL

    def __init__(self) -> None:
        super().__init__()
        self.trunk = Trunk()
        self.view = nn.Sequential(nn.Conv2d(F16, WIDE, 1), nn.ReLU(), nn.Conv2d(WIDE, WIDE, 3, padding=1))
        self.component = nn.Conv2d(F16, KEY, 1)
        self.key = nn.Conv2d(WIDE, KEY, 3, padding=1)
        self.shrinkage = nn.Conv2d(WIDE, 1, 3, padding=1)
        self.selection = nn.Conv2d(WIDE, KEY, 3, padding=1)
        # value encoder: two masks of 4x4 pixels are 32 channels
        self.mask4 = nn.Conv2d(32, 32, 3, padding=1)
        self.mask8 = nn.Conv2d(32 + F4, 48, 3, stride=2, padding=1)
        self.mask16 = nn.Conv2d(48 + F8, WIDE, 3, stride=2, padding=1)
        self.value_in = nn.Conv2d(2 * WIDE, VALUE, 3, padding=1)
        self.value_out = Residual(VALUE)
        self.reinforce = nn.Conv2d(VALUE + HIDDEN, 3 * HIDDEN, 3, padding=1)
        # decoder
        self.from_view = nn.Conv2d(WIDE, WIDE, 3, padding=1)
        self.from_memory = nn.Conv2d(VALUE + HIDDEN + 2 * CELL, WIDE, 3, padding=1, bias=False)
        self.deep = Residual(WIDE)
        self.skip8, self.up8, self.mid = nn.Conv2d(F8, 64, 1), nn.Conv2d(WIDE, 64, 1), Residual(64)
        self.skip4, self.up4, self.fine = nn.Conv2d(F4, 32, 3, padding=1), nn.Conv2d(64, 32, 1), Residual(32)
        self.prior4 = nn.Conv2d(2, 32, 3, padding=1, bias=False)
        self.predict = nn.Conv2d(32, 1, 3, padding=1)
        self.trust = nn.Parameter(torch.tensor([6.0, 2.0]))  # in the mask that was read, and in the last one
        self.update16, self.update8 = nn.Conv2d(WIDE, 64, 1), nn.Conv2d(64, 64, 1)
        self.update4, self.update = nn.Conv2d(33, 64, 1), nn.Conv2d(64 + HIDDEN, 3 * HIDDEN, 3, padding=1)
        for parameter in (*self.key.parameters(), *self.predict.parameters()):
            nn.init.zeros_(parameter)  # it starts with what is built in

    def encode_key(
        self, image: Float[Tensor, "3 h w"], *, shrinkage: bool = True, selection: bool = True
    ) -> KeyFeatures:
        """What a frame looks like, whoever is in it."""
        f4, f8, f16 = self.trunk(image[None].contiguous(memory_format=torch.channels_last))
        return self.project(f4, f8, f16, shrinkage=shrinkage, selection=selection)

    def project(
        self,
        f4: Float[Tensor, "1 _ _ _"],
        f8: Float[Tensor, "1 _ _ _"],
        f16: Float[Tensor, "1 _ _ _"],
        *,
        shrinkage: bool = True,
        selection: bool = True,
    ) -> KeyFeatures:
        """The trained part of `encode_key`."""
        view = self.view(f16)
        seen = functional.relu(view)
        return KeyFeatures(
            key=(self.component(f16) + self.key(seen))[0],
            shrinkage=self.shrinkage(seen)[0].square() + 1 if shrinkage else None,
            selection=self.selection(seen)[0].sigmoid() if selection else None,
            f16=view[0],
            f8=f8[0],
            f4=f4[0],
        )

    def encode_value(
        self,
        image: Float[Tensor, "3 h w"] | None,
        features: KeyFeatures,
        hidden: Float[Tensor, "n c i j"] | None,
        masks: Float[Tensor, "n h w"],
        *,
        deep: bool = True,
    ) -> tuple[Float[Tensor, "n v i j"], Float[Tensor, "n c i j"] | None]:
        """What to remember of each object in this frame; `image` is not looked at again."""
        n = len(masks)
        others = (masks.sum(0, keepdim=True) - masks).clamp(0, 1)
        both = torch.stack([masks, others], 1)
        x = functional.relu(self.mask4(functional.pixel_unshuffle(both, 4) * 2 - 1))
        x = functional.relu(self.mask8(torch.cat([x, features.f4[None].expand(n, -1, -1, -1)], 1)))
        x = functional.relu(self.mask16(torch.cat([x, features.f8[None].expand(n, -1, -1, -1)], 1)))
        seen = functional.relu(features.f16)[None].expand(n, -1, -1, -1)
        value: Tensor = self.value_out(self.value_in(torch.cat([x, seen], 1)))
        cells = functional.pixel_unshuffle(functional.avg_pool2d(masks[:, None], 4), 4)
        if deep and hidden is not None:
            old = hidden[:, :HIDDEN]
            hidden = torch.cat([_gate(self.reinforce(torch.cat([value, old], 1)), old), cells], 1)
        return torch.cat([value, cells], 1), hidden

    def decode(
        self,
        features: KeyFeatures,
        readout: Float[Tensor, "n v i j"],
        hidden: Float[Tensor, "n c i j"] | None,
        *,
        update: bool = True,
    ) -> tuple[Float[Tensor, "n c i j"] | None, Float[Tensor, "n h w"]]:
        """Where each object is, as a probability by itself, and the next sensory memory."""
        assert hidden is not None
        shared = self.from_view(functional.relu(features.f16)[None])
        g16 = self.deep(shared + self.from_memory(torch.cat([readout, hidden], 1)))
        g8 = self.mid(self.skip8(features.f8[None]) + _grow(self.up8(g16), 2))
        known = torch.cat([functional.pixel_shuffle(x[:, -CELL:], 4) for x in (readout, hidden)], 1)
        g4 = self.fine(self.skip4(features.f4[None]) + _grow(self.up4(g8), 2) + self.prior4(known * 2 - 1))
        prior = ((known - 0.5) * self.trust[:, None, None]).sum(1, keepdim=True)
        logit = self.predict(functional.relu(g4)) + prior
        if update:
            old, cells = hidden[:, :HIDDEN], functional.pixel_unshuffle(logit.sigmoid(), 4)
            g = self.update16(g16) + self.update8(functional.avg_pool2d(g8, 2))
            g = g + self.update4(functional.avg_pool2d(torch.cat([g4, logit], 1), 4))
            hidden = torch.cat([_gate(self.update(torch.cat([g, old], 1)), old), cells], 1)
        return hidden, _grow(logit, 4)[:, 0].sigmoid()


def _grow(x: Float[Tensor, "n c h w"], times: int) -> Float[Tensor, "n c i j"]:
    return functional.interpolate(x, scale_factor=times, mode="bilinear", align_corners=False)


def _gate(gates: Float[Tensor, "n g i j"], hidden: Float[Tensor, "n c i j"]) -> Float[Tensor, "n c i j"]:
    """XMem's recurrent update: forget, update and the new value, which does not see the forget gate."""
    forget, update, new = gates.chunk(3, dim=1)
    forget, update = forget.sigmoid(), update.sigmoid()
    return forget * hidden * (1 - update) + update * new.tanh()


def packaged_trunk() -> Trunk:
    """The frozen backbone with the weights of the pinned package.

    Raises:
        CheckpointError: if the package is missing or damaged.
    """
    with torch.device("meta"):
        trunk = Trunk()
    wanted = set(trunk.state_dict())
    trunk.load_state_dict({k: v for k, v in fold(packaged_weights()).items() if k in wanted}, assign=True)
    return trunk.eval().to(memory_format=torch.channels_last)
