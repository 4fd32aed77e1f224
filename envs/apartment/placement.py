"""Free places for things: on the floor, on or in others."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import cv2
import numpy as np
from jaxtyping import Float64

from streammem.envs.apartment.model import Support
from streammem.envs.apartment.navigation import CELL_M, NavGrid
from streammem.envs.apartment.scene import Relation
from streammem.envs.apartment.world import World

__all__ = ["Spot", "free_place", "place_on", "put"]

_TRIES = 24  # on each support, and on the floor
_GAP_M = 0.015
_WALK_M = 0.2  # the radius of whoever has to get by a thing on the floor
_WHOLE = 0.98  # of the floor must stay connected
_DOOR_M = 0.7  # things on the floor keep away from doorways


class Spot(NamedTuple):
    """A place for a thing, as `World.move` takes it."""

    at: tuple[float, float, float]
    yaw: float
    parent: int | None
    relation: Relation


def put(world: World, thing: int, spot: Spot, *, who: str = "hand") -> None:
    """Move a thing to a spot."""
    world.move(thing, spot.at, spot.yaw, who=who, parent=spot.parent, relation=spot.relation)


def free_place(
    world: World,
    thing: int,
    rng: np.random.Generator,
    *,
    rooms: Sequence[int] | None = None,
    relation: Literal["on", "in", "floor"] = "on",
    apart_m: float = 0.0,
) -> Spot | None:
    """A random place where a thing stands without touching another, and blocks no way; None if none was found.

    Args:
        world: as it is now.
        thing: what is to be placed.
        rng: decides.
        rooms: only these, if given.
        relation: on or in another thing, or on the floor.
        apart_m: at least so far from where the thing is now.

    Raises:
        ObservationError: if the scene has no such thing.
    """
    world.row(thing)
    wanted = {room.id for room in world.scene.rooms} if rooms is None else set(rooms)
    here = np.array(world.at(thing))
    if relation == "floor":
        spots = _on_floor(world, thing, rng, wanted)
    else:
        own = {thing, *world.children(thing)}
        carriers = [
            other.id
            for other in world.scene.things
            if world.rooms[other.id] in wanted and other.id not in own and world.there(other.id)
            if any(support.relation == relation for support in other.model.supports)
        ]
        order = rng.permutation(len(carriers)).tolist()
        spots = (
            spot for number in order for spot in _on_thing(world, thing, carriers[number], rng, relation)
        )
    for spot in spots:
        if math.dist(spot.at, here) >= apart_m:
            return spot
    return None


def place_on(
    world: World,
    thing: int,
    carrier: int,
    rng: np.random.Generator,
    *,
    relation: Literal["on", "in"] = "on",
) -> Spot | None:
    """A random free place on or in a certain thing; None if none was found.

    Raises:
        ObservationError: if the scene has no such things.
    """
    world.row(thing), world.row(carrier)
    return next(_on_thing(world, thing, carrier, rng, relation), None)


def _on_thing(
    world: World, thing: int, carrier: int, rng: np.random.Generator, relation: str
) -> Iterator[Spot]:
    """Places on the supports of a thing, one at most for each."""
    supports = [s for s in world.scene.by_id[carrier].model.supports if s.relation == relation]
    for number in rng.permutation(len(supports)).tolist():
        spot = _on_support(world, thing, carrier, supports[number], rng)
        if spot is not None:
            yield spot


def _on_support(
    world: World, thing: int, carrier: int, support: Support, rng: np.random.Generator
) -> Spot | None:
    low, high = _reach(world, thing)
    height = high[2] - low[2]
    if height > support.clear_m:
        return None
    place, parent_yaw = world.places[world.row(carrier)], world.yaw(carrier)
    taken = _taken(world, thing, carrier)
    for _ in range(_TRIES):
        share = rng.uniform(size=2)
        yaw = float(rng.choice([0.0, 0.5, 1.0, 1.5])) * math.pi  # along the edges of what it stands on
        first, last = _turned(low, high, yaw)
        start = np.array(support.low) - first + _GAP_M
        room = np.array(support.high) - last - _GAP_M - start
        if (room < 0).any():
            continue
        x, y = (start + share * room).tolist()
        at = place @ np.array([x, y, support.z - low[2], 1.0])
        first, last = _turned(low, high, yaw + parent_yaw)
        box = np.array([[*(at[:2] + first), at[2] + low[2]], [*(at[:2] + last), at[2] + high[2]]])
        if not _meets(taken, box):
            relation: Relation = "in" if support.relation == "in" else "on"
            return Spot((float(at[0]), float(at[1]), float(at[2])), yaw + parent_yaw, carrier, relation)
    return None


def _on_floor(world: World, thing: int, rng: np.random.Generator, rooms: set[int]) -> Iterator[Spot]:
    """Places on the floor that leave every way free."""
    low, high = _reach(world, thing)
    reach = float(np.hypot(*np.maximum(np.abs(low[:2]), np.abs(high[:2]))))
    grid = NavGrid.of(world, radius_m=_WALK_M)
    places, cells = grid.middles(), grid.moves.cells
    ok = grid.clearance_m[cells[:, 0], cells[:, 1]] >= reach + _GAP_M
    inside = np.zeros(len(places), np.bool_)
    for room in world.scene.rooms:
        if room.id in rooms:
            inside |= np.all((places > room.low) & (places < room.high), axis=1)
    for door in world.scene.doorways:
        ok &= np.hypot(*(places - door.at).T) > _DOOR_M + reach
    free = places[ok & inside]
    taken = _taken(world, thing, None)
    for number in rng.permutation(len(free))[:_TRIES].tolist():
        x, y = free[number].tolist()
        yaw = float(rng.uniform(-math.pi, math.pi))
        first, last = _turned(low, high, yaw)
        box = np.array([[x + first[0], y + first[1], 0.0], [x + last[0], y + last[1], high[2] - low[2]]])
        if not _meets(taken, box) and _leaves_ways(grid, x, y, reach):
            yield Spot((x, y, float(-low[2])), yaw, None, "floor")


def _leaves_ways(grid: NavGrid, x: float, y: float, reach: float) -> bool:
    """Whether the floor stays in one piece, corners behind the thing aside."""
    rows, columns = np.indices(grid.free.shape)
    dx = (columns + 0.5) * CELL_M + grid.origin[0] - x
    dy = (rows + 0.5) * CELL_M + grid.origin[1] - y
    left = (grid.areas == grid.largest_area) & (np.hypot(dx, dy) > reach + grid.radius_m)
    labels = cv2.connectedComponents(left.astype(np.uint8), connectivity=4)[1]
    sizes = np.bincount(labels[left])
    return bool(sizes.size and sizes.max() >= _WHOLE * left.sum())


def _reach(world: World, thing: int) -> tuple[Float64[np.ndarray, " 3"], Float64[np.ndarray, " 3"]]:
    """The box of a thing in its own axes, at rest."""
    parts = world.scene.by_id[thing].model.parts
    lows = np.array([part.mesh.vertices.min(0) for part in parts], np.float64)
    highs = np.array([part.mesh.vertices.max(0) for part in parts], np.float64)
    return lows.min(0), highs.max(0)


def _turned(
    low: Float64[np.ndarray, " 3"], high: Float64[np.ndarray, " 3"], yaw: float
) -> tuple[Float64[np.ndarray, " 2"], Float64[np.ndarray, " 2"]]:
    """The level box around a turned box."""
    c, s = math.cos(yaw), math.sin(yaw)
    corners = np.array([(x, y) for x in (low[0], high[0]) for y in (low[1], high[1])])
    turned = corners @ np.array([[c, s], [-s, c]])
    return turned.min(0), turned.max(0)


def _taken(world: World, thing: int, carrier: int | None) -> Float64[np.ndarray, "_ 2 3"]:
    """The boxes that a thing must not meet: all but its own, its carrier's and those of the shell."""
    own = {thing, carrier, *world.children(thing)}
    rows = [
        row
        for row, other in enumerate(world.scene.things)
        if other.id not in own and (other.relation != "shell" or other.category == "door")
        if other.category not in ("rug", "person")
    ]
    boxes = world.boxes()[rows]
    return np.asarray(boxes[np.isfinite(boxes).all((1, 2))])


def _meets(taken: Float64[np.ndarray, "n 2 3"], box: Float64[np.ndarray, "2 3"]) -> bool:
    gap = np.array([_GAP_M, _GAP_M, -1e-3])
    return bool(((taken[:, 0] < box[1] + gap) & (taken[:, 1] > box[0] - gap)).all(1).any())
