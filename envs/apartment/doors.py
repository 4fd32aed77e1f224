"""Doors: a frame in the wall and, where there is one, a leaf that turns in it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from streammem.envs.apartment.mesh import Mesh
from streammem.envs.apartment.model import Joint, Model, Part
from streammem.envs.apartment.openings import Entrance, Opening
from streammem.envs.apartment.scene import RoomSpace, Thing
from streammem.envs.apartment.sheets import Sheets
from streammem.envs.apartment.styles import Finish, Style

__all__ = ["door_thing", "entrance_thing"]

LINING_M = 0.025  # of a doorway
CASING_M, CASING_DEPTH_M = 0.07, 0.014
LEAF_M = 0.04
GAP_M = 0.004
HANDLE = Finish((176, 176, 180), "metal")
GLASS = Finish((206, 224, 226))
SWING = math.pi / 2
LOOKS = ("flat", "two panels", "four panels", "glazed")


def door_thing(
    id: int, opening: Opening, rooms: Sequence[RoomSpace], *, height_m: float, style: Style, look: int
) -> Thing:
    """A doorway's frame, and its leaf as the second part; the front is the side to which it opens."""
    doorway, leaf = opening.doorway, opening.leaf
    into = leaf.into if leaf is not None else doorway.rooms[0]
    space = next(room for room in rooms if room.id == into)
    axis = 0 if abs(math.cos(doorway.yaw)) > 0.5 else 1
    beyond = space.centre[1 - axis] > doorway.at[1 - axis]
    yaw = (math.pi if beyond else 0.0) if axis == 0 else (math.pi / 2 if beyond else -math.pi / 2)
    framed = doorway.height_m < height_m - CASING_M
    hinge = 0 if leaf is None else -leaf.hinge if yaw in (math.pi, -math.pi / 2) else leaf.hinge
    hole = (doorway.width_m, doorway.height_m, doorway.depth_m)
    finish = style.trim if framed else style.wall(space.kind)
    model = _door(hole, hinge, framed, finish, style.floor(space.kind), style.door, LOOKS[look % len(LOOKS)])
    return Thing(
        id=id,
        model=model,
        at=(*doorway.at, 0.0),
        yaw=yaw,
        room=into,
        relation="shell",
        open=leaf.open if leaf is not None else 0.0,
    )


@lru_cache(maxsize=512)
def _door(
    hole: tuple[float, float, float],
    hinge: int,
    framed: bool,
    frame: Finish,
    floor: Finish,
    door: Finish,
    look: str,
) -> Model:
    """Shared by doorways alike in all apartments; `hinge` 0 is one without a leaf."""
    parts = [Part(mesh=_frame(hole, frame, floor, framed=framed))]
    if hinge:
        parts.append(_leaf(hole, hinge, door, look))
    name = "door" if hinge else "doorway"
    vertices = np.concatenate([part.mesh.vertices for part in parts])
    size = (vertices.max(0) - vertices.min(0)).tolist()
    return Model(
        category=name,
        variant=LOOKS.index(look),
        name=name,
        size=(size[0], size[1], size[2]),
        parts=tuple(parts),
    )


def entrance_thing(id: int, entrance: Entrance, *, style: Style) -> Thing:
    """The door to the outside as one sees it from within: closed, with casing, handle and a spyhole."""
    half, top = entrance.width_m / 2, entrance.height_m
    sheets = Sheets()
    sheets.box((-half, -0.03, 0.0), (half, 0.0, top), style.door, faces="-y")
    for x in (-half - CASING_M, half):
        sheets.box((x, -0.035, 0.0), (x + CASING_M, 0.0, top), style.trim, faces="-x+x-y")
    sheets.box(
        (-half - CASING_M, -0.035, top),
        (half + CASING_M, 0.0, top + CASING_M),
        style.trim,
        faces="-x+x-y-z+z",
    )
    darker = _shaded(style.door)
    for x0, x1, z0, z1 in _panels("four panels", half, top):
        sheets.add(((x0, -0.032, z0), (x1, -0.032, z0), (x1, -0.032, z1), (x0, -0.032, z1)), darker)
    sheets.box((half - 0.18, -0.085, 1.0), (half - 0.06, -0.067, 1.022), HANDLE)
    sheets.box((half - 0.08, -0.07, 0.95), (half - 0.06, -0.03, 1.07), HANDLE)
    sheets.box((-0.012, -0.036, 1.5), (0.012, -0.03, 1.524), HANDLE)
    mesh = sheets.mesh()
    low, high = mesh.vertices.min(0), mesh.vertices.max(0)
    size = (float(high[0] - low[0]), float(high[1] - low[1]), float(high[2] - low[2]))
    model = Model(
        category="door", variant=0, name="front door", size=size, parts=(Part(mesh=mesh),), mount="wall"
    )
    return Thing(
        id=id, model=model, at=(*entrance.at, 0.0), yaw=entrance.yaw, room=entrance.room, relation="shell"
    )


def _shaded(finish: Finish) -> Finish:
    red, green, blue = (max(0, c - 14) for c in finish.colour)
    return Finish((red, green, blue), finish.surface, finish.repeat_m)


def _frame(hole: tuple[float, float, float], finish: Finish, floor: Finish, *, framed: bool) -> Mesh:
    """Lining, casings on both sides, and the strip of floor between."""
    sheets = Sheets()
    half, top, deep = hole[0] / 2, hole[1], hole[2] / 2
    inner = half - LINING_M if framed else half
    sheets.add(((-half, -deep, 0), (half, -deep, 0), (half, deep, 0), (-half, deep, 0)), floor)
    head = top - LINING_M if framed else top
    for x in (-inner, inner):
        edge = [(x, -deep, 0.0), (x, deep, 0.0), (x, deep, head), (x, -deep, head)]
        sheets.add(edge if x < 0 else edge[::-1], finish)  # seen from within the doorway
    sheets.add(
        ((-inner, deep, head), (inner, deep, head), (inner, -deep, head), (-inner, -deep, head)), finish
    )
    if framed:
        out, front = half + CASING_M - LINING_M, deep + CASING_DEPTH_M
        for side in (-1, 1):
            low, high = sorted((side * deep, side * front))
            shown = "-x+x" + ("-y" if side < 0 else "+y")
            sheets.box((-out, low, 0.0), (-inner, high, head), finish, faces=shown)
            sheets.box((inner, low, 0.0), (out, high, head), finish, faces=shown)
            sheets.box((-out, low, head), (out, high, head + CASING_M), finish, faces=shown + "-z+z")
    return sheets.mesh()


def _leaf(hole: tuple[float, float, float], hinge: int, finish: Finish, look: str) -> Part:
    half, head = hole[0] / 2 - LINING_M - GAP_M, hole[1] - LINING_M - GAP_M
    front = -hole[2] / 2
    back = front + LEAF_M
    sheets = Sheets()
    sheets.box((-half, front, 0.008), (half, back, head), finish)
    raised = GLASS if look == "glazed" else _shaded(finish)
    for x0, x1, z0, z1 in _panels(look, half, head):
        for y, sign in ((front - 0.002, -1), (back + 0.002, 1)):
            quad = [(x0, y, z0), (x1, y, z0), (x1, y, z1), (x0, y, z1)]
            sheets.add(quad if sign < 0 else quad[::-1], raised)
    grip = -hinge * (half - 0.07)
    inward = grip + hinge * 0.11
    for near, far in ((front - 0.055, front), (back, back + 0.055)):
        bar = (near, near + 0.018) if near < front else (far - 0.018, far)
        low, high = min(grip, inward), max(grip, inward)
        sheets.box((low, bar[0], 1.0), (high, bar[1], 1.022), HANDLE)
        sheets.box((grip - 0.01, near, 1.0), (grip + 0.01, far, 1.022), HANDLE, faces="-x+x-z+z")
    joint = Joint(kind="hinge", origin=(hinge * half, front, 0.0), axis=(0.0, 0.0, float(hinge)), high=SWING)
    return Part(mesh=sheets.mesh(), joint=joint)


def _panels(look: str, half: float, head: float) -> list[tuple[float, float, float, float]]:
    edge, middle = half - 0.12, 1.0
    if look == "two panels":
        return [(-edge, edge, 0.2, middle - 0.12), (-edge, edge, middle + 0.12, head - 0.13)]
    if look == "four panels":
        columns = ((-edge, -0.05), (0.05, edge))
        rows = ((0.2, middle - 0.12), (middle + 0.12, head - 0.13))
        return [(x0, x1, z0, z1) for x0, x1 in columns for z0, z1 in rows]
    if look == "glazed":
        return [(-edge + 0.06, edge - 0.06, middle + 0.12, head - 0.15)]
    return []
