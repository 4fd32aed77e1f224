"""Where episodes begin and end: free places, far enough apart, that a way joins."""

from __future__ import annotations

import math

import numpy as np

from streammem.envs.tasks.situation import Situation

__all__ = ["free_place", "free_yaw", "main_area"]

Place = tuple[float, float]


def main_area(situation: Situation) -> int:
    """The number of the largest connected area; 0 if nothing is free."""
    areas = situation.grid.areas
    sizes = np.bincount(areas.ravel())
    return int(sizes[1:].argmax()) + 1 if len(sizes) > 1 else 0


def free_place(situation: Situation, *, room: int | None = None) -> Place | None:
    """A free place anywhere in the largest area, or in one room of it; None if there is none."""
    grid = situation.grid
    inside = grid.areas == main_area(situation)
    rows, columns = np.nonzero(inside & grid.free)
    middles = np.stack([columns, rows], 1) * 0.1 + 0.05 + np.array(grid.origin)
    if room is not None:
        space = situation.scene.rooms[room]
        kept = ((middles >= space.low) & (middles <= space.high)).all(1)
        middles = middles[kept]
    if not len(middles):
        return None
    x, y = middles[int(situation.rng.integers(len(middles)))]
    return float(x), float(y)


def free_yaw(situation: Situation) -> float:
    """Any direction."""
    return float(situation.rng.uniform(-math.pi, math.pi))
