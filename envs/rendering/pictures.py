"""The pictures of surfaces on the graphics card: one array for all scenes, which grows."""

from __future__ import annotations

import ctypes
import ctypes.util
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from jaxtyping import Int32, UInt8

from streammem.envs.apartment.surfaces import surface
from streammem.envs.rendering.bodies import Bodies

__all__ = ["Pictures", "picture_of"]

SIDE = 256
LEVELS = 9  # 256 to 1
FIRST = 64  # layers to begin with
MOST = 1024  # then all scenes are loaded afresh; 350 kB each


def picture_of(bodies: Bodies, name: str) -> UInt8[np.ndarray, "256 256 3"]:
    """A surface's picture: the scene's own, or a built-in one."""
    return bodies.pictures[name] if name in bodies.pictures else surface(name)


class Pictures:
    """An array of textures with mip levels.

    Attributes:
        texture: the array; it changes when it grows.
    """

    def __init__(self, gl: Any) -> None:
        self._gl = gl
        self._layer: dict[int, int] = {}
        self._pictures: list[UInt8[np.ndarray, "256 256 3"]] = []
        self.texture: Any = None
        self._room = 0

    @property
    def full(self) -> bool:
        """Whether it is time to begin afresh."""
        return len(self._pictures) > MOST

    def layers(self, bodies: Bodies) -> Int32[np.ndarray, " surfaces"]:
        """Where each surface of a scene is in the array; what is missing is added."""
        found, added = [], []
        for name in bodies.surfaces:
            picture = picture_of(bodies, name)
            key = id(picture)  # pictures are kept, so that their ids stay theirs
            if key not in self._layer:
                self._layer[key] = len(self._pictures)
                self._pictures.append(picture)
                added.append(self._layer[key])
            found.append(self._layer[key])
        if added:
            self._add(added)
        return np.array(found, np.int32)

    def _add(self, added: list[int]) -> None:
        if len(self._pictures) > self._room:
            self.release()
            self._room = max(FIRST, 2 * self._room, len(self._pictures))
            self.texture = self._gl.texture_array((SIDE, SIDE, self._room), 4)
            self.texture.build_mipmaps()
            self.texture.filter = (self._gl.LINEAR_MIPMAP_NEAREST, self._gl.LINEAR)
            added = list(range(len(self._pictures)))
        self.texture.use(0)
        for layer in added:
            rgba = np.full((SIDE, SIDE, 4), 255, np.uint8)
            rgba[..., :3] = self._pictures[layer]
            for level in range(LEVELS):
                if level:
                    rgba = np.asarray(cv2.resize(rgba, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA))
                write_level(rgba, layer, level)

    def release(self) -> None:
        """Give the texture back."""
        if self.texture is not None:
            self.texture.release()
        self.texture = None


def write_level(rgba: UInt8[np.ndarray, "side side 4"], layer: int, level: int) -> None:
    """Write one level of one layer of the texture array in unit 0.

    moderngl writes level 0 only, and has all levels of all layers made anew, which takes 20 ms for 64 layers.
    """
    write = _library().glTexSubImage3D
    rgba = np.ascontiguousarray(rgba)
    side = rgba.shape[0]
    write(
        0x8C1A, level, 0, 0, layer, side, side, 1, 0x1908, 0x1401, rgba.ctypes.data
    )  # 2D array, RGBA, bytes


@lru_cache(maxsize=1)
def _library() -> Any:
    library = ctypes.CDLL(ctypes.util.find_library("GL") or "libGL.so.1")
    library.glTexSubImage3D.argtypes = (
        [ctypes.c_uint] + [ctypes.c_int] * 7 + [ctypes.c_uint] * 2 + [ctypes.c_void_p]
    )
    library.glTexSubImage3D.restype = None
    return library
