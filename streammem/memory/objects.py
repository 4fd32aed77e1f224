"""Small things that come and go: each changed region of the picture, by itself, with its box.

A whole picture's code says little about a thing that covers a twentieth of it, and the codes of all cells of all
pictures are thousands of times too large. So only what stands out from its background is looked at
(`ChangedRegions`), and each such region is described as if it were a picture of its own. From there on it goes as
with whole pictures: something new becomes a token, something known prolongs the token's occurrence or opens
another one, and when the room is used up the token nearest to another goes. docs/memory.md has the bytes and the
costs, docs/benchmarks.md what it finds.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from jaxtyping import Float32, UInt8

from streammem.errors import ObservationError
from streammem.interface import State
from streammem.memory.object_answers import ObjectAnswers
from streammem.memory.object_config import ObjectConfig
from streammem.memory.object_tables import ObjectTables
from streammem.types import BoundingBox, Changes, Features, Observation

__all__ = ["Describe", "ObjectConfig", "ObjectMemory"]

FRAMES = 1 << 32
Describe = Callable[[UInt8[np.ndarray, "h w 3"]], Float32[np.ndarray, " d"]]


class ObjectMemory(ObjectAnswers):
    """Tokens of changed regions, in the space "object": several streams under one budget; a token belongs to one.

    Args:
        config: the knobs.
        describe: a picture of any size to a vector of `dim` numbers; regions and queries go through the same one.
        dim: of its vectors.
        budget_bytes: never exceeded, neither by what is in use nor by what is reserved.
        streams: how many there may be; each reserves 3 kB.

    Raises:
        BudgetError: if the budget is too small; it names the minimum.
    """

    def __init__(
        self, config: ObjectConfig, describe: Describe, dim: int, budget_bytes: int, *, streams: int = 1
    ) -> None:
        super().__init__(ObjectTables(config, dim, budget_bytes, streams), dim)
        self.config, self._describe, self.budget_bytes = config, describe, budget_bytes

    least_bytes = staticmethod(ObjectTables.least_bytes)

    # -- writing ---------------------------------------------------------------------------------------------

    def write(self, observation: Observation, features: Features | None = None) -> Changes:
        """Take one frame in; `features` are not needed, the regions are described here.

        Raises:
            OrderError: if time does not move forward within the stream.
            ObservationError: for one stream too many. After an error the memory is as it was.
        """
        if not 0 <= observation.index < FRAMES:
            raise ObservationError(f"a frame's index lies in 0 to {FRAMES - 1}, got {observation.index}")
        tables = self._tables
        tables.streams.check(observation)
        stream = tables.enter(observation)
        if not tables.due(stream, observation.t_s):
            return Changes(nbytes=self.nbytes())
        before = sum(self.dropped.values())
        boxes = tables.regions(stream).step(observation.t_s, observation.rgb)
        added = [new for box in boxes if (new := self._place(observation, stream, box)) is not None]
        return Changes(
            added=tuple(id for id, _ in added),
            dropped=sum(self.dropped.values()) - before,
            nbytes=self.nbytes(),
            detail=max((novelty for _, novelty in added), default=0.0),
        )

    def _place(self, observation: Observation, stream: int, box: BoundingBox) -> tuple[int, float] | None:
        """New, or known; says the new token's id, and how new it is."""
        tables, tokens = self._tables, self._tables.tokens
        left, top, right, bottom = box.pixels(observation.rgb.shape[1], observation.rgb.shape[0])
        part = np.ascontiguousarray(observation.rgb[top:bottom, left:right])
        entry = tables.codec.encode(self._describe(part)[None])
        far = tokens.distances({"pixel": (entry["code"], entry["norm"])}, stream)
        span = tables.streams.ticks(stream, observation.t_s)
        best = int(far.argmin()) if len(far) else -1
        known = best >= 0 and bool(np.isfinite(far[best]))
        if known and far[best] <= 1.0:
            self._sight(best, stream, span)
            return None
        if tokens.table.full:
            victim = tokens.least()
            if known and far[best] <= tokens.information()[victim]:
                return None
            tables.evict(victim)
            far[victim] = np.inf
        edges = np.rint(np.array([box.left, box.top, box.right, box.bottom]) * 255)
        values = {"frame": observation.index, "stream": stream, "box": edges, **entry}
        # The first of its stream is as new as what has nothing in common with anything.
        novelty = float(far[best]) if known else 1.0 / self.config.novelty
        return tables.add(values, far, span), novelty

    def _sight(self, row: int, stream: int, span: tuple[int, int]) -> None:
        """A known thing is in sight."""
        tables = self._tables
        latest = int(tables.tokens.table["latest"][row])
        _, until = tables.occurrences.span(latest)
        since = int(tables.streams.table["since"][stream])
        if until >= since and span[0] - until <= tables.join_gap(stream):
            tables.occurrences.extend(latest, span[1])
        else:
            tables.open(row, span)

    # -- keeping ---------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        """Tokens kept."""
        return len(self._tables.tokens.table)

    @property
    def dropped(self) -> dict[str, int]:
        """How many of each kind were let go so far, exactly."""
        return self._tables.dropped()

    @property
    def created(self) -> dict[str, int]:
        """How many of each kind there ever were: those that live, and those that were dropped."""
        return self._tables.created()

    def nbytes(self) -> int:
        """Bytes of everything kept: exactly those of the arrays in `state`."""
        return self._tables.nbytes()

    def reserved(self) -> int:
        """Bytes set aside from the start, at most the budget."""
        return self._tables.reserved()

    def state(self) -> State:
        """Everything needed to go on bit for bit."""
        return self._tables.state()

    def restore(self, state: State) -> None:
        """Go on from a saved state.

        Raises:
            StoreDamagedError: if it was not saved by a memory of this configuration, these streams and this budget.
        """
        self._tables.restore(state)
