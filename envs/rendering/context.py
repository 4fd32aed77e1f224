"""The one OpenGL context of a process: made when it is first wanted, shared by all who draw.

Three traps are stepped round here:

- Mesa's software OpenGL and torch's compiler bring an LLVM each. Where Mesa's comes first, loading the other kills
  the process. So the compiler's library (`triton`, where it is installed) is mapped before the context is made: 40 ms,
  and pages that nobody touches.
- Mesa's drawing threads do not survive a fork: a child would wait for them for ever. The context is made without
  them (`LP_NUM_THREADS=0`: whoever asks for a picture draws it), so that the workers of a vector environment can be
  forked from a process that has drawn. Who sets the variable himself gets his threads, and a clear error after a fork.
- A context belongs to one thread at a time: it is taken up for each picture and laid down again (3 microseconds).
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from streammem.envs.rendering.torch_compiler import map_torch_compiler
from streammem.errors import ObservationError

__all__ = ["GlError", "drawing"]

THREADS = "LP_NUM_THREADS"
BACKEND: dict[str, Any] = {"backend": "egl"}  # moderngl's stubs take the settings for a mapping
OLDEST = 330  # OpenGL 3.3


class GlError(ObservationError):
    """No OpenGL context can be had here; the text says why."""


class _Held:
    """The context of one process."""

    def __init__(self, gl: Any, *, forkable: bool) -> None:
        self.gl, self.forkable = gl, forkable
        self.process = os.getpid()
        self.lock = threading.RLock()


_kept: list[
    _Held
] = []  # parents' contexts stay here, too: freeing them in a child would break the child's own
_making = threading.Lock()


@contextmanager
def drawing() -> Iterator[Any]:
    """This process's context, for this thread alone, until the block ends.

    Raises:
        GlError: if EGL or OpenGL 3.3 is missing, or this process was forked from one whose driver cannot bear that.
    """
    held = _held()
    with held.lock, held.gl:
        yield held.gl


def _held() -> _Held:
    with _making:
        if not _kept or _kept[-1].process != os.getpid():
            if _kept and not _kept[-1].forkable:
                raise GlError(
                    "this process was forked from one that had drawn with OpenGL, and its driver does not survive a "
                    f"fork: leave {THREADS} unset, start workers with the context 'spawn' or 'forkserver', or take "
                    "the renderer 'rays'"
                )
            _kept.append(_made())
        return _kept[-1]


def _made() -> _Held:
    try:
        import moderngl
    except ImportError as error:
        raise GlError(f"no OpenGL: {error}: install moderngl, or take the renderer 'rays'") from error
    if sys.platform != "linux":
        raise GlError(
            f"OpenGL without a window needs EGL on Linux, not {sys.platform}: take the renderer 'rays'"
        )
    map_torch_compiler()
    threads = os.environ.get(THREADS)
    os.environ[THREADS] = threads or "0"
    try:
        gl = moderngl.create_context(standalone=True, require=OLDEST, **BACKEND)
    except Exception as error:  # glcontext and moderngl raise Exception itself
        raise GlError(
            f"no OpenGL context: {error}: install EGL and a driver (Debian: libegl1 libgl1-mesa-dri), or take the "
            "renderer 'rays'"
        ) from error
    finally:
        if threads is None:
            del os.environ[THREADS]
        else:
            os.environ[THREADS] = threads
    forkable = "llvmpipe" in gl.info["GL_RENDERER"] and not _mesa_has_threads()  # asked while it is current
    _lay_down()
    return _Held(gl, forkable=forkable)


def _mesa_has_threads() -> bool:
    """Whether Mesa draws in threads of its own here: by `LP_NUM_THREADS`, or because another library came first."""
    names = (_name_of(task) for task in Path("/proc/self/task").iterdir())
    return any(name.startswith("llvmpipe-") for name in names)


def _name_of(task: Path) -> str:
    try:
        return (task / "comm").read_text()
    except OSError:  # the thread has just ended
        return ""


def _lay_down() -> None:
    """A new context is current in the thread that made it: another thread could not take it up."""
    egl = ctypes.CDLL(ctypes.util.find_library("EGL") or "libEGL.so.1")
    egl.eglGetCurrentDisplay.restype = ctypes.c_void_p
    egl.eglMakeCurrent.argtypes = [ctypes.c_void_p] * 4
    egl.eglMakeCurrent(egl.eglGetCurrentDisplay(), None, None, None)
