"""Policies that know nothing: what every other has to beat."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import gymnasium
import numpy as np

from streammem.envs.habitat.actions import MOVE_FORWARD, TURN_LEFT, TURN_RIGHT

__all__ = ["Policy", "forward_biased", "random_actions"]

Policy = Callable[[Mapping[str, Any], Mapping[str, Any]], int]
_TURNS_AFTER_BUMP = (2, 9)  # fewest and one above the most


def random_actions(env: gymnasium.Env[Any, Any], rng: np.random.Generator) -> Policy:
    """Any action, each as likely, stop included."""
    count = int(env.action_space.n)  # type: ignore[attr-defined]  # Discrete, as every task's

    def policy(observation: Mapping[str, Any], info: Mapping[str, Any]) -> int:
        return int(rng.integers(count))

    return policy


def forward_biased(env: gymnasium.Env[Any, Any], rng: np.random.Generator) -> Policy:
    """Straight on, with a turn now and then, and a longer one after every bump; it never stops."""
    turning: list[int] = []

    def policy(observation: Mapping[str, Any], info: Mapping[str, Any]) -> int:
        way = TURN_LEFT if rng.random() < 0.5 else TURN_RIGHT
        if info["measures"]["collisions"]["is_collision"] and not turning:
            turning.extend([way] * int(rng.integers(*_TURNS_AFTER_BUMP)))
        if turning:
            return turning.pop()
        return way if rng.random() < 0.1 else MOVE_FORWARD

    return policy
