"""A renderer that is opened when the first picture is asked for."""

from __future__ import annotations

import numpy as np
from jaxtyping import Float64

from streammem.envs.apartment.world import World
from streammem.envs.rendering.choice import RENDERERS, open_renderer
from streammem.envs.rendering.frame import Frame, Renderer
from streammem.envs.rendering.light import Lighting
from streammem.errors import ObservationError
from streammem.types import Intrinsics

__all__ = ["LateRenderer"]


class LateRenderer:
    """Opens a renderer of a kind, and loads the world, at the first `render`.

    Who asks for no pictures waits for none of it; and the environment that a vector makes to read its spaces leaves no
    OpenGL context behind, which its forked workers could not use.
    """

    def __init__(self, kind: str = "auto") -> None:
        if kind not in RENDERERS:  # said at once, not at the first picture
            raise ObservationError(f"a renderer is one of {', '.join(RENDERERS)}, got {kind!r}")
        self.kind = kind
        self._renderer: Renderer | None = None
        self._world: World | None = None
        self._lighting: Lighting | None = None
        self._loaded: World | None = None

    def load(self, world: World, lighting: Lighting | None = None) -> None:
        """Draw this world from now on, in this light."""
        self._world, self._lighting, self._loaded = world, lighting, None

    def render(self, world_from_camera: Float64[np.ndarray, "4 4"], intrinsics: Intrinsics) -> Frame:
        """Colour, depth and instances from a camera (OpenCV axes).

        Raises:
            ObservationError: if nothing is loaded, or the pose is not finite.
        """
        if self._world is None:
            raise ObservationError("nothing is loaded: call load(world) before render")
        if self._renderer is None:
            self._renderer = open_renderer(self.kind)
        if self._loaded is not self._world:
            self._renderer.load(self._world, self._lighting)
            self._loaded = self._world
        return self._renderer.render(world_from_camera, intrinsics)

    def close(self) -> None:
        """Give back what the renderer holds; a second call does nothing."""
        if self._renderer is not None:
            self._renderer.close()
        self._renderer = self._world = self._loaded = None
