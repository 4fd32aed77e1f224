"""An apartment as it was built and furnished: plain data that never changes.

The world's axes: x and y level, z up, the floor at 0, metres. A yaw is an angle about +z, counter-clockwise (left is
positive); at yaw 0 a model's front faces -y, and an agent or a person looks along +y. Habitat's axes are these turned:
x = x, y = z, z = -y.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from streammem.envs.apartment.model import Model

__all__ = ["Doorway", "Lamp", "Relation", "RoomSpace", "Scene", "Thing"]

Relation = Literal["floor", "on", "in", "wall", "ceiling", "shell"]


@dataclass(frozen=True, kw_only=True, slots=True)
class RoomSpace:
    """The free inside of a room, a rectangle between the inner faces of its walls."""

    id: int
    kind: str  # "living room", "kitchen", "bedroom", "bathroom", "hall", "study", ...
    low: tuple[float, float]
    high: tuple[float, float]

    @property
    def centre(self) -> tuple[float, float]:
        """Its middle."""
        return (self.low[0] + self.high[0]) / 2, (self.low[1] + self.high[1]) / 2

    @property
    def area_m2(self) -> float:
        """Of its floor."""
        return (self.high[0] - self.low[0]) * (self.high[1] - self.low[1])


@dataclass(frozen=True, kw_only=True, slots=True)
class Doorway:
    """An opening in the wall between two rooms; `leaf` is the thing that closes it, if there is one.

    `yaw` is 0 where the wall runs along x (one walks through along y) and pi/2 where it runs along y.
    """

    rooms: tuple[int, int]
    at: tuple[float, float]  # the middle, in the middle of the wall
    yaw: float
    width_m: float
    height_m: float
    depth_m: float  # of the wall
    leaf: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Thing:
    """A model at its place. Walls, floors, ceilings, frames and windows are things, too (relation "shell")."""

    id: int  # the instance id in pictures, 1 or more, never used again
    model: Model
    at: tuple[float, float, float]
    yaw: float
    room: int
    relation: Relation
    parent: int | None = None  # the thing that it stands on or in
    movable: bool = False
    open: float = 0.0  # where its joints stand at first: 0 at their low ends (closed), 1 at their high ends

    @property
    def category(self) -> str:
        """The kind of thing."""
        return self.model.category


@dataclass(frozen=True, kw_only=True, slots=True)
class Lamp:
    """A light; `colour` is linear, 1 is ordinary."""

    at: tuple[float, float, float]
    room: int
    colour: tuple[float, float, float] = (1.0, 0.95, 0.85)


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What `generate` makes of a seed.

    Attributes:
        name: "apartment/<version>/<seed>", as episode files write it.
        things: in the order of their ids.
        sees: for each room, the rooms of which something may be seen from it, itself included.
    """

    name: str
    seed: int
    version: int
    style: str
    height_m: float
    rooms: tuple[RoomSpace, ...]
    doorways: tuple[Doorway, ...]
    things: tuple[Thing, ...]
    lamps: tuple[Lamp, ...]
    sees: tuple[frozenset[int], ...]

    @cached_property
    def by_id(self) -> dict[int, Thing]:
        """Each thing by its id."""
        return {thing.id: thing for thing in self.things}

    @cached_property
    def categories(self) -> dict[int, str]:
        """What each instance id is."""
        return {thing.id: thing.category for thing in self.things}

    @cached_property
    def extent(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The corners of the rectangle around all rooms."""
        return (
            (min(r.low[0] for r in self.rooms), min(r.low[1] for r in self.rooms)),
            (max(r.high[0] for r in self.rooms), max(r.high[1] for r in self.rooms)),
        )

    def room_at(self, x: float, y: float) -> int | None:
        """The room whose floor holds a place; None within walls and outside."""
        for room in self.rooms:
            if room.low[0] <= x <= room.high[0] and room.low[1] <= y <= room.high[1]:
                return room.id
        return None
