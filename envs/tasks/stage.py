"""Stage hands: they set things in place before the curtain goes up, or move puppets; nothing is logged."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from streammem.envs.apartment.navigation import NavGrid
from streammem.envs.apartment.world import World

__all__ = ["avoiding", "only", "put", "show"]


def put(world: World, thing: int, x: float, y: float, *, z: float = 0.0, yaw: float = 0.0) -> None:
    """Set a thing down somewhere.

    Raises:
        ObservationError: if the scene has no such thing.
    """
    before, room = world.room_of(thing), world.scene.room_at(x, y)
    world.shift(thing, (x, y, z), yaw, before if room is None else room)


def show(world: World, thing: int, shown: bool) -> None:
    """Let a thing be there, or not.

    Raises:
        ObservationError: if the scene has no such thing.
    """
    world.shown[list(world.bodies(thing))] = shown
    world.version += 1


def only(world: World, thing: int) -> None:
    """Let a thing be the only one of its kind: the others are not there.

    Raises:
        ObservationError: if the scene has no such thing.
    """
    category = world.scene.things[world.row(thing)].category
    for other in world.scene.things:
        if other.category == category and other.id != thing and not world.children(other.id):
            show(world, other.id, False)


def avoiding(grid: NavGrid, places: Sequence[tuple[float, float]], radius_m: float) -> NavGrid:
    """The grid of somebody who keeps this far from some places."""
    rows, columns = np.indices(grid.free.shape)
    x, y = grid.middle(0, 0)
    clearance_m = grid.clearance_m.copy()
    for to_x, to_y in places:
        near = (
            np.hypot(x + columns * grid.cells.cell_m - to_x, y + rows * grid.cells.cell_m - to_y) < radius_m
        )
        clearance_m[near] = 0.0
    return NavGrid(clearance_m, grid.origin, grid.radius_m)
