"""The one OpenGL context of a process."""

from __future__ import annotations

import os
from typing import Any

__all__ = ["GlError", "context"]


class GlError(RuntimeError):
    """No OpenGL context can be made here; the text says why."""


_held: dict[int, Any] = {}  # by process: a child must not draw with its parent's


def context() -> Any:
    """The context of this process, made when it is first asked for.

    Raises:
        GlError: if EGL or OpenGL 3.3 is missing.
    """
    if os.getpid() not in _held:
        _held[os.getpid()] = _made()
    return _held[os.getpid()]


def _made() -> Any:
    import moderngl

    try:
        return moderngl.create_context(standalone=True, require=330, backend="egl")
    except Exception as error:  # whatever the driver says
        raise GlError(f"no OpenGL context: {error}") from error
