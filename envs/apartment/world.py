"""An apartment as it is at this moment: where things are, what is open, what has happened."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from jaxtyping import Bool, Float64, Int32

from streammem.envs.apartment.model import Joint
from streammem.envs.apartment.scene import Scene, Thing
from streammem.errors import ObservationError

__all__ = ["World", "WorldEvent", "joint_motion", "memo", "placed"]

Kind = Literal["moved", "opened", "closed", "entered", "hidden", "taken"]


@dataclass(frozen=True, kw_only=True, slots=True)
class WorldEvent:
    """Ground truth: who did what to which thing, where, and when."""

    t_s: float
    kind: Kind
    thing: int
    who: str  # "hand" for the experimenter, "agent", or a person's name
    start: tuple[float, float, float]
    end: tuple[float, float, float]
    room: int | None
    seen: bool = False  # whether the agent's camera had it in view


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
    """

    scene: Scene
    t_s: float = 0.0
    places: Float64[np.ndarray, "things 4 4"] = field(init=False)
    amounts: Float64[np.ndarray, " bodies"] = field(init=False)
    shown: Bool[np.ndarray, " bodies"] = field(init=False)
    events: list[WorldEvent] = field(default_factory=list)
    version: int = 0

    def __post_init__(self) -> None:
        things = self.scene.things
        self.rows: Mapping[int, int] = {thing.id: row for row, thing in enumerate(things)}
        self.parents: dict[int, int | None] = {thing.id: thing.parent for thing in things}
        self.owner: Int32[np.ndarray, " bodies"] = np.repeat(
            np.arange(len(things)), [len(t.model.parts) for t in things]
        ).astype(np.int32)
        self.first: Int32[np.ndarray, " things"] = np.searchsorted(self.owner, np.arange(len(things))).astype(
            np.int32
        )
        self.places = np.stack([placed(thing.at, thing.yaw) for thing in things])
        self.amounts = np.array([amount for thing in things for amount in first_amounts(thing)])
        self.solids: Int32[np.ndarray, " solids"] = np.flatnonzero(
            [p.solid and t.category != "person" for t in things for p in t.model.parts]
        ).astype(np.int32)
        self.shown = np.ones(len(self.owner), np.bool_)

    def matrices(self) -> Float64[np.ndarray, "bodies 4 4"]:
        """World-from-part of every body."""
        found = np.array(self.places[self.owner])
        for body in np.flatnonzero(self.amounts):
            joint = self.joint(int(body))
            if joint is not None:
                found[body] = found[body] @ joint_motion(joint, float(self.amounts[body]))
        return found

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


def first_amounts(thing: Thing) -> list[float]:
    """Where the joints of a thing's parts stand at first; 0 where a part has none."""
    joints = [part.joint for part in thing.model.parts]
    return [0.0 if j is None else (1 - thing.open) * j.low + thing.open * j.high for j in joints]


def memo(scene: Scene) -> dict[str, Any]:
    """Where what is worked out of a scene once (footprints, grids) is kept for as long as the scene lives."""
    found: dict[str, Any] = vars(scene).setdefault("_memo", {})
    return found


def placed(at: tuple[float, float, float], yaw: float) -> Float64[np.ndarray, "4 4"]:
    """World-from-thing of a thing at a place."""
    c, s = math.cos(yaw), math.sin(yaw)
    return np.array([[c, -s, 0, at[0]], [s, c, 0, at[1]], [0, 0, 1, at[2]], [0, 0, 0, 1.0]])


def joint_motion(joint: Joint, amount: float) -> Float64[np.ndarray, "4 4"]:
    """The motion of a part whose joint stands at an amount, in the model's axes."""
    axis = np.array(joint.axis) / np.linalg.norm(joint.axis)
    motion = np.eye(4)
    if joint.kind == "slide":
        motion[:3, 3] = axis * amount
        return motion
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    turn = np.eye(3) + math.sin(amount) * cross + (1 - math.cos(amount)) * cross @ cross
    origin = np.array(joint.origin)
    motion[:3, :3], motion[:3, 3] = turn, origin - turn @ origin
    return motion
