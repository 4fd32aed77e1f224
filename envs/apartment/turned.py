"""Round solids: what a lathe makes, balls, and tubes along a path."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from jaxtyping import Float32, Float64

from streammem.envs.apartment.mesh import Mesh
from streammem.envs.apartment.solids import Paint, Point, mesh_of

__all__ = ["ball", "cylinder", "lathe", "rod", "tube"]

CREASE = math.cos(math.radians(42))  # a profile that turns more sharply has an edge there


@lru_cache(maxsize=64)
def _circle(sides: int) -> Float32[np.ndarray, "n 2"]:
    """Cosine and sine all round; the last is the first again, for the seam of the picture."""
    turn = 2 * np.pi * np.arange(sides + 1) / sides
    turn[-1] = 0
    return np.stack([np.cos(turn), np.sin(turn)], 1).astype(np.float32)


@lru_cache(maxsize=64)
def _oval(sides: int, power: float) -> tuple[Float32[np.ndarray, "n 2"], Float32[np.ndarray, "n 2"]]:
    """Points and normals of |x|^power + |y|^power = 1."""
    circle = _circle(sides)
    if power == 2:
        return circle, circle
    points = np.sign(circle) * np.abs(circle) ** (2 / power)
    points[np.abs(circle) < 1e-6] = 0
    normals = np.sign(points) * np.abs(points) ** (power - 1)
    return points, normals / np.linalg.norm(normals, axis=1, keepdims=True)


def lathe(
    profile: Sequence[tuple[float, float]],
    paint: Paint,
    *,
    at: tuple[float, float] = (0.0, 0.0),
    sides: int = 12,
    stretch: tuple[float, float] = (1.0, 1.0),
    power: float = 2.0,
) -> Mesh:
    """A profile of (radius, z) turned about an upright axis, from the middle below by way of the outside.

    A hollow thing's profile goes on over the rim and down inside, and ends on the axis. `stretch` makes circles
    ellipses (x, y), a `power` above 2 makes them squarish (Lamé's curve). The picture goes round once for each `repeat_m` of the widest circumference.
    """
    radii, heights, out, up = _smoothed(tuple(profile))
    (circle, outward), rows = _oval(sides, power), len(radii)
    wide = np.array(stretch, np.float32)
    vertices = np.empty((rows, sides + 1, 3), np.float32)
    vertices[..., :2] = np.array(at, np.float32) + radii[:, None, None] * (circle * wide)
    vertices[..., 2] = heights[:, None]
    normals = np.empty_like(vertices)
    normals[..., :2] = out[:, None, None] * (outward / wide)
    normals[..., 2] = up[:, None]
    if stretch != (1.0, 1.0):
        normals /= np.linalg.norm(normals, axis=2, keepdims=True)
    round_m = 2 * math.pi * float(radii.max()) * sum(stretch) / 2
    repeats = max(1, round(round_m / paint.repeat_m))
    uv = np.empty((rows, sides + 1, 2), np.float32)
    uv[..., 0] = np.arange(sides + 1, dtype=np.float32) * np.float32(repeats / sides)
    along = np.concatenate([[0], np.cumsum(np.hypot(np.diff(radii), np.diff(heights)))])
    uv[..., 1] = (along / paint.repeat_m)[:, None]
    triangles = _strips(tuple((radii > 0).tolist()), tuple(_joined(radii, heights)), sides)
    return mesh_of(vertices.reshape(-1, 3), normals.reshape(-1, 3), uv.reshape(-1, 2), triangles, paint)


def _joined(radii: Float32[np.ndarray, " n"], heights: Float32[np.ndarray, " n"]) -> list[bool]:
    """Which rows are joined to the next: not the two rows of an edge."""
    return [bool(apart) for apart in (np.diff(radii) != 0) | (np.diff(heights) != 0)]


@lru_cache(maxsize=512)
def _smoothed(profile: tuple[tuple[float, float], ...]) -> tuple[np.ndarray, ...]:
    """Radii and heights with rows doubled at edges, and the normals (outward, upward) of the rows."""
    points = np.array(profile, np.float64)
    steps = np.diff(points, axis=0)
    steps /= np.linalg.norm(steps, axis=1, keepdims=True)
    flat = np.stack([steps[:, 1], -steps[:, 0]], 1)  # outward of each piece
    rows, normals = [points[0]], [flat[0]]
    for i in range(1, len(points) - 1):
        if float(flat[i - 1] @ flat[i]) < CREASE:
            rows += [points[i], points[i]]
            normals += [flat[i - 1], flat[i]]
        else:
            both = flat[i - 1] + flat[i]
            rows.append(points[i])
            normals.append(both / np.linalg.norm(both))
    rows.append(points[-1])
    normals.append(flat[-1])
    table = np.concatenate([np.array(rows), np.array(normals)], 1).astype(np.float32)
    return tuple(table.T.copy())


@lru_cache(maxsize=256)
def _strips(wide: tuple[bool, ...], joined: tuple[bool, ...], sides: int) -> np.ndarray:
    """Triangles between rows of `sides + 1` points; none where a row is a single point."""
    first, found = np.arange(sides, dtype=np.int32), []
    for row, there in enumerate(joined):
        a, c = first + row * (sides + 1), first + (row + 1) * (sides + 1)
        if there and wide[row]:
            found.append(np.stack([a, a + 1, c + 1], 1))
        if there and wide[row + 1]:
            found.append(np.stack([a, c + 1, c], 1))
    return np.concatenate(found)


def cylinder(
    bottom: Point,
    height: float,
    radius: float,
    paint: Paint,
    *,
    top_radius: float | None = None,
    sides: int = 12,
) -> Mesh:
    """An upright cylinder or cone by the middle of its foot."""
    x, y, z = bottom
    top = radius if top_radius is None else top_radius
    profile = ((0.0, z), (radius, z), (top, z + height), (0.0, z + height))
    return lathe(profile if top else profile[:3], paint, at=(x, y), sides=sides)


def ball(centre: Point, radii: Point, paint: Paint, *, sides: int = 10, rings: int = 6) -> Mesh:
    """An ellipsoid; a picture goes round it once (u) and from its top to its foot once (v)."""
    unit, uv, triangles = _globe(sides, rings)
    size = np.array(radii, np.float32)
    normals = unit / size
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    return mesh_of(np.array(centre, np.float32) + unit * size, normals, uv.copy(), triangles, paint)


@lru_cache(maxsize=64)
def _globe(sides: int, rings: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    tilt = np.linspace(-np.pi / 2, np.pi / 2, rings + 1)
    radii = np.cos(tilt)
    radii[[0, -1]] = 0
    unit = np.empty((rings + 1, sides + 1, 3), np.float32)
    unit[..., :2] = radii[:, None, None] * _circle(sides)
    unit[..., 2] = np.sin(tilt)[:, None]
    u, v = np.meshgrid(np.linspace(0, 1, sides + 1), np.linspace(1, 0, rings + 1))
    uv = np.stack([u, v], -1).astype(np.float32)
    triangles = _strips(tuple((radii > 0).tolist()), (True,) * rings, sides)
    return unit.reshape(-1, 3), uv.reshape(-1, 2), triangles


def rod(
    start: Point, end: Point, radius: float, paint: Paint, *, end_radius: float | None = None, sides: int = 8
) -> Mesh:
    """A straight round rod between two points."""
    a, b = np.array(start, np.float64), np.array(end, np.float64)
    way = b - a
    length = math.sqrt(way @ way)
    wide, narrow = radius, radius if end_radius is None else end_radius
    basis = _pointing(way / length, a)[:3, :3]
    circle = _circle(sides)
    count, lean = sides + 1, (wide - narrow) / length
    round_about = circle @ basis[:, :2].T.astype(np.float32)
    spokes = np.array([0, wide, wide, narrow, narrow, 0], np.float32)
    foot = np.stack([a, a, a, b, b, b]).astype(np.float32)
    vertices = foot[:, None] + spokes[:, None, None] * round_about
    normals = np.empty((6, count, 3), np.float32)
    normals[:2], normals[4:] = -basis[:, 2], basis[:, 2]
    normals[2:4] = (round_about + lean * basis[:, 2]) / math.sqrt(1 + lean * lean)
    uv = np.empty((6, count, 2), np.float32)
    uv[..., 0] = np.array([0, 0, 0, length, length, length])[:, None] / paint.repeat_m  # grain runs along
    uv[..., 1] = np.arange(count) * (2 * math.pi * wide / sides / paint.repeat_m)
    triangles = _strips((False, True, True, True, True, False), (True, False, True, False, True), sides)
    return mesh_of(vertices.reshape(-1, 3), normals.reshape(-1, 3), uv.reshape(-1, 2), triangles, paint)


def _pointing(
    direction: Float64[np.ndarray, " 3"], at: Float64[np.ndarray, " 3"]
) -> Float64[np.ndarray, "4 4"]:
    """The motion that takes the origin to a place and +z to a direction."""
    x, y, z = (float(v) for v in direction)
    across = (0.0, z, -y) if abs(x) < 0.9 else (-z, 0.0, x)
    size = math.sqrt(sum(v * v for v in across))
    p, q, r = (v / size for v in across)
    motion = np.eye(4)
    motion[:3, 0] = q * z - r * y, r * x - p * z, p * y - q * x
    motion[:3, 1] = p, q, r
    motion[:3, 2] = x, y, z
    motion[:3, 3] = at
    return motion


def tube(path: Sequence[Point], radius: float | Sequence[float], paint: Paint, *, sides: int = 6) -> Mesh:
    """A round tube along a path that does not double back, closed at both ends; one radius or one for each point."""
    points = np.array(path, np.float64)
    count = len(points)
    radii = np.broadcast_to(np.array(radius, np.float64), (count,))
    ahead = np.diff(points, axis=0)
    ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
    along = np.concatenate([ahead[:1], ahead[1:] + ahead[:-1], ahead[-1:]])
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    side = _pointing(along[0], points[0])[:3, 0]
    circle, rings, outward = _circle(sides), [], []
    for at, forward, thick in zip(points, along, radii, strict=True):
        side = side - (side @ forward) * forward
        side /= np.linalg.norm(side)
        radial = circle[:, :1] * side + circle[:, 1:] * np.cross(forward, side)
        rings.append(at + thick * radial)
        outward.append(radial)
    ends = [np.broadcast_to(points[i], (sides + 1, 3)) for i in (0, -1)]
    caps = [np.broadcast_to(way, (sides + 1, 3)) for way in (-along[0], along[-1])]
    vertices = np.stack([ends[0], rings[0], *rings, rings[-1], ends[1]]).astype(np.float32)
    normals = np.stack([caps[0], caps[0], *outward, caps[1], caps[1]]).astype(np.float32)
    uv = np.empty((count + 4, sides + 1, 2), np.float32)
    uv[..., 0] = np.linspace(0, 1, sides + 1)
    length = np.concatenate([[0, 0], [0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1)), [0, 0]])
    uv[..., 1] = (length / paint.repeat_m)[:, None]
    linked = (True, False, *(True,) * (count - 1), False, True)
    triangles = _strips((False, *(True,) * (count + 2), False), linked, sides)
    return mesh_of(vertices.reshape(-1, 3), normals.reshape(-1, 3), uv.reshape(-1, 2), triangles, paint)
