"""Flat faces, gathered into a mesh: what walls, floors and frames are made of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float32

from streammem.envs.apartment.mesh import Mesh
from streammem.envs.apartment.styles import Finish

__all__ = ["Sheets"]

Point = tuple[float, float, float]


class Sheets:
    """Collects quads. Corners go counter-clockwise as seen from the side that shows."""

    def __init__(self) -> None:
        self._corners: list[Sequence[Point]] = []
        self._uv: dict[int, Sequence[tuple[float, float]]] = {}
        self._finishes: list[Finish] = []
        self._glow: list[int] = []

    def add(
        self,
        corners: Sequence[Point],
        finish: Finish,
        *,
        uv: Sequence[tuple[float, float]] | None = None,
        glow: int = 0,
    ) -> None:
        """One quad; without `uv` its picture lies on it by the world's axes, so that neighbours go together."""
        self._corners.append(corners)
        if uv is not None:
            self._uv[len(self._finishes)] = uv
        self._finishes.append(finish)
        self._glow.append(glow)

    def box(self, low: Point, high: Point, finish: Finish, *, faces: str = "-x+x-y+y-z+z") -> None:
        """Those faces of a box that are asked for."""
        (a, b, c), (d, e, f) = low, high
        sides = {
            "-x": ((a, e, c), (a, b, c), (a, b, f), (a, e, f)),
            "+x": ((d, b, c), (d, e, c), (d, e, f), (d, b, f)),
            "-y": ((a, b, c), (d, b, c), (d, b, f), (a, b, f)),
            "+y": ((d, e, c), (a, e, c), (a, e, f), (d, e, f)),
            "-z": ((a, e, c), (d, e, c), (d, b, c), (a, b, c)),
            "+z": ((a, b, f), (d, b, f), (d, e, f), (a, e, f)),
        }
        for side, corners in sides.items():
            if side in faces:
                self.add(corners, finish)

    def mesh(self) -> Mesh:
        """All of them."""
        count = len(self._corners)
        vertices = np.array(self._corners, np.float32).reshape(count, 4, 3)
        normals = np.cross(vertices[:, 1] - vertices[:, 0], vertices[:, 2] - vertices[:, 1])
        normals /= np.linalg.norm(normals, axis=1, keepdims=True)
        surfaces = tuple(dict.fromkeys(finish.surface for finish in self._finishes))
        colours = np.array(
            [(*f.colour, g) for f, g in zip(self._finishes, self._glow, strict=True)], np.uint8
        )
        numbers = np.array([surfaces.index(finish.surface) for finish in self._finishes], np.uint8)
        uv = _laid(vertices, np.array([finish.repeat_m for finish in self._finishes], np.float32))
        spans = np.ptp(vertices, axis=1)
        wooden = np.array([finish.surface == "wood" for finish in self._finishes], np.bool_)
        standing = wooden & (spans[:, 2] >= spans[:, :2].max(1))
        uv[standing] = uv[standing][..., ::-1]  # grain runs along a board
        for row, corners in self._uv.items():
            uv[row] = corners
        first = 4 * np.arange(count, dtype=np.int32)[:, None]
        triangles = first[:, None] + np.array([[0, 1, 2], [0, 2, 3]], np.int32)
        return Mesh(
            vertices.reshape(-1, 3),
            np.repeat(normals, 4, axis=0),
            np.repeat(colours, 4, axis=0),
            uv.reshape(-1, 2),
            np.repeat(numbers, 4),
            triangles.reshape(-1, 3),
            surfaces,
        )


def _laid(
    vertices: Float32[np.ndarray, "q 4 3"], repeat_m: Float32[np.ndarray, " q"]
) -> Float32[np.ndarray, "q 4 2"]:
    """Where the corners of faces lie in their pictures, by the world's axes: x or y to the right, y or z up."""
    flat = np.ptp(vertices, axis=1).argmin(1)
    axes = np.array([[1, 2], [0, 2], [0, 1]])[flat]
    uv = np.take_along_axis(vertices, axes[:, None, :].repeat(4, 1), axis=2)
    return np.asarray(uv / repeat_m[:, None, None])
