"""A memory inside an environment: what it remembers becomes a part of the observation."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, SupportsFloat

import gymnasium
from gymnasium import spaces

from streammem.config import MemoryConfig
from streammem.envs.wrappers.memory_readouts import Recalled, Things
from streammem.envs.wrappers.reading import Reader, Reading
from streammem.errors import ObservationError
from streammem.memory.spatial_config import SpatialConfig
from streammem.perception.encoders import open_encoder
from streammem.stream import StreamMemory
from streammem.types import Observation

__all__ = ["MemoryObservation", "Recall"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Recall:
    """What is asked of the memory at every step.

    Attributes:
        top_k: how many memories most like the present picture.
        space: in which feature space; None for "pixel" with the `classic` encoder alone, else "frame".
        older_than_s: only what was in sight before so long ago.
        things: how many of the nearest objects of the map; needs depth, camera and poses.
    """

    top_k: int = 4
    space: str | None = None
    older_than_s: float = 0.0
    things: int = 0

    def __post_init__(self) -> None:
        if self.top_k < 1 or self.things < 0 or not self.older_than_s >= 0:
            raise ObservationError(
                f"top_k must be at least 1, things and older_than_s at least 0, got {self}: leave one at its default"
            )


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnMemory:
    """Makes the memory of an episode: in this process alone, of these bytes; picklable for vector workers."""

    budget: int | str = "8 MB"
    encoder: str = "classic"
    spatial: bool = False
    config: MemoryConfig | None = None

    def __call__(self) -> StreamMemory:
        """A new, empty memory."""
        config = self.config or MemoryConfig(max_streams=1, spatial=SpatialConfig() if self.spatial else None)
        return StreamMemory.open(budget=self.budget, encoder=self.encoder, config=config)


class MemoryObservation(gymnasium.Wrapper[Any, Any, Any, Any]):
    """Shows every frame to a memory, and adds what it remembers to the observation.

    The present picture is the question, asked before the memory takes it in: so the answers are past ones. Arrays are of
    fixed size, rows that hold nothing are 0 and have the mask 0. k is `recall.top_k`, d the size of the space:

    - "memory_value" (k, d): the stored features, unit vectors, most alike first;
    - "memory_weight" (k,): attention over them, sums to 1 where there are any;
    - "memory_score" (k,): their cosines with the present;
    - "memory_age_s" (k,): how long ago each was last in sight (of what is older than `older_than_s`);
    - "memory_mask" (k,).

    With `recall.things` = n the map's nearest objects, nearest first: "things_xyz_m" (n, 3) their centres from the
    camera (x right, y down, z forward), "things_age_s", "things_gone" (seen to be gone), "things_mask".

    A dictionary observation gains these entries; any other becomes its entry "observation". With a new memory for each
    episode (the default) a seed repeats itself; `keep=True` goes on with one memory over all episodes, and does not.

    Args:
        env: the environment; a picture is found as `Reading` says.
        recall: what is asked.
        memory: makes a memory; one of `budget` with `encoder` in this process unless given.
        budget: bytes of it.
        encoder: its encoder; "lite" adds some 50 ms to a step.
        keep: whether the memory outlives episodes.
        reading: where the environment has what.

    Raises:
        ObservationError: if an entry of these names is there already, or the memory has no such space or no map.
    """

    def __init__(
        self,
        env: gymnasium.Env[Any, Any],
        *,
        recall: Recall | None = None,
        memory: Callable[[], StreamMemory] | None = None,
        budget: int | str | None = None,
        encoder: str = "classic",
        keep: bool = False,
        reading: Reading | None = None,
    ) -> None:
        super().__init__(env)
        self.recall, self.keep = recall or Recall(), keep
        mapped = self.recall.things > 0
        size = budget if budget is not None else ("64 MB" if mapped else "8 MB")
        self._make = memory or OwnMemory(budget=size, encoder=encoder, spatial=mapped)
        self.memory = self._make()
        self._reading = self._after(reading or Reading())
        self._reader = Reader(env, self._reading)
        self._fresh = True  # nothing was shown to this memory
        space = self.recall.space or ("pixel" if self.memory.encoder == "classic" else "frame")
        encoder_name = "classic" if space == "pixel" else self.memory.encoder
        self._recalled = Recalled(
            encoder=open_encoder(encoder_name),
            space=space,
            top_k=self.recall.top_k,
            older_than_s=self.recall.older_than_s,
        )
        self._things = Things(self.recall.things) if mapped else None
        self._check_memory()
        self.observation_space = self._widened(env.observation_space)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Begin an episode, with an empty memory unless it is kept."""
        seen, info = self.env.reset(seed=seed, options=options)
        if not self.keep and not self._fresh:
            self.memory.close()
            self.memory = self._make()
            self._reader = Reader(self.env, self._reading)
        return self._joined(seen, self._reader.first(seen, info)), info

    def step(self, action: Any) -> tuple[dict[str, Any], SupportsFloat, bool, bool, dict[str, Any]]:
        """Act, recall, remember."""
        seen, reward, terminated, truncated, info = self.env.step(action)
        observation = self._reader.following(seen, info, action)
        return self._joined(seen, observation), reward, terminated, truncated, info

    def close(self) -> None:
        """Close the memory and the environment; may be called twice."""
        self.memory.close()
        super().close()

    def _joined(self, seen: Any, observation: Observation) -> dict[str, Any]:
        recalled = self._recalled.ask(self.memory, observation)
        self.memory.names |= self._reader.names
        self.memory.observe(observation)
        self._fresh = False
        near = {} if self._things is None else self._things.ask(self.memory, observation)
        return {**(seen if isinstance(seen, dict) else {"observation": seen}), **recalled, **near}

    def _after(self, reading: Reading) -> Reading:
        """A memory that has seen the stream before goes on after that."""
        seen_s = self.memory.resume_at(reading.stream)
        if seen_s is None or seen_s < reading.start_s:
            return reading
        return dataclasses.replace(reading, start_s=seen_s + reading.step_s + reading.gap_s)

    def _check_memory(self) -> None:
        if self._things is not None and self.memory.config.spatial is None:
            raise ObservationError(
                "things are asked of a map, and this memory draws none: make it with "
                "config=MemoryConfig(spatial=SpatialConfig()), or leave recall.things at 0"
            )

    def _widened(self, own: gymnasium.Space[Any]) -> gymnasium.Space[Any]:
        entries = dict(own.spaces) if isinstance(own, spaces.Dict) else {"observation": own}
        added = {**self._recalled.spaces, **({} if self._things is None else self._things.spaces)}
        clash = sorted(entries.keys() & added.keys())
        if clash:
            raise ObservationError(
                f"the observation of {self.env} has {', '.join(clash)} already: rename it, or wrap once only"
            )
        return spaces.Dict({**entries, **added})
