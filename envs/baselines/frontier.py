"""The explorer: always to the nearest border between what it has seen and what it has not (Yamauchi 1997)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np
from jaxtyping import Float32, Float64

from streammem.envs.apartment.distances import DistanceField
from streammem.envs.apartment.navigation import CELL_M, NavGrid
from streammem.envs.baselines.policies import Policy
from streammem.envs.baselines.seen_floor import SeenFloor
from streammem.envs.habitat.actions import MOVE_FORWARD, STOP, TURN_LEFT, TURN_RIGHT
from streammem.envs.habitat.config import AgentConfig
from streammem.envs.headings import heading, wrapped
from streammem.envs.tasks.apartment_env import ApartmentEnv
from streammem.envs.tasks.task import AgentPose
from streammem.errors import ObservationError

__all__ = ["NearestFrontier", "nearest_frontier"]

_LEAST_CELLS = 4  # of a frontier; less is noise
_ARRIVED_M = 0.3
_SAME_M = 0.1  # a corner that is as near as this has been reached
_AGAIN = 5  # steps after which the goal is chosen anew
_REACH_M = 5.0  # of depth that is trusted


def nearest_frontier(env: gymnasium.Env[Any, Any], rng: np.random.Generator) -> Policy:
    """Explores from depth and pose, and stops when no frontier is left; it knows nothing but the agent's settings.

    Raises:
        ObservationError: if the environment has no depth, or is none of the apartment.
    """
    world = env.unwrapped
    if not isinstance(world, ApartmentEnv) or "depth" not in world.sensors:
        raise ObservationError('the explorer wants an apartment with the sensor "depth"')
    return NearestFrontier(world.agent)


class NearestFrontier:
    """A policy with a plan of the floor."""

    def __init__(self, agent: AgentConfig) -> None:
        self.agent = agent
        self.floor: SeenFloor | None = None
        self._way: tuple[NavGrid, DistanceField] | None = None
        self._looked, self._age = 0, 0
        self._last = STOP

    def __call__(self, observation: Mapping[str, Any], info: Mapping[str, Any]) -> int:
        """Look round once, then go to the nearest frontier, again and again."""
        camera: Float64[np.ndarray, "4 4"] = info["world_from_camera"]
        here = AgentPose(float(camera[0, 3]), float(camera[1, 3]), math.atan2(-camera[0, 2], camera[1, 2]))
        if self.floor is None:
            agent = self.agent
            reach = min(_REACH_M, agent.max_depth_m - 0.05)  # what lies at the limit may be farther
            self.floor = SeenFloor(
                here.x, here.y, radius_m=agent.radius_m, height_m=agent.height_m, reach_m=reach
            )
        self.floor.add(self._metres(observation["depth"], info), info["intrinsics"], camera)
        bumped = self._last == MOVE_FORWARD and info["measures"]["collisions"]["is_collision"]
        if bumped:
            self.floor.bump(here.x, here.y, here.yaw)
            self._way = None
        self._last = self._action(self.floor, here)
        return self._last

    def _action(self, floor: SeenFloor, here: AgentPose) -> int:
        if self._looked < round(360 / self.agent.turn_deg):
            self._looked += 1
            return TURN_LEFT
        self._age += 1
        arrived = self._way is not None and self._way[1].at((here.x, here.y)) < _ARRIVED_M
        if arrived:
            floor.give_up(here.x, here.y, _ARRIVED_M + 2 * CELL_M)
        if self._way is None or arrived or self._age >= _AGAIN:
            self._way, self._age = self._chosen(floor, here), 0
        if self._way is None:
            return STOP
        grid, field = self._way
        way = [(x, y) for x, y in field.path((here.x, here.y)).tolist()][1:]
        snapped = grid.snap((here.x, here.y)) or (here.x, here.y)
        way = way or [snapped]  # out of what it takes for a wall
        target = next((place for place in way if math.dist(place, (here.x, here.y)) > _SAME_M), way[-1])
        return self._toward(here, target)

    def _chosen(self, floor: SeenFloor, here: AgentPose) -> tuple[NavGrid, DistanceField] | None:
        """What it takes for free and the distances to the frontiers; None if none can be reached."""
        grid = floor.grid()
        rows, columns = np.nonzero(floor.frontiers(_LEAST_CELLS) & grid.free)
        if not len(rows):
            return None
        goals = (np.stack([columns, rows], 1) + 0.5) * CELL_M + np.array(grid.origin)
        field = grid.distances(goals)
        start = grid.snap((here.x, here.y))
        return (grid, field) if start is not None and math.isfinite(field.at(start)) else None

    def _metres(
        self, depth: Float32[np.ndarray, "h w 1"], info: Mapping[str, Any]
    ) -> Float32[np.ndarray, "h w"]:
        near, far = info["depth_range_m"]
        metres = (
            depth[..., 0] * np.float32(far - near) + np.float32(near)
            if self.agent.normalize_depth
            else depth[..., 0]
        )
        return np.asarray(np.where(metres <= near + 1e-4, 0, metres), np.float32)

    def _toward(self, here: AgentPose, place: tuple[float, float]) -> int:
        """Turn to a place, or step on."""
        off = wrapped(heading(here.x, here.y, *place) - here.yaw)
        if abs(off) <= math.radians(self.agent.turn_deg) / 2 + 1e-9:
            return MOVE_FORWARD
        return TURN_LEFT if off > 0 else TURN_RIGHT
