"""Whether one can walk everywhere among the furniture; what stands in the way is left out."""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from jaxtyping import Bool, Float64, Int32

from streammem.envs.apartment.approach import before_doors, hidden_by
from streammem.envs.apartment.doors import LINING_M
from streammem.envs.apartment.openings import Opening
from streammem.envs.apartment.placing import Draft
from streammem.envs.apartment.scene import RoomSpace

__all__ = ["FreeFloor", "RoomWays", "in_the_way", "leaf_rect", "within_reach"]

CELL_M = 0.1
MARGIN_M = 0.25  # the agent's radius of 0.18 m, and what grids lose
HEAD_M = 1.55  # what hangs higher is in nobody's way
ARM_M = 0.95  # small things are at most so far from where one can stand
SIDE_M = 0.7  # and furniture this far from its edge
DOORS_M = 1.4  # before furniture with doors: what is farther away is beyond them
MAIN_SHARE = 0.6  # of a room's free floor that must be reachable from everywhere
LEAST_SHARE = 0.12  # of all its floor
LEAF_M, HANDLE_M = 0.04, 0.055  # thick; and what sticks out on both sides

# What a room cannot do without: it stays as long as something else can go.
NEEDED = frozenset(
    {
        "bathtub",
        "bed",
        "counter",
        "desk",
        "fridge",
        "kitchen sink",
        "sink",
        "sofa",
        "stove",
        "table",
        "toilet",
        "tv",
    }
)

Rect = tuple[float, float, float, float]


def leaf_rect(opening: Opening, room: RoomSpace) -> Rect | None:
    """The level rectangle around a door's open leaf; None if it does not open into the room."""
    leaf, door = opening.leaf, opening.doorway
    if leaf is None or leaf.into != room.id:
        return None
    axis = 0 if abs(math.cos(door.yaw)) > 0.5 else 1
    sign = 1.0 if room.centre[1 - axis] > door.at[1 - axis] else -1.0
    angle = leaf.open * math.pi / 2
    hinge = door.at[axis] + leaf.hinge * (door.width_m / 2 - LINING_M)
    face = door.at[1 - axis] + sign * door.depth_m / 2
    tip = hinge - leaf.hinge * door.width_m * math.cos(angle)
    along = sorted((hinge + leaf.hinge * HANDLE_M, tip - leaf.hinge * (LEAF_M + HANDLE_M)))
    across = sorted((face, face + sign * door.width_m * math.sin(angle)))
    return (
        (along[0], across[0], along[1], across[1])
        if axis == 0
        else (across[0], along[0], across[1], along[1])
    )


class FreeFloor:
    """Where the middle of an agent can be.

    Attributes:
        cells: 0.1 m apart from the lower left corner of all rooms; rows go with y, columns with x.
        areas: which connected area a cell is in, from 1; 0 where it is not free.
        main: the largest of them.
    """

    def __init__(
        self, rooms: Sequence[RoomSpace], doorways: Sequence[Opening], drafts: Sequence[Draft]
    ) -> None:
        self.low = (min(room.low[0] for room in rooms), min(room.low[1] for room in rooms))
        high = (max(room.high[0] for room in rooms), max(room.high[1] for room in rooms))
        columns, rows = (math.ceil((high[k] - self.low[k]) / CELL_M) for k in (0, 1))
        self.cells: Bool[np.ndarray, "rows columns"] = np.zeros((rows, columns), np.bool_)
        for room in rooms:
            _fill(self.cells, self.low, (*room.low, *room.high), -MARGIN_M, free=True)
        for opening in doorways:
            _fill(self.cells, self.low, _channel(opening), 0.0, free=True)
        for draft in drafts:
            if in_the_way(draft):
                _fill(self.cells, self.low, _rect(draft), MARGIN_M, free=False)
        leaves = [(room.id, leaf_rect(opening, room)) for room in rooms for opening in doorways]
        self._leaves = [(room, leaf) for room, leaf in leaves if leaf is not None]
        self._inside: dict[int, Float64[np.ndarray, "_ 2"]] = {}
        for _, leaf in self._leaves:
            _fill(self.cells, self.low, leaf, MARGIN_M, free=False)
        labels = cv2.connectedComponents(self.cells.astype(np.uint8), connectivity=4)[1]
        self.areas: Int32[np.ndarray, "rows columns"] = np.asarray(labels, np.int32)
        self.main = int(np.bincount(self.areas[self.cells], minlength=2).argmax())

    def around(self, rect: Rect, margin_m: float) -> Int32[np.ndarray, "_ _"]:
        """The areas of the cells around a rectangle."""
        x0, y0, x1, y1 = ((v - low) / CELL_M for v, low in zip(rect, (*self.low, *self.low), strict=True))
        grow = margin_m / CELL_M
        rows = slice(max(0, math.floor(y0 - grow)), max(0, math.ceil(y1 + grow)))
        return self.areas[rows, max(0, math.floor(x0 - grow)) : max(0, math.ceil(x1 + grow))]

    def joins(self, opening: Opening) -> bool:
        """Whether one gets through a doorway from the main area, to both sides."""
        x, y = opening.doorway.at
        dx, dy = abs(math.sin(opening.doorway.yaw)) * 0.35, abs(math.cos(opening.doorway.yaw)) * 0.35
        sides = [(x + s * dx, y + s * dy) for s in (-1, 0, 1)]
        return all((self.around((a, b, a, b), 0.08) == self.main).any() for a, b in sides)

    def places(self, rect: Rect, within_m: float, room: RoomSpace) -> Float64[np.ndarray, "_ 2"]:
        """The places of the main area so near to a rectangle: in the same room, and not behind an open door."""
        if room.id not in self._inside:
            self._inside[room.id] = self._places_in(room)
        x0, y0, x1, y1 = rect
        x, y = (found := self._inside[room.id]).T
        dx, dy = np.maximum(np.maximum(x0 - x, x - x1), 0.0), np.maximum(np.maximum(y0 - y, y - y1), 0.0)
        found = found[dx * dx + dy * dy <= within_m**2]
        leaves = [leaf for owner, leaf in self._leaves if owner == room.id]
        return np.asarray(found[~hidden_by(leaves, found, ((x0 + x1) / 2, (y0 + y1) / 2))])

    def _places_in(self, room: RoomSpace) -> Float64[np.ndarray, "_ 2"]:
        rows, columns = np.nonzero(self.areas == self.main)
        found = (np.stack([columns, rows], 1) + 0.5) * CELL_M + np.array(self.low)
        return np.asarray(found[((found > room.low) & (found < room.high)).all(1)])


class RoomWays:
    """The free floor of one room while it fills up: whether one still gets from each door to the others.

    Attributes:
        room: the room.
    """

    def __init__(self, room: RoomSpace, doorways: Sequence[Opening]) -> None:
        self.room = room
        own = [opening for opening in doorways if room.id in opening.doorway.rooms]
        self._floor = FreeFloor([room], own, [])
        self._ports = [_port(room, opening) for opening in own]

    def allow(self, drafts: Sequence[Draft]) -> bool:
        """Whether these may stand there, too."""
        cells = self._floor.cells.copy()
        for draft in drafts:
            _fill(cells, self._floor.low, _rect(draft), MARGIN_M, free=False)
        areas, labels = cv2.connectedComponents(cells.astype(np.uint8), connectivity=4)
        if areas < 2:
            return False
        sizes = np.bincount(labels.ravel())[1:]
        main = 1 + int(sizes.argmax())
        free, reached = int(sizes.sum()), int(sizes[main - 1])
        if reached < MAIN_SHARE * free or reached * CELL_M**2 < LEAST_SHARE * self.room.area_m2:
            return False
        return all((labels[rows, columns] == main).any() for rows, columns in self._ports)

    def take(self, draft: Draft) -> None:
        """A thing stands there from now on."""
        if in_the_way(draft):
            _fill(self._floor.cells, self._floor.low, _rect(draft), MARGIN_M, free=False)


def _port(room: RoomSpace, opening: Opening) -> tuple[slice, slice]:
    """The cells just inside a doorway."""
    door = opening.doorway
    axis = 0 if abs(math.cos(door.yaw)) > 0.5 else 1
    at = list(door.at)
    at[1 - axis] += 0.35 if room.centre[1 - axis] > door.at[1 - axis] else -0.35
    column, row = (int((at[k] - room.low[k]) / CELL_M) for k in (0, 1))
    return slice(max(0, row - 1), row + 2), slice(max(0, column - 1), column + 2)


def _rect(draft: Draft) -> Rect:
    x0, y0, _, x1, y1, _ = draft.box()
    return x0, y0, x1, y1


def _fill(
    cells: Bool[np.ndarray, "rows columns"],
    low: tuple[float, float],
    rect: Rect,
    margin_m: float,
    *,
    free: bool,
) -> None:
    """Set the cells whose middles lie in a rectangle grown by a margin."""
    x0, y0, x1, y1 = rect
    column, row = (math.ceil((v - margin_m - at) / CELL_M - 0.5) for v, at in zip((x0, y0), low, strict=True))
    right, top = (
        math.floor((v + margin_m - at) / CELL_M - 0.5) + 1 for v, at in zip((x1, y1), low, strict=True)
    )
    cells[max(0, row) : max(0, top), max(0, column) : max(0, right)] = free


def _channel(opening: Opening) -> Rect:
    """Where an agent can be on its way through a doorway."""
    door = opening.doorway
    half, deep = door.width_m / 2 - LINING_M - MARGIN_M, door.depth_m / 2 + MARGIN_M + CELL_M
    axis = 0 if abs(math.cos(door.yaw)) > 0.5 else 1
    x, y = (half, deep) if axis == 0 else (deep, half)
    return door.at[0] - x, door.at[1] - y, door.at[0] + x, door.at[1] + y


def in_the_way(draft: Draft) -> bool:
    """Whether people must walk around it."""
    return (
        draft.relation in ("floor", "wall")
        and draft.at[2] + draft.item.low[2] < HEAD_M
        and any(part.solid for part in draft.model.parts)
    )


def within_reach(
    rooms: Sequence[RoomSpace], doorways: Sequence[Opening], drafts: Sequence[Draft]
) -> list[Draft]:
    """The drafts without those that cut off a room or a part of one, and without those that nobody could come near.

    `RoomWays` sees to it that hardly any do. Where one cannot pass all the same, the latest goes, piece by piece, what
    a room needs last.
    """
    kept = list(drafts)
    while True:
        floor = FreeFloor(rooms, doorways, kept)
        blocked = _blocked(rooms, doorways, floor)
        there = [d for d in reversed(kept) if d.room in blocked and d.relation == "floor" and in_the_way(d)]
        if not there:
            break
        kept = _without(kept, [min(there, key=lambda draft: draft.model.category in NEEDED)])
    by_id = {room.id: room for room in rooms}
    return _without(kept, [draft for draft in kept if not _near(draft, floor, by_id[draft.room])])


def _blocked(rooms: Sequence[RoomSpace], doorways: Sequence[Opening], floor: FreeFloor) -> set[int]:
    """The rooms of which too much cannot be reached, and those at doorways that one cannot pass."""
    found = {room for opening in doorways if not floor.joins(opening) for room in opening.doorway.rooms}
    for room in rooms:
        inside = floor.around((*room.low, *room.high), 0.0)
        free, main = np.count_nonzero(inside), np.count_nonzero(inside == floor.main)
        if main < MAIN_SHARE * free or main * CELL_M**2 < LEAST_SHARE * room.area_m2:
            found.add(room.id)
    return found


def _near(draft: Draft, floor: FreeFloor, room: RoomSpace) -> bool:
    if draft.relation in ("wall", "ceiling") or (not draft.movable and not in_the_way(draft)):
        return True
    if not draft.movable:
        return len(floor.places(_rect(draft), SIDE_M, room)) > 0
    x, y, _ = draft.at
    if draft.relation == "in" and draft.parent is not None:
        return bool(before_doors(draft.parent, floor.places(_rect(draft.parent), DOORS_M, room)).any())
    return len(floor.places((x, y, x, y), ARM_M, room)) > 0


def _without(drafts: Sequence[Draft], gone: Sequence[Draft]) -> list[Draft]:
    """The drafts but some, and but what stands on or in those or belongs to them."""
    if not gone:
        return list(drafts)
    names = {id(draft) for draft in gone}
    kept = []
    for draft in drafts:  # parents and partners come before what belongs to them
        if names & {id(draft), id(draft.parent), id(draft.partner)}:
            names.add(id(draft))
        else:
            kept.append(draft)
    return kept
