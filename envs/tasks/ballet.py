"""Ballet: dances one after another, then "go to the one who danced that"."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from streammem.envs.apartment.scene import Scene
from streammem.envs.habitat.config import AgentConfig
from streammem.envs.tasks.ballet_scene import WATCH_AT, BalletScene, ballet_scene
from streammem.envs.tasks.choice_task import ChoiceTask
from streammem.envs.tasks.dances import DANCES, STEPS, Figure, dance
from streammem.envs.tasks.situation import Situation
from streammem.envs.tasks.stage import put
from streammem.envs.tasks.task import AgentPose
from streammem.errors import ObservationError

__all__ = ["CASTS", "Ballet"]

CASTS = 1000  # a scene's seed counts modulo this, so that halls come again


class Ballet(ChoiceTask):
    """Lampinen et al. 2021, "Towards mental time travel" (section 4.1), in three dimensions.

    In a hall of 9 x 9 m, 2, 4 or 8 dancers who are told apart by their clothes perform a dance of 16 steps each, one
    after another, with pauses of 16 or 48 steps; the agent is frozen (`phase` 0). Then (`phase` 1) `query` names one of the
    dances (1 on, in the order of `DANCES`), and the agent goes to who danced it. The episode ends within 0.5 m of
    a dancer: 1 for the right one, else 0. 320 steps are enough with pauses of 16, 1024 with pauses of 48.

    Who has forgotten the dances is right once in the number of dancers.
    """

    name = "Ballet"
    reach_m = 0.5

    def __init__(self, *, dancers: int = 8, pause: int = 16) -> None:
        if not 2 <= dancers <= len(DANCES):
            raise ObservationError(f"a ballet has 2 to {len(DANCES)} dancers, got {dancers}")
        if not 0 <= pause <= 1000:
            raise ObservationError(f"a pause has 0 to 1000 steps, got {pause}")
        super().__init__()
        self.dancers, self.pause = dancers, pause
        self.hall: BalletScene | None = None
        self.figures: list[Figure] = []
        self.order: list[int] = []
        self.dances: list[int] = []
        self.asked = -1
        self._frame = 0

    @property
    def watch_steps(self) -> int:
        """How long the dances take, pauses included."""
        return self.dancers * (STEPS + self.pause)

    def scene(self, seed: int) -> Scene:
        """The hall with the seed's cast."""
        return ballet_scene(seed % CASTS, self.dancers).scene

    def observation_spaces(self, agent: AgentConfig) -> Mapping[str, gymnasium.Space[Any]]:
        """The phase and the dance that is asked for."""
        return {"phase": spaces.Discrete(2), "query": spaces.Discrete(len(DANCES) + 1)}

    def stage(self, situation: Situation) -> AgentPose | None:
        """Give everybody a dance and a turn."""
        hall = ballet_scene(situation.scene.seed % CASTS, self.dancers)
        if hall.scene is not situation.scene:
            return None
        self.hall = hall
        self.dances = self.rng.permutation(len(DANCES))[: self.dancers].tolist()
        self.figures = [dance(DANCES[index]) for index in self.dances]
        self.order = self.rng.permutation(self.dancers).tolist()
        self.asked = int(self.rng.integers(self.dancers))
        self._frame = 0
        return AgentPose(*WATCH_AT, 0.0)

    def choosing(self, situation: Situation) -> bool:
        """Once the dances are over."""
        return self._frame > self.watch_steps

    def steer(self, situation: Situation, action: int) -> int | AgentPose | None:
        """Frozen while somebody dances, and in the pauses."""
        self._frame += 1
        if self._frame > self.watch_steps:
            return action
        turn, step = divmod(self._frame - 1, STEPS + self.pause)
        if step <= STEPS:
            self._perform(situation, self.order[turn], step)
        if self._frame == self.watch_steps and self.hall is not None:
            self.offer(situation, self.hall.places, self.asked)
        return None

    def _perform(self, situation: Situation, dancer: int, step: int) -> None:
        """One step of a dance; at rest after the last."""
        if self.hall is None:
            raise ObservationError("nobody is on the stage: begin an episode first")
        figure, world, id = self.figures[dancer], situation.world, self.hall.dancers[dancer]
        thing = world.scene.things[world.row(id)]
        dances = step < STEPS
        shift = figure.shift_m[step] if dances else np.zeros(3)
        limbs = figure.limbs[step] if dances else np.zeros(4)
        c, s = math.cos(thing.yaw), math.sin(thing.yaw)
        right, front = (-c, -s), (s, -c)  # of somebody whose front is -y at yaw 0
        x = thing.at[0] + shift[0] * right[0] + shift[1] * front[0]
        y = thing.at[1] + shift[0] * right[1] + shift[1] * front[1]
        put(world, id, x, y, z=float(shift[2]), yaw=thing.yaw + (float(figure.turn[step]) if dances else 0.0))
        first = world.bodies(id).start
        for part, share in enumerate(limbs):  # in the order of a person's limbs
            joint = thing.model.parts[part + 1].joint
            if joint is not None:
                forward = -1.0 if joint.axis[0] > 0 else 1.0
                world.set_joint(first + 1 + part, forward * float(share) * joint.high)

    def observe(self, situation: Situation) -> dict[str, Any]:
        """`phase` and `query`."""
        free = self._frame >= self.watch_steps
        return {"phase": int(free), "query": self.dances[self.asked] + 1 if free else 0}

    def information(self, situation: Situation) -> dict[str, Any]:
        """The instruction and the phase."""
        if self._frame < self.watch_steps:
            return {
                "phase": "watch",
                "instruction": "Watch the dances: you will be asked who danced one of them.",
            }
        wanted = DANCES[self.dances[self.asked]]
        return {"phase": "go", "instruction": f"Go to the one who danced '{wanted}'."}

    def oracle_action(self, situation: Situation) -> int:
        """Any action while the agent is frozen; then the way."""
        return super().oracle_action(situation) if self.places else 0
