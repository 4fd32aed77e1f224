"""How a memory follows objects, and which network does it."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

from streammem.errors import CheckpointError, ObservationError
from streammem.heads.segmentation import SegmentationConfig
from streammem.memory.feature_config import FeatureConfig
from streammem.perception.networks.opening import WEIGHTS
from streammem.plain import from_plain

__all__ = ["TrackingConfig", "network_identity"]


@dataclass(frozen=True, kw_only=True, slots=True)
class TrackingConfig:
    """A head that follows objects, inside a memory's budget.

    Its bytes come from `share`, so `segmentation` names none itself. The small network is made for frames with a
    shorter side of 288 pixels, XMem's for 480: give `SegmentationConfig(side_px=480)` with such weights.
    """

    share: float = 0.5  # of the memory's budget, set aside for the head
    weights: str | None = None  # a checkpoint of XMem; None for the small network that comes along
    segmentation: SegmentationConfig = field(default_factory=lambda: SegmentationConfig(side_px=288))

    def __post_init__(self) -> None:
        if not 0 < self.share < 1:
            raise ObservationError(f"the share of tracking lies between 0 and 1, got {self.share}")
        asked = self.segmentation.propagation.memory.budget
        if asked != FeatureConfig().budget:
            raise ObservationError(
                f"tracking takes its bytes from its share of the memory's budget, segmentation asks for {asked!r}: "
                "leave that out and set share"
            )

    def bounded(self, budget_bytes: int) -> SegmentationConfig:
        """The head's configuration, with everything that it keeps in so many bytes."""
        propagation = self.segmentation.propagation
        memory = dataclasses.replace(propagation.memory, budget=budget_bytes)
        propagation = dataclasses.replace(propagation, memory=memory)
        return dataclasses.replace(self.segmentation, propagation=propagation)

    @classmethod
    def from_json(cls, saved: Mapping[str, Any]) -> TrackingConfig:
        """Read back what `dataclasses.asdict` made."""
        return from_plain(cls, saved)


def network_identity(weights: str | None) -> str:
    """The SHA-256 of a network's weights: a store is never continued with others.

    Raises:
        CheckpointError: if they cannot be read.
    """
    place = (
        files("streammem.perception.networks").joinpath("data", WEIGHTS) if weights is None else Path(weights)
    )
    try:
        with place.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # a binary file
    except OSError as error:
        raise CheckpointError(f"the weights at {weights or WEIGHTS} cannot be read: {error}") from error
