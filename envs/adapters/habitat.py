"""Habitat-Lab (Savva et al. 2019) in Gymnasium's terms: depth in metres, poses with z up, seeds that pick the episode.

Written against the public interface of `habitat.Env` (habitat-lab 0.3), which has no wheel for this Python.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from jaxtyping import Float64

from streammem.envs.adapters.copied import copied
from streammem.envs.adapters.old_spaces import modern
from streammem.envs.habitat.axes import camera_from_habitat, from_habitat, yaw_of_quaternion
from streammem.errors import ObservationError
from streammem.poses import pose_of_quaternion
from streammem.types import Intrinsics

__all__ = ["Habitat", "make_habitat"]

SLACK, SUCCESS = -0.01, 2.5  # of Habitat's own reward for navigation


def make_habitat(
    config: Any = "benchmark/nav/pointnav/pointnav_habitat_test.yaml", **options: Any
) -> Habitat:
    """Habitat's environment of a configuration, or of the file of one; options as of `Habitat`.

    Raises:
        ImportError: without habitat-lab and habitat-sim.
    """
    try:
        habitat = import_module("habitat")
    except ImportError as error:
        raise ImportError(
            f"Habitat cannot be loaded ({error}). It has no wheel for this Python: make an environment with conda "
            "(python=3.9 habitat-sim, then pip install habitat-lab) and put streammem there; docs/adapters.md",
            name="habitat",
        ) from error
    return Habitat(habitat.Env(habitat.get_config(config) if isinstance(config, str) else config), **options)


class Habitat(gymnasium.Env[dict[str, Any], Any]):
    """A `habitat.Env`, or anything that has its interface.

    Observations are Habitat's own sensors, with depth in metres whatever `normalize_depth` says. Actions are numbers in
    the order of the task's own names (`action_names`). Stop is `terminated`, the limit of steps or time `truncated`. The
    reward is Habitat's for navigation: what the distance to the goal became less, a slack of -0.01, 2.5 for success.
    `info` has "metrics", "episode_id", "scene_id", "position_m" (of the feet) and "yaw", and of the camera
    "world_from_camera", "intrinsics" and "depth_range_m": z up, OpenCV axes, metres.

    Every reset picks an episode; `options={"episode_id": …}` asks for one.

    Args:
        env: `habitat.Env(config)`; it is closed with this one.
        shuffle: draw episodes with the seed; else they come in the order of their file, a seed begins at the first.
        camera: the sensor whose pose and lens go into `info`; "depth", else "rgb", unless given.

    Raises:
        ObservationError: if there is no such camera, an action wants numbers of its own, or a sensor has a space that
            Gymnasium does not know.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 10}  # noqa: RUF012  # as Gymnasium declares it

    def __init__(
        self, env: Any, *, shuffle: bool = True, camera: str | None = None, render_mode: str | None = None
    ) -> None:
        self.habitat, self.shuffle, self.render_mode = env, shuffle, render_mode
        self._sensors: Mapping[str, Any] = env.sim.sensor_suite.sensors
        self._camera = self._camera_of(camera)
        self.action_names = _names(env.task)
        self.action_space = spaces.Discrete(len(self.action_names))
        self.observation_space = self._space()
        self._next, self._away_m, self._state = 0, math.nan, "new"

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Begin the episode of the seed, the next one, or the one that is asked for.

        Raises:
            ObservationError: if there is no such episode, or another option.
        """
        super().reset(seed=seed)
        if seed is not None:
            self.habitat.seed(seed)
            self._next = 0
        self.habitat.current_episode = self._episode(dict(options or {}))
        seen = self.habitat.reset()
        metrics = self.habitat.get_metrics()
        self._away_m, self._state = _away(metrics), "running"
        return self._seen(seen), self._info(metrics)

    def step(self, action: Any) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        """Act.

        Raises:
            gymnasium.error.ResetNeeded: before reset, and after the end.
            ObservationError: if there is no such action.
        """
        if self._state != "running":
            raise gymnasium.error.ResetNeeded("no episode has begun, or it is over: call reset first")
        if not self.action_space.contains(action):
            raise ObservationError(f"actions are {dict(enumerate(self.action_names))}, got {action!r}")
        seen = self.habitat.step(self.action_names[int(action)])
        metrics = self.habitat.get_metrics()
        away_m = _away(metrics)
        gained = self._away_m - away_m
        reward = (
            (gained if math.isfinite(gained) else 0.0) + SLACK + SUCCESS * float(metrics.get("success") or 0)
        )
        self._away_m = away_m
        over = bool(self.habitat.episode_over)
        stopped = over and not self.habitat.task.is_episode_active
        self._state = "over" if over else "running"
        return self._seen(seen), reward, stopped, over and not stopped, self._info(metrics)

    def render(self) -> Any:
        """Habitat's picture."""
        return np.array(self.habitat.render("rgb")) if self.render_mode == "rgb_array" else None

    def close(self) -> None:
        """Close Habitat; a second call does nothing."""
        if self._state != "closed":
            self._state = "closed"
            self.habitat.close()

    def _episode(self, options: dict[str, Any]) -> Any:
        episodes, wanted = self.habitat.episodes, options.pop("episode_id", None)
        if options:
            raise ObservationError(f"reset takes the option episode_id, got {', '.join(options)}")
        if wanted is not None:
            found = [episode for episode in episodes if str(episode.episode_id) == str(wanted)]
            if not found:
                raise ObservationError(f"there is no episode {wanted!r} among {len(episodes)}")
            return found[0]
        if self.shuffle:
            return episodes[int(self.np_random.integers(len(episodes)))]
        self._next += 1
        return episodes[(self._next - 1) % len(episodes)]

    def _camera_of(self, name: str | None) -> str:
        known = [name] if name is not None else ["depth", "rgb"]
        found = next((each for each in known if each in self._sensors), None)
        if found is None:
            raise ObservationError(
                f"there is no camera {' or '.join(known)} among the sensors {', '.join(self._sensors)}: name one of them"
            )
        return found

    def _depths(self) -> dict[str, tuple[float, float, bool]]:
        """Depth sensors: nearest, farthest, and whether they are normalised."""
        found = {}
        for name, sensor in self._sensors.items():
            config = sensor.config
            if hasattr(config, "normalize_depth"):
                found[name] = float(config.min_depth), float(config.max_depth), bool(config.normalize_depth)
        return found

    def _space(self) -> gymnasium.Space[Any]:
        entries = {name: modern(space) for name, space in self.habitat.observation_space.spaces.items()}
        for name, (near, far, _) in self._depths().items():
            entries[name] = spaces.Box(near, far, entries[name].shape, np.float32)
        return spaces.Dict(entries)

    def _seen(self, seen: Mapping[str, Any]) -> dict[str, Any]:
        assert isinstance(self.observation_space, spaces.Dict)
        found: dict[str, Any] = {}
        depths = self._depths()
        for name, space in self.observation_space.items():
            value = seen[name]
            array = np.array(value.cpu() if hasattr(value, "cpu") else value, space.dtype)
            if name in depths:
                near, far, shares = depths[name]
                metres = near + array * (far - near) if shares else array
                array = np.clip(metres, near, far).astype(np.float32)
            found[name] = int(array) if isinstance(space, spaces.Discrete) else array
        return found

    def _info(self, metrics: Mapping[str, Any]) -> dict[str, Any]:
        state, episode = self.habitat.sim.get_agent_state(), self.habitat.current_episode
        config, lens = self._sensors[self._camera].config, state.sensor_states[self._camera]
        focal = config.width / 2 / math.tan(math.radians(float(config.hfov)) / 2)
        x, y, z = (float(number) for number in state.position)
        depths = self._depths()
        ranges = {"depth_range_m": np.array(depths[self._camera][:2])} if self._camera in depths else {}
        return {
            "metrics": copied(dict(metrics)),
            "episode_id": str(episode.episode_id),
            "scene_id": str(episode.scene_id),
            "position_m": np.array(from_habitat((x, y, z))),
            "yaw": yaw_of_quaternion(_xyzw(state.rotation)),
            "world_from_camera": _pose(lens),
            "intrinsics": Intrinsics(
                fx=focal,
                fy=focal,
                cx=(config.width - 1) / 2,
                cy=(config.height - 1) / 2,
                width=int(config.width),
                height=int(config.height),
            ),
            **ranges,
        }


def _names(task: Any) -> tuple[str, ...]:
    """The task's actions in its own order; its action space has them sorted by name, which is not how they count."""
    demanding = [
        name for name, space in task.action_space.spaces.items() if type(space).__name__ != "EmptySpace"
    ]
    if demanding:
        raise ObservationError(
            f"the actions {', '.join(demanding)} want numbers of their own: configure a task of discrete actions"
        )
    return tuple(task.actions)


def _away(metrics: Mapping[str, Any]) -> float:
    away = metrics.get("distance_to_goal")
    return math.nan if away is None else float(away)


def _pose(lens: Any) -> Float64[np.ndarray, "4 4"]:
    return camera_from_habitat(pose_of_quaternion(np.array(lens.position, np.float64), _xyzw(lens.rotation)))


def _xyzw(rotation: Any) -> tuple[float, float, float, float]:
    """Of a quaternion of NumPy's (x, y, z, w), of Magnum's (vector, scalar), or four numbers with the real one last."""
    if hasattr(rotation, "scalar"):
        (x, y, z), w = rotation.vector, rotation.scalar
    elif hasattr(rotation, "w"):
        x, y, z, w = rotation.x, rotation.y, rotation.z, rotation.w
    else:
        x, y, z, w = rotation
    return float(x), float(y), float(z), float(w)
