"""Smooth noise that repeats at its border: what patterns are grown from."""

from __future__ import annotations

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
    wide, tall = SIDE // columns, SIDE // rows
    wrapped = np.pad(values, 2, mode="wrap")
    large = cv2.resize(wrapped, (SIDE + 4 * wide, SIDE + 4 * tall), interpolation=cv2.INTER_CUBIC)
    return np.asarray(large[2 * tall : 2 * tall + SIDE, 2 * wide : 2 * wide + SIDE].clip(0, 1))


def grain(rng: np.random.Generator) -> Float32[np.ndarray, "256 256"]:
    """Streaks along u as wood has them, 0 to 1."""
    return np.asarray(
        0.45 * clouds(rng, 4, 64) + 0.3 * clouds(rng, 2, 16) + 0.25 * clouds(rng, 8, 128), np.float32
    )


def picture_of(
    light: Float32[np.ndarray, "256 256"], tint: tuple[float, float, float] = (1.0, 1.0, 1.0)
) -> UInt8[np.ndarray, "256 256 3"]:
    """Brightness (1 leaves a colour as it is) as a picture; what is darker takes on more of the tint."""
    shade = (1 - light)[..., None] * (np.float32(2) - np.array(tint, np.float32))
    return np.asarray(((1 - shade).clip(0, 1) * 255 + 0.5).astype(np.uint8))
