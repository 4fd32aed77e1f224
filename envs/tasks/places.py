"""Where episodes begin and end: free places, far enough apart, that a way joins."""

from __future__ import annotations

import math

import numpy as np
from jaxtyping import Float64

from streammem.envs.habitat.episode import Episode, Goal
from streammem.envs.tasks.situation import Situation

__all__ = ["free_place", "free_places", "free_yaw", "two_places"]

Place = tuple[float, float]
_TRIES = 50


def free_places(situation: Situation, *, room: int | None = None) -> Float64[np.ndarray, "_ 2"]:
    """The middles of the cells of the largest area, everywhere or in one room."""
    grid = situation.grid
    middles = grid.middles()
    kept = grid.areas[grid.free] == grid.largest_area
    if room is not None:
        space = situation.scene.rooms[room]
        kept &= ((middles >= space.low) & (middles <= space.high)).all(1)
    return np.asarray(middles[kept])


def free_place(situation: Situation, *, room: int | None = None) -> Place | None:
    """One of `free_places`; None if there is none."""
    places = free_places(situation, room=room)
    if not len(places):
        return None
    x, y = places[int(situation.rng.integers(len(places)))]
    return float(x), float(y)


def free_yaw(situation: Situation) -> float:
    """Any direction."""
    return float(situation.rng.uniform(-math.pi, math.pi))


def two_places(situation: Situation, nearest_m: float, farthest_m: float, radius_m: float) -> Episode | None:
    """An episode from one place to another, so far apart on foot; None where the scene has no such two."""
    places = free_places(situation)
    if not len(places):
        return None
    for _ in range(_TRIES):
        x, y = (float(number) for number in places[int(situation.rng.integers(len(places)))])
        field = situation.distances([(x, y)])
        metres = field.metres[situation.grid.free]
        fit = np.flatnonzero((metres >= nearest_m) & (metres <= farthest_m))
        if not len(fit):
            continue
        start = situation.grid.middles()[fit[int(situation.rng.integers(len(fit)))]]
        return Episode(
            episode_id=str(int(situation.rng.integers(1 << 31))),
            scene=situation.scene.name,
            start=(float(start[0]), float(start[1]), 0.0),
            start_yaw=free_yaw(situation),
            goals=(Goal(position=(x, y, 0.0), radius_m=radius_m),),
        )
    return None
