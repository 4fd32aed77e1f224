"""MiniWorld (Chevalier-Boisvert 2018): simple rooms in 3D, with depth in metres, camera and pose in our axes."""

from __future__ import annotations

import math
import os
from typing import Any, SupportsFloat

import gymnasium
import numpy as np
from gymnasium import spaces
from jaxtyping import Float32, Float64

from streammem.envs.adapters.copied import copied
from streammem.envs.adapters.extras import load
from streammem.envs.habitat.axes import camera_from_habitat
from streammem.envs.rendering.torch_compiler import map_torch_compiler
from streammem.errors import ObservationError
from streammem.types import Intrinsics

__all__ = ["MiniWorld", "make_miniworld"]

_drawing: int | None = None  # the process that has loaded OpenGL
NEAR_M, FAR_M = 0.04, 100.0  # the planes between which MiniWorld draws
SKY_M = 0.97 * FAR_M  # where nothing was drawn; 16 bits tell nothing apart beyond
GL = "MiniWorld needs OpenGL: apt install libegl1 libgl1-mesa-dri libglu1-mesa (software suffices), or run under xvfb-run"


def make_miniworld(
    id: str = "MiniWorld-FourRooms-v0",
    *,
    width: int = 80,
    height: int = 60,
    depth: bool = False,
    headless: bool = True,
    **options: Any,
) -> gymnasium.Env[Any, Any]:
    """A world by its id, drawn without a window.

    Args:
        id: such as "MiniWorld-FourRooms-v0".
        width: of the picture, pixels.
        height: of the picture, pixels.
        depth: whether depth is observed as well; see `MiniWorld`.
        headless: draw through EGL, without a display. It must be chosen before anything else imports pyglet's windows.
        options: of the environment.

    Raises:
        ImportError: without MiniWorld, or without OpenGL.
        ObservationError: in a process that was forked from one that draws; its OpenGL would wait for ever.
        gymnasium.error.Error: if there is no such world.
    """
    _check_process()
    pyglet = load("pyglet", "miniworld")
    map_torch_compiler()
    if headless:
        pyglet.options["headless"] = True
    try:
        load("miniworld", "miniworld")
        env: gymnasium.Env[Any, Any] = gymnasium.make(
            id, obs_width=width, obs_height=height, disable_env_checker=True, **options
        )
    except (ImportError, OSError) as error:
        if "streammem" in str(error) and "No module named" in str(error):
            raise
        raise ImportError(f"{GL} ({error})") from error
    return MiniWorld(env, depth=depth)


def _check_process() -> None:
    global _drawing  # noqa: PLW0603  # a process has one OpenGL
    here = os.getpid()
    if _drawing not in (None, here):
        raise ObservationError(
            "MiniWorld drew in the process from which this one was forked, and OpenGL does not survive that: start "
            "workers anew, AsyncVectorEnv(..., context='spawn')"
        )
    _drawing = here


class MiniWorld(gymnasium.Wrapper[Any, Any, Any, Any], gymnasium.utils.RecordConstructorArgs):
    """Adds what a map needs to a MiniWorld environment.

    The observation stays the picture, or becomes "rgb" and "depth" (h, w, 1), metres along the optical axis, 0 where
    nothing is; further entries (the goal of Sign) stay. `info` has "world_from_camera" (z up, OpenCV axes), "intrinsics"
    and "yaw". MiniWorld's depth has 16 bits between 4 cm and 100 m: it is good to 1 mm at 1 m, 1 cm at 5 m, 4 cm at 10 m.
    """

    def __init__(self, env: gymnasium.Env[Any, Any], *, depth: bool = False) -> None:
        gymnasium.utils.RecordConstructorArgs.__init__(self, depth=depth)
        super().__init__(env)
        self._depth = depth
        own = env.observation_space
        entries = dict(own.spaces) if isinstance(own, spaces.Dict) else {"obs": own}
        picture = entries.pop("obs")
        self._flat = not depth and not entries
        if self._flat:
            return
        shape = picture.shape or ()
        deep = {"depth": spaces.Box(0.0, FAR_M, (*shape[:2], 1), np.float32)} if depth else {}
        self.observation_space = spaces.Dict({"rgb": picture, **deep, **entries})

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begin a world."""
        seen, info = self.env.reset(seed=seed, options=options)
        return self._seen(seen), self._info(info)

    def step(self, action: Any) -> tuple[Any, SupportsFloat, bool, bool, dict[str, Any]]:
        """Act."""
        seen, reward, terminated, truncated, info = self.env.step(action)
        return self._seen(seen), float(reward), bool(terminated), bool(truncated), self._info(info)

    def _seen(self, seen: Any) -> Any:
        if self._flat:
            return seen
        entries = copied(seen) if isinstance(seen, dict) else {"obs": seen}
        deep = {"depth": self._depth_m()} if self._depth else {}
        return {"rgb": entries.pop("obs"), **deep, **entries}

    def _depth_m(self) -> Float32[np.ndarray, "h w 1"]:
        """Of the picture that was just drawn: read from its buffer, not drawn again."""
        world: Any = self.env.unwrapped
        world.shadow_window.switch_to()
        depth_m: Float32[np.ndarray, "h w 1"] = world.obs_fb.get_depth_map(NEAR_M, FAR_M)
        depth_m[depth_m > SKY_M] = 0
        return depth_m

    def _info(self, info: dict[str, Any]) -> dict[str, Any]:
        world: Any = self.env.unwrapped
        agent, buffer = world.agent, world.obs_fb
        focal = buffer.height / 2 / math.tan(math.radians(agent.cam_fov_y) / 2)
        camera = Intrinsics(
            fx=focal,
            fy=focal,
            cx=(buffer.width - 1) / 2,
            cy=(buffer.height - 1) / 2,
            width=buffer.width,
            height=buffer.height,
        )
        return {
            **copied(info),
            "world_from_camera": _pose(np.asarray(agent.cam_pos), np.asarray(agent.cam_dir)),
            "intrinsics": camera,
            "yaw": float(agent.dir) - math.pi / 2,
        }


def _pose(place: Float64[np.ndarray, " 3"], ahead: Float64[np.ndarray, " 3"]) -> Float64[np.ndarray, "4 4"]:
    """Our pose of a camera at a place of MiniWorld's (y up, as Habitat) that looks ahead, upright."""
    back = -ahead / np.linalg.norm(ahead)
    right = np.cross((0.0, 1.0, 0.0), back)
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([right, np.cross(back, right), back], axis=1)
    pose[:3, 3] = place
    return camera_from_habitat(pose)
