"""Plain rooms that no architect planned, for tasks on a bare stage."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from streammem.envs.apartment.model import Model
from streammem.envs.apartment.openings import Opening
from streammem.envs.apartment.scene import RoomSpace, Thing
from streammem.envs.apartment.shell import Shell, shell_things
from streammem.envs.apartment.styles import Finish, Style

__all__ = ["HEIGHT_M", "bare_shell", "placed_thing"]

HEIGHT_M = 2.6
_PLAIN = Style(
    name="plain",
    walls={"": Finish((214, 208, 196), "plaster")},
    floors={"": Finish((186, 150, 110), "planks")},
    ceiling=Finish((238, 236, 230)),
    trim=Finish((120, 92, 66)),
    door=Finish((120, 92, 66)),
)


def bare_shell(rooms: Sequence[RoomSpace], openings: Sequence[Opening] = ()) -> Shell:
    """Floors, walls with skirting and ceilings, all in one style."""
    return shell_things(rooms, openings, height_m=HEIGHT_M, style=_PLAIN, rng=np.random.default_rng(0))


def placed_thing(id: int, model: Model, x: float, y: float, room: int, *, yaw: float = 0.0) -> Thing:
    """A thing that stands on the floor and may be moved."""
    return Thing(id=id, model=model, at=(x, y, 0.0), yaw=yaw, room=room, relation="floor", movable=True)
