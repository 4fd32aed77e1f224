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
        number: dict[tuple[Finish, int], int] = {}
        of = [number.setdefault(look, len(number)) for look in zip(self._finishes, self._glow, strict=True)]
        surfaces = tuple(dict.fromkeys(finish.surface for finish, _ in number))
        colours = np.array([(*finish.colour, glow) for finish, glow in number], np.uint8)[of]
        numbers = np.array([surfaces.index(finish.surface) for finish, _ in number], np.uint8)[of]
        repeats = np.array([finish.repeat_m for finish, _ in number], np.float32)[of]
        spans = vertices.max(1) - vertices.min(1)
        uv = _laid(vertices, spans) / repeats[:, None, None]
        if "wood" in surfaces:
            standing = (numbers == surfaces.index("wood")) & (spans[:, 2] >= spans[:, :2].max(1))
            uv[standing] = uv[standing][..., ::-1]  # grain runs along a board
        for row, corners in self._uv.items():
            uv[row] = corners
        first = 4 * np.arange(count, dtype=np.int32)[:, None]
        triangles = first[:, None] + np.array([[0, 1, 2], [0, 2, 3]], np.int32)
        return Mesh(
            vertices.reshape(-1, 3),
            np.repeat(_normals(vertices), 4, axis=0),
            np.repeat(colours, 4, axis=0),
            uv.reshape(-1, 2),
            np.repeat(numbers, 4),
            triangles.reshape(-1, 3),
            surfaces,
        )


def _normals(vertices: Float32[np.ndarray, "q 4 3"]) -> Float32[np.ndarray, "q 3"]:
    """Of faces (NumPy's own cross product is slow for so few)."""
    a, b = (vertices[:, 1] - vertices[:, 0]).T, (vertices[:, 2] - vertices[:, 1]).T
    x, y, z = a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]
    return np.asarray(np.stack([x, y, z], 1) / np.sqrt(x * x + y * y + z * z)[:, None])


def _laid(
    vertices: Float32[np.ndarray, "q 4 3"], spans: Float32[np.ndarray, "q 3"]
) -> Float32[np.ndarray, "q 4 2"]:
    """Which corners' coordinates lie where in their pictures: x or y to the right, y or z up."""
    axes = np.array([[1, 2], [0, 2], [0, 1]])[spans.argmin(1)]
    rows, corners = np.arange(len(vertices))[:, None, None], np.arange(4)[:, None]
    return np.asarray(vertices[rows, corners, axes[:, None]])
