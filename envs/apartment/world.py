"""An apartment as it is at this moment: where things are, what is open, what has happened."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from jaxtyping import Bool, Float64, Int32

from streammem.envs.apartment.history import Kind, Mover, WorldEvent, WorldState
from streammem.envs.apartment.model import Joint
from streammem.envs.apartment.motions import Joints, placed
from streammem.envs.apartment.scene import Relation, Scene, Thing
from streammem.errors import ObservationError

__all__ = ["World", "WorldEvent", "memo"]

Point = tuple[float, float, float]
Made = TypeVar("Made")


@dataclass
class World:
    """The state of one scene. Bodies are the parts of all things, in the order of `scene.things` and their parts.

    Attributes:
        scene: what was built.
        t_s: seconds since the beginning.
        places: world-from-thing, one for each thing.
        amounts: of each body's joint (radians or metres); 0 where there is none.
        shown: which bodies are there at all.
        events: what has happened, in order.
        version: grows whenever a place, an amount or `shown` changes.
        sees: whether the agent has a thing in view; None where there is no agent.
        movers: what goes on by itself in `step`.
        parents: what each thing stands on or in.
        relations: how it does.
        rooms: where.
    """

    scene: Scene
    t_s: float = 0.0
    places: Float64[np.ndarray, "things 4 4"] = field(init=False)
    amounts: Float64[np.ndarray, " bodies"] = field(init=False)
    shown: Bool[np.ndarray, " bodies"] = field(init=False)
    events: list[WorldEvent] = field(default_factory=list)
    version: int = 0
    sees: Callable[[int], bool] | None = None
    movers: list[Mover] = field(default_factory=list)

    def __post_init__(self) -> None:
        things = self.scene.things
        self.rows: Mapping[int, int] = {thing.id: row for row, thing in enumerate(things)}
        self.parents: dict[int, int | None] = {thing.id: thing.parent for thing in things}
        self.relations: dict[int, Relation] = {thing.id: thing.relation for thing in things}
        self.rooms: dict[int, int] = {thing.id: thing.room for thing in things}
        self.owner: Int32[np.ndarray, " bodies"] = np.repeat(
            np.arange(len(things)), [len(t.model.parts) for t in things]
        ).astype(np.int32)
        self.first: Int32[np.ndarray, " things"] = np.searchsorted(self.owner, np.arange(len(things))).astype(
            np.int32
        )
        self.joints: Joints = _remembered(
            self.scene, "joints", lambda: Joints([part.joint for t in things for part in t.model.parts])
        )
        self.solids: Int32[np.ndarray, " solids"] = np.flatnonzero(
            [p.solid and t.category != "person" for t in things for p in t.model.parts]
        ).astype(np.int32)
        self.places = np.stack([placed(thing.at, thing.yaw) for thing in things])
        self.amounts = np.array([amount for thing in things for amount in first_amounts(thing)])
        self.shown = np.ones(len(self.owner), np.bool_)
        self._matrices: tuple[int, Float64[np.ndarray, "bodies 4 4"]] | None = None
        self._boxes: tuple[int, Float64[np.ndarray, "things 2 3"]] | None = None
        self._first_state = self.save()

    # What is the case

    def matrices(self) -> Float64[np.ndarray, "bodies 4 4"]:
        """World-from-part of every body; read-only."""
        if self._matrices is None or self._matrices[0] != self.version:
            found = self.places[self.owner]
            bodies = self.joints.bodies
            if len(bodies):
                found[bodies] = found[bodies] @ self.joints.motions(self.amounts[bodies])
            found.flags.writeable = False
            self._matrices = self.version, np.asarray(found)
        return self._matrices[1]

    def boxes(self) -> Float64[np.ndarray, "things 2 3"]:
        """The lowest and the highest corner of each thing's box along the world's axes; NaN if it is not there."""
        if self._boxes is None or self._boxes[0] != self.version:
            corners = _remembered(self.scene, "corners", lambda: _corners(self.scene))
            matrices = self.matrices()
            spots = corners @ matrices[:, :3, :3].transpose(0, 2, 1) + matrices[:, None, :3, 3]
            low = np.minimum.reduceat(spots.min(1), self.first)
            high = np.maximum.reduceat(spots.max(1), self.first)
            found = np.stack([low, high], 1)
            found[~self.shown[self.first]] = np.nan
            found.flags.writeable = False
            self._boxes = self.version, found
        return self._boxes[1]

    def box(self, thing: int) -> Float64[np.ndarray, "2 3"]:
        """The box of one thing.

        Raises:
            ObservationError: if the scene has no such thing.
        """
        return np.asarray(self.boxes()[self.row(thing)])

    def joint(self, body: int) -> Joint | None:
        """The joint of a body."""
        row = int(self.owner[body])
        part = body - int(self.first[row])
        return self.scene.things[row].model.parts[part].joint

    def row(self, thing: int) -> int:
        """The row of a thing in `places`.

        Raises:
            ObservationError: if the scene has no such thing.
        """
        if thing not in self.rows:
            raise ObservationError(
                f"{self.scene.name} has no thing {thing}: its ids are 1 to {max(self.rows)}"
            )
        return self.rows[thing]

    def bodies(self, thing: int) -> range:
        """The bodies of a thing."""
        row = self.row(thing)
        first = int(self.first[row])
        return range(first, first + len(self.scene.things[row].model.parts))

    def at(self, thing: int) -> Point:
        """Where the origin of a thing is."""
        x, y, z = self.places[self.row(thing), :3, 3].tolist()
        return x, y, z

    def yaw(self, thing: int) -> float:
        """Which way a thing is turned."""
        place = self.places[self.row(thing)]
        return math.atan2(place[1, 0], place[0, 0])

    def room_of(self, thing: int) -> int:
        """The room that a thing is in."""
        self.row(thing)
        return self.rooms[thing]

    def where(self, thing: int) -> tuple[int, int | None, Relation]:
        """The room of a thing, what it stands on or in, and how.

        Raises:
            ObservationError: if the scene has no such thing, or it was taken.
        """
        if not self.there(thing):
            raise ObservationError(f"thing {thing} was taken at some time: it is nowhere")
        return self.rooms[thing], self.parents[thing], self.relations[thing]

    def count(self, category: str, room: int | None = None) -> int:
        """How many things of a category there are, in one room or in all."""
        return sum(
            thing.category == category and self.there(thing.id) and room in (None, self.rooms[thing.id])
            for thing in self.scene.things
        )

    def there(self, thing: int) -> bool:
        """Whether a thing is there at all: not taken."""
        return bool(self.shown[self.bodies(thing)[0]])

    def thing_at(self, point: Sequence[float], *, near_m: float = 0.0) -> int | None:
        """The smallest thing, walls and floors aside, whose box holds a place; None if there is none."""
        boxes = self.boxes()
        place = np.asarray(point, np.float64)
        loose = np.array([thing.relation != "shell" for thing in self.scene.things])
        inside = np.all((boxes[:, 0] - near_m <= place) & (place <= boxes[:, 1] + near_m), axis=1) & loose
        if not inside.any():
            return None
        size = np.where(inside, np.prod(boxes[:, 1] - boxes[:, 0], axis=1), np.inf)
        return self.scene.things[int(np.argmin(size))].id

    def children(self, thing: int) -> list[int]:
        """All that stands on or in a thing, and on or in those, by id."""
        found: list[int] = []
        waiting = [thing]
        while waiting:
            parent = waiting.pop()
            own = [child for child, its in self.parents.items() if its == parent]
            found += own
            waiting += own
        return sorted(found)

    def can_open(self, thing: int) -> bool:
        """Whether it has a door or a drawer (or, with people, limbs)."""
        return bool(self._joints_of(thing).any())

    def is_open(self, thing: int) -> bool:
        """Whether any of its doors or drawers stands more than half open; False for what has none."""
        chosen = self._joints_of(thing)
        joints, amounts = self.joints, self.amounts[self.joints.bodies[chosen]]
        return bool((amounts > (joints.low[chosen] + joints.high[chosen]) / 2).any())

    # What is done

    def move(
        self,
        thing: int,
        at: Sequence[float],
        yaw: float | None = None,
        *,
        who: str = "hand",
        parent: int | None = None,
        relation: Relation | None = None,
    ) -> WorldEvent:
        """Put a thing somewhere else, and all that stands on or in it; what was taken is there again.

        Args:
            thing: its id.
            at: where its origin comes to be.
            yaw: how it is turned; as before if None.
            who: did it.
            parent: what it stands on or in from then on.
            relation: how; "on" with a parent and "floor" without, if None.

        Raises:
            ObservationError: if it is part of the shell, `at` or `yaw` is not finite or in no room, or it would stand
                on itself.
        """
        row = self._movable(thing)
        x, y, z = (float(value) for value in at)
        turned = self.yaw(thing) if yaw is None else float(yaw)
        if not all(math.isfinite(value) for value in (x, y, z, turned)):
            raise ObservationError(f"thing {thing} to ({x}, {y}, {z}), yaw {turned}: give finite numbers")
        room = self._room_near(x, y)
        if room is None:
            raise ObservationError(f"thing {thing} to ({x:.2f}, {y:.2f}), which is in no room")
        carried = self.children(thing)
        if parent is not None and (self.row(parent) == row or parent in carried):
            raise ObservationError(f"thing {thing} cannot stand on {parent}, which stands on it")
        start, watched = self.at(thing), self._watched(thing)
        self._carry(row, placed((x, y, z), turned), carried, room)
        self.parents[thing] = parent
        self.relations[thing] = relation or ("floor" if parent is None else "on")
        kind: Kind = "hidden" if self.relations[thing] == "in" else "moved"
        return self.log(kind, thing, who, start, watched=watched)

    def take(self, thing: int, *, who: str = "hand") -> WorldEvent:
        """Take a thing away, and all that stands on or in it, until it is moved somewhere.

        Raises:
            ObservationError: if it is part of the shell.
        """
        self._movable(thing)
        watched = self._watched(thing)
        for gone in (thing, *self.children(thing)):
            self.shown[list(self.bodies(gone))] = False
        self.parents[thing] = None
        self.version += 1
        return self.log("taken", thing, who, self.at(thing), watched=watched)

    def set_joint(self, body: int, amount: float) -> None:
        """Turn or shift a part; beyond its limits it stops there. Not logged.

        Raises:
            ObservationError: if the body has no joint, or the amount is not finite.
        """
        found = np.flatnonzero(self.joints.bodies == body)
        if not len(found) or not math.isfinite(amount):
            raise ObservationError(f"body {body} to {amount}: give a body with a joint, and a finite amount")
        low, high = float(self.joints.low[found[0]]), float(self.joints.high[found[0]])
        self.amounts[body] = min(max(float(amount), low), high)
        self.version += 1

    def open(self, thing: int, *, who: str = "hand") -> WorldEvent | None:
        """Open all doors and drawers of a thing; None if they stood open already.

        Raises:
            ObservationError: if it has none.
        """
        return self._swing(thing, "opened", who)

    def close(self, thing: int, *, who: str = "hand") -> WorldEvent | None:
        """Shut all doors and drawers of a thing; None if they were shut already.

        Raises:
            ObservationError: if it has none.
        """
        return self._swing(thing, "closed", who)

    def step(self, dt_s: float) -> None:
        """Let time go by.

        Raises:
            ObservationError: if it is not finite or goes backwards.
        """
        if not (math.isfinite(dt_s) and dt_s >= 0):
            raise ObservationError(f"time cannot go by {dt_s} s: give 0 or more")
        self.t_s += dt_s
        for mover in self.movers:
            mover.step(dt_s)

    # What was

    def save(self) -> WorldState:
        """How everything is now; movers have their own state."""
        return WorldState(
            t_s=self.t_s, places=self.places.copy(), amounts=self.amounts.copy(), shown=self.shown.copy(),
            parents=dict(self.parents), relations=dict(self.relations), rooms=dict(self.rooms),
            events=tuple(self.events),
        )  # fmt: skip

    def restore(self, state: WorldState | None = None) -> None:
        """Make everything as it was; as the scene was built if None. The version grows nevertheless.

        Raises:
            ObservationError: if the state is another scene's.
        """
        state = state or self._first_state
        if state.places.shape != self.places.shape or state.amounts.shape != self.amounts.shape:
            raise ObservationError(f"this state is not one of {self.scene.name}")
        self.t_s = state.t_s
        self.places[:], self.amounts[:], self.shown[:] = state.places, state.amounts, state.shown
        self.parents, self.relations = dict(state.parents), dict(state.relations)
        self.rooms, self.events = dict(state.rooms), list(state.events)
        self.version += 1

    def clone(self) -> World:
        """The same world, to try things out in; without movers and without anybody who sees."""
        other = World(self.scene)
        other.restore(self.save())
        return other

    # How

    def shift(self, thing: int, at: Sequence[float], yaw: float, room: int) -> None:
        """Put a thing somewhere without a word in the log: how people walk."""
        row = self.rows[thing]
        self.places[row] = placed(at, yaw)
        self.rooms[thing] = room
        self.version += 1

    def log(self, kind: Kind, thing: int, who: str, start: Point, *, watched: bool = False) -> WorldEvent:
        """Write down what has just happened to a thing; seen if it was `watched` before, or is in view now."""
        event = WorldEvent(
            t_s=self.t_s, kind=kind, thing=thing, who=who, start=start, end=self.at(thing),
            room=self.rooms[thing], seen=watched or self._watched(thing),
        )  # fmt: skip
        self.events.append(event)
        return event

    def _watched(self, thing: int) -> bool:
        return self.sees is not None and bool(self.sees(thing))

    def _movable(self, thing: int) -> int:
        row = self.row(thing)
        if self.scene.things[row].relation == "shell":
            raise ObservationError(
                f"thing {thing} is a {self.scene.things[row].category} of the apartment itself: it stays"
            )
        return row

    def _room_near(self, x: float, y: float) -> int | None:
        """The room of a place; in a doorway, the first of its rooms."""
        room = self.scene.room_at(x, y)
        if room is not None:
            return room
        for door in self.scene.doorways:
            c, s = math.cos(door.yaw), math.sin(door.yaw)
            dx, dy = x - door.at[0], y - door.at[1]
            if abs(c * dx + s * dy) <= door.width_m / 2 and abs(c * dy - s * dx) <= door.depth_m / 2:
                return door.rooms[0]
        return None

    def _carry(self, row: int, place: Float64[np.ndarray, "4 4"], carried: Sequence[int], room: int) -> None:
        """Move a thing and what it carries as one rigid body."""
        motion = place @ np.linalg.inv(self.places[row])
        self.places[row] = place
        for child in carried:
            self.places[self.rows[child]] = motion @ self.places[self.rows[child]]
        for moved in (self.scene.things[row].id, *carried):
            self.rooms[moved] = room
            self.shown[list(self.bodies(moved))] = True
        self.version += 1

    def _joints_of(self, thing: int) -> Bool[np.ndarray, " j"]:
        """Which of the joints are a thing's."""
        return np.asarray(self.owner[self.joints.bodies] == self.row(thing))

    def _swing(self, thing: int, kind: Kind, who: str) -> WorldEvent | None:
        chosen = self._joints_of(thing)
        if not chosen.any():
            raise ObservationError(
                f"thing {thing} ({self.scene.by_id[thing].model.name}) has nothing to open or close"
            )
        bodies = self.joints.bodies[chosen]
        ends = self.joints.high[chosen] if kind == "opened" else self.joints.low[chosen]
        if (self.amounts[bodies] == ends).all():
            return None
        watched = self._watched(thing)
        self.amounts[bodies] = ends
        self.version += 1
        return self.log(kind, thing, who, self.at(thing), watched=watched)


def first_amounts(thing: Thing) -> list[float]:
    """Where the joints of a thing's parts stand at first; 0 where a part has none."""
    joints = [part.joint for part in thing.model.parts]
    return [0.0 if j is None else (1 - thing.open) * j.low + thing.open * j.high for j in joints]


class Memo(dict[str, Any]):
    """What was worked out once, and can be again: it does not go along when its scene is copied or pickled."""

    def __reduce__(self) -> tuple[type[Memo], tuple[()]]:
        return Memo, ()


def memo(scene: Scene) -> Memo:
    """Where what is worked out of a scene once (footprints, grids) is kept for as long as the scene lives."""
    found: Memo = vars(scene).setdefault("_memo", Memo())
    return found


def _remembered(scene: Scene, key: str, make: Callable[[], Made]) -> Made:
    known = memo(scene)
    if key not in known:
        known[key] = make()
    found: Made = known[key]
    return found


def _corners(scene: Scene) -> Float64[np.ndarray, "bodies 8 3"]:
    """The corners of the box around each part, in the model's axes."""
    found = []
    for thing in scene.things:
        for part in thing.model.parts:
            low, high = part.mesh.vertices.min(0), part.mesh.vertices.max(0)
            found.append([[(low, high)[(k >> axis) & 1][axis] for axis in range(3)] for k in range(8)])
    return np.array(found, np.float64)
