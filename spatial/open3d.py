"""The only door to Open3D.

Its Linux wheels link against libusb-1.0.so.0 (for cameras that we do not use) and fail to import on a machine
without it. The wheel `libusb-package` carries that library: it is loaded first when the system has none.
Importing Open3D takes seconds, so nothing here happens before `load`.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import sys
from importlib import import_module
from types import ModuleType

__all__ = ["load"]


def load() -> ModuleType:
    """Open3D itself.

    Raises:
        ImportError: if Open3D or the library that it needs is missing.
    """
    if (
        sys.platform == "linux"
        and "open3d" not in sys.modules
        and ctypes.util.find_library("usb-1.0") is None
    ):
        _preload_libusb()
    return import_module("open3d")


def _preload_libusb() -> None:
    library = import_module("libusb_package").get_library_path()
    if library is None:
        raise ImportError(
            "the package libusb-package carries no library for this platform: install libusb-1.0"
        )
    ctypes.CDLL(str(library), mode=ctypes.RTLD_GLOBAL)
