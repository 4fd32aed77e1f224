"""Colours and patterns of a synthetic room's surfaces, all in one picture."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

__all__ = ["TILE", "Atlas", "Paint", "Pattern", "atlas", "bright", "dull"]

Pattern = Literal["plain", "checker", "stripes", "dots", "noise", "planks", "bricks"]
TILE = 128  # texels on a side of one pattern
RIM = 1  # texels around it that repeat the other side, so that blending across the seam is right
ACROSS = 16  # tiles side by side

Colour = tuple[float, float, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Paint:
    """A pattern of two colours (0..1) that repeats every `repeat_m` metres; `seed` makes it one of its kind."""

    pattern: Pattern
    first: Colour
    second: Colour
    repeat_m: float
    seed: int = 0


def bright(rng: np.random.Generator, hue: float | None = None) -> Colour:
    """A strong colour."""
    hue = float(rng.random()) if hue is None else hue
    return colorsys.hsv_to_rgb(hue % 1, float(rng.uniform(0.65, 0.95)), float(rng.uniform(0.65, 0.95)))


def dull(rng: np.random.Generator, value: float) -> Colour:
    """A colour as walls have it."""
    return colorsys.hsv_to_rgb(float(rng.uniform(0.05, 0.6)), float(rng.uniform(0.05, 0.2)), value)


@dataclass(frozen=True, slots=True)
class Atlas:
    """All tiles in one picture; `corner` is where the inside of each tile starts (x, y)."""

    picture: UInt8[np.ndarray, "_ _ 3"]
    corner: Float32[np.ndarray, "tiles 2"]


def atlas(paints: Sequence[Paint]) -> Atlas:
    """Paint every pattern once."""
    side = TILE + 2 * RIM
    rows = -(-len(paints) // ACROSS)
    picture = np.zeros((rows * side, ACROSS * side, 3), np.uint8)
    corner = np.empty((len(paints), 2), np.float32)
    for number, paint in enumerate(paints):
        y, x = number // ACROSS * side, number % ACROSS * side
        picture[y : y + side, x : x + side] = np.pad(
            _tile(paint), ((RIM, RIM), (RIM, RIM), (0, 0)), mode="wrap"
        )
        corner[number] = x + RIM - 0.5, y + RIM - 0.5
    return Atlas(picture, corner)


@lru_cache(maxsize=256)
def _tile(paint: Paint) -> UInt8[np.ndarray, "_ _ 3"]:
    rng = np.random.default_rng(paint.seed)
    y, x = np.mgrid[:TILE, :TILE] / TILE
    share = (
        _share(paint.pattern, x, y, rng) + 0.06 * (_clouds(rng, 16) - 0.5) + 0.05 * (_clouds(rng, 64) - 0.5)
    )
    first, second = np.array(paint.first), np.array(paint.second)
    colour = (
        first
        + (second - first) * share[..., None]
        + (0.08 * (_clouds(rng, 32) - 0.5) + 0.05 * (rng.random((TILE, TILE)) - 0.5))[..., None]
    )
    return np.asarray((colour.clip(0, 1) * 255).astype(np.uint8))


def _share(pattern: Pattern, x: np.ndarray, y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """How much of the second colour each texel takes."""
    match pattern:
        case "plain":
            return np.zeros_like(x)
        case "checker":
            return np.asarray(((x * 4).astype(int) + (y * 4).astype(int)) % 2, float)
        case "stripes":
            return np.asarray((y * 8).astype(int) % 2, float)
        case "dots":
            return np.asarray(np.hypot((x * 3) % 1 - 0.5, (y * 3) % 1 - 0.5) < 0.3, float)
        case "noise":
            return np.asarray(0.7 * _clouds(rng, 8) + 0.3 * _clouds(rng, 32))
        case "planks":
            board = (y * 6).astype(int)
            gap = ((y * 6) % 1 < 0.06) | ((x + rng.random(6)[board]) % 1 < 0.012)
            return np.asarray(np.maximum(gap, rng.uniform(0, 0.5, 6)[board] + 0.3 * _clouds(rng, 4, 32)))
        case "bricks":
            row = (y * 8).astype(int)
            gap = ((y * 8) % 1 < 0.12) | ((x * 4 + row % 2 / 2) % 1 < 0.06)
            return np.asarray(np.where(gap, 1.0, 0.35 * _clouds(rng, 16)))


def _clouds(rng: np.random.Generator, columns: int, rows: int | None = None) -> np.ndarray:
    """Smooth noise, 0 to 1, that repeats at the border."""
    grid = rng.random((rows or columns, columns)).astype(np.float32)
    wrapped = np.pad(grid, 2, mode="wrap")
    big = cv2.resize(
        wrapped,
        (TILE * (columns + 4) // columns, TILE * ((rows or columns) + 4) // (rows or columns)),
        interpolation=cv2.INTER_CUBIC,
    )
    top, left = 2 * TILE // (rows or columns), 2 * TILE // columns
    return np.asarray(big[top : top + TILE, left : left + TILE].clip(0, 1))
