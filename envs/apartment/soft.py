"""Solids with soft edges: upholstery, pillows, leaves."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from jaxtyping import Float

from streammem.envs.apartment.mesh import Mesh
from streammem.envs.apartment.solids import Paint, Point, mesh_of

__all__ = ["leaves", "pillow", "rounded"]


def rounded(low: Point, high: Point, radius: float | Point, paint: Paint) -> Mesh:
    """A box whose edges and corners look round: bevelled, with normals that run smoothly over the bevel.

    `radius` is how far the bevel reaches along each axis.
    """
    signs, inset, normals, triangles, flat = _bevelled()
    a, b = np.array(low, np.float32), np.array(high, np.float32)
    middle, half = (a + b) / 2, (b - a) / 2
    reach = np.minimum(np.array(radius, np.float32), half * np.float32(0.98))
    vertices = middle + signs * (half - reach * inset)
    uv = vertices.take(flat) * np.float32(1 / paint.repeat_m)
    return mesh_of(vertices, normals, uv, triangles, paint)


@lru_cache(maxsize=1)
def _bevelled() -> tuple[np.ndarray, ...]:
    """What 8 corners × 3 faces make.

    Signs, which coordinates are drawn in, normals, the 44 triangles, and which of the 72 coordinates are u and v.
    """
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
    signs = np.repeat(corners, 3, axis=0).astype(np.float32)
    face = np.tile(np.eye(3, dtype=np.float32), (8, 1))
    normals = signs * face
    number = {(*corner, axis): 3 * i + axis for i, corner in enumerate(corners.tolist()) for axis in range(3)}
    found: list[list[int]] = []
    for axis in range(3):
        b, c = [other for other in range(3) if other != axis]
        for s in (-1, 1):  # a face, and the bevels along the axis
            quad = []
            for p, q in ((-1, -1), (1, -1), (1, 1), (-1, 1)):
                corner = [0, 0, 0]
                corner[axis], corner[b], corner[c] = s, p, q
                quad.append(number[(*corner, axis)])
            found += [[quad[0], quad[1], quad[2]], [quad[0], quad[2], quad[3]]]
            for q in (-1, 1):
                ends = []
                for along in (-1, 1):
                    corner = [0, 0, 0]
                    corner[axis], corner[b], corner[c] = along, s, q
                    ends.append((number[(*corner, b)], number[(*corner, c)]))
                (i, j), (k, m) = ends
                found += [[i, j, m], [i, m, k]]
    found += [[3 * i, 3 * i + 1, 3 * i + 2] for i in range(8)]
    triangles = np.array(found, np.int32)
    points = signs * (1 - 0.3 * (1 - face))
    at = points[triangles]
    inward = (np.cross(at[:, 1] - at[:, 0], at[:, 2] - at[:, 0]) * at.sum(1)).sum(1) < 0
    triangles[inward] = triangles[inward][:, ::-1]
    uv_axes = np.where(face[:, :1] > 0, [1, 2], np.where(face[:, 1:2] > 0, [0, 2], [0, 1]))
    return signs, 1 - face, normals, triangles, uv_axes + 3 * np.arange(24)[:, None]


def pillow(low: Point, high: Point, paint: Paint, *, cells: int = 4) -> Mesh:
    """A stuffed rectangle: thickest in the middle, thin along its seam; level, between two corners."""
    unit, normal, triangles, uv = _stuffed(cells)
    a, b = np.array(low, np.float32), np.array(high, np.float32)
    half = (b - a) / 2
    normals = normal / half
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    wide = np.float32(1 / paint.repeat_m)
    return mesh_of((a + b) / 2 + unit * half, normals, uv * half[:2] * wide, triangles, paint)


@lru_cache(maxsize=8)
def _stuffed(cells: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    line = np.sin(np.linspace(-np.pi / 2, np.pi / 2, cells + 1))
    x, y = np.meshgrid(line, line, indexing="ij")
    height = ((1 - x**4) * (1 - y**4)) ** 0.7
    steep = 0.9
    fall_x, fall_y = steep * x**3 * (1 - y**4) ** 0.5, steep * y**3 * (1 - x**4) ** 0.5
    top = np.stack([x, y, height], -1).reshape(-1, 3)
    slope = np.stack([fall_x, fall_y, np.full_like(x, 0.5)], -1).reshape(-1, 3)
    number = np.arange((cells + 1) ** 2).reshape(cells + 1, cells + 1)
    a, b, c, d = number[:-1, :-1], number[1:, :-1], number[1:, 1:], number[:-1, 1:]
    middle = np.arange(cells) + 0.5 - cells / 2
    outward = (middle[:, None] * middle >= 0)[..., None, None]  # cut cells from the middle to the corner
    falling = np.stack([np.stack([a, b, c], -1), np.stack([a, c, d], -1)], 2)
    rising = np.stack([np.stack([a, b, d], -1), np.stack([b, c, d], -1)], 2)
    sheet = np.where(outward, falling, rising).reshape(-1, 3)
    down = np.array([1, 1, -1])
    unit, normal = np.concatenate([top, top * down]), np.concatenate([slope, slope * down])
    triangles = np.concatenate([sheet, sheet[:, ::-1] + len(top)]).astype(np.int32)
    return unit.astype(np.float32), normal.astype(np.float32), triangles, unit[:, :2].astype(np.float32)


def leaves(
    feet: Float[np.ndarray, "n 3"],
    yaws: Float[np.ndarray, " n"],
    lengths: Float[np.ndarray, " n"],
    widths: Float[np.ndarray, " n"],
    rises: Float[np.ndarray, " n"],
    droop: float,
    colours: Float[np.ndarray, "n 3"],
) -> Mesh:
    """Pointed leaves, folded along their middles, that start at `feet` at angles `rises` and bend by `droop` (radians).

    They are 3 mm thick, so that they have two sides.
    """
    along, across, triangles, touches = _blade()
    tilt = rises[:, None] - droop * along
    step = lengths[:, None] * np.diff(along, prepend=0)
    out, up = np.cumsum(step * np.cos(tilt), 1), np.cumsum(step * np.sin(tilt), 1)
    side = across * widths[:, None] / 2
    fold = 0.35 * np.abs(side)
    out, up = out - fold * np.sin(tilt), up + fold * np.cos(tilt)
    c, s = np.cos(yaws)[:, None], np.sin(yaws)[:, None]
    above = feet[:, None] + np.stack([c * out - s * side, s * out + c * side, up], -1)
    corners = above[:, triangles]
    p, q = corners[:, :, 1] - corners[:, :, 0], corners[:, :, 2] - corners[:, :, 0]
    faces = np.stack([p[..., i] * q[..., j] - p[..., j] * q[..., i] for i, j in ((1, 2), (2, 0), (0, 1))], -1)
    normals = touches @ faces
    normals /= np.sqrt((normals * normals).sum(-1, keepdims=True))
    inner = ((np.abs(across) < 0.01) & (along > 0) & (along < 1)).astype(np.float64)
    below = above - 0.003 * inner[:, None] * normals
    both = np.concatenate([triangles, triangles[:, ::-1] + np.int32(8)])
    count = len(feet)
    rows = (both + 16 * np.arange(count, dtype=np.int32)[:, None, None]).reshape(-1, 3)
    vertices = np.concatenate([above, below], 1).astype(np.float32).reshape(-1, 3)
    shading = np.concatenate([normals, -normals], 1).astype(np.float32).reshape(-1, 3)
    mesh = mesh_of(vertices, shading, vertices[:, :2].copy(), rows, Paint((255, 255, 255)))
    mesh.colours[:, :3] = np.repeat(np.asarray(colours).clip(0, 255), 16, axis=0)
    return mesh


@lru_cache(maxsize=1)
def _blade() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Along (0..1) and across (-1..1) of the corners of a leaf, its upper triangles, and which touch each corner."""
    along = np.array([0, 0.35, 0.35, 0.35, 0.75, 0.75, 0.75, 1.0])
    across = np.array([0, -0.9, 0, 0.9, -0.8, 0, 0.8, 0])
    upper = [[0, 1, 2], [0, 2, 3], [1, 4, 5], [1, 5, 2], [2, 5, 6], [2, 6, 3], [4, 7, 5], [5, 7, 6]]
    triangles = np.array(upper, np.int32)
    touches = (triangles[None] == np.arange(8)[:, None, None]).any(2).astype(np.float64)
    return along, across, triangles, touches
