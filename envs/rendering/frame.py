"""What a renderer is, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32, Float64, Int32, UInt8

from streammem.envs.apartment.world import World
from streammem.types import Intrinsics

__all__ = ["Frame", "Renderer"]


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture; every array is the caller's own."""

    rgb: UInt8[np.ndarray, "h w 3"]
    depth_m: Float32[np.ndarray, "h w"]  # along the optical axis; 0 where nothing is
    instances: Int32[np.ndarray, "h w"]  # ids of things; 0 where nothing is


@runtime_checkable
class Renderer(Protocol):
    """Draws a world as it is now."""

    kind: str  # "gl" or "rays"

    def load(self, world: World) -> None:
        """Draw this world from now on; scenes that were loaded before are quick to load again."""

    def render(self, world_from_camera: Float64[np.ndarray, "4 4"], intrinsics: Intrinsics) -> Frame:
        """Colour, depth and instances from a camera (OpenCV axes).

        Raises:
            ObservationError: if nothing is loaded, or the pose is not finite.
        """

    def close(self) -> None:
        """Give back what the renderer holds; a second call does nothing."""
