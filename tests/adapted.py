"""What every adapted environment must do, for the tests of the adapters."""

from typing import Any

import gymnasium
from gymnasium.utils.env_checker import check_env, data_equivalence

__all__ = ["IGNORED", "keeps_the_rules", "played"]

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


def keeps_the_rules(env: gymnasium.Env[Any, Any], steps: int = 30) -> bool:
    """Whether a seed repeats itself, and another in between changes nothing; Gymnasium's own rules raise."""
    check_env(env, skip_render_check=True)
    first = played(env, steps, seed=7)
    played(env, steps, seed=8)
    again = played(env, steps, seed=7)
    env.close()
    env.close()
    return bool(data_equivalence(_bare(first), _bare(again), exact=True))


def _bare(told: list[Any]) -> list[Any]:
    return [
        [part for part in step if not isinstance(part, dict) or "intrinsics" not in part] for step in told
    ]
