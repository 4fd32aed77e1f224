"""T-corridor: a cue at the start, a choice where the corridor ends."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import gymnasium
from gymnasium import spaces

from streammem.envs.apartment.scene import Scene
from streammem.envs.habitat.config import AgentConfig
from streammem.envs.tasks.choice_task import ChoiceTask
from streammem.envs.tasks.coloured import COLOURS
from streammem.envs.tasks.corridor_scene import CUE_AT, START_Y, CorridorScene, corridor_scene
from streammem.envs.tasks.situation import Situation
from streammem.envs.tasks.stage import put, show
from streammem.envs.tasks.task import AgentPose
from streammem.errors import ObservationError

__all__ = ["TCorridor"]

LEAVES_M = 0.6  # the cue is taken away once the agent has come so far
SEEN_STEPS = 8  # or has looked on for so long
NEUTRAL = "white"  # the goals' colour where the side is what matters


class TCorridor(ChoiceTask):
    """The T-maze with a cue (after Bakker 2001; "passive" where the corridor leaves no other way).

    cue="colour": a cube of one of five colours stands near the start; two pillars of different colours stand at the
    ends of the cross passage, and one goes to that of the cube's colour. cue="side": the cube stands to the left or
    to the right, and one goes to that side; both pillars are white. The cube is taken away when the agent has gone
    0.6 m, or after 8 steps, so that looking back does not help; `phase` is 0 while it is there and 1 afterwards.

    The episode ends within a metre of a pillar: reward 1 at the right one, else 0. Who has forgotten the cue is right
    half of the time.
    """

    name = "TCorridor"
    reach_m = 1.0

    def __init__(self, *, length_m: float = 6.0, cue: str = "colour") -> None:
        if cue not in ("colour", "side"):
            raise ObservationError(f'a cue is "colour" or "side", got {cue!r}')
        super().__init__()
        self.length_m = length_m
        self.cue = cue
        self.world: CorridorScene = corridor_scene(length_m)
        self._cube = -1
        self._shown = False

    def scene(self, seed: int) -> Scene:
        """The corridor, whatever the seed."""
        return self.world.scene

    def observation_spaces(self, agent: AgentConfig) -> Mapping[str, gymnasium.Space[Any]]:
        """Whether the cue is still there."""
        return {"phase": spaces.Discrete(2)}

    def stage(self, situation: Situation) -> AgentPose | None:
        """Set out one cube and two pillars; everything else goes."""
        if situation.scene is not self.world.scene:
            return None
        world = situation.world
        side = -1 if self.rng.random() < 0.5 else 1
        colours = [colour for colour in COLOURS if colour != NEUTRAL]
        right, wrong = (colours[int(i)] for i in self.rng.permutation(len(colours))[:2])
        cue_side = side if self.cue == "side" else (-1 if self.rng.random() < 0.5 else 1)
        for thing in (*self.world.cues.values(), *self.world.goals.values(), self.world.spare):
            show(world, thing, False)
        self._cube = self.world.cues[right]
        put(world, self._cube, cue_side * CUE_AT[0], CUE_AT[1])
        pillars = [self.world.goals[right], self.world.goals[wrong]]
        if self.cue == "side":
            pillars = [self.world.goals[NEUTRAL], self.world.spare]
        show(world, self._cube, True)
        for pillar, where in zip(pillars, (side, -side), strict=True):
            put(world, pillar, *self.world.arm(where))
            show(world, pillar, True)
        self._shown = True
        situation.pose = AgentPose(0.0, START_Y, 0.0)
        self.offer(situation, [self.world.arm(-1), self.world.arm(1)], 0 if side < 0 else 1)
        return situation.pose

    def steer(self, situation: Situation, action: int) -> int | AgentPose | None:
        """The action; the cue goes first, where it is time."""
        gone_m = math.hypot(situation.pose.x, situation.pose.y - START_Y)
        if self._shown and (gone_m >= LEAVES_M or situation.steps >= SEEN_STEPS):
            show(situation.world, self._cube, False)
            self._shown = False
        return action

    def observe(self, situation: Situation) -> dict[str, Any]:
        """`phase`."""
        return {"phase": int(not self._shown)}

    def information(self, situation: Situation) -> dict[str, Any]:
        """The instruction and the phase."""
        words = {
            "colour": "Go to the pillar of the cube's colour.",
            "side": "Go to the pillar on the side of the cube.",
        }
        return {"phase": "cue" if self._shown else "go", "instruction": words[self.cue]}
