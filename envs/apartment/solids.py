"""The solids that models are made of."""

from __future__ import annotations

import numpy as np

from streammem.envs.apartment.mesh import Mesh

__all__ = ["box"]

Point = tuple[float, float, float]
Colour = tuple[int, int, int]


def box(
    low: Point, high: Point, colour: Colour, *, surface: str = "plain", repeat_m: float = 1.0, glow: int = 0
) -> Mesh:
    """A box between two corners; its surface's picture repeats every `repeat_m` metres."""
    a, b = np.array(low, np.float32), np.array(high, np.float32)
    vertices: list[np.ndarray] = []
    normals: list[np.ndarray] = []
    uv: list[np.ndarray] = []
    triangles: list[np.ndarray] = []
    for axis in range(3):
        first, second = [(1, 2), (0, 2), (0, 1)][axis]
        for side, sign in ((a, -1.0), (b, 1.0)):
            corners = np.empty((4, 3), np.float32)
            corners[:, axis] = side[axis]
            corners[:, first] = np.array([a, b, b, a])[:, first]
            corners[:, second] = np.array([a, a, b, b])[:, second]
            normal = np.zeros((4, 3), np.float32)
            normal[:, axis] = sign
            outward = np.cross(corners[1] - corners[0], corners[2] - corners[0])[axis] * sign > 0
            order = [[0, 1, 2], [0, 2, 3]] if outward else [[0, 2, 1], [0, 3, 2]]
            triangles.append(np.array(order, np.int32) + 4 * len(vertices))
            vertices.append(corners)
            normals.append(normal)
            uv.append(corners[:, [first, second]] / np.float32(repeat_m))
    count = 24
    return Mesh(
        np.concatenate(vertices),
        np.concatenate(normals),
        np.broadcast_to(np.array([*colour, glow], np.uint8), (count, 4)).copy(),
        np.concatenate(uv),
        np.zeros(count, np.uint8),
        np.concatenate(triangles).astype(np.int32),
        (surface,),
    )
