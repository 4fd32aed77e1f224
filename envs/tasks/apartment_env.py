"""The apartment as a Gymnasium environment: an agent with a camera, and a task."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from streammem.envs.apartment.people import Walkers
from streammem.envs.apartment.scene import Scene
from streammem.envs.apartment.world import World
from streammem.envs.habitat import sensors as habitat
from streammem.envs.habitat.config import AgentConfig
from streammem.envs.habitat.episode import Episode
from streammem.envs.rendering.light import Lighting
from streammem.envs.rendering.noise import SensorNoise
from streammem.envs.tasks.body import act
from streammem.envs.tasks.late_renderer import LateRenderer
from streammem.envs.tasks.overview import Overview
from streammem.envs.tasks.scene_supply import SceneConfig, SceneSupply
from streammem.envs.tasks.situation import Situation
from streammem.envs.tasks.task import AgentPose, Task
from streammem.errors import EpisodeError, ObservationError

__all__ = ["ApartmentEnv"]

_MOST_SCENES = 50  # that are tried until one suits the task


class ApartmentEnv(gymnasium.Env[dict[str, Any], Any]):
    """An agent in an apartment, with Habitat's actions and sensors.

    Observations are a dictionary of the chosen sensors and of what the task adds. `info` has the camera's pose
    (`world_from_camera`, OpenCV axes) and 3 x 3 `intrinsics`, `image_size` (width, height), `depth_range_m` (of the
    depth sensor), `t_s`, `scene`, `episode_id`, `room` (-1 on a threshold) and `measures`.

    `info` is the truth even where `noise` is not none: noise falsifies pictures, gps and compass, and the motion itself.
    Render modes: "rgb_array" (what the agent sees), "topdown" (a map with its path, what was not seen in fog), "panel"
    (colour, depth, instances, map and words). `lighting` is day or night, and which rooms have their lamps off.

    Further options are those of `SceneConfig`: split, scenes, version, designs, assets, people, episodes_per_scene, episodes.
    `reset` takes the options `scene` (a seed, a name or a Scene) and `episode` (an Episode). Without a seed the
    sequence of episodes goes on. There is no limit of steps inside: registered environments have theirs.
    """

    metadata = {"render_modes": ["rgb_array", "topdown", "panel"], "render_fps": 5}  # noqa: RUF012  # as Gymnasium declares it

    def __init__(
        self,
        task: Task,
        *,
        agent: AgentConfig | None = None,
        sensors: Sequence[str] = ("rgb", "depth"),
        noise: SensorNoise | None = None,
        lighting: Lighting | None = None,
        renderer: str = "auto",
        render_mode: str | None = None,
        **scenes: Any,
    ) -> None:
        if render_mode not in {None, *self.metadata["render_modes"]}:
            modes = ", ".join(self.metadata["render_modes"])
            raise ObservationError(f"a render_mode is one of {modes} or None, got {render_mode!r}")
        self.task = task
        self.agent = agent or AgentConfig()
        self.sensors = tuple(sensors)
        self.noise = noise or SensorNoise()
        self.lighting = lighting or Lighting()
        self.render_mode = render_mode
        self._overview: Overview | None = None
        known = {field.name for field in dataclasses.fields(SceneConfig)}
        if not set(scenes) <= known:
            raise ObservationError(
                f"an apartment has the options {', '.join(sorted(known))}; got {', '.join(scenes)}"
            )
        self._supply = SceneSupply(
            SceneConfig(**scenes), make=getattr(task, "scene", None), dress=getattr(task, "dressed", None)
        )
        own = task.observation_spaces(self.agent)
        self.observation_space = spaces.Dict({**habitat.sensor_spaces(self.sensors, self.agent), **own})
        self.action_space = task.action_space(self.agent)
        self._renderer = LateRenderer(renderer)
        self._situation: Situation | None = None
        self._state = "new"

    @property
    def situation(self) -> Situation:
        """The ground truth, for oracles, tasks and tests.

        Raises:
            EpisodeError: before the first reset.
        """
        if self._situation is None:
            raise EpisodeError("there is no episode yet: call reset first")
        return self._situation

    @property
    def skipped(self) -> int:
        """How many of the given episodes were left out because they cannot be played."""
        return self._supply.skipped

    @property
    def names(self) -> dict[int, str]:
        """What the instance ids of the scene are called; nothing before the first reset."""
        return {} if self._situation is None else dict(self._situation.scene.categories)

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Begin an episode: the next one, that of the seed, or that of the options.

        Raises:
            EpisodeError: after close.
            ObservationError: if an option is unknown or the episode cannot be played, or no scene suits the task.
        """
        if self._state == "closed":
            raise EpisodeError("the environment is closed: make another one")
        self._state = "new"
        super().reset(seed=seed)
        if seed is not None:
            self._supply.reseed()
        wanted = dict(options or {})
        scene, episode = wanted.pop("scene", None), wanted.pop("episode", None)
        if wanted:
            raise ObservationError(f"reset takes the options scene and episode, got {', '.join(wanted)}")
        if episode is not None and not isinstance(episode, Episode):
            raise ObservationError(f"the option episode is an Episode, got {type(episode).__name__}")
        self._begin(scene if episode is None or scene is not None else episode.scene, episode)
        self._state = "running"
        return self._observation(), self._info()

    def step(self, action: Any) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """Let the agent act.

        Raises:
            EpisodeError: before reset, after the end, or after close.
            ObservationError: if there is no such action.
        """
        if self._state != "running":
            raise EpisodeError(_REMEDY[self._state])
        if not self.action_space.contains(action):
            raise ObservationError(f"an action is in {self.action_space}, got {action!r}")
        situation, chosen = self.situation, int(action)
        command = self.task.steer(situation, chosen)
        situation.collided = False
        if isinstance(command, AgentPose):
            situation.pose = situation.odometry = command
        elif command is not None:
            act(situation, command, self.noise, self.np_random)
        situation.steps += 1
        situation.world.step(self.agent.step_s)
        verdict = self.task.judge(situation, chosen)
        if verdict.terminated or verdict.truncated:
            self._state = "over"
        result = float(verdict.reward), bool(verdict.terminated), bool(verdict.truncated)
        return self._observation(), *result, self._info()

    def render(self) -> Any:
        """The picture of the render mode.

        Raises:
            EpisodeError: before reset or after close.
        """
        if self._state in {"new", "closed"}:
            raise EpisodeError(_REMEDY[self._state])
        situation = self.situation
        if self.render_mode == "topdown" and self._overview is not None:
            return self._overview.topdown(situation)
        if self.render_mode == "panel" and self._overview is not None:
            return self._overview.panel(situation, self._info())
        return situation.frame().rgb.copy() if self.render_mode == "rgb_array" else None

    def close(self) -> None:
        """Give the renderer back; a second call does nothing."""
        if self._state != "closed":
            self._renderer.close()
        self._state = "closed"

    def _begin(self, wanted: Any, given: Episode | None) -> None:
        for _ in range(_MOST_SCENES):
            if wanted is not None:
                scene, episode = self._supply.made(wanted), given
            else:
                scene, episode = self._supply.draw(self.np_random)
            if self._started(scene, episode):
                return
            if wanted is not None:
                raise ObservationError(_unfit(scene, given, self.task))
            self._supply.refuse(scene, episode)
        raise ObservationError(f"none of {_MOST_SCENES} scenes suits {self.task.name}: hand in others")

    def _started(self, scene: Scene, episode: Episode | None) -> bool:
        """Whether the task can be played there; if so, the agent stands at its start."""
        world = World(scene)
        self._renderer.load(world, self.lighting)
        situation = Situation(world, self.agent, self.np_random, self._renderer)
        chosen = self.task.begin(situation, episode)
        if chosen is None:
            return False
        pose = AgentPose(chosen.start[0], chosen.start[1], chosen.start_yaw)
        situation.episode = chosen
        situation.pose = situation.start = situation.odometry = pose
        world.sees = situation.sees
        if self._supply.config.people:
            rng = np.random.default_rng(int(self.np_random.integers(1 << 62)))
            world.movers.append(Walkers(world, rng, clear_of=lambda: [situation.xy]))
        self._situation = situation
        self._overview = Overview(situation) if self.render_mode in {"topdown", "panel"} else None
        return True

    def _observation(self) -> dict[str, Any]:
        situation = self.situation
        if self._overview is not None:
            self._overview.look(situation)
        found: dict[str, Any] = {}
        if any(name in habitat.PICTURES for name in self.sensors):
            frame = self.noise.frame(situation.frame(), self.np_random)
            pictures = {
                "rgb": habitat.rgb,
                "depth": lambda frame: habitat.depth(frame, self.agent),
                "semantic": habitat.semantic,
            }
            found = {name: pictures[name](frame) for name in self.sensors if name in pictures}
        start, here = situation.start, situation.odometry
        if "gps" in self.sensors:
            found["gps"] = habitat.gps((start.x, start.y, start.yaw), here.x, here.y)
        if "compass" in self.sensors:
            found["compass"] = habitat.compass(start.yaw, here.yaw)
        return {**found, **self.task.observe(situation)}

    def _info(self) -> dict[str, Any]:
        situation, camera = self.situation, self.situation.camera
        room, episode = situation.room, situation.episode
        return {
            "world_from_camera": situation.world_from_camera,
            "intrinsics": np.array([[camera.fx, 0, camera.cx], [0, camera.fy, camera.cy], [0, 0, 1.0]]),
            "image_size": np.array([camera.width, camera.height]),
            "depth_range_m": np.array([self.agent.min_depth_m, self.agent.max_depth_m]),
            "t_s": float(situation.t_s),
            "scene": situation.scene.name,
            "episode_id": "" if episode is None else episode.episode_id,
            "room": -1 if room is None else room,
            "measures": self.task.measures(situation),
            **self.task.information(situation),
        }


def _unfit(scene: Scene, episode: Episode | None, task: Task) -> str:
    if episode is None:
        return f"{scene.name} does not suit {task.name}: take another scene"
    return (
        f"episode {episode.episode_id} cannot be played in {scene.name}: no goal can be reached from its start, or it "
        f"has none for {task.name}; leave it out"
    )


_REMEDY = {
    "new": "no episode has begun: call reset first",
    "over": "the episode is over: call reset before the next step",
    "closed": "the environment is closed: make another one",
}
