"""How a mesh stands or hangs, and where on it other things can stand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float64

from streammem.envs.apartment.mesh import Mesh
from streammem.envs.apartment.model import Mount, Support

__all__ = ["set_down", "supports_of"]

CELL_M = 0.02  # of the grid on which surfaces are looked for
LEVEL_M = 0.012  # how uneven a surface may be
MARGIN_M = 0.01  # that stays free along its edges
LEAST_M = 0.12  # of a surface's shorter side
CLEAR_M = 0.12  # above a surface at least; as much as is free, `OPEN_M` at most
OPEN_M = 0.6
TOP_M = 0.05  # from where the catalogue says that a surface may be found
LEVELS = 4  # surfaces of a thing with shelves
APART_M = 0.08  # between two of them


def set_down(mesh: Mesh, mount: Mount) -> tuple[Mesh, tuple[float, float, float]]:
    """A mesh moved to where its mount wants the origin, and the size of its box."""
    low, high = mesh.vertices.min(0).astype(np.float64), mesh.vertices.max(0).astype(np.float64)
    middle = (low + high) / 2
    shift = -np.array([middle[0], middle[1], low[2]])
    if mount == "wall":
        shift[1] = -high[1]
    elif mount == "ceiling":
        shift[2] = -high[2]
    width, depth, height = (float(value) for value in high - low)
    return replace(mesh, vertices=mesh.vertices + shift.astype(np.float32)), (width, depth, height)


def supports_of(mesh: Mesh, top_m: float | None, *, shelves: bool = False) -> tuple[Support, ...]:
    """Level rectangles on a mesh: at `top_m`, where its catalogue says, and with `shelves` at other heights.

    Each is the largest rectangle of a grid in which the surface is level and nothing stands above it. Without
    `shelves` there is one at most: at `top_m`, or else the largest above half the height.
    """
    found: list[Support] = []
    half = float(mesh.vertices[:, 2].min() + mesh.vertices[:, 2].max()) / 2
    for z in _levels(mesh, top_m):
        if not shelves and (z < half if top_m is None else abs(z - top_m) > TOP_M):
            continue
        if len(found) < (LEVELS if shelves else 1) and all(abs(z - other.z) > APART_M for other in found):
            support = _support(mesh, z)
            if support is not None:
                found.append(support)
    return tuple(found)


def _levels(mesh: Mesh, top_m: float | None) -> list[float]:
    """Heights where a surface may be: the catalogue's, then those of level triangles by their area."""
    corners = mesh.vertices[mesh.triangles].astype(np.float64)
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(across, axis=1)
    level = across[:, 2] > 0.97 * area
    heights, weights = corners[level, :, 2].mean(1), area[level] / 2
    levels = [] if top_m is None else [top_m]
    if len(heights) == 0:
        return levels
    bins = np.round(heights / LEVEL_M).astype(np.int64)
    for number in np.argsort(-np.bincount(bins - bins.min(), weights), kind="stable")[: 2 * LEVELS]:
        mine = bins == number + bins.min()
        if weights[mine].sum() > LEAST_M**2:
            levels.append(float(np.average(heights[mine], weights=weights[mine])))
    return levels


def _support(mesh: Mesh, z: float) -> Support | None:
    """The largest level rectangle about a height."""
    low, high = mesh.vertices.min(0).astype(np.float64), mesh.vertices.max(0).astype(np.float64)
    xs = np.arange(low[0] + CELL_M / 2, high[0], CELL_M)
    ys = np.arange(low[1] + CELL_M / 2, high[1], CELL_M)
    if len(xs) * len(ys) == 0:
        return None
    drop, _ = _distances(mesh, xs, ys, z + 2 * LEVEL_M, -1.0)
    rise, leaves = _distances(mesh, xs, ys, z + 2 * LEVEL_M, 1.0)
    rise = np.where(leaves, 0.0, rise)  # who comes out of something on the way up was inside it
    top = z + 2 * LEVEL_M - drop
    near = np.abs(top - z) <= 2 * LEVEL_M
    if not near.any():
        return None
    height = float(np.median(top[near]))
    good = (np.abs(top - height) <= LEVEL_M) & (rise >= CLEAR_M)
    rows, columns = _largest(good)
    x0, x1 = xs[columns.start] - CELL_M / 2 + MARGIN_M, xs[columns.stop - 1] + CELL_M / 2 - MARGIN_M
    y0, y1 = ys[rows.start] - CELL_M / 2 + MARGIN_M, ys[rows.stop - 1] + CELL_M / 2 - MARGIN_M
    if columns.stop == 0 or min(x1 - x0, y1 - y0) < LEAST_M:
        return None
    clear = min(float(rise[rows, columns].min()), OPEN_M)
    highest = float(top[rows, columns].max())
    return Support(
        low=(float(x0), float(y0)), high=(float(x1), float(y1)), z=round(highest, 4), clear_m=round(clear, 3)
    )


def _distances(
    mesh: Mesh, xs: Float64[np.ndarray, " w"], ys: Float64[np.ndarray, " h"], z: float, way: float
) -> tuple[Float64[np.ndarray, "h w"], Bool[np.ndarray, "h w"]]:
    """How far it is from a level grid straight up or down to the mesh, and whether one comes out of it there.

    Infinite where there is nothing.
    """
    from streammem.spatial.open3d import load

    o3d = load()
    scene = o3d.t.geometry.RaycastingScene(nthreads=1)
    scene.add_triangles(mesh.vertices, mesh.triangles.astype(np.uint32))
    rays = np.zeros((len(ys), len(xs), 6), np.float32)
    rays[..., 0], rays[..., 1], rays[..., 2], rays[..., 5] = xs, ys[:, None], z, way
    found = scene.cast_rays(o3d.core.Tensor(rays))
    normal_z = found["primitive_normals"].numpy()[..., 2]
    return np.asarray(found["t_hit"].numpy(), np.float64), np.asarray(normal_z * way > 0.0)


def _largest(good: Bool[np.ndarray, "h w"]) -> tuple[slice, slice]:
    """Rows and columns of the largest rectangle without a gap; empty slices where nothing is good."""
    best, found = 0, (slice(0, 0), slice(0, 0))
    height = np.zeros(good.shape[1], np.int64)
    for row in range(good.shape[0]):
        height = np.where(good[row], height + 1, 0)
        stack: list[tuple[int, int]] = []  # where a bar begins, how high it is
        for column, bar in enumerate([*height.tolist(), 0]):
            start = column
            while stack and stack[-1][1] >= bar:
                start, tall = stack.pop()
                if tall * (column - start) > best:
                    best = tall * (column - start)
                    found = (slice(row - tall + 1, row + 1), slice(start, column))
            stack.append((start, bar))
    return found
