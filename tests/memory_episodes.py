"""Memory tasks on small pictures, and episodes played through."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from streammem.envs.apartment.scene import Scene
from streammem.envs.habitat.config import AgentConfig
from streammem.envs.tasks.apartment_env import ApartmentEnv
from streammem.envs.tasks.task import Task
from streammem.envs.tasks.tour import TourConfig

SMALL = AgentConfig(width=32, height=32, normalize_depth=False, turn_deg=30.0)
SHORT = TourConfig(step_m=0.5, turn_deg=90.0)

Act = Callable[[ApartmentEnv, dict[str, Any], dict[str, Any]], int]


def small_env(task: Task, scenes: Sequence[int | Scene] | None = None, **more: Any) -> ApartmentEnv:
    """The task with a camera of 32 x 32 pixels."""
    return ApartmentEnv(task, agent=more.pop("agent", SMALL), scenes=scenes, sensors=("rgb",), **more)


def oracle(env: ApartmentEnv, observation: dict[str, Any], info: dict[str, Any]) -> int:
    """The task's own."""
    return env.task.oracle_action(env.situation)


def played(env: ApartmentEnv, seed: int, act: Act = oracle, *, most: int = 800) -> list[tuple[Any, ...]]:
    """All that reset and the steps gave: (observation, reward, terminated, truncated, info), reset without the rest."""
    observation, info = env.reset(seed=seed)
    found: list[tuple[Any, ...]] = [(observation, 0.0, False, False, info)]
    while not (found[-1][2] or found[-1][3]) and len(found) <= most:
        found.append(env.step(act(env, found[-1][0], found[-1][4])))
    return found


def same(one: Any, other: Any) -> bool:
    """Whether two observations (infos) agree to the bit."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return bool(np.array_equal(np.asarray(one), np.asarray(other)))
