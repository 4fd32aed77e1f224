"""MiniGrid (Chevalier-Boisvert et al. 2023): worlds of cells, without their sentences, with the agent's place."""

from __future__ import annotations

import math
from typing import Any, SupportsFloat

import gymnasium
import numpy as np
from gymnasium import spaces

from streammem.envs.adapters.extras import load
from streammem.errors import ObservationError

__all__ = ["MiniGrid", "make_minigrid"]

# Directions count clockwise from +x, and rows downwards; yaw counts the other way from +y.
YAWS = (-math.pi / 2, math.pi, math.pi / 2, 0.0)


def make_minigrid(
    id: str = "MiniGrid-MemoryS13Random-v0", *, pixels: bool = False, tile_px: int = 8, **options: Any
) -> gymnasium.Env[Any, Any]:
    """A world of cells by its id; `pixels` and `tile_px` as in `MiniGrid`.

    Raises:
        ImportError: without MiniGrid.
        gymnasium.error.Error: if there is no such world.
    """
    load("minigrid", "minigrid")
    env: gymnasium.Env[Any, Any] = gymnasium.make(id, disable_env_checker=True, **options)
    return MiniGrid(env, pixels=pixels, tile_px=tile_px)


class MiniGrid(gymnasium.Wrapper[Any, Any, Any, Any], gymnasium.utils.RecordConstructorArgs):
    """Leaves the mission's text out of the observation, which no network takes, and puts it into `info`.

    Observations are "direction" and either "image", the symbols of the 7 x 7 cells in view, or "rgb", a picture of them
    with `tile_px` pixels a cell. `info` has "mission", "position_m" (x, y, 0; a cell is a metre, y up the page) and
    "yaw" (0 looks along +y, left positive).

    Raises:
        ObservationError: if it is no MiniGrid world.
    """

    def __init__(self, env: gymnasium.Env[Any, Any], *, pixels: bool = False, tile_px: int = 8) -> None:
        gymnasium.utils.RecordConstructorArgs.__init__(self, pixels=pixels, tile_px=tile_px)
        super().__init__(env)
        own = env.observation_space
        if not isinstance(own, spaces.Dict) or not {"image", "direction"} <= own.spaces.keys():
            raise ObservationError(f"{env} is no MiniGrid world: it observes {own}, not image and direction")
        self._pixels, self._tile_px = pixels, tile_px
        view = own["image"]
        if pixels:
            side = int(env.unwrapped.agent_view_size) * tile_px  # type: ignore[attr-defined]  # of MiniGridEnv
            view = spaces.Box(0, 255, (side, side, 3), np.uint8)
        self.observation_space = spaces.Dict(
            {"rgb" if pixels else "image": view, "direction": own["direction"]}
        )

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Begin a world."""
        seen, info = self.env.reset(seed=seed, options=options)
        return self._seen(seen), self._info(seen, info)

    def step(self, action: Any) -> tuple[dict[str, Any], SupportsFloat, bool, bool, dict[str, Any]]:
        """Act."""
        seen, reward, terminated, truncated, info = self.env.step(action)
        return (
            self._seen(seen),
            float(reward),
            bool(terminated),
            bool(truncated),
            self._info(seen, info),
        )

    def _seen(self, seen: dict[str, Any]) -> dict[str, Any]:
        direction = int(seen["direction"])
        if not self._pixels:
            return {"image": np.array(seen["image"], np.uint8), "direction": direction}
        world: Any = self.env.unwrapped
        return {"rgb": world.get_frame(tile_size=self._tile_px, agent_pov=True), "direction": direction}

    def _info(self, seen: dict[str, Any], info: dict[str, Any]) -> dict[str, Any]:
        world: Any = self.env.unwrapped
        column, row = (int(number) for number in world.agent_pos)
        place = np.array([column + 0.5, world.height - row - 0.5, 0.0])
        return {
            **info,
            "mission": str(seen["mission"]),
            "position_m": place,
            "yaw": YAWS[int(world.agent_dir)],
        }
