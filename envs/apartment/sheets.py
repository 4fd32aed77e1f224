"""Flat faces, gathered into a mesh: what walls, floors and frames are made of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from streammem.envs.apartment.mesh import Mesh
from streammem.envs.apartment.styles import Finish

__all__ = ["Sheets"]

Point = tuple[float, float, float]


class Sheets:
    """Collects quads. Corners go counter-clockwise as seen from the side that shows."""

    def __init__(self) -> None:
        self._corners: list[Sequence[Point]] = []
        self._uv: list[Sequence[tuple[float, float]]] = []
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
        self._uv.append(_laid(corners, finish.repeat_m) if uv is None else uv)
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
        first = 4 * np.arange(count, dtype=np.int32)[:, None]
        triangles = first[:, None] + np.array([[0, 1, 2], [0, 2, 3]], np.int32)
        return Mesh(
            vertices.reshape(-1, 3),
            np.repeat(normals, 4, axis=0),
            np.repeat(colours, 4, axis=0),
            np.array(self._uv, np.float32).reshape(-1, 2),
            np.repeat(numbers, 4),
            triangles.reshape(-1, 3),
            surfaces,
        )


def _laid(corners: Sequence[Point], repeat_m: float) -> list[tuple[float, float]]:
    spans = [max(c[axis] for c in corners) - min(c[axis] for c in corners) for axis in range(3)]
    flat = min(range(3), key=lambda axis: spans[axis])
    first, second = ((1, 2), (0, 2), (0, 1))[flat]
    return [(corner[first] / repeat_m, corner[second] / repeat_m) for corner in corners]
