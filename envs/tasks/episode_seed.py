"""The number that an episode carries, from which all of a scripted one follows."""

from __future__ import annotations

from streammem.envs.habitat.episode import Episode
from streammem.envs.tasks.situation import Situation
from streammem.errors import ObservationError

__all__ = ["episode_seed"]


def episode_seed(situation: Situation, episode: Episode | None, task: str) -> int:
    """The given episode's `info["seed"]`, or a new one where none is given.

    Raises:
        ObservationError: if the given episode has no seed of 0 or more.
    """
    if episode is None:
        return int(situation.rng.integers(1 << 31))
    seed = episode.info.get("seed")
    if not isinstance(seed, int) or seed < 0:
        raise ObservationError(
            f"episode {episode.episode_id} has no info['seed'] of 0 or more, but {seed!r}: it is none of {task}"
        )
    return seed
