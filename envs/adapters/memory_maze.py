"""Memory Maze (Pasukonis et al. 2023): mazes with coloured targets, in Gymnasium's terms, seeded and posed."""

from __future__ import annotations

import math
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from jaxtyping import Float32, UInt8

from streammem.envs.adapters.extras import load
from streammem.envs.rendering.torch_compiler import map_torch_compiler
from streammem.errors import ObservationError
from streammem.poses import from_opengl
from streammem.types import Intrinsics

__all__ = ["MemoryMaze", "make_memory_maze"]

SIZES = (9, 11, 13, 15)
CAMERA = "walker/egocentric"
FAR_M = 100.0  # no maze is as large; beyond there is sky
STATE = ("agent_pos", "agent_dir", "targets_vec", "targets_pos", "target_vec", "target_pos", "maze_layout")


def make_memory_maze(size: int = 9, **options: Any) -> gymnasium.Env[Any, Any]:
    """A maze of 9, 11, 13 or 15 cells a side; options as of `MemoryMaze`.

    Raises:
        ImportError: without Memory Maze, or with a mujoco that it cannot work with.
    """
    return MemoryMaze(size, **options)


class MemoryMaze(gymnasium.Env[Any, Any]):
    """The maze itself (a dm_env), without the old Gym around it.

    Six actions: nothing, forward, left, right, forward and left, forward and right. The reward is 1 for touching the
    target whose colour frames the picture. The observation is the picture, or a dictionary: "rgb", "depth" (metres along
    the optical axis, 0 for sky; a cell is 2 m), and with `state` the positions of everything in cells. `info` has
    "world_from_camera" (z up, OpenCV axes), "intrinsics", "t_s" and "target_color". The time limit is `truncated`.

    A reset with a seed builds the maze's generator anew, which takes seconds; one without goes on with it.

    Args:
        size: cells a side, without the outer walls.
        resolution: pixels a side; 256 is what the HD variants have.
        depth: whether depth is observed; the scene is then drawn twice.
        state: whether positions are observed, for probes and oracles.
        render_mode: "rgb_array" or None.
        options: of `memory_maze.tasks`, such as control_freq, good_visibility, randomize_colors.

    Raises:
        ImportError: without Memory Maze, or with a mujoco that it cannot work with.
        ObservationError: if there is no maze of this size.
    """

    metadata = {"render_modes": ["rgb_array"], "render_fps": 4}  # noqa: RUF012  # as Gymnasium declares it

    def __init__(
        self,
        size: int = 9,
        *,
        resolution: int = 64,
        depth: bool = False,
        state: bool = False,
        render_mode: str | None = None,
        **options: Any,
    ) -> None:
        if size not in SIZES:
            raise ObservationError(f"there are mazes of {', '.join(map(str, SIZES))} cells, got {size}")
        self.render_mode = render_mode
        map_torch_compiler()
        self._build = getattr(_tasks(), f"memory_maze_{size}x{size}")
        self._options = {**options, "camera_resolution": resolution, "global_observables": True}
        self._step_s = 1.0 / float(options.get("control_freq", 4.0))
        self._resolution, self._depth, self._state = resolution, depth, state
        self._maze: Any = None
        self._steps, self._over = 0, True
        self._picture: UInt8[np.ndarray, "h w 3"] = np.zeros((resolution, resolution, 3), np.uint8)
        self.action_space = spaces.Discrete(6)
        picture = spaces.Box(0, 255, (resolution, resolution, 3), np.uint8)
        deep = {"depth": spaces.Box(0.0, FAR_M, (resolution, resolution, 1), np.float32)} if depth else {}
        known = _state_spaces(size) if state else {}
        self._flat = not (deep or known)
        self.observation_space = picture if self._flat else spaces.Dict({"rgb": picture, **deep, **known})

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begin a maze; the one of the seed, or the next."""
        super().reset(seed=seed)
        if seed is not None or self._maze is None:
            self.close()
            self._maze = self._build(seed=int(self.np_random.integers(2**31)), **self._options)
        self._steps, self._over = 0, False
        return self._told(self._maze.reset())

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Act for a quarter of a second.

        Raises:
            gymnasium.error.ResetNeeded: before reset, and after the end.
            ObservationError: if there is no such action.
        """
        if self._over:
            raise gymnasium.error.ResetNeeded("no maze has begun, or it is over: call reset first")
        if not self.action_space.contains(action):
            raise ObservationError(f"actions are 0 to 5, got {action!r}")
        moment = self._maze.step(int(action))
        self._steps += 1
        self._over = bool(moment.last())
        truncated = self._over and moment.discount == 1.0
        seen, info = self._told(moment)
        return seen, float(moment.reward), self._over and not truncated, truncated, info

    def render(self) -> Any:
        """The last picture."""
        return self._picture.copy() if self.render_mode == "rgb_array" else None

    def close(self) -> None:
        """Let go of the maze and its OpenGL context: do it before the program ends. A second call does nothing."""
        if self._maze is not None:
            self._maze.close()
            self._maze = None
        self._over = True

    def _told(self, moment: Any) -> tuple[Any, dict[str, Any]]:
        told, physics = moment.observation, self._maze.physics
        self._picture = np.array(told["image"], np.uint8)
        info = {
            **self._camera(physics),
            "t_s": self._steps * self._step_s,
            "target_color": np.array(told["target_color"]),
        }
        if self._flat:
            return self._picture.copy(), info
        deep = {"depth": self._depth_m(physics)} if self._depth else {}
        dtypes = {name: np.uint8 if name == "maze_layout" else np.float64 for name in STATE}
        known = {name: np.array(told[name], dtypes[name]) for name in STATE} if self._state else {}
        return {"rgb": self._picture.copy(), **deep, **known}, info

    def _depth_m(self, physics: Any) -> Float32[np.ndarray, "h w 1"]:
        side = self._resolution
        depth_m = np.array(physics.render(side, side, camera_id=CAMERA, depth=True), np.float32)
        depth_m[depth_m >= FAR_M] = 0
        return depth_m[..., None]

    def _camera(self, physics: Any) -> dict[str, Any]:
        at = physics.model.name2id(CAMERA, "camera")
        pose = np.eye(4)
        pose[:3, :3] = physics.data.cam_xmat[at].reshape(3, 3)
        pose[:3, 3] = physics.data.cam_xpos[at]
        side = self._resolution
        focal = side / 2 / math.tan(math.radians(float(physics.model.cam_fovy[at])) / 2)
        middle = (side - 1) / 2
        camera = Intrinsics(fx=focal, fy=focal, cx=middle, cy=middle, width=side, height=side)
        return {"world_from_camera": from_opengl(pose), "intrinsics": camera}


def _tasks() -> Any:
    mujoco = load("mujoco", "memory-maze")
    if int(mujoco.__version__.split(".")[0]) >= 4:
        raise ImportError(
            f"Memory Maze does not work with mujoco {mujoco.__version__}: pip install 'mujoco<4' (docs/adapters.md)"
        )
    load("memory_maze", "memory-maze")
    return load("memory_maze.tasks", "memory-maze")


def _state_spaces(size: int) -> dict[str, spaces.Space[Any]]:
    """In cells: places from 0 to the side, vectors as long as the maze is wide and high together."""
    targets = (size - 3) // 2

    def box(low: float, high: float, *shape: int) -> spaces.Space[Any]:
        return spaces.Box(low, high, shape, np.float64)

    return {
        "agent_pos": box(0, size, 2),
        "agent_dir": box(-1, 1, 2),
        "targets_vec": box(-2 * size, 2 * size, targets, 2),
        "targets_pos": box(0, size, targets, 2),
        "target_vec": box(-2 * size, 2 * size, 2),
        "target_pos": box(0, size, 2),
        "maze_layout": spaces.Box(0, 1, (size, size), np.uint8),
    }
