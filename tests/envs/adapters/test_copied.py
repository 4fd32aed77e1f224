"""What an environment hands out belongs to whoever got it; missing packages are named."""

from typing import Any

import gymnasium
import numpy as np
import pytest
from adapted import IGNORED, keeps_the_rules

from streammem.envs.adapters.copied import Copied, copied
from streammem.envs.adapters.extras import load


class Shared(gymnasium.Env[Any, Any]):
    """Hands out the same array and dictionary again and again, and numbers of NumPy's types."""

    action_space = gymnasium.spaces.Discrete(2)
    observation_space = gymnasium.spaces.Tuple([gymnasium.spaces.Box(0, 9, (2,), np.float64)])

    def __init__(self) -> None:
        self.array, self.told = np.zeros(2), {"list": [np.zeros(1)]}

    def reset(self, *, seed: int | None = None, options: Any = None) -> Any:
        super().reset(seed=seed)
        self.array[:] = 0
        return (self.array,), self.told

    def step(self, action: Any) -> Any:
        self.array += 1
        return (self.array,), np.float32(1), np.bool_(self.array[0] > 8), np.bool_(False), self.told


@pytest.mark.filterwarnings(IGNORED)
def test_what_is_shared_is_copied() -> None:
    assert keeps_the_rules(Copied(Shared()))
    env = Copied(Shared())
    (first,), info = env.reset()
    _, reward, over, late, again = env.step(0)
    assert first[0] == 0 and info["list"][0] is not again["list"][0]
    assert type(reward) is float and type(over) is bool and type(late) is bool


def test_only_containers_are_made_anew() -> None:
    word = object()
    assert copied({"a": [word, (1, "b")]}) == {"a": [word, (1, "b")]}


def test_what_is_missing_is_named_with_its_extra() -> None:
    with pytest.raises(ImportError, match=r"streammem\[memory-maze\]") as error:
        load("no_such_package", "memory-maze")
    assert error.value.name == "no_such_package"
