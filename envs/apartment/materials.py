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
    """Columns and rows of texels, as a row and as a column; of eight bits, so that they go round."""
    line = np.arange(SIDE, dtype=np.uint8)
    return line[None, :], line[:, None]


def _squares(values: Float32[np.ndarray, "n n"]) -> Shade:
    """Each value as a square."""
    size = SIDE // len(values)
    return np.repeat(np.repeat(values, size, axis=0), size, axis=1)


def _planks(rng: np.random.Generator) -> Picture:
    """Eight boards that run along u, each with two joints, in a running bond."""
    x, y = _rows()
    from_joint = x - np.repeat(rng.integers(0, SIDE, 8).astype(np.uint8), 32)[:, None]
    tone = np.repeat(rng.uniform(0.86, 1.0, (8, 2)).astype(np.float32), 32, axis=0)
    light = np.where(from_joint < 128, tone[:, :1], tone[:, 1:]) - np.float32(0.24) * grain(rng)
    gap = (y % 32 == 0) | (from_joint % 128 == 0)
    return picture_of(np.where(gap, np.float32(0.55), light), WARM)


def _parquet(rng: np.random.Generator) -> Picture:
    """Squares of four staves, turned from one to the next."""
    cell = np.arange(16)
    turned = (cell[:, None] // 4 + cell // 4) % 2 == 1
    tones = rng.uniform(0.84, 1.0, (4, 4, 4)).astype(np.float32)[cell[:, None] // 4, cell // 4]
    stave = np.where(turned, cell[:, None] % 4, cell % 4)
    tone = np.take_along_axis(tones, stave[..., None], 2)[..., 0]
    along = _squares(turned.astype(np.float32)) > 0
    streaks = grain(rng)
    light = _squares(tone) - np.float32(0.22) * np.where(along, streaks, streaks.T)
    x, y = _rows()
    gap = np.where(along, y % 16 == 0, x % 16 == 0) | (x % 64 == 0) | (y % 64 == 0)
    return picture_of(np.where(gap, np.float32(0.62), light), WARM)


def _tiles(rng: np.random.Generator, count: int, joint: int, spread: float) -> Picture:
    size = SIDE // count
    x, y = _rows()
    tone = _squares(1 - rng.uniform(0, spread, (count, count)).astype(np.float32))
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
    thread = np.where(over, np.abs(x % 4 - np.float32(1.5)), np.abs(y % 4 - np.float32(1.5)))
    return picture_of(1.06 - 0.05 * thread - 0.09 * clouds(rng, 64) - 0.03 * clouds(rng, 8))


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
    shifted = x + 32 * (y // 32 % 2)
    tones = np.repeat(1 - rng.uniform(0, 0.22, (8, 4)).astype(np.float32), 2, axis=1)
    tones[1::2] = np.roll(tones[1::2], -1, axis=1)
    light = np.repeat(np.repeat(tones, 32, axis=0), 32, axis=1) - np.float32(0.1) * clouds(rng, 64)
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
