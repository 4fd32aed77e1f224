"""Tasks of the form "go there and say stop": success, SPL, SoftSPL, Habitat's reward, and the oracle."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from jaxtyping import Float64

from streammem.envs.apartment.distances import DistanceField
from streammem.envs.habitat import measures
from streammem.envs.habitat.actions import STOP
from streammem.envs.habitat.config import AgentConfig
from streammem.envs.habitat.episode import Episode
from streammem.envs.tasks.follow import Follower
from streammem.envs.tasks.situation import Situation
from streammem.envs.tasks.task import AgentPose, Verdict
from streammem.errors import EpisodeError

__all__ = ["GoalTask"]


class GoalTask:
    """A `Task` that ends with stop: right if a goal of the episode is nearer than the threshold.

    Goals with view points are reached at these, others at their positions. A sub-class gives `draw`; where the goal is
    only known later (after a tour), it calls `aim` then.

    Attributes:
        name: of the environment.
        success_distance_m: nearer than this (strictly) is success.
    """

    name = "Goal"
    success_distance_m = 0.2

    def __init__(self) -> None:
        self._field: DistanceField | None = None
        self._geodesic_m = math.inf
        self._path_before_m = 0.0
        self._distance_m = math.inf
        self._stopped = False
        self._follower = Follower()

    def draw(self, situation: Situation) -> Episode | None:
        """A new episode in this scene; None where it does not suit."""
        raise NotImplementedError

    def action_space(self, agent: AgentConfig) -> spaces.Discrete:
        """The body's actions."""
        return spaces.Discrete(len(agent.actions))

    def observation_spaces(self, agent: AgentConfig) -> Mapping[str, gymnasium.Space[Any]]:
        """Nothing of its own."""
        return {}

    def begin(self, situation: Situation, episode: Episode | None) -> Episode | None:
        """The given episode, or one that `draw` gives; None where no goal can be reached."""
        self._stopped = False
        self._follower = Follower()
        chosen = self.draw(situation) if episode is None else episode
        if chosen is None or not chosen.goals:
            return None
        self.aim(situation, chosen, AgentPose(chosen.start[0], chosen.start[1], chosen.start_yaw))
        if math.isinf(self._geodesic_m):
            return None
        return dataclasses.replace(chosen, geodesic_m=self._geodesic_m)

    def aim(self, situation: Situation, episode: Episode, pose: AgentPose) -> None:
        """Measure from here on: toward the episode's goals, from this pose, the path so far forgotten."""
        self._field = situation.distances(goal_places(episode))
        self._geodesic_m = self._distance_m = float(self._field.at((pose.x, pose.y)))
        self._path_before_m = situation.path_m

    def steer(self, situation: Situation, action: int) -> int | AgentPose | None:
        """The action itself."""
        return action

    def judge(self, situation: Situation, action: int) -> Verdict:
        """Progress, and success at the stop that ends the episode."""
        before = self._distance_m
        self._distance_m = self.distance_m(situation)
        self._stopped = action == STOP
        return Verdict(
            reward=measures.reward(before, self._distance_m, self.success), terminated=self._stopped
        )

    @property
    def success(self) -> float:
        """1 once the agent has stopped near enough."""
        return measures.success(self._distance_m, stopped=self._stopped, threshold_m=self.success_distance_m)

    def distance_m(self, situation: Situation) -> float:
        """Geodesic, to the nearest goal; inf before there is one."""
        return math.inf if self._field is None else float(self._field.at(situation.xy))

    def observe(self, situation: Situation) -> dict[str, Any]:
        """Nothing of its own."""
        return {}

    def measures(self, situation: Situation) -> dict[str, Any]:
        """Habitat's."""
        path = situation.path_m - self._path_before_m
        return {
            "distance_to_goal": self._distance_m,
            "success": self.success,
            "spl": measures.spl(self.success, self._geodesic_m, path),
            "soft_spl": measures.soft_spl(self._distance_m, self._geodesic_m, path),
            "collisions": {"count": float(situation.collisions), "is_collision": float(situation.collided)},
        }

    def information(self, situation: Situation) -> dict[str, Any]:
        """Nothing of its own."""
        return {}

    def oracle_action(self, situation: Situation) -> int:
        """The next action on the shortest way.

        Raises:
            EpisodeError: if there is no goal yet.
        """
        if self._field is None:
            raise EpisodeError(f"{self.name} has no goal yet: begin an episode first")
        return self._follower.action(situation, self._field, arrived_m=self.success_distance_m)


def goal_places(episode: Episode) -> Float64[np.ndarray, "n 2"]:
    """Where an agent is to come: the goals' view points, or their own places where they have none."""
    places = [
        place[:2]
        for goal in episode.goals
        for place in ([view.position for view in goal.view_points] or [goal.position])
    ]
    return np.array(places, np.float64).reshape(-1, 2)
