"""The policy that knows everything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import gymnasium
import numpy as np

from streammem.envs.baselines.policies import Policy
from streammem.envs.tasks.apartment_env import ApartmentEnv
from streammem.errors import ObservationError

__all__ = ["oracle"]


def oracle(env: gymnasium.Env[Any, Any], rng: np.random.Generator) -> Policy:
    """What the task itself would do, with the ground truth; on the shortest way.

    Raises:
        ObservationError: if it is no environment of the apartment.
    """
    world = env.unwrapped
    if not isinstance(world, ApartmentEnv):
        raise ObservationError(f"the oracle knows the apartment only, not {type(world).__name__}")

    def policy(observation: Mapping[str, Any], info: Mapping[str, Any]) -> int:
        return world.task.oracle_action(world.situation)

    return policy
