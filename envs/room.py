"""A synthetic room that renders itself to colour, depth and labels, and knows what is where in it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Float, Float32, Float64, Int32, UInt8

from streammem.envs.room_catalogue import design
from streammem.envs.room_plan import Plan
from streammem.envs.room_scene import Scene
from streammem.envs.room_things import Thing
from streammem.envs.room_walk import walk
from streammem.errors import ObservationError
from streammem.types import Box, Intrinsics

__all__ = ["CAMERA", "Room"]

CAMERA = Intrinsics(fx=265.0, fy=265.0, cx=159.5, cy=119.5, width=320, height=240)


@dataclass(frozen=True, kw_only=True)
class Room:
    """One room, or two with a door between, of furniture and small things; z is up, the floor at 0, metres.

    A room never changes: `moved`, `without` and `with_` give another one. Ids are never used again.

    Attributes:
        things: everything in it, walls included.
        spaces: the inside of each room as a box.
        last_id: the highest id ever given.
    """

    things: tuple[Thing, ...]
    spaces: tuple[Box, ...]
    last_id: int

    @classmethod
    def make(cls, *, seed: int, rooms: int = 1, objects: int = 7, ceiling: bool = True) -> Room:
        """A room as the seed has it, with so many small things in each.

        Raises:
            ObservationError: if rooms or objects are out of range.
        """
        if not (1 <= rooms <= 8 and 0 <= objects <= 40):
            raise ObservationError(
                f"a dwelling has 1 to 8 rooms of 0 to 40 things, got {rooms} and {objects}"
            )
        plan = Plan(np.random.default_rng(seed), rooms=rooms, objects=objects, ceiling=ceiling)
        return cls(things=tuple(plan.things), spaces=tuple(plan.spaces), last_id=len(plan.things))

    @cached_property
    def names(self) -> dict[int, str]:
        """What each label is."""
        return {thing.id: thing.name for thing in self.things}

    @cached_property
    def structure(self) -> frozenset[int]:
        """The labels of floor, ceiling, walls, doors and what hangs on them."""
        return frozenset(thing.id for thing in self.things if thing.structure)

    @cached_property
    def boxes(self) -> dict[int, Box]:
        """The axis-aligned box around each thing."""
        return {thing.id: thing.box for thing in self.things}

    def thing(self, label: int) -> Thing:
        """The thing with this label.

        Raises:
            ObservationError: if the room has none.
        """
        for thing in self.things:
            if thing.id == label:
                return thing
        raise ObservationError(f"the room has no thing {label}: it has {sorted(self.names)}")

    def find(self, name: str) -> tuple[int, ...]:
        """The labels of all things of this name, in order."""
        return tuple(thing.id for thing in self.things if thing.name == name)

    def moved(self, label: int, to: tuple[float, float, float], *, yaw: float | None = None) -> Room:
        """The room with one thing elsewhere; `to` is where the middle of its foot comes.

        Raises:
            ObservationError: if the room has no such thing.
        """
        old = self.thing(label)
        new = dataclasses.replace(old, at=to, yaw=old.yaw if yaw is None else yaw)
        return dataclasses.replace(self, things=tuple(new if t.id == label else t for t in self.things))

    def without(self, *labels: int) -> Room:
        """The room without some things.

        Raises:
            ObservationError: if the room does not have them.
        """
        gone = {self.thing(label).id for label in labels}
        return dataclasses.replace(self, things=tuple(t for t in self.things if t.id not in gone))

    def with_(self, name: str, at: tuple[float, float, float], *, yaw: float = 0.0, seed: int = 0) -> Room:
        """The room with one thing more, whose label is the new room's `last_id`.

        Raises:
            ObservationError: if nothing is known by this name.
        """
        parts, tops = design(name, np.random.default_rng(seed))
        new = Thing(id=self.last_id + 1, name=name, parts=parts, tops=tops, at=at, yaw=yaw)
        return dataclasses.replace(self, things=(*self.things, new), last_id=new.id)

    def occupied(self, points: Float[np.ndarray, "n 3"]) -> Bool[np.ndarray, " n"]:
        """Whether each point lies inside something solid, walls included."""
        found = np.zeros(len(points), bool)
        for thing in self.things:
            found |= thing.inside(points)
        return found

    @cached_property
    def scene(self) -> Scene:
        """The room as it is drawn, made when first looked at."""
        lamps = [
            [(s.low[0] + s.high[0]) / 2, (s.low[1] + s.high[1]) / 2, s.high[2] - 0.15] for s in self.spaces
        ]
        return Scene(self.things, np.array(lamps))

    def render(
        self, world_from_camera: Float64[np.ndarray, "4 4"], intrinsics: Intrinsics = CAMERA
    ) -> tuple[UInt8[np.ndarray, "h w 3"], Float32[np.ndarray, "h w"], Int32[np.ndarray, "h w"]]:
        """Colour, depth in metres along the optical axis (0 where nothing is) and label of every pixel."""
        return self.scene.render(world_from_camera, intrinsics)

    def walk(
        self, frames: int, *, fps: float = 10.0, speed_m_s: float = 0.6, seed: int = 0
    ) -> Float64[np.ndarray, "frames 4 4"]:
        """World-from-camera poses of a walk at eye height through all rooms, looking about; see `room_walk`."""
        return walk(self.occupied, self.spaces, frames, fps=fps, speed_m_s=speed_m_s, seed=seed)
