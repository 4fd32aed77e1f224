"""Memory Gym (Pleines et al. 2023): games in 2D that must be remembered, upright, with honest endings."""

from __future__ import annotations

import os
import weakref
from typing import Any, SupportsFloat

import gymnasium
import numpy as np
from gymnasium import spaces

from streammem.envs.adapters.copied import copied
from streammem.envs.adapters.extras import load

__all__ = ["MemoryGym", "make_memory_gym"]

_OPEN: weakref.WeakSet[MemoryGym] = weakref.WeakSet()  # games of this process: all of them draw on one screen
ENTRIES = {"visual_observation": "rgb", "vector_observation": "commands"}


def make_memory_gym(id: str = "MortarMayhem-Grid-v0", **options: Any) -> gymnasium.Env[Any, Any]:
    """A game by its id, drawn without a window and without sound.

    Raises:
        ImportError: without Memory Gym.
        gymnasium.error.Error: if there is no such game.
    """
    if options.get("render_mode") != "human":
        os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
        os.environ.setdefault("SDL_AUDIODRIVER", "dummy")
    load("memory_gym", "memory-gym")
    return MemoryGym(gymnasium.make(id, disable_env_checker=True, **options))


class MemoryGym(gymnasium.Wrapper[Any, Any, Any, Any], gymnasium.utils.RecordConstructorArgs):
    """Puts right what the games hand out.

    Pictures come (x, y, 3) and are turned upright; the end of time, which they call done, is `truncated`; observations
    and infos are copied; and a game that is closed leaves the others of its process their screen. Games with commands at hand observe "rgb" and "commands". Options of `reset` are the game's.
    """

    def __init__(self, env: gymnasium.Env[Any, Any]) -> None:
        gymnasium.utils.RecordConstructorArgs.__init__(self)
        super().__init__(env)
        _OPEN.add(self)
        own = env.observation_space
        if isinstance(own, spaces.Dict):
            self.observation_space = spaces.Dict(
                {ENTRIES.get(name, name): space for name, space in own.items()}
            )

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Begin a game."""
        game: Any = self.env.unwrapped
        if hasattr(game, "rotated_agent_surface"):  # Endless-MortarMayhem would show it where it last was
            game.rotated_agent_surface = game.rotated_agent_rect = None
        seen, info = self.env.reset(seed=seed, options=options)
        return _upright(seen), copied(info)

    def step(self, action: Any) -> tuple[Any, SupportsFloat, bool, bool, dict[str, Any]]:
        """Act."""
        seen, reward, done, _, info = self.env.step(action)
        late = bool(done and self._late(info))
        return _upright(seen), float(reward), bool(done) and not late, late, copied(info)

    def close(self) -> None:
        """Close the game; the screen of all games goes with the last one. May be called twice."""
        if self in _OPEN:
            _OPEN.discard(self)
            if not _OPEN:
                super().close()

    def _late(self, info: dict[str, Any]) -> bool:
        """Whether a game is over because its time is, and for nothing else."""
        game: Any = self.env.unwrapped
        limit = getattr(game, "max_episode_steps", -1)  # -1 is none
        if not hasattr(game, "t") or limit < 0 or game.t < limit:
            return False
        return not info.get("success") and info.get("agent_health", 1) > 0


def _upright(seen: Any) -> Any:
    if isinstance(seen, dict):
        return {ENTRIES.get(name, name): _upright(part) for name, part in seen.items()}
    if seen.ndim == 3:
        return np.ascontiguousarray(seen.transpose(1, 0, 2))
    return seen.copy()
