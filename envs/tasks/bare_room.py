"""Shells of rooms that no architect planned: floors, walls and ceilings from rectangles."""

from __future__ import annotations

from collections.abc import Sequence

from streammem.envs.apartment.mesh import joined
from streammem.envs.apartment.model import Model, Part
from streammem.envs.apartment.scene import RoomSpace, Thing
from streammem.envs.apartment.solids import box

__all__ = ["HEIGHT_M", "WALL_M", "bare_shell", "placed_thing"]

HEIGHT_M = 2.6
WALL_M = 0.15

Rectangle = tuple[tuple[float, float], tuple[float, float]]  # low and high corner


def bare_shell(
    rooms: Sequence[RoomSpace], walls: Sequence[Rectangle], *, floor: str = "planks", first_id: int = 1
) -> list[Thing]:
    """A floor and a ceiling for each room, and all walls as one thing, in ids from `first_id` on."""
    things: list[Thing] = []
    for room in rooms:
        (x, y), (right, far) = room.low, room.high
        for category, low_z, high_z, colour, surface in (
            ("floor", -0.05, 0.0, (186, 150, 110), floor),
            ("ceiling", HEIGHT_M, HEIGHT_M + 0.05, (238, 236, 230), "plain"),
        ):
            mesh = box((x, y, low_z), (right, far, high_z), colour, surface=surface)
            things.append(_fixed(first_id + len(things), category, room.id, Part(mesh=mesh)))
    mesh = joined([
        box((*low, 0.0), (*high, HEIGHT_M), (214, 208, 196), surface="plaster") for low, high in walls
    ])  # fmt: skip
    skirting = joined([
        box(
            (low[0] - 0.012, low[1] - 0.012, 0.0), (high[0] + 0.012, high[1] + 0.012, 0.08), (120, 92, 66)
        ) for low, high in walls
    ])  # fmt: skip
    things.append(
        _fixed(first_id + len(things), "wall", rooms[0].id, Part(mesh=mesh), Part(mesh=skirting, solid=False))
    )
    return things


def placed_thing(id: int, model: Model, x: float, y: float, room: int, *, yaw: float = 0.0) -> Thing:
    """A thing that stands on the floor and may be moved."""
    return Thing(id=id, model=model, at=(x, y, 0.0), yaw=yaw, room=room, relation="floor", movable=True)


def _fixed(id: int, category: str, room: int, *parts: Part) -> Thing:
    vertices = parts[0].mesh.vertices
    size = vertices.max(0) - vertices.min(0)
    model = Model(
        category=category, variant=0, name=category, size=(float(size[0]), float(size[1]), float(size[2])),
        parts=parts,
    )  # fmt: skip
    return Thing(id=id, model=model, at=(0.0, 0.0, 0.0), yaw=0.0, room=room, relation="shell")
