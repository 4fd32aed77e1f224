"""Mesa's software OpenGL and torch's compiler bring an LLVM each, and only one order of loading them is survived."""

from __future__ import annotations

import ctypes
import importlib.util
import sys
from pathlib import Path

__all__ = ["map_torch_compiler"]


def map_torch_compiler() -> None:
    """Map triton's library ahead of Mesa's; mapping does not import it. If Mesa is here already, it is too late.

    To be called before anything in this process makes an OpenGL context. 40 ms, and pages that nobody touches.
    """
    maps = Path("/proc/self/maps")
    if "triton" in sys.modules or (maps.is_file() and "libLLVM" in maps.read_text()):
        return
    found = importlib.util.find_spec("triton")
    if found is None or found.origin is None:
        return
    for library in sorted((Path(found.origin).parent / "_C").glob("libtriton*.so")):
        ctypes.CDLL(str(library))
