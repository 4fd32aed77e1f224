"""Smooth noise that repeats at its border: what patterns are grown from."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

__all__ = ["SIDE", "clouds", "grain", "picture_of"]

SIDE = 256  # texels on a side of every picture


def clouds(rng: np.random.Generator, columns: int, rows: int | None = None) -> Float32[np.ndarray, "256 256"]:
    """Noise of so many bumps across and down (powers of two), 0 to 1, the same on opposite borders."""
    rows = rows or columns
    values = rng.random((rows, columns), np.float32)
    if rows == SIDE and columns == SIDE:
        return values
    if rows * columns <= 1024:  # a product with few coefficients is quicker than enlarging a padded picture
        return np.asarray((_curves(rows) @ values @ _curves(columns).T).clip(0, 1))
    wide, tall = SIDE // columns, SIDE // rows
    wrapped = np.pad(values, 2, mode="wrap")
    large = cv2.resize(wrapped, (SIDE + 4 * wide, SIDE + 4 * tall), interpolation=cv2.INTER_CUBIC)
    return np.asarray(large[2 * tall : 2 * tall + SIDE, 2 * wide : 2 * wide + SIDE].clip(0, 1))


@cache
def _curves(count: int) -> Float32[np.ndarray, "256 _"]:
    """How much of each of `count` values on a circle each texel takes: cubic, through the values (Catmull-Rom)."""
    at = (np.arange(SIDE) + 0.5) * count / SIDE - 0.5
    first, t = np.floor(at).astype(np.int64), at - np.floor(at)
    taps = (-t + 2 * t**2 - t**3, 2 - 5 * t**2 + 3 * t**3, t + 4 * t**2 - 3 * t**3, t**3 - t**2)
    weights = np.zeros((SIDE, count), np.float32)
    for k, tap in enumerate(taps):
        np.add.at(weights, (np.arange(SIDE), (first + k - 1) % count), tap / 2)
    return weights


def grain(rng: np.random.Generator) -> Float32[np.ndarray, "256 256"]:
    """Streaks along u as wood has them, 0 to 1."""
    return np.asarray(
        0.45 * clouds(rng, 4, 64) + 0.3 * clouds(rng, 2, 16) + 0.25 * clouds(rng, 8, 128), np.float32
    )


def picture_of(
    light: Float32[np.ndarray, "256 256"], tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
) -> UInt8[np.ndarray, "256 256 3"]:
    """Brightness (1 leaves a colour as it is) as a picture; what is darker takes on more of the tint."""
    levels = np.arange(256, dtype=np.float32)[:, None]
    table = 255 - (255 - levels) * (2 - np.array(tint, np.float32))
    level = (light * np.float32(255) + np.float32(0.5)).clip(0, 255).astype(np.uint8)
    return np.asarray((table + 0.5).clip(0, 255).astype(np.uint8)[level])
