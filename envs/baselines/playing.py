"""Episodes played by a policy, and how they went on average."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import gymnasium
import numpy as np

from streammem.envs.baselines.policies import Policy
from streammem.errors import ObservationError

__all__ = ["Rollout", "rollout"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Rollout:
    """What came of it: numbers of the last step of each episode, by name ("spl", "collisions.count", "steps")."""

    episodes: tuple[Mapping[str, float], ...]

    def mean(self) -> dict[str, float]:
        """The mean of each number over the episodes that have it as a finite one; NaN where none has."""
        names = sorted({name for episode in self.episodes for name in episode})
        found = {}
        for name in names:
            numbers = np.array([episode[name] for episode in self.episodes if name in episode])
            finite = numbers[np.isfinite(numbers)]
            found[name] = float(finite.mean()) if len(finite) else float("nan")
        return found


def rollout(
    env: gymnasium.Env[Any, Any],
    make_policy: Callable[[gymnasium.Env[Any, Any], np.random.Generator], Policy],
    *,
    episodes: int,
    seed: int,
) -> Rollout:
    """Play episodes of the seeds `seed`, `seed + 1`, ...; the policy is made anew for each, with a generator of its own.

    Raises:
        ObservationError: if there are no episodes to play.
    """
    if episodes < 1:
        raise ObservationError(f"a rollout has at least 1 episode, got {episodes}")
    found = []
    for number in range(episodes):
        observation, info = env.reset(seed=seed + number)
        policy = make_policy(env, np.random.default_rng((seed + number, 1)))
        steps, total, over = 0, 0.0, False
        while not over:
            observation, reward, terminated, truncated, info = env.step(policy(observation, info))
            steps, total, over = steps + 1, total + float(reward), terminated or truncated
        found.append({**dict(_flat(info.get("measures", {}))), "return": total, "steps": float(steps)})
    return Rollout(episodes=tuple(found))


def _flat(measures: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, float]]:
    for name, value in measures.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield prefix + name, float(value)
