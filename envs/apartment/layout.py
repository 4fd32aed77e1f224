"""From cells to rooms with doorways between them, windows and an entrance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from streammem.envs.apartment.openings import (
    DOOR_HEIGHT_M,
    DOOR_WIDTH_M,
    Entrance,
    Leaf,
    Opening,
    Openings,
    Window,
)
from streammem.envs.apartment.plan import DOOR_ROOM_M, OPEN_TO_EACH_OTHER, Cell, may_open, shared
from streammem.envs.apartment.scene import Doorway, RoomSpace

__all__ = ["openings_of", "rooms_of"]

WALL_M = 0.1  # between two rooms
CORNER_M = 0.14  # least distance of a doorway from a corner
WIDE_M = 1.9  # walls shorter than this get no wide opening
ENTRANCE_WALL_M = 1.6  # least outer wall for the entrance
WINDOW_HEAD_M = 2.15
WINDOW_EACH_M = 3.4


def rooms_of(cells: Sequence[Cell]) -> tuple[RoomSpace, ...]:
    """The free insides of cells; the outer walls stand outside of the plan."""
    width, height = max(c.x1 for c in cells), max(c.y1 for c in cells)
    half = WALL_M / 2
    return tuple(
        RoomSpace(
            id=number,
            kind=cell.kind,
            low=(cell.x0 + half * (cell.x0 > 0), cell.y0 + half * (cell.y0 > 0)),
            high=(cell.x1 - half * (cell.x1 < width), cell.y1 - half * (cell.y1 < height)),
        )
        for number, cell in enumerate(cells)
    )


def openings_of(cells: Sequence[Cell], rng: np.random.Generator) -> Openings:
    """Where one can go, look out and come in."""
    doorways = tuple(_opening(cells, one, other, rng) for one, other in _connections(cells))
    entrance = _entrance(cells, rng)
    return Openings(doorways=doorways, windows=tuple(_windows(cells, entrance, rng)), entrances=(entrance,))


def _connections(cells: Sequence[Cell]) -> list[tuple[int, int]]:
    """Which rooms have a door between them: the hall and all around it, what is left, and the rooms for the day."""
    found: list[tuple[int, int]] = []
    waiting, reached = [0], {0}
    while waiting:
        one = waiting.pop(0)
        for other in range(len(cells)):
            if other not in reached and _can_open(cells, one, other):
                found.append((one, other))
                reached.add(other)
                waiting.append(other)
    for one in range(1, len(cells)):
        for other in range(one + 1, len(cells)):
            day = {cells[one].kind, cells[other].kind} <= OPEN_TO_EACH_OTHER
            if day and not {(one, other), (other, one)} & set(found) and _can_open(cells, one, other):
                found.append((one, other))
    return found


def _can_open(cells: Sequence[Cell], one: int, other: int) -> bool:
    usual = may_open(cells[one].kind, cells[other].kind)
    return one != other and usual and shared(cells[one], cells[other]) >= DOOR_ROOM_M


def _wall_between(one: Cell, other: Cell) -> tuple[int, float, float, float]:
    """Of the wall that two cells share: the axis along it, where it stands, from where to where."""
    if one.x1 == other.x0 or other.x1 == one.x0:
        return 1, one.x1 if one.x1 == other.x0 else one.x0, max(one.y0, other.y0), min(one.y1, other.y1)
    return 0, one.y1 if one.y1 == other.y0 else one.y0, max(one.x0, other.x0), min(one.x1, other.x1)


def _opening(cells: Sequence[Cell], one: int, other: int, rng: np.random.Generator) -> Opening:
    axis, across, start, end = _wall_between(cells[one], cells[other])
    start, end = start + WALL_M / 2 + CORNER_M, end - WALL_M / 2 - CORNER_M
    kinds = {cells[one].kind, cells[other].kind}
    wide = kinds <= OPEN_TO_EACH_OTHER | {"hall"} and end - start >= WIDE_M
    if wide and rng.random() < (0.75 if "hall" not in kinds else 0.4):
        width = round(float(rng.uniform(1.3, min(2.4, end - start - 0.3))), 2)
        middle = round(float(rng.uniform(start + width / 2, end - width / 2)), 3)
        return Opening(doorway=_doorway(one, other, axis, across, middle, width))
    at_start = bool(rng.integers(2))
    slack = min(0.1, end - start - DOOR_WIDTH_M) * float(rng.random())
    middle = start + DOOR_WIDTH_M / 2 + slack if at_start else end - DOOR_WIDTH_M / 2 - slack
    into = one if cells[other].kind == "hall" else other
    leaf = Leaf(into=into, hinge=-1 if at_start else 1, open=round(float(rng.uniform(0.92, 1.0)), 2))
    return Opening(doorway=_doorway(one, other, axis, across, round(middle, 3), DOOR_WIDTH_M), leaf=leaf)


def _doorway(one: int, other: int, axis: int, across: float, along: float, width: float) -> Doorway:
    return Doorway(
        rooms=(one, other),
        at=(along, across) if axis == 0 else (across, along),
        yaw=0.0 if axis == 0 else math.pi / 2,
        width_m=width,
        height_m=DOOR_HEIGHT_M,
        depth_m=WALL_M,
    )


def _entrance(cells: Sequence[Cell], rng: np.random.Generator) -> Entrance:
    """Where one comes in: from the hall if it has an outer wall, else from the living room."""
    for kind in ("hall", "living room"):
        number = next(i for i, cell in enumerate(cells) if cell.kind == kind)
        sides = [
            side for side in _outer_sides(cells, cells[number]) if side.end - side.start > ENTRANCE_WALL_M
        ]
        if sides:
            side = sides[int(rng.integers(len(sides)))]
            margin = DOOR_WIDTH_M / 2 + 0.3
            along = round(float(rng.uniform(side.start + margin, side.end - margin)), 3)
            return Entrance(room=number, at=side.at(along), yaw=side.yaw)
    raise RuntimeError("neither the hall nor the living room has an outer wall")


def _windows(cells: Sequence[Cell], entrance: Entrance, rng: np.random.Generator) -> list[Window]:
    """Windows in the outer walls: one for each three metres or so, a small one in a bathroom."""
    found: list[Window] = []
    for number, cell in enumerate(cells):
        for rank, side in enumerate(_outer_sides(cells, cell)):
            darker = rank > 0 and cell.kind != "living room" and rng.random() < 0.5
            taken = entrance.room == number and entrance.yaw == side.yaw
            if not (darker or taken):
                found += _windows_in(number, cell.kind, side, rng)
    return found


@dataclass(frozen=True, slots=True)
class _OuterSide:
    """A stretch of the outer wall: the axis along it, where it stands, from where to where."""

    axis: int
    across: float
    start: float
    end: float
    yaw: float

    def at(self, along: float) -> tuple[float, float]:
        return (along, self.across) if self.axis == 0 else (self.across, along)


def _outer_sides(cells: Sequence[Cell], cell: Cell) -> list[_OuterSide]:
    width, height = max(c.x1 for c in cells), max(c.y1 for c in cells)
    sides = (
        (cell.y0 == 0, _OuterSide(0, 0.0, cell.x0, cell.x1, math.pi)),
        (cell.y1 == height, _OuterSide(0, height, cell.x0, cell.x1, 0.0)),
        (cell.x0 == 0, _OuterSide(1, 0.0, cell.y0, cell.y1, math.pi / 2)),
        (cell.x1 == width, _OuterSide(1, width, cell.y0, cell.y1, -math.pi / 2)),
    )
    return [side for outer, side in sides if outer]


def _windows_in(room: int, kind: str, side: _OuterSide, rng: np.random.Generator) -> list[Window]:
    length = side.end - side.start
    count = 1 if kind in ("bathroom", "hall") else max(1, round(length / WINDOW_EACH_M))
    width = 0.6 if kind == "bathroom" else round(float(rng.uniform(1.0, min(1.7, length / count - 0.7))), 2)
    sill = {"bathroom": 1.35, "kitchen": 1.2}.get(kind, 0.85)
    height = round(WINDOW_HEAD_M - sill, 2)
    middles = [round(side.start + (number + 0.5) * length / count, 3) for number in range(count)]
    return [
        Window(room=room, at=side.at(middle), yaw=side.yaw, width_m=width, sill_m=sill, height_m=height)
        for middle in middles
    ]
