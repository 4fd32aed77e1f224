"""What is the case in an episode: tasks, measures and oracles read it; the environment writes it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float64

from streammem.envs.apartment.distances import DistanceField
from streammem.envs.apartment.navigation import NavGrid
from streammem.envs.apartment.scene import Scene
from streammem.envs.apartment.world import World
from streammem.envs.habitat.config import AgentConfig
from streammem.envs.habitat.episode import Episode
from streammem.envs.headings import heading
from streammem.envs.rendering.camera import camera_pose, intrinsics_of
from streammem.envs.rendering.frame import Frame, Renderer
from streammem.envs.tasks.task import AgentPose

__all__ = ["Situation"]


class Situation:
    """The world, the agent in it, and what has happened to the agent so far.

    Attributes:
        scene: as it was built.
        world: as it is now; tasks may alter it.
        agent: the body and the camera.
        rng: where tasks draw from.
        grid: where the body can be; see `refresh`.
        episode: what is being played; None while a task begins it.
        pose: of the agent.
        start: its pose at the beginning.
        odometry: the pose that the agent believes to have; the true one without odometry noise.
        steps: how many there were.
        path_m: sum of the Euclidean lengths of the agent's own steps; what it was carried does not count.
        collisions: how many steps ran into something.
        collided: whether the last one did.
    """

    def __init__(
        self, world: World, agent: AgentConfig, rng: np.random.Generator, renderer: Renderer
    ) -> None:
        self.world = world
        self.scene: Scene = world.scene
        self.agent = agent
        self.rng = rng
        self.grid = NavGrid.of(world, radius_m=agent.radius_m, height_m=agent.height_m)
        self.episode: Episode | None = None
        self.pose = self.start = self.odometry = AgentPose(0.0, 0.0, 0.0)
        self.steps, self.path_m = 0, 0.0
        self.collisions, self.collided = 0, False
        self.camera = intrinsics_of(agent.width, agent.height, agent.hfov_deg)
        self._renderer = renderer
        self._frame: tuple[tuple[AgentPose, int], Frame] | None = None

    @property
    def t_s(self) -> float:
        """Seconds since the episode began."""
        return self.world.t_s

    @property
    def xy(self) -> tuple[float, float]:
        """Where the agent's feet are."""
        return (self.pose.x, self.pose.y)

    @property
    def room(self) -> int | None:
        """The room in which the agent is; None on a threshold."""
        return self.scene.room_at(self.pose.x, self.pose.y)

    @property
    def world_from_camera(self) -> Float64[np.ndarray, "4 4"]:
        """The camera's pose, OpenCV axes."""
        return self.camera_at(self.pose)

    def camera_at(self, pose: AgentPose) -> Float64[np.ndarray, "4 4"]:
        """Where the camera would be if the agent stood there."""
        return camera_pose(pose.x, pose.y, self.agent.camera_height_m, pose.yaw, pose.pitch)

    def refresh(self) -> None:
        """Find anew where the body can be: call it when a door or a thing on the floor was moved."""
        self.grid = NavGrid.of(self.world, radius_m=self.agent.radius_m, height_m=self.agent.height_m)

    def frame(self) -> Frame:
        """What the agent sees now; drawn once however often it is asked for."""
        now = (self.pose, self.world.version)
        if self._frame is None or self._frame[0] != now:
            self._frame = (now, self.view(self.pose))
        return self._frame[1]

    def sees(self, thing: int) -> bool:
        """Whether a thing is in the agent's picture now."""
        return bool((self.frame().instances == thing).any())

    def view(self, pose: AgentPose) -> Frame:
        """What the agent would see from elsewhere, with its own camera."""
        return self._renderer.render(self.camera_at(pose), self.camera)

    def distances(self, goals: Sequence[tuple[float, float]] | Float64[np.ndarray, "n 2"]) -> DistanceField:
        """Geodesic distances to the nearest of some places, as things stood at the last `refresh`."""
        return self.grid.distances(goals)

    def turned_toward(self, x: float, y: float) -> float:
        """The yaw at which the agent would look at a place."""
        return heading(self.pose.x, self.pose.y, x, y)
