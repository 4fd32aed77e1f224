"""Where a small thing finds room on or in others."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from streammem.envs.apartment.model import Support
from streammem.envs.apartment.world import World

__all__ = ["Spot", "spots"]

TRIES = 40
APART_M = 0.03


@dataclass(frozen=True, kw_only=True, slots=True)
class Spot:
    """A place for a thing: where its origin comes to be, and how it stands to the parent."""

    parent: int
    at: tuple[float, float, float]
    yaw: float
    support: Support


def spots(world: World, thing: int, parent: int, rng: np.random.Generator) -> list[Spot]:
    """One place for a thing on or in each support of another, where it fits beside what is there already.

    Raises:
        ObservationError: if the scene has no such things.
    """
    row = world.row(parent)
    carrier, model = world.scene.things[row], world.scene.things[world.row(thing)].model
    found: list[Spot] = []
    for support in carrier.model.supports:
        half = np.array(model.size[:2]) / 2 + 0.01
        low, high = np.array(support.low) + half, np.array(support.high) - half
        if support.clear_m < model.size[2] or (low > high).any():
            continue
        taken = _taken(world, parent, thing)
        for x, y in rng.uniform(low, high, (TRIES, 2)):
            at = world.places[row] @ (x, y, support.z, 1.0)
            if not _hits(taken, at[:3], model.size):
                place = (float(at[0]), float(at[1]), float(at[2]))
                found.append(Spot(parent=parent, at=place, yaw=world.yaw(parent), support=support))
                break
    return found


def _taken(world: World, parent: int, thing: int) -> np.ndarray:
    """The boxes of what stands there."""
    rows = [world.row(child) for child in world.children(parent) if child != thing and world.there(child)]
    return np.asarray(world.boxes()[rows])


def _hits(taken: np.ndarray, at: np.ndarray, size: tuple[float, float, float]) -> bool:
    """Whether a thing of this size comes within 3 cm of a box, however it is turned."""
    reach = math.hypot(size[0], size[1]) / 2 + APART_M
    low = np.array([at[0] - reach, at[1] - reach, at[2]])
    high = np.array([at[0] + reach, at[1] + reach, at[2] + size[2]])
    return bool(((taken[:, 0] < high) & (taken[:, 1] > low)).all(axis=1).any())
