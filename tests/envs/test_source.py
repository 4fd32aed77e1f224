"""An environment becomes a stream: pictures from its observation or its renderer, time over episodes."""

from typing import Any

import gymnasium
import numpy as np
import pytest

from streammem.envs.source import EnvSource
from streammem.errors import UnsupportedSourceError
from streammem.interface import Source


class Room(gymnasium.Env[Any, Any]):
    """Shows its step count as brightness; an episode has four steps."""

    action_space = gymnasium.spaces.Discrete(3)

    def __init__(self, shape: str) -> None:
        self.shape, self.at, self.closed = shape, 0, False

    def _seen(self) -> Any:
        picture = np.full((8, 8, 3), self.at, np.uint8)
        vector = np.array([self.at, 1], np.float64)
        return {"array": picture, "dict": {"rgb": picture, "proprioception": vector}, "vector": vector}[
            self.shape
        ]

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self.at = 0
        return self._seen(), {}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        self.at += 1
        return self._seen(), 0.0, self.at == 4, False, {}

    def render(self) -> Any:
        return np.full((8, 8, 3), self.at, np.uint8)

    def close(self) -> None:
        self.closed = True


@pytest.mark.parametrize("shape", ["array", "dict", "vector"])
def test_pictures_come_from_observation_or_renderer(shape: str) -> None:
    source = EnvSource(env=Room(shape), steps=10, step_s=0.5)
    frames = list(source)
    assert isinstance(source, Source)
    assert [frame.rgb[0, 0, 0] for frame in frames] == [0, 1, 2, 3, 0, 1, 2, 3, 0, 1]
    assert [frame.t_s for frame in frames] == [0.5 * i for i in range(10)]
    assert (frames[0].proprioception is None) == (shape == "array")


def test_same_seed_same_actions() -> None:
    first, second = ([f.action for f in EnvSource(env=Room("array"), steps=9, seed=4)] for _ in range(2))
    assert first == second and first[0] is None and first[4] is None


def test_policy_is_asked_and_the_environment_is_closed() -> None:
    room = Room("array")
    with EnvSource(env=room, policy=lambda seen: 2, steps=3) as source:
        assert [frame.action for frame in source] == [None, 2, 2]
    assert room.closed


def test_environment_without_pictures_is_refused() -> None:
    blind = Room("vector")
    blind.render = lambda: None  # type: ignore[method-assign]
    with pytest.raises(UnsupportedSourceError, match="render_mode='rgb_array'"):
        list(EnvSource(env=blind))
