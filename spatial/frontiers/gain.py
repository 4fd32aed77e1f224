"""What one may expect to see from a frontier: unknown space in reach that no known surface hides."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float64, Int64

from streammem.spatial.frontiers.border import reachable
from streammem.spatial.frontiers.config import FrontiersConfig
from streammem.spatial.frontiers.known import Known

__all__ = ["gains", "sphere"]


def sphere(count: int) -> Float64[np.ndarray, "count 3"]:
    """Directions spread evenly over the sphere: Fibonacci's spiral (González 2010)."""
    at = np.arange(count) + 0.5
    z = 1 - 2 * at / count
    angle = math.pi * (1 + math.sqrt(5)) * at
    flat = np.sqrt(1 - z**2)
    return np.stack([flat * np.cos(angle), flat * np.sin(angle), z], 1)


def gains(
    known: Known, cells: Int64[np.ndarray, "n 3"], config: FrontiersConfig, floor_m: float
) -> Float64[np.ndarray, " n"]:
    """Unknown volume around the middle of each cell, cubic metres, in reach, at a reachable height, and in sight.

    Rays go out evenly, in steps of a cell, and end at what is occupied; each unknown step counts with its part of the
    ball. What is unknown hides nothing, so this is the most that one may see. `cells` are whole coordinates.
    """
    steps = max(1, round(config.reach_m / known.cell_m))
    radii = (np.arange(steps) + 0.5) * config.reach_m / steps
    offsets = sphere(config.rays)[:, None] * radii[:, None]
    away = np.floor(offsets / known.cell_m + 0.5).astype(np.int64)
    margin = int(np.abs(away).max())
    # With a margin of the unknown, a step is the same number of entries further on from everywhere.
    padded = np.pad(known.state, margin)
    _, wide, high = padded.shape
    strides = np.array([wide * high, high, 1])
    within = cells - known.low
    outside = np.any((within < 0) | (within >= known.state.shape), axis=1)
    start = (np.where(outside[:, None], 0, within) + margin) @ strides
    state = padded.reshape(-1)[start[:, None, None] + away @ strides]
    state[outside] = 0
    seen = np.logical_and.accumulate(state <= 0, axis=2) & (state == 0)
    if config.heights_m is not None:
        middles = (cells + 0.5) * known.cell_m
        seen &= reachable(middles[:, None, None] + offsets, config, floor_m)
    shells = np.diff(np.linspace(0, config.reach_m, steps + 1) ** 3) * 4 / 3 * math.pi / config.rays
    volumes: Float64[np.ndarray, " n"] = seen.sum(1) @ shells
    return volumes
