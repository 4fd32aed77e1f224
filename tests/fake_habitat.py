"""A stand-in for Habitat that honours the public interface of `habitat.Env`: an empty floor and a wall in the north.

Its spaces are the old Gym's in all that counts, its action space sorts names, its quaternions have x, y, z, w, its depth
is normalised, it hands out the same buffers again and again, and `step` returns observations alone, as the real one.
"""

import math
from collections import OrderedDict
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

WALL_Z, HEIGHT, WIDTH, CAMERA_M = -6.0, 18, 24, 1.25
NEAR_M, FAR_M = 0.5, 5.0


class Box:
    """As the old Gym's."""

    def __init__(self, low: Any, high: Any, shape: tuple[int, ...], dtype: Any) -> None:
        self.shape, self.dtype = shape, np.dtype(dtype)
        self.low, self.high = np.full(shape, low), np.full(shape, high)


class Dict:
    """As the old Gym's."""

    def __init__(self, spaces: dict[str, Any]) -> None:
        self.spaces = OrderedDict(sorted(spaces.items()))


class EmptySpace:
    """Of actions without arguments."""


class Sim:
    """An agent on a floor; yaw is about y, and at 0 it looks along -z."""

    def __init__(self) -> None:
        picture = {"width": WIDTH, "height": HEIGHT, "hfov": 90}
        depth = {**picture, "min_depth": NEAR_M, "max_depth": FAR_M, "normalize_depth": True}
        configs = {"rgb": picture, "depth": depth, "semantic": picture}
        sensors = {
            name: SimpleNamespace(config=SimpleNamespace(**config)) for name, config in configs.items()
        }
        self.sensor_suite = SimpleNamespace(sensors=sensors)
        self.position, self.yaw, self.closed = np.zeros(3), 0.0, 0
        self._rgb = np.zeros((HEIGHT, WIDTH, 3), np.uint8)

    def get_agent_state(self) -> Any:
        rotation = SimpleNamespace(x=0.0, y=math.sin(self.yaw / 2), z=0.0, w=math.cos(self.yaw / 2))
        lens = SimpleNamespace(position=self.position + np.array([0, CAMERA_M, 0]), rotation=rotation)
        states = dict.fromkeys(self.sensor_suite.sensors, lens)
        return SimpleNamespace(position=self.position, rotation=rotation, sensor_states=states)

    def seen(self) -> dict[str, Any]:
        ahead = (self.position[2] - WALL_Z) / max(math.cos(self.yaw), 1e-3)
        depth_m = np.full((HEIGHT, WIDTH, 1), np.clip(ahead, NEAR_M, FAR_M), np.float32)
        self._rgb[:] = int(self.position[2] * 10) % 255
        labels = np.full((HEIGHT, WIDTH, 1), 3, np.int32)
        return {"rgb": self._rgb, "depth": (depth_m - NEAR_M) / (FAR_M - NEAR_M), "semantic": labels}

    def close(self) -> None:
        self.closed += 1


class Task:
    """Go north and stop within 0.2 m of the goal."""

    def __init__(self, sim: Sim) -> None:
        names = ("stop", "move_forward", "turn_left", "turn_right")
        self.actions = OrderedDict((name, object()) for name in names)
        self.action_space = Dict({name: EmptySpace() for name in names})
        self.is_episode_active, self._sim = False, sim

    def act(self, name: str) -> None:
        sim, turn = self._sim, {"turn_left": 1, "turn_right": -1}.get(name, 0)
        sim.yaw += turn * math.radians(10)
        if name == "move_forward":
            sim.position = sim.position + 0.25 * np.array([-math.sin(sim.yaw), 0, -math.cos(sim.yaw)])
        self.is_episode_active = name != "stop"


class FakeHabitat:
    """As `habitat.Env`."""

    def __init__(self, episodes: int = 5, limit: int = 30) -> None:
        self.sim = Sim()
        self.task, self.limit = Task(self.sim), limit
        self.episodes: Sequence[Any] = [
            SimpleNamespace(episode_id=str(n), scene_id="fake.glb", start=(float(n), 0.0, 0.0))
            for n in range(episodes)
        ]
        self.current_episode: Any = self.episodes[0]
        self.observation_space = Dict(
            {
                "rgb": Box(0, 255, (HEIGHT, WIDTH, 3), np.uint8),
                "depth": Box(0.0, 1.0, (HEIGHT, WIDTH, 1), np.float32),
                "semantic": Box(0, np.iinfo(np.uint32).max, (HEIGHT, WIDTH, 1), np.int32),
                "gps": Box(np.finfo(np.float32).min, np.finfo(np.float32).max, (2,), np.float32),
            }
        )
        self.seeds: list[int] = []
        self.episode_over, self.steps, self._metrics = False, 0, {"distance_to_goal": 0.0, "success": 0.0}

    def seed(self, seed: int) -> None:
        self.seeds.append(seed)

    def reset(self) -> dict[str, Any]:
        self.sim.position, self.sim.yaw = np.array(self.current_episode.start), 0.0
        self.steps, self.episode_over, self.task.is_episode_active = 0, False, True
        return self._seen()

    def step(self, action: Any) -> dict[str, Any]:
        assert not self.episode_over and action in self.task.actions
        self.task.act(action)
        self.steps += 1
        self.episode_over = not self.task.is_episode_active or self.steps >= self.limit
        return self._seen()

    def _seen(self) -> dict[str, Any]:
        sim = self.sim
        away_m = float(np.hypot(sim.position[0] - self.current_episode.start[0], sim.position[2] + 1.0))
        stopped = self.steps > 0 and not self.task.is_episode_active
        self._metrics["distance_to_goal"], self._metrics["success"] = away_m, float(stopped and away_m < 0.2)
        return {**sim.seen(), "gps": np.array([-sim.position[2], sim.position[0]])}

    def get_metrics(self) -> dict[str, Any]:
        return self._metrics

    def render(self, mode: str) -> Any:
        return self.sim.seen()[mode]

    def close(self) -> None:
        self.sim.close()
