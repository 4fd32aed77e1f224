"""A Gymnasium environment as a stream of observations."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import gymnasium

from streammem.envs.wrappers.reading import Reader, Reading
from streammem.errors import ObservationError
from streammem.types import Observation

__all__ = ["ObservationSource"]

Policy = Callable[[Any, Mapping[str, Any]], Any]


@dataclass
class ObservationSource:
    """Steps an environment and hands out what it shows: a source for `StreamMemory.watch` and `open_source`.

    The picture is the observation itself, its entry "rgb", or, where there is neither, what `render()` returns; depth,
    labels, camera and pose come along where the environment has them (`Reading`). Episodes follow each other on one
    clock, with a gap between them. Each pass begins with a reset, on the same clock.

    Args:
        env: the environment; it is closed with the source.
        policy: what to do on an observation and its info; random actions, seeded, unless given.
        frames: how many to take.
        seed: for the first reset and for the random policy.
        reading: where the environment has what, how long a step lasts, the stream's name.

    Raises:
        ObservationError: if what the environment shows changes its shape, or it has no time, pose or depth that makes
            sense. What came before stays.
        UnsupportedSourceError: if it shows no picture.
    """

    env: gymnasium.Env[Any, Any]
    policy: Policy | None = field(default=None, kw_only=True)
    frames: int = field(default=1000, kw_only=True)
    seed: int = field(default=0, kw_only=True)
    reading: Reading = field(default_factory=Reading, kw_only=True)
    live: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        if not isinstance(self.env, gymnasium.Env):
            raise ObservationError(
                f"a source steps a gymnasium.Env, got {type(self.env).__name__}: make one with gymnasium.make(...), one "
                "of many for a vector"
            )
        if self.frames < 1:
            raise ObservationError(f"frames must be at least 1, got {self.frames}")
        self._reader = Reader(self.env, self.reading)

    @property
    def fps(self) -> float:
        """Steps a second, by `step_s`."""
        return 1.0 / self.reading.step_s

    @property
    def duration_s(self) -> float | None:
        """Nobody knows how often the environment will begin anew."""
        return None

    @property
    def lost(self) -> Mapping[str, int]:
        """An environment waits for whoever steps it: nothing is lost."""
        return {}

    @property
    def names(self) -> dict[int, str]:
        """What labels are called, as far as the environment has said so."""
        return self._reader.names

    def __iter__(self) -> Iterator[Observation]:
        self.env.action_space.seed(self.seed)
        act = self.policy or (lambda *_: self.env.action_space.sample())
        seen, info = self.env.reset(seed=self.seed)
        yield self._reader.first(seen, info)
        done = False
        for _ in range(self.frames - 1):
            if done:
                seen, info = self.env.reset()
                done = False
                yield self._reader.first(seen, info)
                continue
            action = act(seen, info)
            seen, _, terminated, truncated, info = self.env.step(action)
            done = terminated or truncated
            yield self._reader.following(seen, info, action)

    def close(self) -> None:
        """Close the environment; may be called twice."""
        self.env.close()

    def __enter__(self) -> ObservationSource:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
