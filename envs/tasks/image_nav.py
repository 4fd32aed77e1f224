"""ImageNav: go where a given picture was taken (Zhu et al. 2017)."""

from __future__ import annotations

import dataclasses
import math
import zlib
from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from jaxtyping import UInt8

from streammem.envs.habitat.config import AgentConfig
from streammem.envs.habitat.episode import Episode
from streammem.envs.tasks.goal_task import GoalTask
from streammem.envs.tasks.places import free_yaw, two_places
from streammem.envs.tasks.situation import Situation
from streammem.envs.tasks.task import AgentPose
from streammem.errors import EpisodeError, ObservationError

__all__ = ["ImageNav"]

_HEADINGS = 10
_CLOSE_M = 1.0  # a picture of what is nearer shows next to nothing of the place


class ImageNav(GoalTask):
    """Reach the place of the picture `imagegoal`.

    Habitat's configuration has PointNav's 0.2 m for success; results are published for 1 m, which is the default here.
    Habitat turns the picture's camera by Python's hash of the episode's id, which varies between processes; here the
    heading is drawn with the episode and kept as `info["goal_yaw"]` (radians); a checksum of the id stands in where a
    file does not have it.
    """

    name = "ImageNav"

    def __init__(
        self, *, nearest_m: float = 1.5, farthest_m: float = 30.0, success_distance_m: float = 1.0
    ) -> None:
        if not 0 < success_distance_m < nearest_m < farthest_m:
            raise ObservationError(
                "goals lie farther than the distance of success, got "
                f"{nearest_m} to {farthest_m} m and {success_distance_m} m"
            )
        super().__init__()
        self.nearest_m, self.farthest_m = nearest_m, farthest_m
        self.success_distance_m = success_distance_m
        self._picture: UInt8[np.ndarray, "h w 3"] | None = None

    def observation_spaces(self, agent: AgentConfig) -> Mapping[str, gymnasium.Space[Any]]:
        """The goal's picture, as large as the agent's."""
        return {"imagegoal": spaces.Box(0, 255, (agent.height, agent.width, 3), np.uint8)}

    def draw(self, situation: Situation) -> Episode | None:
        """Two places, and a heading in which the goal's picture shows more than a wall close by."""
        episode = two_places(situation, self.nearest_m, self.farthest_m, self.success_distance_m)
        if episode is None:
            return None
        x, y, _ = episode.goals[0].position
        yaw = 0.0
        for _ in range(_HEADINGS):
            yaw = free_yaw(situation)
            if np.median(situation.view(AgentPose(x, y, yaw)).depth_m) > _CLOSE_M:
                break
        return dataclasses.replace(episode, info={**episode.info, "goal_yaw": yaw})

    def begin(self, situation: Situation, episode: Episode | None) -> Episode | None:
        """Draw, and take the picture.

        Raises:
            ObservationError: if the given episode's `goal_yaw` is no finite number.
        """
        chosen = super().begin(situation, episode)
        if chosen is not None:
            x, y, _ = chosen.goals[0].position
            yaw = chosen.info.get("goal_yaw", heading_of(chosen.episode_id))
            if not isinstance(yaw, int | float) or not math.isfinite(yaw):
                raise ObservationError(
                    f"episode {chosen.episode_id}: goal_yaw is radians, got {yaw!r}; mend it or leave it out"
                )
            self._picture = situation.view(AgentPose(x, y, float(yaw))).rgb
        return chosen

    def observe(self, situation: Situation) -> dict[str, Any]:
        """`imagegoal`."""
        if self._picture is None:
            raise EpisodeError("ImageNav has no goal yet: begin an episode first")
        return {"imagegoal": self._picture.copy()}

    def information(self, situation: Situation) -> dict[str, Any]:
        """What is to be done, in words."""
        return {"instruction": "Go to where the picture was taken."}


def heading_of(episode_id: str) -> float:
    """A heading within -pi and pi that depends on the id alone, the same in every process."""
    return (zlib.crc32(episode_id.encode()) / 2**32 * 2 - 1) * math.pi
