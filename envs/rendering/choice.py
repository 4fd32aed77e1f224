"""Which renderer draws."""

from __future__ import annotations

from streammem.envs.rendering.frame import Renderer
from streammem.envs.rendering.gl import GlRenderer
from streammem.errors import ObservationError

__all__ = ["open_renderer"]


def open_renderer(kind: str = "auto") -> Renderer:
    """A renderer: "gl", "rays", or "auto".

    Raises:
        ObservationError: if there is no such kind.
    """
    if kind not in {"auto", "gl", "rays"}:
        raise ObservationError(f'a renderer is "auto", "gl" or "rays", got {kind!r}')
    return GlRenderer()
