"""Who knows the present and the question, but nothing of what was shown: what a memory has to beat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, runtime_checkable

import gymnasium
import numpy as np
from jaxtyping import Float64

from streammem.envs.apartment.distances import DistanceField
from streammem.envs.baselines.policies import Policy
from streammem.envs.habitat.actions import MOVE_FORWARD, TURN_LEFT, TURN_RIGHT
from streammem.envs.tasks.answer_task import AnswerTask
from streammem.envs.tasks.apartment_env import ApartmentEnv
from streammem.envs.tasks.follow import Follower
from streammem.envs.tasks.situation import Situation
from streammem.errors import ObservationError

__all__ = ["Guessable", "no_memory"]

ARRIVED_M = 0.2


@runtime_checkable
class Guessable(Protocol):
    """A task that can say where one might go who has forgotten everything."""

    def candidates(self, situation: Situation) -> Sequence[Float64[np.ndarray, "_ 2"]]:
        """For each thing that the words may mean, the places where one comes for it; none before the question."""


def no_memory(env: gymnasium.Env[Any, Any], rng: np.random.Generator) -> Policy:
    """Goes to one of the candidates, or gives one of the answers, as good as any other without a memory.

    It finds its way with the true floor plan, so that nothing but the memory is missing; where no candidate is
    in view (Scavenger) it wanders.

    Raises:
        ObservationError: if the environment is none of the apartment's memory tasks.
    """
    world = env.unwrapped
    if not isinstance(world, ApartmentEnv) or not isinstance(world.task, Guessable):
        raise ObservationError(f"who has no memory plays the memory tasks only, not {type(world).__name__}")
    return _NoMemory(world, world.task, rng)


class _NoMemory:
    """Keeps to its choice until it gets there, or another question is asked."""

    def __init__(self, env: ApartmentEnv, task: Guessable, rng: np.random.Generator) -> None:
        self._env, self._task, self._rng = env, task, rng
        self._field: DistanceField | None = None
        self._query: bytes = b""
        self._follower = Follower()

    def __call__(self, observation: Mapping[str, Any], info: Mapping[str, Any]) -> int:
        """One action."""
        situation, task = self._env.situation, self._task
        if info["phase"] == "watch":
            return 0
        if isinstance(task, AnswerTask):
            return len(situation.agent.actions) + task.guess(situation, self._rng)
        query = np.asarray(observation.get("query", 0)).tobytes()
        if query != self._query:
            self._query, self._field = query, None
        if self._field is None:
            choices = [field for places in task.candidates(situation) if len(places)
                       for field in [situation.distances(places)] if np.isfinite(field.at(situation.xy))]  # fmt: skip
            if not choices:
                return self._wander(info)
            self._field = choices[int(self._rng.integers(len(choices)))]
        return self._follower.action(situation, self._field, arrived_m=ARRIVED_M)

    def _wander(self, info: Mapping[str, Any]) -> int:
        """Mostly on, and aside after a bump."""
        ahead = 0.2 if info["measures"]["collisions"]["is_collision"] else 0.8
        if self._rng.random() < ahead:
            return MOVE_FORWARD
        return TURN_LEFT if self._rng.random() < 0.5 else TURN_RIGHT
