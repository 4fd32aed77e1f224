"""Which renderer draws."""

from __future__ import annotations

import logging

from streammem.envs.rendering.context import GlError
from streammem.envs.rendering.frame import Renderer
from streammem.envs.rendering.gl import GlRenderer
from streammem.envs.rendering.rays import RayRenderer
from streammem.errors import ObservationError

__all__ = ["RENDERERS", "open_renderer"]

RENDERERS = ("auto", "gl", "rays")

logger = logging.getLogger(__name__)
_said: set[str] = set()  # reasons that were given before


def open_renderer(kind: str = "auto") -> Renderer:
    """What draws apartments.

    Args:
        kind: "gl" is OpenGL without a window (EGL; Mesa's software suffices); "rays" is ray casting on the processor,
            two to four times slower; "auto" is OpenGL, or rays where it cannot be had: the log says so once.

    Raises:
        GlError: if OpenGL is asked for and cannot be had.
        ObservationError: if there is no such kind.
    """
    if kind not in RENDERERS:
        raise ObservationError(f"a renderer is one of {', '.join(RENDERERS)}, got {kind!r}")
    if kind == "rays":
        return RayRenderer()
    try:
        return GlRenderer()
    except GlError as error:
        if kind == "gl":
            raise
        if str(error) not in _said:
            _said.add(str(error))
            logger.warning("drawing by ray casting: %s", error)
        return RayRenderer()
