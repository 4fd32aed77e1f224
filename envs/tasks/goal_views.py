"""Where one comes to be with a thing, and not with another like it; or in a room."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float64
from scipy.ndimage import binary_dilation

from streammem.envs.apartment.scene import RoomSpace
from streammem.envs.apartment.viewpoints import ViewConfig, view_points
from streammem.envs.habitat.episode import Goal, ViewPoint
from streammem.envs.tasks.situation import Situation

__all__ = ["room_goal", "thing_goal"]

WITHIN_M = 1.0
TILT_DEG = 60.0  # a shoe before one's feet counts as in sight
NEARER_M = 0.1  # by so much a place is nearer to the thing than to others like it
MOST_VIEWS = 60  # the best
INSIDE_M = 0.3  # who is so far in a room is in it, wherever within 0.2 m


def thing_goal(situation: Situation, thing: int, others: Sequence[int]) -> Goal | None:
    """The view points of a thing that are nearer to it than to any of the others; None if there are none.

    Raises:
        ObservationError: if the scene has no such things.
    """
    world = situation.world
    config = ViewConfig(camera_height_m=situation.agent.camera_height_m, within_m=WITHIN_M, tilt_deg=TILT_DEG)
    views = view_points(world, thing, situation.grid, config, area=situation.grid.largest_area)
    if not views:
        return None
    places = np.array([view.at for view in views])
    metres = np.array([view.metres for view in views])
    kept = np.ones(len(views), np.bool_)
    for other in others:
        if world.there(other):
            low, high = world.box(other)[:, :2]
            beside = np.maximum(np.maximum(low - places, places - high), 0.0)
            kept &= metres + NEARER_M <= np.hypot(beside[:, 0], beside[:, 1])
    chosen = [views[int(index)] for index in np.flatnonzero(kept)[:MOST_VIEWS]]
    if not chosen:
        return None
    built = situation.scene.by_id[thing]
    return Goal(
        position=world.at(thing), object_id=thing, category=built.category, name=built.model.name,
        room=world.room_of(thing),
        view_points=tuple(ViewPoint(position=(*view.at, 0.0), yaw=view.yaw, iou=view.coverage) for view in chosen),
    )  # fmt: skip


def room_goal(situation: Situation, room: int) -> Goal | None:
    """The places where one comes in, 0.3 m behind the doorways; None if one cannot."""
    grid, space = situation.grid, situation.scene.rooms[room]
    rows, columns = np.indices(grid.free.shape)
    x0, y0 = grid.middle(0, 0)
    x = np.asarray(x0 + columns * grid.cells.cell_m)
    y = np.asarray(y0 + rows * grid.cells.cell_m)
    free = grid.areas == grid.largest_area
    outside = free & ~_within(space, x, y, 0.0)
    steps = round(INSIDE_M / grid.cells.cell_m) + 1
    behind = binary_dilation(outside, mask=free, iterations=steps)
    entries = np.argwhere(behind & _within(space, x, y, INSIDE_M))
    if not len(entries):
        return None
    places = [grid.middle(int(row), int(column)) for row, column in entries]
    return Goal(
        position=(*space.centre, 0.0), category=space.kind, room=room,
        view_points=tuple(ViewPoint(position=(*place, 0.0)) for place in places),
    )  # fmt: skip


def _within(
    space: RoomSpace, x: Float64[np.ndarray, "a b"], y: Float64[np.ndarray, "a b"], margin_m: float
) -> Bool[np.ndarray, "a b"]:
    low, high = np.array(space.low) + margin_m, np.array(space.high) - margin_m
    return np.asarray((x >= low[0]) & (x <= high[0]) & (y >= low[1]) & (y <= high[1]))
