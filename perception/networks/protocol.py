"""What a network that segments objects through a memory has to offer."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from jaxtyping import Float
from torch import Tensor

__all__ = ["KeyFeatures", "SegmentationNetwork"]


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyFeatures:
    """What a frame looks like, before any object is known; h and w are the frame's divided by the stride."""

    key: Float[Tensor, "k h w"]
    shrinkage: Float[Tensor, "1 h w"] | None  # at least 1: how sharply a stored key picks its queries
    selection: Float[Tensor, "k h w"] | None  # in (0, 1): how much each channel of a query counts
    f16: Float[Tensor, "c16 h w"]
    f8: Float[Tensor, "c8 h8 w8"]
    f4: Float[Tensor, "c4 h4 w4"]


@runtime_checkable
class SegmentationNetwork(Protocol):
    """Keys of a frame, values of its objects, and masks from what the memory read.

    Objects are the leading axis, without the background; every size is a multiple of `stride`. A network without
    sensory memory has `hidden_dim` 0, and takes and gives None for the hidden state.
    """

    key_dim: int
    value_dim: int
    hidden_dim: int
    stride: int
    single_object: bool
    calibrated: bool  # whether what the head says about cuts and identity was fitted to its keys
    mean: tuple[float, float, float]  # frames are (x / 255 - mean) / std, then padded with zeros
    std: tuple[float, float, float]

    def encode_key(self, image: Float[Tensor, "3 H W"], *, shrinkage: bool, selection: bool) -> KeyFeatures:
        """Keys and features of a normalised, padded frame; shrinkage and selection where they are asked for."""

    def encode_value(
        self,
        image: Float[Tensor, "3 H W"],
        features: KeyFeatures,
        hidden: Float[Tensor, "n c h w"] | None,
        masks: Float[Tensor, "n H W"],
        *,
        deep: bool,
    ) -> tuple[Float[Tensor, "n v h w"], Float[Tensor, "n c h w"] | None]:
        """The values to store for each object, and its hidden state (renewed if `deep`)."""

    def decode(
        self,
        features: KeyFeatures,
        readout: Float[Tensor, "n v h w"],
        hidden: Float[Tensor, "n c h w"] | None,
        *,
        update: bool,
    ) -> tuple[Float[Tensor, "n c h w"] | None, Float[Tensor, "n H W"]]:
        """The hidden state (renewed if `update`), and each object's probability by itself."""
