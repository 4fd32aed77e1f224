"""What a memory is put together from: its encoders, opened when they are first needed, and the parts with own bytes."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float32, UInt8

from streammem.config import Manifest
from streammem.errors import ObservationError
from streammem.heads.following import Following
from streammem.interface import Directed, Encoder
from streammem.memory.codes import projection
from streammem.memory.spatial import SpatialMemory
from streammem.perception.encoders import open_encoder

__all__ = ["Encoders", "follower", "mapper"]


class Encoders:
    """The cheap encoder and the deep one, by name."""

    def __init__(self, deep: str, device: str) -> None:
        self._deep, self._device = deep, device
        self._opened: dict[str, Encoder] = {}

    def __getitem__(self, name: str) -> Encoder:
        if name not in self._opened:
            self._opened[name] = open_encoder(name, device=self._device)
        return self._opened[name]

    @property
    def all(self) -> list[Encoder]:
        """The cheap one, and the deep one where there is one."""
        return [self[name] for name in dict.fromkeys(("classic", self._deep))]

    def describe(self, picture: UInt8[np.ndarray, "_ _ 3"]) -> Float32[np.ndarray, " d"]:
        """A small thing, cut out of its picture, as the cheap descriptor sees it."""
        (features,) = self["classic"].encode([picture])
        found: Float32[np.ndarray, " d"] = features.spaces["pixel"][0].numpy()
        return found

    def directions(self, dim: int) -> Float32[np.ndarray, "d k"]:
        """The directions of the patch space that a map keeps: the encoder's own, else random ones."""
        encoder = self[self._deep]
        if isinstance(encoder, Directed):
            found: Float32[np.ndarray, "d k"] = encoder.directions("patch", dim).numpy()
            return found
        return projection(encoder.spaces["patch"].dim, dim)


def follower(manifest: Manifest, device: str) -> Following | None:
    """The head that follows marked objects, where the memory is to have one."""
    tracking, network = manifest.config.tracking, manifest.network
    if tracking is None or network is None:
        return None
    return Following(tracking, int(manifest.budget * tracking.share), network=network, device=device)


def mapper(manifest: Manifest, encoders: Encoders, device: str) -> SpatialMemory | None:
    """The map, where the memory is to draw one.

    Raises:
        BudgetError: if its share of the budget is too small.
        ObservationError: if its landmarks compare other numbers than the cheap encoder gives.
    """
    config = manifest.config.spatial
    if config is None:
        return None
    look, pixel = config.landmarks.dim, manifest.spaces["pixel"].dim
    if look not in (0, pixel):
        raise ObservationError(
            f"landmarks are told apart by the {pixel} numbers of 'pixel' or by pose alone, got a dim of {look}: set "
            f"landmarks.dim to {pixel} or 0"
        )
    return SpatialMemory(
        config,
        int(manifest.budget * config.share),
        patch=manifest.spaces.get("patch"),
        directions=lambda: encoders.directions(config.octree.dim),
        streams=manifest.config.max_streams,
        device=device,
    )
