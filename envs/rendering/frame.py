"""What a renderer is, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float32, Float64, Int32, UInt8

from streammem.envs.apartment.world import World
from streammem.envs.rendering.light import Lighting
from streammem.errors import ObservationError
from streammem.types import Intrinsics

__all__ = ["Frame", "Renderer", "check_view"]

MOST = 8192  # pixels along a side: what any driver of OpenGL 4 can do, and 1.5 GB of rays


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

    def load(self, world: World, lighting: Lighting | None = None) -> None:
        """Draw this world from now on; scenes that were loaded before are quick to load again.

        Args:
            world: its state is looked at whenever a picture is drawn.
            lighting: daylight and switches; a bright day with all lamps on if it is not given.
        """

    def render(self, world_from_camera: Float64[np.ndarray, "4 4"], intrinsics: Intrinsics) -> Frame:
        """Colour, depth and instances from a camera (OpenCV axes).

        Raises:
            ObservationError: if nothing is loaded, the pose is not finite, or the picture is too large.
        """

    def close(self) -> None:
        """Give back what the renderer holds; a second call does nothing."""


def check_view(world_from_camera: Float64[np.ndarray, "4 4"], intrinsics: Intrinsics) -> None:
    """Refuse what cannot be drawn.

    Raises:
        ObservationError: if the pose is not finite, or the picture is too large.
    """
    if not np.isfinite(world_from_camera).all():
        raise ObservationError(f"the camera's pose is not finite:\n{world_from_camera}")
    if max(intrinsics.width, intrinsics.height) > MOST:
        raise ObservationError(
            f"a picture has at most {MOST} pixels along a side, got {intrinsics.width}x{intrinsics.height}: "
            "draw it in parts"
        )
