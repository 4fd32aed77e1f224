"""Floors, walls and ceilings of rooms, with the doors and windows in them, as things.

Nothing here knows how an apartment is planned: any rectangles with openings between them get a shell.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from streammem.envs.apartment.doors import door_thing, entrance_thing
from streammem.envs.apartment.mesh import Mesh
from streammem.envs.apartment.model import Model, Part
from streammem.envs.apartment.openings import Entrance, Opening, Window
from streammem.envs.apartment.scene import Doorway, RoomSpace, Thing
from streammem.envs.apartment.sheets import Sheets
from streammem.envs.apartment.styles import Finish, Style
from streammem.envs.apartment.windows import window_thing

__all__ = ["Shell", "shell_things"]

BOARD_HEIGHT_M, BOARD_DEPTH_M = 0.08, 0.012
TOUCH_M = 1e-6


@dataclass(frozen=True, slots=True)
class Shell:
    """What encloses rooms, and the doorways with the ids of their leaves filled in."""

    things: list[Thing]
    doorways: tuple[Doorway, ...]


@dataclass(frozen=True, slots=True)
class Hole:
    """A part of a wall's face that is not there: along the wall, and up."""

    start: float
    end: float
    low: float
    high: float


def shell_things(
    rooms: Sequence[RoomSpace],
    openings: Sequence[Opening] = (),
    windows: Sequence[Window] = (),
    entrances: Sequence[Entrance] = (),
    *,
    height_m: float,
    style: Style,
    rng: np.random.Generator,
    first_id: int = 1,
) -> Shell:
    """Enclose rooms: for each a floor, walls and a ceiling; then doors, windows, entrances; numbered in this order.

    Args:
        rooms: rectangles; between two of them stands a wall as thick as the gap.
        openings: doorways, each in the wall between two rooms. One as high as the rooms has no frame; one of depth 0
            joins rooms that touch.
        windows: holes in walls with nothing behind.
        entrances: doors to the outside, always closed.
        height_m: of all rooms.
        style: colours and materials.
        rng: draws the kinds of doors and the views from the windows.
        first_id: the first thing's id.
    """
    things: list[Thing] = []

    def shell(room: RoomSpace, category: str, mesh: Mesh) -> None:
        id = first_id + len(things)
        things.append(
            Thing(id=id, model=_model(category, mesh), at=(0, 0, 0), yaw=0.0, room=room.id, relation="shell")
        )

    for room in rooms:
        shell(room, "floor", _level(room, 0.0, style.floor(room.kind), up=True))
        shell(room, "wall", _walls(room, openings, windows, height_m, style))
        shell(room, "ceiling", _level(room, height_m, style.ceiling, up=False))
    doorways = []
    look = int(rng.integers(4))
    for opening in openings:
        doorway = opening.doorway
        if doorway.depth_m > 0 or opening.leaf is not None:
            id = first_id + len(things)
            things.append(door_thing(id, opening, rooms, height_m=height_m, style=style, look=look))
            doorway = replace(doorway, leaf=id if opening.leaf is not None else None)
        doorways.append(doorway)
    view, look = int(rng.integers(6)), int(rng.integers(3))
    for window in windows:
        things.append(window_thing(first_id + len(things), window, style=style, view=view, look=look))
    for entrance in entrances:
        things.append(entrance_thing(first_id + len(things), entrance, style=style))
    return Shell(things, tuple(doorways))


def _model(category: str, mesh: Mesh) -> Model:
    low, high = mesh.vertices.min(0), mesh.vertices.max(0)
    size = (float(high[0] - low[0]), float(high[1] - low[1]), float(high[2] - low[2]))
    return Model(category=category, variant=0, name=category, size=size, parts=(Part(mesh=mesh),))


def _level(room: RoomSpace, z: float, finish: Finish, *, up: bool) -> Mesh:
    (x0, y0), (x1, y1) = room.low, room.high
    corners = [(x0, y0, z), (x1, y0, z), (x1, y1, z), (x0, y1, z)]
    sheets = Sheets()
    sheets.add(corners if up else corners[::-1], finish)
    return sheets.mesh()


def _walls(
    room: RoomSpace, openings: Sequence[Opening], windows: Sequence[Window], height_m: float, style: Style
) -> Mesh:
    sheets = Sheets()
    finish = style.wall(room.kind)
    for axis in (0, 1):
        for upper in (False, True):
            across = (room.high if upper else room.low)[1 - axis]
            holes = _holes(room, axis, across, openings, windows)
            face = _Face(axis, across, upper, sheets)
            ends = (room.low[axis], room.high[axis])
            face.wall(ends, height_m, holes, finish)
            if finish.surface not in ("tile", "small tile"):
                face.board(ends, [hole for hole in holes if hole.low <= 0], style.trim)
    return sheets.mesh()


def _holes(
    room: RoomSpace, axis: int, across: float, openings: Sequence[Opening], windows: Sequence[Window]
) -> list[Hole]:
    found = []
    for opening in openings:
        door = opening.doorway
        along = 0 if abs(np.cos(door.yaw)) > 0.5 else 1
        near = abs(door.at[1 - axis] - across) <= door.depth_m / 2 + TOUCH_M
        if room.id in door.rooms and along == axis and near:
            middle, half = door.at[axis], door.width_m / 2
            found.append(Hole(middle - half, middle + half, 0.0, door.height_m))
    for window in windows:
        along = 0 if abs(np.cos(window.yaw)) > 0.5 else 1
        if window.room == room.id and along == axis and abs(window.at[1 - axis] - across) <= TOUCH_M:
            middle, half = window.at[axis], window.width_m / 2
            found.append(Hole(middle - half, middle + half, window.sill_m, window.sill_m + window.height_m))
    return sorted(found, key=lambda hole: hole.start)


class _Face:
    """One side of a room: it looks toward lesser coordinates where it is the upper one."""

    def __init__(self, axis: int, across: float, upper: bool, sheets: Sheets) -> None:
        self.axis, self.across, self.upper, self.sheets = axis, across, upper, sheets

    def _point(self, along: float, off: float, z: float) -> tuple[float, float, float]:
        across = self.across - off if self.upper else self.across + off
        return (along, across, z) if self.axis == 0 else (across, along, z)

    def _quad(
        self, start: float, end: float, low: tuple[float, float], high: tuple[float, float], finish: Finish
    ) -> None:
        """From (off, z) `low` to (off, z) `high`, facing the room."""
        corners = [
            self._point(start, *low),
            self._point(end, *low),
            self._point(end, *high),
            self._point(start, *high),
        ]
        self.sheets.add(corners if self.upper == (self.axis == 0) else corners[::-1], finish)

    def wall(self, ends: tuple[float, float], height_m: float, holes: Sequence[Hole], finish: Finish) -> None:
        """The face, in pieces whose corners meet, so that no cracks show."""
        along = sorted({*ends, *(s for hole in holes for s in (hole.start, hole.end))})
        up = sorted({0.0, height_m, *(z for hole in holes for z in (hole.low, hole.high) if z < height_m)})
        for start, end in itertools.pairwise(along):
            for low, high in itertools.pairwise(up):
                middle, level = (start + end) / 2, (low + high) / 2
                if not any(h.start < middle < h.end and h.low < level < h.high for h in holes):
                    self._quad(start, end, (0.0, low), (0.0, high), finish)

    def board(self, ends: tuple[float, float], gaps: Sequence[Hole], finish: Finish) -> None:
        """A board along the foot of the wall, with gaps at the doors."""
        starts = [ends[0], *(gap.end for gap in gaps)]
        stops = [*(gap.start for gap in gaps), ends[1]]
        for start, stop in zip(starts, stops, strict=True):
            if stop - start > TOUCH_M:
                top = BOARD_HEIGHT_M
                self._quad(start, stop, (BOARD_DEPTH_M, 0.0), (BOARD_DEPTH_M, top), finish)
                self._quad(start, stop, (BOARD_DEPTH_M, top), (0.0, top), finish)
