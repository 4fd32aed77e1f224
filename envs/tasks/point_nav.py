"""PointNav: go to a place that is given relative to the agent (Anderson et al. 2018)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from streammem.envs.habitat import sensors
from streammem.envs.habitat.config import AgentConfig
from streammem.envs.habitat.episode import Episode
from streammem.envs.tasks.goal_task import GoalTask
from streammem.envs.tasks.places import two_places
from streammem.envs.tasks.situation import Situation
from streammem.errors import ObservationError

__all__ = ["PointNav"]

_FAR = float(np.finfo(np.float32).max)


class PointNav(GoalTask):
    """Reach a place; `pointgoal_with_gps_compass` says at every step how far (m) and at which angle it is.

    As its name says it follows from gps and compass: with odometry noise it drifts as they do.
    """

    name = "PointNav"

    def __init__(self, *, nearest_m: float = 1.0, farthest_m: float = 30.0) -> None:
        if not 0 < nearest_m < farthest_m:
            raise ObservationError(
                f"goals lie from more than 0 m to farther, got {nearest_m} to {farthest_m} m"
            )
        super().__init__()
        self.nearest_m, self.farthest_m = nearest_m, farthest_m

    def observation_spaces(self, agent: AgentConfig) -> Mapping[str, gymnasium.Space[Any]]:
        """The way to the goal as the crow flies."""
        return {"pointgoal_with_gps_compass": spaces.Box(-_FAR, _FAR, (2,), np.float32)}

    def draw(self, situation: Situation) -> Episode | None:
        """Two free places, so far apart on foot."""
        return two_places(situation, self.nearest_m, self.farthest_m, self.success_distance_m)

    def observe(self, situation: Situation) -> dict[str, Any]:
        """`pointgoal_with_gps_compass`: (rho, phi), left positive."""
        pose, episode = situation.odometry, situation.episode
        x, y, _ = episode.goals[0].position if episode is not None else (math.nan, math.nan, 0.0)
        return {"pointgoal_with_gps_compass": sensors.pointgoal((pose.x, pose.y, pose.yaw), x, y)}

    def information(self, situation: Situation) -> dict[str, Any]:
        """What is to be done, in words."""
        return {"instruction": "Go to the place at the given distance and angle."}
