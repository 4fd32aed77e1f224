"""From cells to rooms with doorways between them, windows and an entrance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from streammem.envs.apartment.doorways import doorways_between
from streammem.envs.apartment.openings import DOOR_WIDTH_M, WALL_M, Entrance, Openings, Window
from streammem.envs.apartment.plan import Cell
from streammem.envs.apartment.scene import RoomSpace

__all__ = ["openings_of", "rooms_of"]

ENTRANCE_WALL_M = 1.6  # least outer wall for the entrance
WINDOW_HEAD_M = 2.15
WINDOW_EACH_M = 3.4
FEWER_WINDOWS_SHARE = 0.45  # of the further outer walls of a room


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
    doorways = tuple(doorways_between(cells, rng))
    entrance = _entrance(cells, rng)
    return Openings(doorways=doorways, windows=tuple(_windows(cells, entrance, rng)), entrances=(entrance,))


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
            darker = rank > 0 and rng.random() < FEWER_WINDOWS_SHARE
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
    width = 0.6 if kind == "bathroom" else round(float(rng.uniform(1.0, min(1.7, length / count - 0.7))), 1)
    sill = {"bathroom": 1.35, "kitchen": 1.2}.get(kind, 0.85)
    height = round(WINDOW_HEAD_M - sill, 2)
    middles = [round(side.start + (number + 0.5) * length / count, 3) for number in range(count)]
    return [
        Window(room=room, at=side.at(middle), yaw=side.yaw, width_m=width, sill_m=sill, height_m=height)
        for middle in middles
    ]
