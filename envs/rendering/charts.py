"""Flat faces and the places on them where light is worked out: a light map, packed into one picture.

Where a face is flat, large and parallel to the axes (floors, walls, ceilings, rugs, the tops and sides of furniture),
light varies over it more finely than its corners can tell. Such a face gets a chart: a rectangle of texels whose
outermost centres lie on its edges, so that nothing bleeds from one chart into the next.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float32, Int64

from streammem.envs.rendering.bodies import Bodies

__all__ = ["Charts", "charts_of", "packed"]

WIDTH = 512  # texels of the packed picture
LEAST_M2 = 0.12  # smaller faces are lit at their corners
UP_M, SIDE_M, DOWN_M = 0.1, 0.2, 0.3  # between texels
STRAIGHT = 0.9995
FIRST, SECOND = np.array([1, 0, 0]), np.array([2, 2, 1])  # the axes in a face, by the axis across it


@dataclass(frozen=True, kw_only=True, slots=True)
class Charts:
    """All charts of a scene.

    Attributes:
        at: of each vertex in the light map, 0 to 1; what is lit at its corners points at a white texel.
        mapped: which vertices are on a chart.
        points: of each texel, in the world.
        normals: of each texel.
        rows: of each texel in the packed picture.
        columns: the same.
        shape: height and width of the packed picture.
    """

    at: Float32[np.ndarray, "n 2"]
    mapped: Bool[np.ndarray, " n"]
    points: Float32[np.ndarray, "m 3"]
    normals: Float32[np.ndarray, "m 3"]
    rows: Int64[np.ndarray, " m"]
    columns: Int64[np.ndarray, " m"]
    shape: tuple[int, int]


def charts_of(bodies: Bodies, fixed: Bool[np.ndarray, " bodies"]) -> tuple[Bodies, Charts]:
    """The charts of the bodies that never move; corners that a chart would have to share are doubled."""
    faces, plane = _planes(bodies, fixed)
    corners = plane[bodies.triangles]
    whole = (corners[:, 0] == corners[:, 1]) & (corners[:, 0] == corners[:, 2]) & (corners[:, 0] >= 0)
    edges = bodies.vertices[bodies.triangles[whole]]
    area = np.linalg.norm(np.cross(edges[:, 1] - edges[:, 0], edges[:, 2] - edges[:, 0]), axis=1) / 2
    large = np.bincount(corners[whole, 0], area, minlength=len(faces)) >= LEAST_M2
    plane = np.where((plane >= 0) & large[plane], plane, -1)
    bodies, plane = _apart(bodies, plane)
    mapped = plane >= 0
    used, chart = np.unique(plane[mapped], return_inverse=True)
    axis, up = faces[used] // 2 % 3, faces[used] % 2
    return bodies, _laid_out(bodies.vertices, mapped, chart, axis, up)


def _planes(
    bodies: Bodies, fixed: Bool[np.ndarray, " bodies"]
) -> tuple[Int64[np.ndarray, " planes"], Int64[np.ndarray, " n"]]:
    """The planes parallel to the axes, as body * 6 + axis * 2 + side, and that of each vertex or -1."""
    size = np.abs(bodies.normals)
    axis = size.argmax(axis=1)
    rows = np.arange(len(axis))
    flat = (size[rows, axis] > STRAIGHT) & fixed[bodies.body] & (bodies.colours[:, 3] == 0)
    side = bodies.normals[rows, axis] > 0
    face = (bodies.body.astype(np.int64) * 3 + axis) * 2 + side
    off_mm = np.round(bodies.vertices[rows, axis].astype(np.float64) * 1000).astype(np.int64) + (1 << 24)
    codes, which = np.unique(((face << 26) + off_mm)[flat], return_inverse=True)
    plane = np.full(len(axis), -1, np.int64)
    plane[flat] = which
    return codes >> 26, plane


def _apart(bodies: Bodies, plane: Int64[np.ndarray, " n"]) -> tuple[Bodies, Int64[np.ndarray, " _"]]:
    """Double the corners of triangles that lie only partly on a chart: they are lit at their corners."""
    corners = plane[bodies.triangles]
    mixed = np.flatnonzero((corners.max(axis=1) >= 0) & (corners.min(axis=1) != corners.max(axis=1)))
    if not len(mixed):
        return bodies, plane
    old = bodies.triangles[mixed].ravel()
    triangles = bodies.triangles.copy()
    triangles[mixed] = (len(plane) + np.arange(len(old), dtype=np.int32)).reshape(-1, 3)
    grown = [
        np.concatenate([rows, rows[old]])
        for rows in (bodies.vertices, bodies.normals, bodies.colours, bodies.uv, bodies.layer, bodies.body)
    ]
    vertices, normals, colours, uv, layer, body = grown
    bodies = replace(
        bodies,
        triangles=triangles,
        vertices=vertices,
        normals=normals,
        colours=colours,
        uv=uv,
        layer=layer,
        body=body,
    )
    return bodies, np.append(plane, np.full(len(old), -1))


def _laid_out(
    vertices: Float32[np.ndarray, "n 3"],
    mapped: Bool[np.ndarray, " n"],
    chart: Int64[np.ndarray, " k"],
    axis: Int64[np.ndarray, " charts"],
    up: Int64[np.ndarray, " charts"],
) -> Charts:
    count = len(axis)
    on = np.stack(
        [vertices[mapped, :][np.arange(len(chart)), a[axis[chart]]] for a in (FIRST, SECOND)], axis=1
    )
    low, high = np.full((count, 2), np.inf), np.full((count, 2), -np.inf)
    np.minimum.at(low, chart, on)
    np.maximum.at(high, chart, on)
    across = np.zeros(count)
    across[chart] = vertices[mapped, :][np.arange(len(chart)), axis[chart]]
    step = np.where(axis < 2, SIDE_M, np.where(up == 1, UP_M, DOWN_M))
    texels = np.clip(np.ceil((high - low) / step[:, None]).astype(np.int64) + 1, 2, WIDTH - 1)
    corner, height = packed(texels)
    at = np.full((len(vertices), 2), 0.5, np.float32)  # the white texel is the first
    at[mapped] = (
        corner[chart] + 0.5 + (on - low[chart]) / np.maximum(high - low, 1e-6)[chart] * (texels - 1)[chart]
    )
    number = np.repeat(np.arange(count), texels.prod(axis=1))
    within = np.arange(len(number)) - np.repeat(
        np.cumsum(texels.prod(axis=1)) - texels.prod(axis=1), texels.prod(axis=1)
    )
    i, j = within % texels[number, 0], within // texels[number, 0]
    share = np.stack([i, j], axis=1) / (texels - 1)[number]
    place = low[number] + share * (high - low)[number]
    rows = np.arange(len(number))
    points, normals = np.zeros((len(number), 3), np.float32), np.zeros((len(number), 3), np.float32)
    points[rows, FIRST[axis[number]]], points[rows, SECOND[axis[number]]] = place.T
    points[rows, axis[number]] = across[number]
    normals[rows, axis[number]] = np.where(up[number] == 1, 1, -1)
    return Charts(
        at=(at / (WIDTH, height)).astype(np.float32),
        mapped=mapped,
        points=points,
        normals=normals,
        rows=corner[number, 1] + j,
        columns=corner[number, 0] + i,
        shape=(height, WIDTH),
    )


def packed(sizes: Int64[np.ndarray, "k 2"]) -> tuple[Int64[np.ndarray, "k 2"], int]:
    """The corner (column, row) of each rectangle on shelves `WIDTH` wide, and the height in all.

    The first row is left to the white texel.
    """
    corner = np.zeros((len(sizes), 2), np.int64)
    x, y, shelf = 0, 1, 0
    for k in np.argsort(-sizes[:, 1], kind="stable").tolist():
        wide, high = int(sizes[k, 0]), int(sizes[k, 1])
        if x + wide > WIDTH:
            x, y, shelf = 0, y + shelf, 0
        corner[k] = x, y
        x, shelf = x + wide, max(shelf, high)
    return corner, y + shelf
