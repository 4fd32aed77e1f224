"""A map stood upright: turned so that up is +z, and cut so that its ceiling does not hide it."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float, Float64, UInt8

from streammem.poses import up_rotation

__all__ = ["below_cut", "by_height", "floor_of", "standing"]

FLOOR_SHARE = 0.05  # a level with that share of the fullest level's voxels can be the floor
LEVEL_M = 0.05


def standing(points: Float[np.ndarray, "n 3"], up: tuple[float, float, float]) -> Float64[np.ndarray, "n 3"]:
    """Points turned about the origin so that `up` is +z."""
    return np.asarray(np.asarray(points, np.float64) @ up_rotation(up)[:3, :3].T)


def floor_of(heights: Float[np.ndarray, " n"]) -> float:
    """How high the floor is: the lowest level that holds more than a few stray voxels; 0 for no voxels."""
    if not len(heights):
        return 0.0
    lowest = float(heights.min())
    counts = np.bincount(((heights - lowest) / LEVEL_M).astype(int))
    return lowest + LEVEL_M * float(np.argmax(counts >= FLOOR_SHARE * counts.max()))


def below_cut(heights: Float[np.ndarray, " n"], cut_m: float | None) -> Bool[np.ndarray, " n"]:
    """What is less than `cut_m` above the floor; everything for None."""
    if cut_m is None:
        return np.ones(len(heights), bool)
    return np.asarray(heights < floor_of(heights) + cut_m)


def by_height(heights: Float[np.ndarray, " n"]) -> UInt8[np.ndarray, "n 3"]:
    """A colour for each height, blue over green to yellow, for maps that have none of their own."""
    if not len(heights):
        return np.zeros((0, 3), np.uint8)
    stops = np.array([[54, 70, 120], [52, 118, 138], [62, 160, 130], [148, 196, 90], [240, 214, 90]], float)
    low, high = np.percentile(heights, [1, 99])
    share = ((heights - low) / max(float(high - low), 1e-6)).clip(0, 1) * (len(stops) - 1)
    grid = np.arange(len(stops))
    return np.stack([np.interp(share, grid, stops[:, i]) for i in range(3)], axis=1).astype(np.uint8)
