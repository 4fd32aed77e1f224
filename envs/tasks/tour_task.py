"""Tasks that begin with a tour: the agent is carried and shown, then asked, then free to go."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from jaxtyping import Float64

from streammem.envs.habitat.config import AgentConfig
from streammem.envs.habitat.episode import Episode, Goal
from streammem.envs.tasks.episode_seed import episode_seed
from streammem.envs.tasks.follow import Follower
from streammem.envs.tasks.goal_task import GoalTask, goal_places
from streammem.envs.tasks.queries import QUERY_SIZES, Question, encoded
from streammem.envs.tasks.sightings import Sightings
from streammem.envs.tasks.situation import Situation
from streammem.envs.tasks.task import AgentPose, Verdict
from streammem.envs.tasks.tour import TourConfig, route, tour
from streammem.errors import ObservationError

__all__ = ["GO", "WATCH", "TourTask"]

WATCH, GO = 0, 1  # the phases: carried, actions ignored; free
LOOK = "Look about: you will be asked."


class TourTask(GoalTask):
    """A `GoalTask` whose goal is asked for after a tour.

    The observation has `phase` (0 while the agent is carried and its actions are ignored, 1 when it is free) and
    `query`, the question in fixed-size ids (see `encoded`), zeros before it is asked. `info` has "phase" ("watch",
    "go") and "instruction". The path that counts begins with the question.

    A sub-class gives `ask`, and may give `script` (where the agent is carried) and `happen` (what is done meanwhile).
    All of an episode follows from its scene and the number `info["seed"]` that it carries.

    Attributes:
        question: what was asked; None before.
        sightings: what was in the agent's pictures.
    """

    name = "Tour"
    success_distance_m = 0.2

    def __init__(self, tour: TourConfig | None = None) -> None:
        super().__init__()
        self.tour = tour or TourConfig()
        self.question: Question | None = None
        self.sightings = Sightings(1)
        self.rng = np.random.default_rng(0)
        self.carried: list[AgentPose] = []
        self.shown = 0

    def script(self, situation: Situation) -> list[AgentPose] | None:
        """Where the agent is in each frame of the tour; None where the scene does not suit."""
        return tour(situation.grid, situation.scene.rooms, self.rng, self.tour)

    def happen(self, situation: Situation, frame: int) -> None:
        """What is done in the world before this frame of the tour is shown; the agent still stands where it was."""

    def look(self, situation: Situation) -> None:
        """Take in the picture of now."""
        self.sightings.add(situation.frame().instances)

    def ask(self, situation: Situation) -> tuple[Question, tuple[Goal, ...]] | None:
        """The question and its goals once the tour is over; None if nothing can be asked yet: the tour goes on."""
        raise NotImplementedError

    def observation_spaces(self, agent: AgentConfig) -> Mapping[str, gymnasium.Space[Any]]:
        """The phase and the question."""
        return {"phase": spaces.Discrete(2), "query": spaces.MultiDiscrete(list(QUERY_SIZES))}

    def begin(self, situation: Situation, episode: Episode | None) -> Episode | None:
        """Draw the tour, or that of the given episode again.

        Raises:
            ObservationError: if the given episode has no seed, or its scene does not suit.
        """
        seed = episode_seed(situation, episode, self.name)
        self.rng = np.random.default_rng(seed)
        self._field, self._stopped, self._follower = None, False, Follower()
        self._geodesic_m = self._distance_m = math.inf
        self._path_before_m = 0.0
        self.question, self.shown = None, 0
        self.sightings = Sightings(max(thing.id for thing in situation.scene.things))
        found = self.script(situation)
        if found is None:
            if episode is not None:
                raise ObservationError(
                    f"{situation.scene.name} does not suit {self.name}: take another scene"
                )
            return None
        self.carried = found
        start = found[0]
        return Episode(
            episode_id=str(seed), scene=situation.scene.name, start=(start.x, start.y, 0.0), start_yaw=start.yaw,
            info={"seed": seed, "task": self.name},
        )  # fmt: skip

    def steer(self, situation: Situation, action: int) -> int | AgentPose | None:
        """The next frame of the tour; the action itself once it is over."""
        if self.question is not None:
            return action
        if self.shown == 0:
            self.look(situation)
        self.shown += 1
        self.happen(situation, self.shown)
        return self.carried[self.shown]

    def judge(self, situation: Situation, action: int) -> Verdict:
        """Nothing while the agent is carried; then as `GoalTask` does."""
        if self.question is not None:
            return super().judge(situation, action)
        self.look(situation)
        if self.shown == len(self.carried) - 1 and not self.tour_over(situation):
            self.carried += self.more(situation)
        return Verdict()

    def tour_over(self, situation: Situation) -> bool:
        """Ask; False if nothing can be asked yet."""
        asked = self.ask(situation)
        if asked is None or situation.episode is None:
            return False
        self.question, goals = asked
        situation.episode = dataclasses.replace(situation.episode, goals=goals)
        self.aim(situation, situation.episode, situation.pose)
        return True

    def more(self, situation: Situation) -> list[AgentPose]:
        """Another round, where nothing could be asked after the last."""
        again = tour(situation.grid, situation.scene.rooms, self.rng, self.tour)
        return [*route(situation.grid, situation.pose, (again[0].x, again[0].y), self.tour), *again]

    def observe(self, situation: Situation) -> dict[str, Any]:
        """`phase` and `query`."""
        return {
            "phase": WATCH if self.question is None else GO,
            "query": encoded(self.question, situation.scene),
        }

    def information(self, situation: Situation) -> dict[str, Any]:
        """The phase and the question in words."""
        if self.question is None:
            return {"phase": "watch", "instruction": LOOK}
        return {"phase": "go", "instruction": self.question.text}

    def candidates(self, situation: Situation) -> Sequence[Float64[np.ndarray, "_ 2"]]:
        """The places to go to for each of the things that the words may mean, of one who has forgotten the tour."""
        raise NotImplementedError

    def oracle_action(self, situation: Situation) -> int:
        """Any action while the agent is carried; then the way."""
        return 0 if self.question is None else super().oracle_action(situation)

    def places_of(self, goals: tuple[Goal, ...], situation: Situation) -> Float64[np.ndarray, "n 2"]:
        """Where one comes for these goals."""
        if situation.episode is None:
            raise ObservationError("there is no episode yet: begin one first")
        return goal_places(dataclasses.replace(situation.episode, goals=goals))
