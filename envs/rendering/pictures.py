"""The pictures of surfaces on the graphics card: one array for all scenes, which grows."""

from __future__ import annotations

from typing import Any

import numpy as np
from jaxtyping import Int32, UInt8

from streammem.envs.apartment.surfaces import surface
from streammem.envs.rendering.bodies import Bodies

__all__ = ["Pictures", "picture_of"]

SIDE = 256
FIRST = 32  # layers to begin with
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
            added = list(range(len(self._pictures)))
        for layer in added:
            rgba = np.full((SIDE, SIDE, 4), 255, np.uint8)
            rgba[..., :3] = self._pictures[layer]
            self.texture.write(rgba, viewport=(0, 0, layer, SIDE, SIDE, 1))
        self.texture.build_mipmaps()
        self.texture.filter = (self._gl.LINEAR_MIPMAP_LINEAR, self._gl.LINEAR)

    def release(self) -> None:
        """Give the texture back."""
        if self.texture is not None:
            self.texture.release()
        self.texture = None
