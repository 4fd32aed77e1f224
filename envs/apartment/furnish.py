"""All that stands, lies and hangs in the rooms of an apartment."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from streammem.envs.apartment.clutter import scatter
from streammem.envs.apartment.designs import Designs
from streammem.envs.apartment.furnisher import Furnisher
from streammem.envs.apartment.openings import Entrance, Opening, Openings, Window
from streammem.envs.apartment.placing import Box, Draft, Ground
from streammem.envs.apartment.reach import RoomWays, within_reach
from streammem.envs.apartment.recipes import RECIPES
from streammem.envs.apartment.scene import Lamp, RoomSpace, Thing
from streammem.envs.apartment.stock import Stock

__all__ = ["furnished"]

BEFORE_DOOR_M = 0.8
DOOR_TOP_M = 2.12
CASING_M = 0.08  # of doors, and a little; the front door has the widest
BEFORE_WINDOW_M = 0.12


def furnished(
    rooms: Sequence[RoomSpace],
    openings: Openings,
    shell: Sequence[Thing],
    height_m: float,
    designs: Designs,
    rng: np.random.Generator,
) -> tuple[list[Thing], list[Lamp]]:
    """The shell's things followed by the ones in the rooms, and the lamps."""
    stock = Stock(designs)
    drafts: list[Draft] = []
    lamps: list[Lamp] = []
    for room, room_rng in zip(rooms, rng.spawn(len(rooms)), strict=True):
        ground = ground_of(room, openings, height_m)
        furnisher = Furnisher(ground, stock, room_rng, RoomWays(room, openings.doorways))
        lamps += _ceiling_lamps(furnisher)
        RECIPES[room.kind](furnisher)
        scatter(furnisher)
        drafts += furnisher.drafts
    drafts = within_reach(rooms, openings.doorways, drafts)
    return [*shell, *_numbered(drafts, len(shell) + 1)], lamps


def ground_of(room: RoomSpace, openings: Openings, height_m: float) -> Ground:
    """The room while it is empty: nothing may stand where doors swing and people pass, or before a window."""
    ground = Ground(room, height_m)
    for opening in openings.doorways:
        if room.id in opening.doorway.rooms:
            ground.clears.add(_before_door(room, opening))
    for entrance in openings.entrances:
        if room.id == entrance.room:
            ground.clears.add(_before_wall(room, entrance, CASING_M, BEFORE_DOOR_M, (0.0, DOOR_TOP_M)))
    for window in openings.windows:
        if room.id == window.room:
            z = (window.sill_m - 0.03, window.sill_m + window.height_m + 0.02)
            ground.clears.add(_before_wall(room, window, 0.05, BEFORE_WINDOW_M, z))
    return ground


def _inward(room: RoomSpace, axis: int, across: float) -> tuple[float, float]:
    """The room's face of the wall that stands at `across`, and which way the room lies from there."""
    lower = abs(across - room.low[axis]) < abs(across - room.high[axis])
    return (room.low[axis], 1.0) if lower else (room.high[axis], -1.0)


def _box(axis: int, along: tuple[float, float], face: float, deep: float, z: tuple[float, float]) -> Box:
    low, high = min(face, face + deep), max(face, face + deep)
    if axis == 0:
        return along[0], low, z[0], along[1], high, z[1]
    return low, along[0], z[0], high, along[1], z[1]


def _before_door(room: RoomSpace, opening: Opening) -> Box:
    door = opening.doorway
    axis = 0 if abs(np.cos(door.yaw)) > 0.5 else 1
    face, sign = _inward(room, 1 - axis, door.at[1 - axis])
    deep = BEFORE_DOOR_M
    if opening.leaf is not None and opening.leaf.into == room.id:
        deep = max(deep, door.width_m + 0.03)
    half = door.width_m / 2 + CASING_M
    along = (door.at[axis] - half, door.at[axis] + half)
    return _box(axis, along, face, sign * deep, (0.0, DOOR_TOP_M))


def _before_wall(
    room: RoomSpace, hole: Window | Entrance, margin_m: float, deep: float, z: tuple[float, float]
) -> Box:
    axis = 0 if abs(np.cos(hole.yaw)) > 0.5 else 1
    face, sign = _inward(room, 1 - axis, hole.at[1 - axis])
    half = hole.width_m / 2 + margin_m
    return _box(axis, (hole.at[axis] - half, hole.at[axis] + half), face, sign * deep, z)


def _ceiling_lamps(f: Furnisher) -> list[Lamp]:
    room = f.room
    size = (room.high[0] - room.low[0], room.high[1] - room.low[1])
    count = 2 if room.area_m2 > 20 or max(size) > 2.2 * min(size) else 1
    item = f.pick("ceiling lamp")
    long = 0 if size[0] >= size[1] else 1
    warmth = float(f.rng.uniform(0.0, 1.0))
    colour = (1.0, round(0.97 - 0.06 * warmth, 3), round(0.92 - 0.16 * warmth, 3))
    lamps = []
    for number in range(count):
        at = list(room.centre)
        at[long] = room.low[long] + size[long] * (number + 0.5) / count
        draft = Draft(item, (round(at[0], 3), round(at[1], 3), f.ground.height_m), 0.0, room.id, "ceiling")
        f.drafts.append(draft)
        f.ground.take(draft)
        light = f.ground.height_m + item.low[2] - 0.05
        lamps.append(Lamp(at=(draft.at[0], draft.at[1], light), room=room.id, colour=colour))
    return lamps


def _numbered(drafts: Sequence[Draft], first_id: int) -> list[Thing]:
    ids = {id(draft): first_id + number for number, draft in enumerate(drafts)}
    return [
        Thing(
            id=first_id + number,
            model=draft.model,
            at=draft.at,
            yaw=draft.yaw,
            room=draft.room,
            relation=draft.relation,
            parent=None if draft.parent is None else ids[id(draft.parent)],
            movable=draft.movable,
            open=draft.open,
        )
        for number, draft in enumerate(drafts)
    ]
