"""Small environments of the tests: a camera that goes along a wall, with depth, labels and poses; and what can go wrong."""

from typing import Any, ClassVar

import gymnasium
import numpy as np

from streammem.types import Intrinsics

SIZE = (36, 48)
CAMERA = Intrinsics(fx=24.0, fy=24.0, cx=23.5, cy=17.5, width=48, height=36)
FAR_M = 2.0


class Wall(gymnasium.Env[Any, Any]):
    """Looks along +y at a painted wall 2 m away, a cup (label 7) half a metre before it; steps go left or right."""

    metadata: ClassVar[dict[str, Any]] = {"render_modes": ["rgb_array"], "render_fps": 10}
    action_space = gymnasium.spaces.Discrete(2)

    def __init__(self, length: int = 6, render_mode: str | None = None) -> None:
        self.length, self.render_mode, self.closed = length, render_mode, 0
        self.observation_space = gymnasium.spaces.Dict(
            rgb=gymnasium.spaces.Box(0, 255, (*SIZE, 3), np.uint8),
            depth=gymnasium.spaces.Box(0.0, 10.0, (*SIZE, 1), np.float32),
            semantic=gymnasium.spaces.Box(0, 100, (*SIZE, 1), np.int32),
        )

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        super().reset(seed=seed)
        self.paint = self.np_random.integers(0, 255, (64, 64, 3), np.uint8)
        self.x, self.at = 0.0, 0
        return self.seen(), self.info()

    def step(self, action: Any) -> tuple[dict[str, Any], float, bool, bool, dict[str, Any]]:
        self.x += 0.1 if action else -0.1
        self.at += 1
        return self.seen(), 1.0, self.at == self.length, False, self.info()

    def seen(self) -> dict[str, Any]:
        depth_m = np.full((*SIZE, 1), FAR_M, np.float32)
        labels = np.ones((*SIZE, 1), np.int32)
        columns = self.x + (np.arange(SIZE[1]) - CAMERA.cx) / CAMERA.fx * FAR_M
        rows = (np.arange(SIZE[0]) - CAMERA.cy) / CAMERA.fy * FAR_M
        cells = np.ix_((rows * 8).astype(int) % 64, (columns * 8).astype(int) % 64)
        rgb = self.paint[cells].copy()
        middle = round(CAMERA.cx - self.x / (FAR_M - 0.5) * CAMERA.fx)
        cup = np.s_[14:22, max(middle - 4, 0) : max(middle + 4, 0)]
        rgb[cup], depth_m[cup], labels[cup] = (250, 20, 20), FAR_M - 0.5, 7
        return {"rgb": rgb, "depth": depth_m, "semantic": labels}

    def info(self) -> dict[str, Any]:
        pose = np.eye(4)
        pose[:3, :3] = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0.0]])
        pose[:3, 3] = (self.x, 0.0, 1.0)
        return {
            "world_from_camera": pose,
            "intrinsics": CAMERA,
            "names": {1: "wall", 7: "cup"},
            "goal": "cup",
        }

    def render(self) -> Any:
        return self.seen()["rgb"] if self.render_mode else None

    def close(self) -> None:
        self.closed += 1


class Altered(gymnasium.Wrapper[Any, Any, Any, Any]):
    """Alters what the wall shows from its third step on."""

    def __init__(self, env: gymnasium.Env[Any, Any], alter: Any) -> None:
        super().__init__(env)
        self.alter, self.count = alter, 0

    def step(self, action: Any) -> Any:
        seen, reward, terminated, truncated, info = self.env.step(action)
        self.count += 1
        if self.count >= 3:
            seen, info = self.alter(seen, info)
        return seen, reward, terminated, truncated, info
