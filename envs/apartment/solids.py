"""The solids that models are made of, flat ones here; `turned.py` and `soft.py` have the round ones.

Each is closed, its triangles are counter-clockwise from outside and its normals point outward.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from jaxtyping import Float, Float32, Int32, Int64

from streammem.envs.apartment.mesh import Mesh

__all__ = ["Colour", "Paint", "Point", "bent", "box", "boxes", "mesh_of", "panel", "prism"]

Point = tuple[float, float, float]
Colour = tuple[int, int, int]
Face = Literal["-x", "+x", "-y", "+y", "-z", "+z"]

FACES: tuple[Face, ...] = ("-x", "+x", "-y", "+y", "-z", "+z")
BENT = np.array([  # corners of the faces: above, below, and the four sides; 0..3 are low, 4..7 high
    [4, 5, 6, 7], [3, 2, 1, 0], [0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7],
])  # fmt: skip
EDGE = 0.5 / 256  # pictures that do not repeat are shown from the middle of their outer texels


@dataclass(frozen=True, slots=True)
class Paint:
    """A colour, what it is laid on, and how often the surface's picture repeats; `glow` 255 shines by itself."""

    colour: Colour
    surface: str = "plain"
    repeat_m: float = 1.0
    glow: int = 0


def box(
    low: Point,
    high: Point,
    colour: Colour | Paint,
    *,
    surface: str = "plain",
    repeat_m: float = 1.0,
    glow: int = 0,
) -> Mesh:
    """A box between two corners; the grain of wood runs along its longest edge."""
    paint = colour if isinstance(colour, Paint) else Paint(colour, surface, repeat_m, glow)
    return boxes([(low, high)], paint)


def boxes(corners: Sequence[tuple[Point, Point]], paint: Paint) -> Mesh:
    """Several boxes in one paint, each by two corners."""
    signs, normals, triangles, places = _cube()
    ends = np.array(corners, np.float32)
    count, size = len(ends), ends[:, 1] - ends[:, 0]
    vertices = ends[:, :1] + signs * size[:, None]
    along = size.argmax(1) if paint.surface == "wood" else np.full(count, 3)
    rows = places[along] + 72 * np.arange(count)[:, None, None]
    uv = vertices.take(rows) * np.float32(1 / paint.repeat_m)
    if count > 1:
        normals = np.broadcast_to(normals, (count, 24, 3)).reshape(-1, 3)
        triangles = (triangles + 24 * np.arange(count, dtype=np.int32)[:, None, None]).reshape(-1, 3)
    return mesh_of(vertices.reshape(-1, 3), normals, uv.reshape(-1, 2), triangles, paint)


@lru_cache(maxsize=1)
def _cube() -> tuple[
    Float32[np.ndarray, "24 3"],
    Float32[np.ndarray, "24 3"],
    Int32[np.ndarray, "12 3"],
    Int64[np.ndarray, "4 24 2"],
]:
    """Corners of the unit cube face by face, normals, triangles, and what to take for u and v.

    The last is, for grain along x, y, z or anyhow, which of the corners' 72 coordinates are u and v.
    """
    signs, normals = np.zeros((6, 4, 3), np.float32), np.zeros((6, 4, 3), np.float32)
    axes = np.zeros((4, 6, 4, 2), np.int64)
    for face in range(6):
        axis, high = divmod(face, 2)
        first, second = [(1, 2), (0, 2), (0, 1)][axis]
        signs[face, :, axis] = high
        signs[face, :, first], signs[face, :, second] = (0, 1, 1, 0), (0, 0, 1, 1)
        if (high == 1) == (axis == 1):  # x × z points to -y, so the middle axis turns the other way
            signs[face] = signs[face, [0, 3, 2, 1]]
        normals[face, :, axis] = 2 * high - 1
        for along in range(4):
            axes[along, face] = (second, first) if along == second else (first, second)
    quads = np.arange(24, dtype=np.int32).reshape(6, 4)
    triangles = np.concatenate([quads[:, :3], quads[:, [0, 2, 3]]], 1).reshape(-1, 3)
    places = axes.reshape(4, 24, 2) + 3 * np.arange(24)[:, None]
    return signs.reshape(24, 3), normals.reshape(24, 3), triangles, places


def mesh_of(
    vertices: Float32[np.ndarray, "n 3"],
    normals: Float32[np.ndarray, "n 3"],
    uv: Float32[np.ndarray, "n 2"],
    triangles: Int32[np.ndarray, "t 3"],
    paint: Paint,
) -> Mesh:
    """A mesh in one paint."""
    colours = np.empty((len(vertices), 4), np.uint8)
    colours[:] = (*paint.colour, paint.glow)
    return Mesh(
        vertices, normals, colours, uv, np.zeros(len(vertices), np.uint8), triangles, (paint.surface,)
    )


def panel(low: Point, high: Point, paint: Paint, picture: Paint, face: Face = "-y") -> Mesh:
    """A box that shows a picture once, upright as seen from outside, on one of its faces.

    The picture's first row is up (on level faces: away from the front). Its paint's `repeat_m` is not used.
    """
    body = box(low, high, paint)
    rows = slice(4 * FACES.index(face), 4 * FACES.index(face) + 4)
    corners, normal = body.vertices[rows], body.normals[4 * FACES.index(face)]
    up = np.array([0, 1, 0] if face in ("-z", "+z") else [0, 0, 1], np.float32)
    right = np.cross(up, normal)
    place = np.stack([corners @ right, -(corners @ up)], 1)
    place -= place.min(0)
    body.uv[rows] = EDGE + place / place.max(0) * np.float32(1 - 2 * EDGE)
    body.surface[rows] = 1
    body.colours[rows] = (*picture.colour, picture.glow)
    return Mesh(
        body.vertices, body.normals, body.colours, body.uv, body.surface, body.triangles,
        (paint.surface, picture.surface),
    )  # fmt: skip


def bent(low: Float[np.ndarray, "*some 4 3"], high: Float[np.ndarray, "*some 4 3"], paint: Paint) -> Mesh:
    """What lies between two quadrilaterals with plane sides: tapered legs, slanted boards; one or several.

    `low` and `high` are counter-clockwise seen from above; corner i of the one is joined to corner i of the other.
    """
    ends = np.stack([np.reshape(low, (-1, 4, 3)), np.reshape(high, (-1, 4, 3))], 1).astype(np.float32)
    count = len(ends)
    corners = ends.reshape(count, 8, 3)[:, BENT]
    p, q = corners[:, :, 2] - corners[:, :, 0], corners[:, :, 3] - corners[:, :, 1]
    normals = np.stack(
        [p[..., i] * q[..., j] - p[..., j] * q[..., i] for i, j in ((1, 2), (2, 0), (0, 1))], -1
    )
    normals /= np.sqrt((normals * normals).sum(-1, keepdims=True))
    across = corners[:, :, [1, 3]] - corners[:, :, :1]
    if paint.surface == "wood":  # the sides' second edge runs from low to high
        across[:, 2:] = across[:, 2:, ::-1]
    across /= np.sqrt((across * across).sum(-1, keepdims=True))
    uv = (corners - corners[:, :, :1]) @ across.swapaxes(-1, -2)
    _, _, triangles, _ = _cube()
    triangles = triangles + 24 * np.arange(count, dtype=np.int32)[:, None, None]
    return mesh_of(
        corners.reshape(-1, 3),
        np.repeat(normals.reshape(-1, 3), 4, axis=0),
        (uv * np.float32(1 / paint.repeat_m)).reshape(-1, 2),
        triangles.reshape(-1, 3),
        paint,
    )


def prism(
    outline: Float[np.ndarray, "m 2"],
    axis: int,
    low: float,
    high: float,
    paint: Paint,
    *,
    smooth: bool = False,
) -> Mesh:
    """An outline drawn out along an axis (0, 1 or 2); its points are in the order of the other two axes.

    The ends are fans about the first point, which must see all others. With `smooth`, the sides' normals are shared.
    """
    points = np.asarray(outline, np.float32)
    following = np.roll(points, -1, axis=0)
    turns = float((points[:, 0] * following[:, 1] - points[:, 1] * following[:, 0]).sum())
    if (turns < 0) != (axis == 1):
        points = points[::-1]
    count, others = len(points), [i for i in range(3) if i != axis]
    following = np.roll(points, -1, axis=0)
    edges = following - points
    sideways = np.stack([edges[:, 1], -edges[:, 0]], 1) * (-1 if axis == 1 else 1)
    sideways /= np.linalg.norm(sideways, axis=1, keepdims=True)
    starts, ends = sideways, sideways
    if smooth:
        starts, ends = sideways + np.roll(sideways, 1, axis=0), sideways + np.roll(sideways, -1, axis=0)
        starts, ends = (n / np.linalg.norm(n, axis=1, keepdims=True) for n in (starts, ends))
    vertices, normals = np.zeros((6 * count, 3), np.float32), np.zeros((6 * count, 3), np.float32)
    blocks = np.concatenate([points, points, points, following, following, points])
    vertices[:, others] = blocks
    vertices[:, axis] = np.repeat(np.array([low, high, low, low, high, high], np.float32), count)
    normals[: 2 * count, axis] = np.repeat(np.array([-1, 1], np.float32), count)
    normals[2 * count :, others] = np.concatenate([starts, ends, ends, starts])
    uv = blocks.copy()
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(edges, axis=1))]).astype(np.float32)
    uv[2 * count :, 0] = np.concatenate([length[:-1], length[1:], length[1:], length[:-1]])
    uv[2 * count :, 1] = vertices[2 * count :, axis]
    step, fan = np.arange(count), np.arange(1, count - 1)
    zero = np.zeros_like(fan)
    sides = 2 * count + step
    triangles = np.concatenate([
        np.stack([zero, fan + 1, fan], 1),
        np.stack([zero, fan, fan + 1], 1) + count,
        np.stack([sides, sides + count, sides + 2 * count], 1),
        np.stack([sides, sides + 2 * count, sides + 3 * count], 1),
    ]).astype(np.int32)  # fmt: skip
    return mesh_of(vertices, normals, uv / np.float32(paint.repeat_m), triangles, paint)
