"""Which triangle the ray of each pixel meets first: row by row, triangles as spans of pixels.

The ray through a pixel meets a triangle where three products with its corners agree in sign (Olano and Greer 1997,
"Triangle scan conversion using 2D homogeneous coordinates"). They are linear over the picture, so that each row of a
triangle is a span whose ends are solved for, and nothing need be cut off at the camera's plane. Two triangles with an
edge in common find the same ends there: no gaps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float32, Float64, Int64

from streammem.types import Intrinsics

__all__ = ["Hits", "Seen", "met", "seen"]

NEAR_M = 1e-3  # corners nearer than this have no place in the picture
NEVER = 1e-300  # instead of 0 for the slope of an edge along the rows
NOWHERE = int(np.float64(np.inf).view(np.int64))  # one over the depth where there is nothing


@dataclass(frozen=True, slots=True)
class Seen:
    """Triangles in a camera's picture.

    Attributes:
        rows: which of the triangles that were asked about.
        sides: a pixel is inside where `a u + b v + c` is not below 0 for any of the three.
        edges: one over the depth, and the second and the third corner's weight over the depth, as `a u + b v + c`.
        spread: pixels there cover this much of the triangle times the square of the depth, metres.
        top: the first row of the picture.
        bottom: the last one.
    """

    rows: Int64[np.ndarray, " n"]
    sides: Float64[np.ndarray, "3 3 n"]
    edges: Float64[np.ndarray, "3 3 n"]
    spread: Float32[np.ndarray, " n"]
    top: Int64[np.ndarray, " n"]
    bottom: Int64[np.ndarray, " n"]


@dataclass(frozen=True, slots=True)
class Hits:
    """What the rays of some rows of a picture meet, one pixel after the other.

    Attributes:
        triangle: of those that are seen; -1 where there is none.
        depth_m: 0 where there is none.
        weights: of the second and third corner.
    """

    triangle: Int64[np.ndarray, " n"]
    depth_m: Float32[np.ndarray, " n"]
    weights: tuple[Float32[np.ndarray, " n"], Float32[np.ndarray, " n"]]


def seen(
    corners: Float64[np.ndarray, "n 3 3"],
    backless: Bool[np.ndarray, " n"],
    world_from_camera: Float64[np.ndarray, "4 4"],
    camera: Intrinsics,
) -> Seen:
    """The triangles that are in the picture.

    Args:
        corners: in the world.
        backless: which ones are not seen from behind.
        world_from_camera: the camera's pose.
        camera: its picture.
    """
    away = np.ascontiguousarray(corners.transpose(2, 1, 0))
    away -= world_from_camera[:3, 3, None, None]
    x, y, z = (
        away[0] * world_from_camera[0, axis]
        + away[1] * world_from_camera[1, axis]
        + away[2] * world_from_camera[2, axis]
        for axis in range(3)
    )
    volume = x[0] * (y[1] * z[2] - z[1] * y[2])
    volume += y[0] * (z[1] * x[2] - x[1] * z[2])
    volume += z[0] * (x[1] * y[2] - y[1] * x[2])  # below 0 where the front faces the camera
    whole = z.min(axis=0) > NEAR_M
    deep = np.maximum(z, NEAR_M)
    u, v = x / deep * camera.fx + camera.cx, y / deep * camera.fy + camera.cy
    left, right, top, bottom = u.min(axis=0), u.max(axis=0), v.min(axis=0), v.max(axis=0)
    inside = (right >= 0) & (left <= camera.width - 1) & (np.floor(bottom) >= np.maximum(np.ceil(top), 0))
    inside &= top <= camera.height - 1
    faces = (volume < 0) | ((volume > 0) & ~backless)
    rows = np.flatnonzero(faces & (inside | ~whole) & (z.max(axis=0) > 0))
    volume, whole = volume[rows], whole[rows]
    sides = _sides(x[:, rows], y[:, rows], z[:, rows], np.sign(volume), camera)
    edges = sides / np.abs(volume)
    edges[:, 0] += edges[:, 1]
    edges[:, 0] += edges[:, 2]
    top = np.where(whole, np.clip(np.ceil(top[rows]), 0, None), 0)
    bottom = np.where(whole, np.clip(np.floor(bottom[rows]), None, camera.height - 1), camera.height - 1)
    return Seen(
        rows=rows,
        sides=sides,
        edges=edges,
        spread=np.asarray(_spread(edges[:, 0], camera), np.float32),
        top=top.astype(np.int64),
        bottom=bottom.astype(np.int64),
    )


def _sides(
    x: Float64[np.ndarray, "3 n"],
    y: Float64[np.ndarray, "3 n"],
    z: Float64[np.ndarray, "3 n"],
    sign: Float64[np.ndarray, " n"],
    camera: Intrinsics,
) -> Float64[np.ndarray, "3 3 n"]:
    """The cross product of the two corners opposite to each, as a function of the pixel."""
    one, two = [1, 2, 0], [2, 0, 1]
    x1, y1, z1, x2, y2, z2 = x[one], y[one], z[one], x[two], y[two], z[two]
    found = np.empty((3, *x.shape))
    np.multiply(y1 * z2 - z1 * y2, sign / camera.fx, out=found[0])
    np.multiply(z1 * x2 - x1 * z2, sign / camera.fy, out=found[1])
    np.multiply(x1 * y2 - y1 * x2, sign, out=found[2])
    found[2] -= found[0] * camera.cx + found[1] * camera.cy
    found[0][found[0] == 0] = NEVER
    return found


def _spread(plane: Float64[np.ndarray, "3 n"], camera: Intrinsics) -> Float64[np.ndarray, " n"]:
    """A pixel is 1 / fx of the depth wide, and the longer on a plane the flatter its ray meets it."""
    a, b, c = plane
    c = c + a * camera.cx + b * camera.cy
    return np.asarray(np.sqrt((a * camera.fx) ** 2 + (b * camera.fy) ** 2 + c * c) / camera.fx)


def met(seen: Seen, camera: Intrinsics, first: int, stop: int) -> Hits:
    """What the rays of the rows from `first` to before `stop` meet."""
    triangle, row, start, wide = _spans(seen, camera, first, stop)
    a, b, c = np.take(seen.edges, triangle, axis=2)
    c += (
        b * row
    )  # and what runs along the rows of each span are: one over the depth, two weights over the depth
    shift = start - (np.cumsum(wide) - wide)  # from a pixel's number among those of all spans to its column
    pixel = np.arange(int(wide.sum()))
    nearness = np.repeat(a[0], wide)
    nearness *= pixel
    nearness += np.repeat(c[0] + a[0] * shift, wide)
    pixel += np.repeat((row - first) * camera.width + shift, wide)
    # One over the depth is above 0, so its bits are in its order; the last ones make way for the span's number.
    last = (1 << len(wide).bit_length()) - 1
    code = nearness.view(np.int64)
    code &= ~last
    code |= np.repeat(np.arange(1, len(wide) + 1), wide)
    best = np.zeros((stop - first) * camera.width, np.int64)
    np.maximum.at(best, pixel, code)
    return _hits(best, last, triangle, np.stack([a[1], c[1], a[2], c[2]], axis=1), camera.width)


def _hits(
    best: Int64[np.ndarray, " n"],
    last: int,
    triangle: Int64[np.ndarray, " m"],
    lines: Float64[np.ndarray, "m 4"],
    width: int,
) -> Hits:
    """What is behind the codes of the nearest spans; 0 where there is none."""
    span = (best & last) - 1
    found = np.where(span < 0, -1, np.take(triangle, span, mode="clip")) if len(triangle) else span
    best[span < 0] = NOWHERE
    depth = 1 / best.view(np.float64)
    taken = np.take(lines, span, axis=0, mode="clip") if len(triangle) else np.zeros((len(span), 4))
    column = np.tile(np.arange(width, dtype=np.float64), len(span) // width)
    one, two = (((taken[:, k] * column + taken[:, k + 1]) * depth).astype(np.float32) for k in (0, 2))
    return Hits(found, depth.astype(np.float32), (one, two))


def _spans(
    seen: Seen, camera: Intrinsics, first: int, stop: int
) -> tuple[
    Int64[np.ndarray, " m"], Int64[np.ndarray, " m"], Int64[np.ndarray, " m"], Int64[np.ndarray, " m"]
]:
    """Triangle, row, first pixel and length of all spans."""
    top, bottom = np.maximum(seen.top, first), np.minimum(seen.bottom, stop - 1)
    count = np.maximum(bottom - top + 1, 0)
    of = np.repeat(np.arange(len(count)), count)
    row = np.arange(len(of)) + np.repeat(top - (np.cumsum(count) - count), count)
    a, b, c = np.repeat(seen.sides, count, axis=2)
    b *= row
    c += b
    rising = a > 0
    with np.errstate(over="ignore"):
        np.divide(c, a, out=c)
    np.negative(c, out=c)
    low = np.where(rising, c, -np.inf).max(axis=0)
    high = np.where(rising, np.inf, c).min(axis=0)
    start = np.ceil(np.maximum(low, 0))
    wide = np.floor(np.minimum(high, camera.width - 1)) - start
    kept = np.flatnonzero(wide >= 0)
    return of[kept], row[kept], start[kept].astype(np.int64), wide[kept].astype(np.int64) + 1
