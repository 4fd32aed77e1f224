"""People who live in an apartment: they walk from room to room on free ways, and stop for a while."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from streammem.envs.apartment.model import Model
from streammem.envs.apartment.models import person
from streammem.envs.apartment.navigation import NavGrid
from streammem.envs.apartment.scene import Scene, Thing
from streammem.envs.apartment.world import World, memo
from streammem.errors import ObservationError

__all__ = ["Walker", "Walkers", "WalkingConfig", "discs_of", "with_people"]

Place = tuple[float, float]


@dataclass(frozen=True, kw_only=True, slots=True)
class WalkingConfig:
    """How people walk."""

    speed_m_s: float = 0.8
    radius_m: float = 0.22  # from their middle to walls
    stride_m: float = 1.3  # two steps
    swing: float = 0.45  # of the legs, radians to each side
    turn_s: float = 2.5  # radians a second
    pause_s: tuple[float, float] = (1.0, 6.0)
    distance_m: float = 0.7  # kept from whoever comes along

    def __post_init__(self) -> None:
        if not (self.speed_m_s > 0 and self.radius_m > 0 and self.stride_m > 0 and self.turn_s > 0):
            raise ObservationError(f"people walk, turn and take space: all must be above 0, got {self}")
        if not 0 <= self.pause_s[0] <= self.pause_s[1]:
            raise ObservationError(f"pause_s goes from 0 or more upwards, got {self.pause_s}")


def with_people(
    scene: Scene,
    count: int,
    rng: np.random.Generator,
    *,
    design: Callable[[np.random.Generator], Model] = person,
    radius_m: float = WalkingConfig().radius_m,
) -> Scene:
    """The same apartment with people in it, a metre from each other; its name stays.

    Args:
        scene: the apartment.
        count: how many people.
        rng: decides who they are and where they stand.
        design: makes one; if they have joints, these are left leg, right leg, left arm and right arm.
        radius_m: how far they stay from walls.

    Raises:
        ObservationError: if there is no room for so many.
    """
    grid = NavGrid.of(World(scene), radius_m=radius_m)
    places = grid.middles()
    in_rooms = np.array([scene.room_at(x, y) is not None for x, y in places.tolist()], np.bool_)
    large = grid.areas[grid.moves.cells[:, 0], grid.moves.cells[:, 1]] == grid.largest_area
    free = places[in_rooms & large]
    things = list(scene.things)
    for number in range(count):
        if not len(free):
            raise ObservationError(f"{scene.name} has no free floor for person {number + 1} of {count}")
        x, y = free[int(rng.integers(len(free)))].tolist()
        free = free[np.hypot(free[:, 0] - x, free[:, 1] - y) > 1.0]
        room = scene.room_at(x, y)
        assert room is not None
        things.append(
            Thing(
                id=max(thing.id for thing in things) + 1, model=design(rng), at=(x, y, 0.0),
                yaw=float(rng.uniform(-math.pi, math.pi)), room=room, relation="floor",
            )
        )  # fmt: skip
    return replace(scene, things=tuple(things))


def discs_of(world: World) -> list[tuple[float, float, float]]:
    """Where people are, and how far they reach: what `NavGrid.step` stops before."""
    known = memo(world.scene)
    if "people" not in known:
        known["people"] = [thing.id for thing in world.scene.things if thing.category == "person"]
    return [(*world.at(id)[:2], WalkingConfig().radius_m) for id in known["people"] if world.there(id)]


class Walker:
    """One person: goes where it is sent.

    Attributes:
        thing: its id in the scene.
        name: how the event log calls it.
        way: where it still goes.
    """

    def __init__(self, world: World, thing: int, *, name: str, config: WalkingConfig | None = None) -> None:
        self.world = world
        self.thing = thing
        self.name = name
        self.config = config or WalkingConfig()
        self.way: list[Place] = []
        self._walked_m = 0.0
        self._grid: NavGrid | None = None
        bodies = list(world.bodies(thing))
        self._limbs = [body for body in bodies if world.joint(body) is not None]

    @property
    def xy(self) -> Place:
        """Where it is."""
        return self.world.at(self.thing)[:2]

    def grid(self) -> NavGrid:
        """Where it can be now."""
        return NavGrid.of(self.world, radius_m=self.config.radius_m)

    def send(self, xy: Place) -> bool:
        """Go to a place, or as near to it as free floor is; False if no way leads there."""
        grid = self.grid()
        here = grid.snap(self.xy)
        there = None if here is None else grid.snap(xy, area=grid.area(here))
        if here is None or there is None or math.dist(there, xy) > 1.0:
            return False
        path = grid.distances(there).path(here)
        self.way = [(x, y) for x, y in path.tolist() if math.dist((x, y), self.xy) > 1e-9]
        self._grid = grid
        return len(path) > 0

    def walk(self, dt_s: float) -> float:
        """Go on for so long; what is left of the time when it has arrived."""
        if self.way and not self._free_ahead():
            goal = self.way[-1]
            self.way = []
            self.send(goal)
        x, y = self.xy
        left_m = self.config.speed_m_s * dt_s
        heading: float | None = None
        while self.way and left_m > 0:
            to_x, to_y = self.way[0]
            metres = math.hypot(to_x - x, to_y - y)
            if metres > 1e-6:
                heading = math.atan2(-(to_x - x), to_y - y)
            part = min(left_m, metres)
            if part >= metres:
                x, y = to_x, to_y
                self.way.pop(0)
            else:
                x, y = x + (to_x - x) * part / metres, y + (to_y - y) * part / metres
            self._walked_m += part
            left_m -= part
        self._put(x, y, heading, dt_s)
        return left_m / self.config.speed_m_s

    def _free_ahead(self) -> bool:
        """Whether the way is still free; asked only when a door or a thing has been moved."""
        grid = self.grid()
        if grid is self._grid:
            return True
        self._grid = grid
        here = grid.snap(self.xy)
        if here is None or not all(grid.holds(*place) for place in self.way):
            return False
        return all(grid.clear(one, other) for one, other in pairwise([here, *self.way]))

    def _put(self, x: float, y: float, heading: float | None, dt_s: float) -> None:
        """Stand there, turned toward where it goes, limbs as far swung as the way demands."""
        world, config = self.world, self.config
        start = world.at(self.thing)
        yaw = world.yaw(self.thing)
        if heading is not None:  # its front is the model's, at -y
            turn = math.remainder(heading + math.pi - yaw, 2 * math.pi)
            most = config.turn_s * dt_s
            yaw += min(max(turn, -most), most)
        swing = (
            0.0 if heading is None else config.swing * math.sin(self._walked_m / config.stride_m * math.tau)
        )
        if len(self._limbs) == 4:  # left leg, right leg, left arm, right arm
            world.amounts[self._limbs] = np.array([swing, -swing, -0.7 * swing, 0.7 * swing])
        before = world.rooms[self.thing]
        room = world.scene.room_at(x, y)
        world.shift(self.thing, (x, y, start[2]), yaw, before if room is None else room)
        if room is not None and room != before:
            world.log("entered", self.thing, self.name, start)


class Walkers:
    """All people of a world: each goes to another room, stays a while, goes on. Deterministic for equal generators.

    A `Mover`: `world.movers.append(Walkers(world, rng))` lets them go whenever time goes by.

    Attributes:
        walkers: in the order of their ids.
        clear_of: where they wait until the way is free again: an agent, say; each other they avoid anyway.
    """

    def __init__(
        self,
        world: World,
        rng: np.random.Generator,
        *,
        config: WalkingConfig | None = None,
        clear_of: Callable[[], Sequence[Place]] | None = None,
    ) -> None:
        self.world = world
        self.clear_of = clear_of
        self._rng = rng
        self._config = config or WalkingConfig()
        things = [thing for thing in world.scene.things if thing.category == "person"]
        self.walkers: list[Walker] = [
            Walker(world, thing.id, name=f"{thing.model.name} {thing.id}", config=self._config)
            for thing in things
        ]
        self._pauses = [self._pause() for _ in self.walkers]
        self._waited = [0.0] * len(self.walkers)

    def step(self, dt_s: float) -> None:
        """Go on for so long."""
        for number, walker in enumerate(self.walkers):
            left = dt_s
            if self._in_the_way(number):
                self._waited[number] += dt_s
                walker.way = walker.way if self._waited[number] < 3.0 else []  # elsewhere, then
                left = 0.0
            else:
                self._waited[number] = 0.0
            while left > 0:
                if self._pauses[number] > 0:
                    rested = min(left, self._pauses[number])
                    self._pauses[number] -= rested
                    left -= rested
                    if self._pauses[number] <= 0:
                        self._next_room(walker)
                    walker.walk(0.0)
                else:
                    left = walker.walk(left)
                if not walker.way and self._pauses[number] <= 0:
                    self._pauses[number] = self._pause()

    def _pause(self) -> float:
        low, high = self._config.pause_s
        return float(self._rng.uniform(low, high)) + 1e-3

    def _next_room(self, walker: Walker) -> None:
        """Send somebody to a random place of another room; stay if none can be reached."""
        grid, scene = walker.grid(), self.world.scene
        here = grid.snap(walker.xy)
        rooms = [room for room in scene.rooms if room.id != self.world.rooms[walker.thing]] or list(
            scene.rooms
        )
        if here is None:
            return
        places, area = grid.middles(), grid.area(here)
        reached = grid.areas[grid.moves.cells[:, 0], grid.moves.cells[:, 1]] == area
        for number in self._rng.permutation(len(rooms)).tolist():
            low, high = np.array(rooms[number].low), np.array(rooms[number].high)
            inside = places[reached & np.all((places > low + 0.3) & (places < high - 0.3), axis=1)]
            if len(inside):
                x, y = inside[int(self._rng.integers(len(inside)))].tolist()
                if walker.send((x, y)):
                    return

    def _in_the_way(self, number: int) -> bool:
        """Whether somebody is close by in the direction in which a walker goes."""
        walker = self.walkers[number]
        if not walker.way:
            return False
        x, y = walker.xy
        ahead = (walker.way[0][0] - x, walker.way[0][1] - y)
        length = math.hypot(*ahead) or 1.0
        others = [other.xy for k, other in enumerate(self.walkers) if k != number]
        others += [] if self.clear_of is None else [(float(a), float(b)) for a, b in self.clear_of()]
        for to_x, to_y in others:
            metres = math.hypot(to_x - x, to_y - y)
            toward = (ahead[0] * (to_x - x) + ahead[1] * (to_y - y)) / length
            if metres < self._config.distance_m and toward > 0.5 * metres:
                return True
        return False
