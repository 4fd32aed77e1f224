"""Woods, tiles, cloths, stones: tileable and near white, for the colour is the vertices'."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from streammem.envs.apartment.clouds import SIDE, clouds, grain, picture_of

__all__ = ["MATERIALS"]

Picture = UInt8[np.ndarray, "256 256 3"]
Shade = Float32[np.ndarray, "256 256"]
WARM = (1.1, 0.95, 0.75)  # shadows in wood are reddish brown


def _plain(rng: np.random.Generator) -> Picture:
    del rng
    return np.full((SIDE, SIDE, 3), 255, np.uint8)


def _wood(rng: np.random.Generator) -> Picture:
    return picture_of(1.02 - 0.3 * grain(rng), WARM)


def _rows() -> tuple[np.ndarray, np.ndarray]:
    """Columns and rows of texels, as a row and as a column."""
    line = np.arange(SIDE)
    return line[None, :], line[:, None]


def _planks(rng: np.random.Generator) -> Picture:
    """Eight boards that run along u, each with two joints, in a running bond."""
    x, y = _rows()
    board = y // 32
    start = rng.integers(0, SIDE, 8)[board]
    piece = ((x - start) % SIDE) // 128
    tone = rng.uniform(0.86, 1.0, (8, 2)).astype(np.float32)[board, piece]
    light = tone - 0.24 * grain(rng)
    gap = (y % 32 == 0) | ((x - start) % 128 == 0)
    return picture_of(np.where(gap, np.float32(0.55), light), WARM)


def _parquet(rng: np.random.Generator) -> Picture:
    """Squares of four staves, turned from one to the next."""
    x, y = _rows()
    along = ((x // 64 + y // 64) % 2).astype(bool)
    streaks = grain(rng)
    across = np.where(along, y, x)
    tone = rng.uniform(0.84, 1.0, (16, 4, 4)).astype(np.float32)[across // 16, x // 64, y // 64]
    light = tone - 0.22 * np.where(along, streaks, streaks.T)
    gap = (across % 16 == 0) | (x % 64 == 0) | (y % 64 == 0)
    return picture_of(np.where(gap, np.float32(0.62), light), WARM)


def _tiles(rng: np.random.Generator, count: int, joint: int, spread: float) -> Picture:
    size = SIDE // count
    x, y = _rows()
    tone = 1 - rng.uniform(0, spread, (count, count)).astype(np.float32)[y // size, x // size]
    light = tone - 0.05 * clouds(rng, 8)
    at_x, at_y = x % size, y % size
    light = np.where((at_x == joint) | (at_y == joint), light + 0.04, light)
    gap = (at_x < joint) | (at_y < joint)
    return picture_of(np.where(gap, np.float32(0.72), light))


def _plaster(rng: np.random.Generator) -> Picture:
    return picture_of(1 - 0.03 * clouds(rng, 8) - 0.025 * clouds(rng, 64) - 0.015 * clouds(rng, 128))


def _carpet(rng: np.random.Generator) -> Picture:
    return picture_of(1.0 - 0.22 * clouds(rng, 128) - 0.08 * clouds(rng, 32))


def _fabric(rng: np.random.Generator) -> Picture:
    """Threads over and under each other."""
    x, y = _rows()
    over = ((x // 4 + y // 4) % 2).astype(bool)
    thread = np.where(over, np.abs(x % 4 - 1.5), np.abs(y % 4 - 1.5)).astype(np.float32)
    return picture_of(1.0 - 0.05 * thread - 0.09 * clouds(rng, 64) - 0.04 * clouds(rng, 8))


def _leather(rng: np.random.Generator) -> Picture:
    creases = np.abs(clouds(rng, 64) - 0.5)
    return picture_of(1.0 - 0.14 * (1 - (creases * 8).clip(0, 1)) - 0.08 * clouds(rng, 8))


def _metal(rng: np.random.Generator) -> Picture:
    return picture_of(1.0 - 0.07 * clouds(rng, 4, 128) - 0.05 * clouds(rng, 2, 256))


def _marble(rng: np.random.Generator) -> Picture:
    """Veins where slow noise crosses its middle, bent by quicker noise."""
    slow = clouds(rng, 4) + 0.3 * clouds(rng, 16)
    veins = 1 - (np.abs(slow - 0.65) * 14).clip(0, 1)
    fine = 1 - (np.abs(clouds(rng, 8) - 0.5) * 18).clip(0, 1)
    return picture_of(1 - 0.2 * veins - 0.06 * fine - 0.05 * clouds(rng, 8))


def _brick(rng: np.random.Generator) -> Picture:
    """Eight courses of four bricks, each half a brick on from the one below."""
    x, y = _rows()
    course = y // 32
    shifted = (x + 32 * (course % 2)) % SIDE
    tone = 1 - rng.uniform(0, 0.22, (8, 4)).astype(np.float32)[course, shifted // 64]
    light = tone - 0.1 * clouds(rng, 64)
    gap = (y % 32 < 3) | (shifted % 64 < 3)
    return picture_of(np.where(gap, 0.97 - 0.1 * clouds(rng, 128), light * 0.86), (1.0, 1.0, 1.0))


def _grass(rng: np.random.Generator) -> Picture:
    blades = cv2.blur(np.pad(rng.random((SIDE, SIDE), np.float32), 8, mode="wrap"), (2, 9))[8:-8, 8:-8]
    return picture_of(np.asarray(1.2 - 0.8 * blades - 0.12 * clouds(rng, 8), np.float32))


MATERIALS: Mapping[str, Callable[[np.random.Generator], Picture]] = {
    "plain": _plain,
    "wood": _wood,
    "planks": _planks,
    "parquet": _parquet,
    "tile": lambda rng: _tiles(rng, 4, 2, 0.05),
    "small tile": lambda rng: _tiles(rng, 8, 2, 0.12),
    "plaster": _plaster,
    "carpet": _carpet,
    "fabric": _fabric,
    "leather": _leather,
    "metal": _metal,
    "marble": _marble,
    "brick": _brick,
    "grass": _grass,
}
