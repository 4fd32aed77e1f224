"""From cells to rooms with doorways between them and windows to the outside."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from streammem.envs.apartment.plan import DOOR_ROOM_M, OPEN_TO_EACH_OTHER, Cell, may_open, shared
from streammem.envs.apartment.scene import Doorway, RoomSpace

__all__ = ["Leaf", "Opening", "Window", "doorways_between", "rooms_of", "windows_of"]

WALL_M = 0.1  # between two rooms
OUTER_WALL_M = 0.2
DOOR_WIDTH_M, DOOR_HEIGHT_M = 0.9, 2.05
CORNER_M = 0.14  # least distance of a doorway from a corner
WIDE_M = 1.9  # walls shorter than this get no wide opening


@dataclass(frozen=True, kw_only=True, slots=True)
class Leaf:
    """How a door turns: into which of the doorway's rooms, and at which end its hinges are.

    `hinge` is -1 for the end of the doorway at the lesser coordinate along the wall, 1 for the other; `open` is how
    far it stands open at first, from 0 to 1.
    """

    into: int
    hinge: int
    open: float = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Opening:
    """A doorway, with a leaf or without one."""

    doorway: Doorway
    leaf: Leaf | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Window:
    """A hole in an outer wall of a room; `yaw` is the one of a thing that hangs there, its back to the wall."""

    room: int
    at: tuple[float, float]  # the middle, on the inner face of the wall
    yaw: float
    width_m: float
    sill_m: float
    height_m: float
    depth_m: float = OUTER_WALL_M


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


def doorways_between(cells: Sequence[Cell], rng: np.random.Generator) -> list[Opening]:
    """Doorways that make all rooms reachable: from the hall where it can be, and between rooms for the day."""
    chosen: list[tuple[int, int]] = []
    reached = {0}
    for kind_first in (True, False):
        changed = True
        while changed:
            changed = False
            for one in sorted(reached):
                if kind_first and one != 0:
                    continue
                for other in range(len(cells)):
                    if other in reached or not _can_open(cells, one, other):
                        continue
                    chosen.append((one, other))
                    reached.add(other)
                    changed = True
    for one in range(1, len(cells)):
        for other in range(one + 1, len(cells)):
            day = {cells[one].kind, cells[other].kind} <= OPEN_TO_EACH_OTHER
            if (
                day
                and (one, other) not in chosen
                and (other, one) not in chosen
                and _can_open(cells, one, other)
            ):
                chosen.append((one, other))
    return [_opening(cells, one, other, rng) for one, other in chosen]


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
    opened = 0.0 if rng.random() < 0.05 else float(rng.uniform(0.85, 1.0))
    leaf = Leaf(into=into, hinge=-1 if at_start else 1, open=round(opened, 2))
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


def windows_of(cells: Sequence[Cell], rng: np.random.Generator) -> list[Window]:
    """Windows in the outer walls; one for each three metres or so, a small one in a bathroom."""
    width, height = max(c.x1 for c in cells), max(c.y1 for c in cells)
    found: list[Window] = []
    for number, cell in enumerate(cells):
        sides = (
            (cell.y0 == 0, 0, 0.0, cell.x0, cell.x1, math.pi),
            (cell.y1 == height, 0, height, cell.x0, cell.x1, 0.0),
            (cell.x0 == 0, 1, 0.0, cell.y0, cell.y1, math.pi / 2),
            (cell.x1 == width, 1, width, cell.y0, cell.y1, -math.pi / 2),
        )
        outer = [side[1:] for side in sides if side[0]]
        for rank, (axis, across, start, end, yaw) in enumerate(outer):
            if rank and cell.kind in ("bathroom", "hall", "kitchen", "bedroom") and rng.random() < 0.5:
                continue
            found += _windows_in(number, cell.kind, axis, across, (start, end), yaw, rng)
    return found


def _windows_in(
    room: int,
    kind: str,
    axis: int,
    across: float,
    ends: tuple[float, float],
    yaw: float,
    rng: np.random.Generator,
) -> list[Window]:
    length = ends[1] - ends[0]
    count = 1 if kind in ("bathroom", "hall") else max(1, round(length / 3.4))
    width = 0.6 if kind == "bathroom" else round(float(rng.uniform(1.0, min(1.7, length / count - 0.7))), 2)
    sill = {"bathroom": 1.35, "kitchen": 1.15}.get(kind, 0.85)
    head = 2.15
    windows = []
    for number in range(count):
        along = round(ends[0] + (number + 0.5) * length / count, 3)
        at = (along, across) if axis == 0 else (across, along)
        windows.append(
            Window(room=room, at=at, yaw=yaw, width_m=width, sill_m=sill, height_m=round(head - sill, 2))
        )
    return windows
