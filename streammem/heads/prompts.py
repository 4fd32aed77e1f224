"""From what a person points at to a mask: a polygon, a box, or points.

Without a prompt network, boxes and points are refined by GrabCut, which goes by colour and edges alone: it finds
what differs from its surroundings, not what an object is. Each result says how it came about.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from jaxtyping import Bool, UInt8

from streammem.errors import ObservationError
from streammem.heads import grabcut, polygon
from streammem.heads.boxes import PixelBox

__all__ = ["PromptedMask", "from_box", "from_points", "from_polygon"]

Method = Literal["polygon", "grabcut", "rectangle", "discs"]
LEAST_SHARE = 0.05  # of a box: less than this is no object but a few stray pixels
MARGIN = 0.5  # how much ground GrabCut sees around a box, as a share of its sides
Rgb = UInt8[np.ndarray, "h w 3"]
Point = tuple[float, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class PromptedMask:
    """A mask, the method that gave it, and a sentence on anything that was not as asked.

    "rectangle" and "discs" are the prompt itself: GrabCut had nothing to go by, or left next to nothing.
    """

    mask: Bool[np.ndarray, "h w"]
    method: Method
    note: str = ""


def from_polygon(rgb: Rgb, corners: Sequence[Point]) -> PromptedMask:
    """Everything within a polygon, corners (x, y) in pixels.

    Raises:
        ObservationError: if it is no polygon, or holds no pixel of the picture.
    """
    mask = polygon.fill((rgb.shape[0], rgb.shape[1]), corners)
    if not mask.any():
        raise ObservationError(
            f"the polygon holds no pixel of a picture of {rgb.shape[1]}x{rgb.shape[0]}: give corners within it"
        )
    return PromptedMask(mask=mask, method="polygon")


def from_box(rgb: Rgb, box: PixelBox, *, seed: int = 0) -> PromptedMask:
    """What stands out within a box (left, top, width, height, pixels); nothing outside it is taken.

    Raises:
        ObservationError: if the box has no area, or none of it lies in the picture.
    """
    (left, top, right, bottom), note = _clipped(rgb, box)
    window = _around(rgb, (left, top, right, bottom))
    hint = np.full(rgb.shape[:2], grabcut.BACK, np.uint8)
    hint[top:bottom, left:right] = grabcut.LIKELY_FRONT
    found = grabcut.refine(np.ascontiguousarray(rgb[window]), hint[window], seed=seed)
    mask = np.zeros(rgb.shape[:2], bool)
    area = (right - left) * (bottom - top)
    if found is not None and np.count_nonzero(found) >= max(1, LEAST_SHARE * area):
        mask[window] = found
        return PromptedMask(mask=mask, method="grabcut", note=note)
    mask[top:bottom, left:right] = True
    why = (
        "the box fills the picture, nothing is left to tell it from"
        if found is None
        else "GrabCut found next to nothing in the box"
    )
    return PromptedMask(
        mask=mask, method="rectangle", note=_joined(note, f"{why}: its whole rectangle is taken")
    )


def from_points(
    rgb: Rgb,
    points: Sequence[Point],
    *,
    off: Sequence[Point] = (),
    radius_px: float | None = None,
    seed: int = 0,
) -> PromptedMask:
    """What the points (x, y) lie on, and the points `off` do not.

    A point says nothing about size. `radius_px` is how far from a point the object is expected to reach; without
    it, an eighth of the picture's shorter side. Only parts that hold a point are kept.

    Raises:
        ObservationError: if there is no point, one lies outside the picture, or the radius is not positive.
    """
    shape = (rgb.shape[0], rgb.shape[1])
    on, away = _inside(points, shape), _inside(off, shape)
    if not on:
        raise ObservationError("a mask from points needs at least one point on the object")
    radius = min(shape) / 8 if radius_px is None else float(radius_px)
    if not (np.isfinite(radius) and radius > 0):
        raise ObservationError(f"the radius around a point is positive pixels, got {radius_px}")
    sure = max(0, round(radius / 6))
    hint = np.full(shape, grabcut.BACK, np.uint8)
    for value, reach in (
        (grabcut.LIKELY_BACK, 2 * radius),
        (grabcut.LIKELY_FRONT, radius),
        (grabcut.FRONT, sure),
    ):
        for at in on:
            cv2.circle(hint, at, round(reach), value, -1)
    for at in away:
        cv2.circle(hint, at, sure, grabcut.BACK, -1)
    for x, y in on:
        hint[y, x] = grabcut.FRONT
    rows, columns = (
        np.flatnonzero((hint != grabcut.BACK).any(1)),
        np.flatnonzero((hint != grabcut.BACK).any(0)),
    )
    window = _around(rgb, (int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1))
    found = grabcut.refine(np.ascontiguousarray(rgb[window]), hint[window], seed=seed)
    mask = np.zeros(shape, bool)
    if found is not None:
        mask[window] = found
        mask = _holding(mask, on)
    seeds = hint == grabcut.FRONT
    if np.count_nonzero(mask) > np.count_nonzero(seeds):
        return PromptedMask(mask=mask, method="grabcut")
    return PromptedMask(
        mask=seeds,
        method="discs",
        note="GrabCut found nothing beyond the points: small discs around them are taken",
    )


def _clipped(rgb: Rgb, box: PixelBox) -> tuple[tuple[int, int, int, int], str]:
    """Left, top, right, bottom within the picture, and whether that cut something off."""
    height, width = rgb.shape[:2]
    left, top, wide, high = box
    if wide < 1 or high < 1:
        raise ObservationError(f"a box is (left, top, width, height) with an area, got {box}")
    inside = (max(0, left), max(0, top), min(width, left + wide), min(height, top + high))
    if inside[0] >= inside[2] or inside[1] >= inside[3]:
        raise ObservationError(f"the box {box} lies outside the picture of {width}x{height} pixels")
    cut = (inside[2] - inside[0], inside[3] - inside[1]) != (wide, high)
    return inside, "the box was cut at the picture's edge" if cut else ""


def _around(rgb: Rgb, corners: tuple[int, int, int, int]) -> tuple[slice, slice]:
    """Rows and columns of a rectangle with some ground around it."""
    left, top, right, bottom = corners
    over, down = max(8, round(MARGIN * (right - left))), max(8, round(MARGIN * (bottom - top)))
    rows = slice(max(0, top - down), min(rgb.shape[0], bottom + down))
    return rows, slice(max(0, left - over), min(rgb.shape[1], right + over))


def _inside(points: Sequence[Point], shape: tuple[int, int]) -> list[tuple[int, int]]:
    """The pixels that points lie in."""
    pixels = []
    for x, y in points:
        if not (0 <= x < shape[1] and 0 <= y < shape[0]):  # NaN fails as well
            raise ObservationError(
                f"the point ({x}, {y}) lies outside the picture of {shape[1]}x{shape[0]} pixels"
            )
        pixels.append((int(x), int(y)))
    return pixels


def _holding(mask: Bool[np.ndarray, "h w"], points: Sequence[tuple[int, int]]) -> Bool[np.ndarray, "h w"]:
    """The connected parts that hold a point."""
    _, parts = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    kept = {int(parts[y, x]) for x, y in points} - {0}
    return np.isin(parts, sorted(kept))


def _joined(*sentences: str) -> str:
    return "; ".join(sentence for sentence in sentences if sentence)
