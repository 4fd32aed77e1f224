"""XMem's network (Cheng & Schwing 2022): keys, values and masks, under the original's parameter names."""

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from streammem.errors import ObservationError
from streammem.perception.networks.convolution import Conv
from streammem.perception.networks.decoder import Decoder
from streammem.perception.networks.protocol import KeyFeatures
from streammem.perception.networks.resnet import KeyEncoder
from streammem.perception.networks.value import ValueEncoder

__all__ = ["KeyProjection", "XMemConfig", "XMemNetwork"]

STRIDE = 16
FRAME = 1024  # channels of f16


@dataclass(frozen=True, kw_only=True, slots=True)
class XMemConfig:
    """The dimensions in which XMem's variants differ."""

    key_dim: int = 64
    value_dim: int = 512
    hidden_dim: int = 64  # 0: no sensory memory
    single_object: bool = False  # no channel for the other objects' masks

    def __post_init__(self) -> None:
        if self.key_dim < 1 or self.value_dim < 16 or self.hidden_dim < 0:
            raise ValueError(
                "key_dim must be at least 1, value_dim at least 16 (the channel gate divides it by 16) and hidden_dim "
                f"at least 0, got {self.key_dim}, {self.value_dim} and {self.hidden_dim}"
            )


class KeyProjection(nn.Module):
    """Key, shrinkage and selection, each a 3x3 of the frame's features at stride 16."""

    def __init__(self, frame: int, key: int) -> None:
        super().__init__()
        self.key_proj = Conv(frame, key, 3, padding=1)
        self.d_proj = Conv(frame, 1, 3, padding=1)
        self.e_proj = Conv(frame, key, 3, padding=1)

    def forward(
        self, frame: Float[Tensor, "1 c h w"], shrinkage: bool, selection: bool
    ) -> tuple[Float[Tensor, "1 k h w"], Float[Tensor, "1 1 h w"] | None, Float[Tensor, "1 k h w"] | None]:
        """Key k; shrinkage d^2 + 1; selection sigmoid(e)."""
        return (
            self.key_proj(frame),
            self.d_proj(frame).square() + 1 if shrinkage else None,
            self.e_proj(frame).sigmoid() if selection else None,
        )


class XMemNetwork(nn.Module):
    """Keys of a frame, values of its objects, masks from readouts: a `SegmentationNetwork`.

    Objects go through `objects_at_once` together, so memory does not grow with their number; the frame's part of
    every fusion is computed once a call. Use it in eval mode: batch norms take their running statistics.

    Raises:
        ObservationError: from its methods, for a size that is no multiple of 16, or shapes that do not belong
            together.
    """

    stride = STRIDE
    calibrated = False
    mean, std = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)

    def __init__(self, config: XMemConfig = XMemConfig(), *, objects_at_once: int = 4) -> None:
        super().__init__()
        self.config = config
        self.objects_at_once = objects_at_once
        self.key_dim, self.value_dim = config.key_dim, config.value_dim
        self.hidden_dim, self.single_object = config.hidden_dim, config.single_object
        self.key_encoder = KeyEncoder()
        self.value_encoder = ValueEncoder(
            masks=1 if config.single_object else 2,
            frame=FRAME,
            value=config.value_dim,
            hidden=config.hidden_dim,
        )
        self.key_proj: nn.Module = KeyProjection(FRAME, config.key_dim)
        self.decoder = Decoder(config.value_dim, config.hidden_dim)

    def encode_key(self, image: Float[Tensor, "3 H W"], *, shrinkage: bool, selection: bool) -> KeyFeatures:
        """Keys and features of a normalised, padded frame; shrinkage and selection where they are asked for."""
        height, width = image.shape[1:]
        if height % STRIDE or width % STRIDE or not height or not width:
            raise ObservationError(
                f"a frame of {height}x{width} does not divide into {STRIDE}x{STRIDE} cells: pad it with zeros to "
                f"{-(-height // STRIDE) * STRIDE}x{-(-width // STRIDE) * STRIDE} (the head does this)"
            )
        f16, f8, f4 = self.key_encoder(image[None])
        key, sharp, chosen = self.key_proj(f16, shrinkage, selection)
        return KeyFeatures(
            key=key[0],
            shrinkage=None if sharp is None else sharp[0],
            selection=None if chosen is None else chosen[0],
            f16=f16[0],
            f8=f8[0],
            f4=f4[0],
        )

    def encode_value(
        self,
        image: Float[Tensor, "3 H W"],
        features: KeyFeatures,
        hidden: Float[Tensor, "m c y x"] | None,
        masks: Float[Tensor, "n Y X"],
        *,
        deep: bool,
    ) -> tuple[Float[Tensor, "n v h w"], Float[Tensor, "n c h w"] | None]:
        """The values to store for each object, and its hidden state, renewed if `deep`.

        Masks are soft and without background; each object also sees the sum of the others.
        """
        if masks.shape[1:] != image.shape[1:]:
            raise ObservationError(
                f"masks of {tuple(masks.shape[1:])} for a frame of {tuple(image.shape[1:])}: both are padded alike"
            )
        self._check(features, len(masks), hidden)
        masks = masks.to(image.dtype)
        own = masks[:, None]
        if not self.single_object:
            own = torch.cat([own, masks.sum(dim=0)[None, None] - own], dim=1)
        seen = torch.cat([image.expand(len(masks), -1, -1, -1), own], dim=1)
        values, states = [], []
        for part in self._parts(len(masks)):
            value, state = self.value_encoder(
                seen[part], features.f16[None], None if hidden is None else hidden[part], deep
            )
            values.append(value)
            states.append(state)
        if not values:
            return image.new_zeros(0, self.value_dim, *features.key.shape[1:]), hidden
        return _join(values), None if hidden is None else _join(states)

    def decode(
        self,
        features: KeyFeatures,
        readout: Float[Tensor, "n v j i"],
        hidden: Float[Tensor, "m c y x"] | None,
        *,
        update: bool,
    ) -> tuple[Float[Tensor, "n c h w"] | None, Float[Tensor, "n H W"]]:
        """The hidden state, renewed if `update`, and each object's probability by itself (see `aggregate`)."""
        self._check(features, len(readout), hidden)
        if readout.shape[1:] != (self.value_dim, *features.key.shape[1:]):
            raise ObservationError(
                f"readouts of shape {tuple(readout.shape[1:])} for a frame of {tuple(features.key.shape[1:])} cells: "
                f"values of {self.value_dim} channels from this frame's queries are expected"
            )
        height, width = (STRIDE * side for side in features.key.shape[1:])
        if not len(readout):
            return hidden, readout.new_zeros(0, height, width)
        f16 = features.f16[None]
        skips = self.decoder.skips(features.f8[None], features.f4[None])
        logits, states = [], []
        for part in self._parts(len(readout)):
            state, logit = self.decoder(
                f16, skips, readout[part], None if hidden is None else hidden[part], update
            )
            logits.append(logit)
            states.append(state)
        large = functional.interpolate(_join(logits), scale_factor=4, mode="bilinear", align_corners=False)
        return None if hidden is None else _join(states), large[:, 0].sigmoid()

    def _parts(self, objects: int) -> list[slice]:
        step = self.objects_at_once
        return [slice(start, start + step) for start in range(0, objects, step)]

    def _check(self, features: KeyFeatures, objects: int, hidden: Float[Tensor, "..."] | None) -> None:
        wanted = (objects, self.hidden_dim, *features.key.shape[1:]) if self.hidden_dim else None
        found = None if hidden is None else tuple(hidden.shape)
        if found != wanted:
            raise ObservationError(
                f"hidden state of shape {found} for {objects} objects, {wanted} expected: None where the network has "
                "no sensory memory, zeros for new objects"
            )


def _join(parts: list[Tensor]) -> Tensor:
    return parts[0] if len(parts) == 1 else torch.cat(parts)
