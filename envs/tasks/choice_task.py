"""Tasks that end when the agent comes to one of several places: right or wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from jaxtyping import Float64

from streammem.envs.apartment.distances import DistanceField
from streammem.envs.habitat.config import AgentConfig
from streammem.envs.habitat.episode import Episode, Goal
from streammem.envs.tasks.episode_seed import episode_seed
from streammem.envs.tasks.follow import Follower
from streammem.envs.tasks.situation import Situation
from streammem.envs.tasks.stage import avoiding
from streammem.envs.tasks.task import AgentPose, Verdict
from streammem.errors import ObservationError

__all__ = ["ChoiceTask"]

Place = tuple[float, float]


class ChoiceTask:
    """Coming within `reach_m` of a place is choosing it, and ends the episode: 1 for the right one, 0 for others.

    There is nothing to say stop to: the action 0 lets a step go by. A sub-class gives `stage` and calls `offer`.
    All of an episode follows from its scene and the number `info["seed"]` that it carries.

    Attributes:
        reach_m: how near is there.
        chosen: the place that the agent came to; -1 before.
        right: the one to come to.
    """

    name = "Choice"
    reach_m = 1.0

    def __init__(self) -> None:
        self.places: tuple[Place, ...] = ()
        self.right, self.chosen = 0, -1
        self.rng = np.random.default_rng(0)
        self._field: DistanceField | None = None
        self._geodesic_m = math.inf
        self._follower = Follower()

    def stage(self, situation: Situation) -> AgentPose | None:
        """Set the scene and give the agent's first pose; None where the scene does not suit."""
        raise NotImplementedError

    def choosing(self, situation: Situation) -> bool:
        """Whether coming to a place counts already."""
        return True

    def offer(self, situation: Situation, places: Sequence[Place], right: int) -> None:
        """From now on these are the places, and this is the right one."""
        self.places, self.right = tuple(places), right
        wrong = [place for index, place in enumerate(self.places) if index != right]
        self._field = avoiding(situation.grid, wrong, self.reach_m + 0.1).distances([self.places[right]])
        self._geodesic_m = self._field.at(situation.xy)

    def action_space(self, agent: AgentConfig) -> spaces.Discrete:
        """The body's actions."""
        return spaces.Discrete(len(agent.actions))

    def observation_spaces(self, agent: AgentConfig) -> Mapping[str, gymnasium.Space[Any]]:
        """Nothing of its own."""
        return {}

    def begin(self, situation: Situation, episode: Episode | None) -> Episode | None:
        """Draw an episode, or that of the given one again.

        Raises:
            ObservationError: if the given episode has no seed, or its scene does not suit.
        """
        seed = episode_seed(situation, episode, self.name)
        self.rng = np.random.default_rng(seed)
        self.chosen, self._follower = -1, Follower()
        self.places, self._field, self._geodesic_m = (), None, math.inf
        start = self.stage(situation)
        if start is None:
            if episode is not None:
                raise ObservationError(
                    f"{situation.scene.name} does not suit {self.name}: take another scene"
                )
            return None
        goals = (
            (Goal(position=(*self.places[self.right], 0.0), radius_m=self.reach_m),) if self.places else ()
        )
        return Episode(
            episode_id=str(seed), scene=situation.scene.name, start=(start.x, start.y, 0.0), start_yaw=start.yaw,
            goals=goals, info={"seed": seed, "task": self.name},
        )  # fmt: skip

    def steer(self, situation: Situation, action: int) -> int | AgentPose | None:
        """The action itself."""
        return action

    def judge(self, situation: Situation, action: int) -> Verdict:
        """1 at the right place; the end at any."""
        if not self.places or not self.choosing(situation):
            return Verdict()
        away = [math.hypot(situation.pose.x - x, situation.pose.y - y) for x, y in self.places]
        nearest = int(np.argmin(away))
        if away[nearest] >= self.reach_m:
            return Verdict()
        self.chosen = nearest
        return Verdict(reward=float(nearest == self.right), terminated=True)

    def observe(self, situation: Situation) -> dict[str, Any]:
        """Nothing of its own."""
        return {}

    def measures(self, situation: Situation) -> dict[str, Any]:
        """Success, what was chosen (-1 before), and how far it is on foot to the right place, past the wrong ones."""
        away = math.inf if self._field is None else self._field.at(situation.xy)
        return {
            "success": float(self.chosen >= 0 and self.chosen == self.right),
            "choice": float(self.chosen),
            "distance_to_goal": away,
            "collisions": {"count": float(situation.collisions), "is_collision": float(situation.collided)},
        }

    def information(self, situation: Situation) -> dict[str, Any]:
        """Nothing of its own."""
        return {}

    def candidates(self, situation: Situation) -> Sequence[Float64[np.ndarray, "_ 2"]]:
        """The places, to one who has forgotten which is right."""
        return [np.array([place]) for place in self.places]

    def oracle_action(self, situation: Situation) -> int:
        """The next action on the shortest way past the wrong places.

        Raises:
            ObservationError: if nothing is offered yet.
        """
        if self._field is None:
            raise ObservationError(f"{self.name} offers no places yet: begin an episode first")
        return self._follower.action(situation, self._field, arrived_m=self.reach_m * 0.9)
