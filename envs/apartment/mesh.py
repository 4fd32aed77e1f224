"""Triangles with colours and patterns: what everything in an apartment is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from jaxtyping import Float, Float32, Int32, UInt8

__all__ = ["GLOW", "Mesh", "joined"]

GLOW = 255  # the fourth channel of a colour that shines by itself; 0 is lit by the room


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Mesh:
    """Triangles, counter-clockwise from outside, metres. A mesh is equal to itself alone.

    Attributes:
        vertices: one row for each corner; corners are not shared where normals, colours or surfaces differ.
        normals: of unit length.
        colours: sRGB, and how much of it shines by itself; multiplied with the surface's picture.
        uv: where in the surface's picture, which repeats every 1.
        surface: which entry of `surfaces` each vertex has; the corners of a triangle agree.
        triangles: rows of `vertices`.
        surfaces: names of tileable pictures: built in ("plain", "wood", "tile", ...; see `surfaces.py`), or a
            key of `pictures`.
        pictures: the mesh's own pictures, 256 x 256.
    """

    vertices: Float32[np.ndarray, "n 3"]
    normals: Float32[np.ndarray, "n 3"]
    colours: UInt8[np.ndarray, "n 4"]
    uv: Float32[np.ndarray, "n 2"]
    surface: UInt8[np.ndarray, " n"]
    triangles: Int32[np.ndarray, "t 3"]
    surfaces: tuple[str, ...] = ("plain",)
    pictures: Mapping[str, UInt8[np.ndarray, "256 256 3"]] = field(default_factory=dict)

    def moved(self, matrix: Float[np.ndarray, "4 4"]) -> Mesh:
        """The mesh under a rigid motion."""
        turn, shift = matrix[:3, :3].astype(np.float32), matrix[:3, 3].astype(np.float32)
        return Mesh(
            self.vertices @ turn.T + shift,
            self.normals @ turn.T,
            self.colours,
            self.uv,
            self.surface,
            self.triangles,
            self.surfaces,
            self.pictures,
        )


def joined(meshes: Sequence[Mesh]) -> Mesh:
    """Several meshes as one, vertices and triangles in their order."""
    counts = [len(mesh.vertices) for mesh in meshes]
    starts = np.cumsum([0, *counts[:-1]], dtype=np.int32)
    surfaces = tuple(dict.fromkeys(name for mesh in meshes for name in mesh.surfaces))
    number = {name: i for i, name in enumerate(surfaces)}
    renamed = np.array([number[name] for mesh in meshes for name in mesh.surfaces], np.uint8)
    first = np.cumsum([0, *(len(mesh.surfaces) for mesh in meshes[:-1])])
    triangles = np.concatenate([mesh.triangles for mesh in meshes])
    triangles += np.repeat(starts, [len(mesh.triangles) for mesh in meshes])[:, None]
    return Mesh(
        np.concatenate([mesh.vertices for mesh in meshes]),
        np.concatenate([mesh.normals for mesh in meshes]),
        np.concatenate([mesh.colours for mesh in meshes]),
        np.concatenate([mesh.uv for mesh in meshes]),
        renamed[np.concatenate([mesh.surface for mesh in meshes]) + np.repeat(first, counts)],
        triangles,
        surfaces,
        {name: picture for mesh in meshes for name, picture in mesh.pictures.items()},
    )
