"""Scavenger: coloured pillars all over the flat, to be touched in the order in which they are called."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from jaxtyping import Float64

from streammem.envs.apartment.distances import DistanceField
from streammem.envs.apartment.scene import Scene
from streammem.envs.apartment.world import memo
from streammem.envs.habitat.config import AgentConfig
from streammem.envs.habitat.episode import Episode
from streammem.envs.tasks.bare_room import placed_thing
from streammem.envs.tasks.coloured import COLOURS, pillar
from streammem.envs.tasks.episode_seed import episode_seed
from streammem.envs.tasks.follow import Follower
from streammem.envs.tasks.situation import Situation
from streammem.envs.tasks.stage import put, show
from streammem.envs.tasks.task import AgentPose, Verdict
from streammem.errors import ObservationError

__all__ = ["Scavenger", "with_pillars"]

TOUCH_M = 0.4
ROOMY_M = 0.35  # free floor around a pillar
APART_M = 1.5  # between pillars, and from the agent's start

Place = tuple[float, float]


def with_pillars(scene: Scene) -> Scene:
    """The scene with a pillar of each colour in the middle of its first room, to be put elsewhere.

    The same object for the same scene; a scene that has pillars already stays as it is.
    """
    if _pillars_of(scene):
        return scene
    known = memo(scene)
    if "pillars" not in known:
        known["pillars"] = _with_pillars(scene)
    found: Scene = known["pillars"]
    return found


def _pillars_of(scene: Scene) -> list[int]:
    return [thing.id for thing in scene.things if thing.model.name.endswith(" pillar")]


def _with_pillars(scene: Scene) -> Scene:
    first = max(thing.id for thing in scene.things) + 1
    room = scene.rooms[0]
    pillars = [
        placed_thing(first + i, pillar(colour), *room.centre, room.id) for i, colour in enumerate(COLOURS)
    ]
    name = scene.name.split("/", 1)
    return dataclasses.replace(
        scene, name="/".join(["scavenger", *name[1:]]), things=(*scene.things, *pillars)
    )


class Scavenger:
    """The rules of Memory Maze (Pasukonis et al. 2022) in an apartment.

    `targets` pillars of different colours stand in different rooms. `query` is the colour that is called (1 on, in
    the order of `COLOURS`); coming within 0.4 m of that pillar, on foot, is worth 1, and another colour is called.
    Pillars stay where they are: who remembers where each was need not search again. There is no end but the limit of
    steps, and nothing to say stop to (the action 0 lets a step go by). The score is the sum of the rewards.

    The oracle goes the shortest ways: its score is the bound. Who forgets what is out of view has to
    search the flat for every call.
    """

    name = "Scavenger"

    def __init__(self, *, targets: int = 4) -> None:
        if not 2 <= targets <= len(COLOURS):
            raise ObservationError(f"there are 2 to {len(COLOURS)} targets, got {targets}")
        self.targets = targets
        self.rng = np.random.default_rng(0)
        self.ids: dict[str, int] = {}
        self.places: dict[str, Place] = {}
        self.called = ""
        self.score = 0
        self._field: DistanceField | None = None
        self._follower = Follower()

    def dressed(self, scene: Scene) -> Scene:
        """The apartment, with pillars."""
        return with_pillars(scene)

    def action_space(self, agent: AgentConfig) -> spaces.Discrete:
        """The body's actions."""
        return spaces.Discrete(len(agent.actions))

    def observation_spaces(self, agent: AgentConfig) -> Mapping[str, gymnasium.Space[Any]]:
        """The colour that is called."""
        return {"query": spaces.Discrete(len(COLOURS) + 1)}

    def begin(self, situation: Situation, episode: Episode | None) -> Episode | None:
        """Set out the pillars, and call the first.

        Raises:
            ObservationError: if the given episode has no seed, or the scene no pillars or no room for them.
        """
        seed = episode_seed(situation, episode, self.name)
        self.rng = np.random.default_rng(seed)
        self._follower, self.score = Follower(), 0
        ids = _pillars_of(situation.scene)
        if len(ids) != len(COLOURS):
            raise ObservationError(f"{situation.scene.name} has no pillars: hand in with_pillars(scene)")
        colours = [list(COLOURS)[int(i)] for i in self.rng.permutation(len(COLOURS))[: self.targets]]
        spots = self._spots(situation)
        if spots is None:
            if episode is not None:
                raise ObservationError(f"{situation.scene.name} has no room for {self.targets} pillars")
            return None
        for id in ids:
            show(situation.world, id, False)
        self.ids, self.places = {}, {}
        for colour, place in zip(colours, spots, strict=False):
            self.ids[colour], self.places[colour] = ids[list(COLOURS).index(colour)], place
            put(situation.world, self.ids[colour], *place)
            show(situation.world, self.ids[colour], True)
        self._call(situation, "")
        start = spots[-1]
        return Episode(
            episode_id=str(seed), scene=situation.scene.name, start=(*start, 0.0),
            start_yaw=float(self.rng.uniform(-math.pi, math.pi)), info={"seed": seed, "task": self.name},
        )  # fmt: skip

    def steer(self, situation: Situation, action: int) -> int | AgentPose | None:
        """The action itself."""
        return action

    def judge(self, situation: Situation, action: int) -> Verdict:
        """1 for the pillar that is called."""
        if self.distance_m(situation) >= TOUCH_M:
            return Verdict()
        self.score += 1
        self._call(situation, self.called)
        return Verdict(reward=1.0)

    def distance_m(self, situation: Situation) -> float:
        """Geodesic, to the pillar that is called."""
        return math.inf if self._field is None else self._field.at(situation.xy)

    def observe(self, situation: Situation) -> dict[str, Any]:
        """`query`."""
        return {"query": list(COLOURS).index(self.called) + 1}

    def measures(self, situation: Situation) -> dict[str, Any]:
        """The score so far, and how far it is to what is called."""
        return {
            "score": float(self.score),
            "distance_to_goal": self.distance_m(situation),
            "collisions": {"count": float(situation.collisions), "is_collision": float(situation.collided)},
        }

    def information(self, situation: Situation) -> dict[str, Any]:
        """What is called, in words."""
        return {"phase": "go", "instruction": f"Go to the {self.called} pillar."}

    def candidates(self, situation: Situation) -> Sequence[Float64[np.ndarray, "_ 2"]]:
        """The pillar that is called, if it is in view."""
        seen = (situation.frame().instances == self.ids[self.called]).any()
        return [np.array([self.places[self.called]])] if seen else []

    def oracle_action(self, situation: Situation) -> int:
        """The next action on the shortest way.

        Raises:
            ObservationError: if nothing is called yet.
        """
        if self._field is None:
            raise ObservationError(f"{self.name} has called nothing yet: begin an episode first")
        return self._follower.action(situation, self._field, arrived_m=TOUCH_M * 0.9)

    def _call(self, situation: Situation, last: str) -> None:
        """Any of the colours but the last one."""
        others = [colour for colour in self.places if colour != last]
        self.called = others[int(self.rng.integers(len(others)))]
        self._field = situation.distances([self.places[self.called]])

    def _spots(self, situation: Situation) -> list[Place] | None:
        """A place for each pillar, in as many rooms as there are, and one for the agent."""
        grid = situation.grid
        places, cells = grid.middles(), grid.moves.cells
        fit = grid.areas[cells[:, 0], cells[:, 1]] == grid.largest_area
        fit &= grid.clearance_m[cells[:, 0], cells[:, 1]] >= ROOMY_M
        places = places[fit]
        order = self.rng.permutation(len(situation.scene.rooms))
        found: list[Place] = []
        for turn in range(3 * len(order)):
            room = situation.scene.rooms[int(order[turn % len(order)])]
            free = places[np.all((places > room.low) & (places < room.high), axis=1)]
            for other in found:
                free = free[np.hypot(*(free - other).T) >= APART_M]
            if len(free):
                x, y = free[int(self.rng.integers(len(free)))]
                found.append((float(x), float(y)))
            if len(found) == self.targets + 1:
                return found
        return None
