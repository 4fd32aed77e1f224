"""A map from above, for people: what is where, the way that was taken, what was found, where it goes on."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, UInt8

from streammem.errors import ObservationError
from streammem.spatial.drawing.canvas import Canvas
from streammem.spatial.drawing.ground import Ground, PlanConfig
from streammem.spatial.drawing.marks import (
    Marked,
    draw_borders,
    draw_frame,
    draw_grid,
    draw_key,
    draw_objects,
    draw_route,
    draw_way,
)
from streammem.spatial.drawing.upright import by_height, floor_of, standing

__all__ = ["Marked", "PlanConfig", "top_down"]

PAPER, KNOWN = (232, 233, 236), (250, 250, 248)
WALL = (62, 66, 76)
PALER = 0.2


def top_down(
    *,
    occupied: Float[np.ndarray, "n 3"],
    voxel_m: float,
    colours: UInt8[np.ndarray, "n 3"] | None = None,
    free: Float[np.ndarray, "_ 3"] | None = None,
    up: tuple[float, float, float] = (0.0, 0.0, 1.0),
    trajectory: Float[np.ndarray, "_ 3"] | None = None,
    route: Float[np.ndarray, "_ 3"] | None = None,
    objects: Sequence[Marked] = (),
    frontiers: Float[np.ndarray, "_ 3"] | None = None,
    title: str = "",
    config: PlanConfig | None = None,
) -> UInt8[np.ndarray, "h w 3"]:
    """A map from above, the highest voxel below the cut in each column, shaded as if lit from the upper left.

    Args:
        occupied: centres of occupied voxels, world, metres.
        voxel_m: their size.
        colours: of each voxel; by height unless given.
        free: centres of voxels known to be free; where neither is, the ground is grey.
        up: which way is up in this world.
        trajectory: camera positions in order.
        route: a way to be followed.
        objects: what is marked with its name.
        frontiers: where the known borders on the unknown.
        title: a line above.
        config: sizes.

    Raises:
        ObservationError: if the voxel size is no length, or the map is more than 20,000 voxels wide.
    """
    config = config or PlanConfig()
    nothing = np.zeros((0, 3))
    solid, empty, way, onward, borders = (
        standing(nothing if points is None else points, up)
        for points in (occupied, free, trajectory, route, frontiers)
    )
    paint = by_height(solid[:, 2]) if colours is None else colours
    floor = floor_of(solid[:, 2])
    shown = solid[:, 2] < floor + config.cut_m
    solid, paint = solid[shown], paint[shown]
    empty = empty[(empty[:, 2] < floor + config.cut_m) & (empty[:, 2] > floor - voxel_m)]
    ground = _ground([solid, empty, way, onward, borders], voxel_m, config)
    canvas = Canvas(_relief(ground, solid, paint, empty, floor, config.cut_m))
    draw_grid(canvas, ground, config)
    draw_borders(canvas, ground, borders)
    draw_way(canvas, ground, way)
    draw_route(canvas, ground, onward)
    draw_objects(canvas, ground, objects, up, config)
    draw_frame(canvas, ground, up, title, config)
    draw_key(canvas, {"way": len(way) > 0, "route": len(onward) > 0, "frontier": len(borders) > 0}, config)
    return canvas.picture


def _ground(parts: list[Float64[np.ndarray, "_ 3"]], voxel_m: float, config: PlanConfig) -> Ground:
    if not (math.isfinite(voxel_m) and voxel_m > 0):
        raise ObservationError(f"a voxel has a size above 0 m, got {voxel_m}")
    points = np.concatenate(parts)[:, :2]
    points = points[np.isfinite(points).all(axis=1)] if len(points) else np.zeros((1, 2))
    low, high = points.min(axis=0) - 3 * voxel_m, points.max(axis=0) + 3 * voxel_m
    if ((high - low) / voxel_m > 20_000).any():
        raise ObservationError(
            f"the map is {(high - low).max():.0f} m wide in voxels of {voxel_m} m: leave stray points out, or draw a "
            "coarser level"
        )
    return Ground(low, high, voxel_m, config.width)


def _relief(
    ground: Ground,
    solid: Float64[np.ndarray, "n 3"],
    paint: UInt8[np.ndarray, "n 3"],
    empty: Float64[np.ndarray, "_ 3"],
    floor: float,
    cut_m: float,
) -> UInt8[np.ndarray, "h w 3"]:
    """The ground as a picture: paper, known floor, and on it the tops of what stands there."""
    columns, rows = (int(n) for n in ground.cells)
    picture = np.empty((rows, columns, 3), np.float32)
    picture[:] = PAPER
    cells = ground.cell(empty)
    picture[cells[:, 1], cells[:, 0]] = KNOWN
    height = np.full((rows, columns), floor, np.float32)
    cells, order = ground.cell(solid), np.argsort(solid[:, 2], kind="stable")
    x, y = cells[order].T
    height[y, x] = solid[order, 2]  # later ones, that are higher, count
    picture[y, x] = paint[order]
    there = np.zeros((rows, columns), bool)
    there[y, x] = True
    count = np.bincount(y * columns + x, minlength=rows * columns).reshape(rows, columns)
    tall = (count * ground.voxel_m > 0.55 * cut_m) & (height > floor + 0.75 * cut_m)
    picture[tall] = 0.25 * picture[tall] + 0.75 * np.array(WALL)
    picture = PALER * 255 + (1 - PALER) * picture  # so that what is drawn on it stands out
    picture = _shaded(picture, height, there, ground.voxel_m)
    big = np.repeat(np.repeat(picture[::-1], ground.zoom, axis=0), ground.zoom, axis=1)
    frame = np.empty((*ground.shape, 3), np.uint8)
    frame[:] = 255
    frame[ground.margin : ground.margin + big.shape[0], ground.margin : ground.margin + big.shape[1]] = big
    return frame


def _shaded(
    picture: Float32[np.ndarray, "h w 3"],
    height: Float32[np.ndarray, "h w"],
    there: Bool[np.ndarray, "h w"],
    voxel_m: float,
) -> UInt8[np.ndarray, "h w 3"]:
    """Light from the upper left, and a soft shadow beside what is high."""
    x, y = cv2.Sobel(height, cv2.CV_32F, 1, 0) / 8, cv2.Sobel(height, cv2.CV_32F, 0, 1) / 8
    slope = np.clip((x - y) / voxel_m * 0.10, -0.28, 0.22)  # rows run upward here
    around = cv2.GaussianBlur(height, (0, 0), 2.5)
    sunk = np.clip((around - height) / 1.5, 0, 0.35)
    light = (1 + np.where(there, slope, 0) - np.where(there, sunk, 0.5 * sunk))[..., None]
    return np.asarray(np.clip(picture * light, 0, 255).astype(np.uint8))
