"""What is drawn upon a plan: grid, ways, objects with their names, frontiers, frame and key."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from jaxtyping import Float64

from streammem.spatial.drawing.canvas import Canvas, Colour, text_size
from streammem.spatial.drawing.ground import Ground, PlanConfig
from streammem.spatial.drawing.labels import place_labels
from streammem.spatial.drawing.upright import standing
from streammem.types import Box

__all__ = [
    "Marked",
    "draw_borders",
    "draw_frame",
    "draw_grid",
    "draw_key",
    "draw_objects",
    "draw_route",
    "draw_way",
]

INK, FAINT = (40, 44, 52), (150, 154, 162)
WAY_START, WAY_END = (20, 90, 200), (20, 190, 220)
ROUTE: Colour = (214, 30, 130)
FRONTIER: Colour = (245, 140, 20)
PALETTE: tuple[Colour, ...] = (
    (200, 40, 40),
    (30, 130, 60),
    (120, 60, 180),
    (180, 100, 10),
    (0, 125, 140),
    (190, 40, 120),
    (90, 110, 20),
    (60, 80, 190),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Marked:
    """A thing to be marked on the plan: its name, its middle, and what it fills if known; gone things are dashed out."""

    label: str
    centre: tuple[float, float, float]
    extent: Box | None = None
    gone: bool = False


def _grid_step(ground: Ground, config: PlanConfig) -> float:
    if config.grid_m > 0:
        return config.grid_m
    span = float(ground.cells.max()) * ground.voxel_m
    return next((step for step in (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0) if span / step <= 14), 100.0)


def draw_grid(canvas: Canvas, ground: Ground, config: PlanConfig) -> None:
    """Faint lines at round distances, with their numbers along the border."""
    step, low = _grid_step(ground, config), ground.low
    high = low + ground.cells * ground.voxel_m
    faint = canvas.picture.copy()
    lines = Canvas(faint)
    for axis in range(2):
        for value in np.arange(math.ceil(low[axis] / step), math.floor(high[axis] / step) + 1) * step:
            ends = np.array([low, high])
            ends[:, axis] = value
            at = ground.pixel(ends)
            lines.path(at, FAINT, 1)
            name = f"{value:g}"
            wide, tall = text_size(name, 12)
            place = (
                (at[0, 0] - wide / 2, at[0, 1] + 5)
                if axis == 0
                else (at[0, 0] - wide - 6, at[0, 1] - tall / 2)
            )
            canvas.text(place, name, 12, INK)
    ground_part = (slice(ground.margin, -ground.margin - 30), slice(ground.margin, -ground.margin))
    mixed = cv2.addWeighted(faint[ground_part], 0.45, canvas.picture[ground_part], 0.55, 0)
    canvas.picture[ground_part] = mixed


def draw_way(canvas: Canvas, ground: Ground, way: Float64[np.ndarray, "n 3"]) -> None:
    """From dark blue to light blue as time goes by, with a dot at its start and an arrow at its end."""
    if not len(way):
        return
    at = ground.pixel(way)
    canvas.path(at, (255, 255, 255), 5)
    pieces = np.array_split(np.arange(len(at)), min(32, len(at)))
    for number, piece in enumerate(pieces):
        share = number / max(len(pieces) - 1, 1)
        colour = tuple(round((1 - share) * a + share * b) for a, b in zip(WAY_START, WAY_END, strict=True))
        canvas.path(at[piece[0] : piece[-1] + 2], (colour[0], colour[1], colour[2]), 3)
    canvas.dot((at[0, 0], at[0, 1]), 6, WAY_START, (255, 255, 255))
    back = at[np.linalg.norm(at - at[-1], axis=1) > 10]
    if len(back):
        toward = (at[-1] - back[-1]) / np.linalg.norm(at[-1] - back[-1])
        tip = at[-1] + 10 * toward
        canvas.arrow((at[-1, 0], at[-1, 1]), (tip[0], tip[1]), WAY_END, 4)


def draw_route(canvas: Canvas, ground: Ground, route: Float64[np.ndarray, "n 3"]) -> None:
    """A broad line with a dot at each of its places."""
    at = ground.pixel(route)
    canvas.path(at, (255, 255, 255), 8)
    canvas.path(at, ROUTE, 4)
    for x, y in at[1:-1]:
        canvas.dot((x, y), 4, ROUTE, (255, 255, 255))
    for x, y in at[[0, -1]] if len(at) else at:
        canvas.dot((x, y), 7, ROUTE, (255, 255, 255))


def draw_borders(canvas: Canvas, ground: Ground, borders: Float64[np.ndarray, "n 3"]) -> None:
    """A diamond at each frontier."""
    for x, y in ground.pixel(borders):
        diamond = np.array([[x, y - 6], [x + 6, y], [x, y + 6], [x - 6, y]])
        canvas.area(diamond + 0.0, FRONTIER)
        canvas.path(diamond, (255, 255, 255), 1, closed=True)


def draw_objects(
    canvas: Canvas,
    ground: Ground,
    objects: Sequence[Marked],
    up: tuple[float, float, float],
    config: PlanConfig,
) -> None:
    """Footprints first, names over all of them."""
    if not objects:
        return
    centres = ground.pixel(standing(np.array([thing.centre for thing in objects], float), up))
    for number, thing in enumerate(objects):
        colour = FAINT if thing.gone else _colour_of(thing.label)
        if thing.extent is not None:
            hull = _footprint(ground, thing.extent, up)
            canvas.area(hull, colour, 0.22)
            canvas.path(hull, (255, 255, 255), 3, closed=True)
            canvas.path(hull, colour, 2, closed=True)
        canvas.dot((centres[number, 0], centres[number, 1]), 3.5, colour, (255, 255, 255))
    sizes = np.array([text_size(thing.label, config.text) for thing in objects], float)
    height, width = canvas.picture.shape[:2]
    corners = place_labels(centres, sizes, width=width, height=height - 34, radius=np.full(len(objects), 4.0))
    for thing, at, corner, size in zip(objects, centres, corners, sizes, strict=True):
        colour = FAINT if thing.gone else _colour_of(thing.label)
        nearest = np.clip(at, corner, corner + size)
        if np.linalg.norm(nearest - at) > 14:
            canvas.path(np.stack([at, nearest]), colour, 1)
        canvas.text((corner[0], corner[1]), thing.label, config.text, colour, halo=(255, 255, 255))


def _footprint(ground: Ground, box: Box, up: tuple[float, float, float]) -> Float64[np.ndarray, "_ 2"]:
    """The outline from above of a box, which is askew when the world is not upright."""
    corners = np.stack(np.meshgrid(*zip(box.low, box.high, strict=True), indexing="ij"), axis=-1).reshape(
        -1, 3
    )
    at = ground.pixel(standing(corners, up))
    return np.asarray(cv2.convexHull(at.astype(np.float32))[:, 0], np.float64)


def _colour_of(label: str) -> Colour:
    """The same name, the same colour, in every picture."""
    return PALETTE[sum(label.encode()) % len(PALETTE)]


def draw_frame(
    canvas: Canvas, ground: Ground, up: tuple[float, float, float], title: str, config: PlanConfig
) -> None:
    """The border, the title, a scale bar, and which way the world's axes point."""
    high = ground.low + ground.cells * ground.voxel_m
    corners = np.array([ground.low, [high[0], ground.low[1]], high, [ground.low[0], high[1]]])
    canvas.path(ground.pixel(corners), INK, 1, closed=True)
    if title:
        canvas.text(
            (ground.margin, (ground.margin - config.text * 1.3) / 2), title, round(config.text * 1.15), INK
        )
    height, width = canvas.picture.shape[:2]
    metre = ground.zoom / ground.voxel_m
    length = next(
        (step for step in (50.0, 20.0, 10.0, 5.0, 2.0, 1.0, 0.5, 0.2) if step * metre <= 0.3 * width), 0.1
    )
    left, line = float(ground.margin), height - 22.0
    canvas.area(
        np.array(
            [[left, line], [left + length * metre, line], [left + length * metre, line + 5], [left, line + 5]]
        ),
        INK,
    )
    canvas.text((left + length * metre + 8, line - 8), f"{length:g} m", 15, INK)
    _draw_axes(canvas, (left + length * metre + 90, height - 28.0), up)


def _draw_axes(canvas: Canvas, at: tuple[float, float], up: tuple[float, float, float]) -> None:
    axes = standing(np.eye(3), up)
    for name, axis, colour in zip("xyz", axes, ((200, 40, 40), (30, 130, 60), (60, 80, 190)), strict=True):
        reach = 19 * axis[:2]
        if np.linalg.norm(reach) > 8:
            end = (at[0] + reach[0], at[1] - reach[1])
            canvas.arrow(at, end, colour, 2)
            wide, tall = text_size(name, 13)
            away = (at[0] + 1.4 * reach[0] - wide / 2, at[1] - 1.4 * reach[1] - tall / 2)
            canvas.text(away, name, 13, colour)


def draw_key(canvas: Canvas, shown: dict[str, bool], config: PlanConfig) -> None:
    """What the signs mean, at the lower right."""
    height, right = canvas.picture.shape[0], canvas.picture.shape[1] - 46.0
    for name, colour in (("frontier", FRONTIER), ("route", ROUTE), ("way", WAY_START)):
        if shown[name]:
            right -= text_size(name, 15)[0]
            canvas.text((right, height - 30), name, 15, INK)
            canvas.dot((right - 12, height - 20), 5, colour)
            right -= 36
