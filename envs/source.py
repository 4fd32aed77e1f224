"""A Gymnasium environment as a stream of observations."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import gymnasium
import numpy as np
from jaxtyping import Float32, UInt8

from streammem.errors import UnsupportedSourceError
from streammem.types import Observation

__all__ = ["EnvSource"]

Policy = Callable[[Any], Any]


@dataclasses.dataclass(kw_only=True)
class EnvSource:
    """Steps an environment and hands out what it shows.

    The picture is the observation itself, its entry `picture_key`, or, where there is neither, what
    `render()` returns. Time runs on over episodes, one step every `step_s` seconds.

    Args:
        env: the environment; it is closed with the source.
        policy: what to do on an observation; random actions, seeded, unless given.
        steps: how many steps to take.
        seed: for the first reset and for the random policy.
        step_s: seconds that a step lasts.
        picture_key: where a dictionary observation keeps its picture.
        stream: the name of the stream.
    """

    env: gymnasium.Env[Any, Any]
    policy: Policy | None = None
    steps: int = 1000
    seed: int = 0
    step_s: float = 0.1
    picture_key: str = "rgb"
    stream: str = "main"
    live: bool = dataclasses.field(default=False, init=False)

    @property
    def fps(self) -> float:
        """Steps a second."""
        return 1.0 / self.step_s

    @property
    def duration_s(self) -> float:
        """Length of all steps."""
        return self.steps * self.step_s

    @property
    def lost(self) -> Mapping[str, int]:
        """An environment waits for whoever steps it: nothing is lost."""
        return {}

    def __iter__(self) -> Iterator[Observation]:
        self.env.action_space.seed(self.seed)
        act = self.policy or (lambda _: self.env.action_space.sample())
        seen, _ = self.env.reset(seed=self.seed)
        action = None
        for index in range(self.steps):
            yield Observation(
                index=index,
                t_s=index * self.step_s,
                rgb=self._picture(seen),
                action=action,
                proprioception=self._proprioception(seen),
                stream=self.stream,
            )
            action = act(seen)
            seen, _, terminated, truncated, _ = self.env.step(action)
            if terminated or truncated:
                seen, _ = self.env.reset()
                action = None

    def _picture(self, seen: Any) -> UInt8[np.ndarray, "h w 3"]:
        for candidate in (seen.get(self.picture_key) if isinstance(seen, dict) else seen, None):
            picture = self.env.render() if candidate is None else candidate
            if isinstance(picture, np.ndarray) and picture.dtype == np.uint8 and picture.shape[2:] == (3,):
                return picture
        raise UnsupportedSourceError(
            f"{self.env} shows no picture: its observation is no uint8 array of shape (h, w, 3), has no entry "
            f"{self.picture_key!r}, and render() returns none; make it with render_mode='rgb_array'"
        )

    def _proprioception(self, seen: Any) -> Float32[np.ndarray, " p"] | None:
        vector = seen.get("proprioception") if isinstance(seen, dict) else seen
        if isinstance(vector, np.ndarray) and vector.ndim == 1:
            return vector.astype(np.float32)
        return None

    def close(self) -> None:
        """Close the environment."""
        self.env.close()

    def __enter__(self) -> EnvSource:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
