"""What every adapted environment must do, for the tests of the adapters."""

from typing import Any

import gymnasium
from gymnasium.utils.env_checker import check_env, data_equivalence

__all__ = ["IGNORED", "check", "played"]

# The checker says that it prefers environments without wrappers, and cannot try other renderers of one without an id.
IGNORED = "ignore:.*(different from the unwrapped|alternative render modes|recommend using a symmetric|too low|too high)"


def played(env: gymnasium.Env[Any, Any], steps: int, seed: int) -> list[Any]:
    """What an episode of random actions hands out."""
    told: list[Any] = [env.reset(seed=seed)]
    env.action_space.seed(seed)
    for _ in range(steps):
        told.append(env.step(env.action_space.sample()))
        assert told[-1][0] in env.observation_space
        if told[-1][2] or told[-1][3]:
            break
    return told


def check(env: gymnasium.Env[Any, Any], steps: int = 30) -> None:
    """Gymnasium's rules, and that a seed repeats itself: here, and in another one made alike."""
    check_env(env, skip_render_check=True)
    first = played(env, steps, seed=7)
    played(env, steps, seed=8)
    assert data_equivalence(_bare(first), _bare(played(env, steps, seed=7)), exact=True)
    env.close()
    env.close()


def _bare(told: list[Any]) -> list[Any]:
    return [
        [part for part in step if not isinstance(part, dict) or "intrinsics" not in part] for step in told
    ]
