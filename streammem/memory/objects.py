"""Small things that come and go: each changed region of the picture, by itself, with its box.

A whole picture's code says little about a thing that covers a twentieth of it, and the codes of all cells of all
pictures are thousands of times too large. So only what stands out from its background is looked at
(`ChangedRegions`), and each such region is described as if it were a picture of its own. From there on it goes as
with whole pictures: something new becomes a token, something known prolongs the token's occurrence or opens
another one, and when the room is used up the token nearest to another goes. What somebody follows is kept in the
same way, and by its id (`FollowedLooks`). docs/memory.md has the bytes and the costs, docs/benchmarks.md what it
finds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from jaxtyping import Float32, UInt8

from streammem.errors import ObservationError, OrderError
from streammem.interface import State
from streammem.memory.followed import FollowedLooks, check_followed
from streammem.memory.followed_answers import FollowedAnswers
from streammem.memory.object_config import ObjectConfig
from streammem.memory.object_tables import ObjectTables
from streammem.types import BoundingBox, Changes, Features, Observation

__all__ = ["Describe", "ObjectConfig", "ObjectMemory"]

FRAMES = 1 << 32
Describe = Callable[[UInt8[np.ndarray, "h w 3"]], Float32[np.ndarray, " d"]]


class ObjectMemory(FollowedAnswers):
    """Tokens of changed regions and of followed objects, in the space "object": several streams under one budget; a token belongs to one.

    Args:
        config: the knobs.
        describe: a picture of any size to a vector of `dim` numbers; regions and queries go through the same one.
        dim: of its vectors.
        budget_bytes: never exceeded, neither by what is in use nor by what is reserved.
        streams: how many there may be; each reserves 3 kB.
        following: whether objects will be followed; 20 bytes a token. Without, a saved state is as it was before
            there were any.

    Raises:
        BudgetError: if the budget is too small; it names the minimum.
    """

    def __init__(
        self,
        config: ObjectConfig,
        describe: Describe,
        dim: int,
        budget_bytes: int,
        *,
        streams: int = 1,
        following: bool = False,
    ) -> None:
        super().__init__(ObjectTables(config, dim, budget_bytes, streams, following=following), dim)
        self.config, self._describe, self.budget_bytes = config, describe, budget_bytes

    least_bytes = staticmethod(ObjectTables.least_bytes)

    @property
    def stream_names(self) -> tuple[str, ...]:
        """The streams that came, by their numbers."""
        return self._tables.streams.names

    # -- writing ---------------------------------------------------------------------------------------------

    def check(self, observation: Observation) -> None:
        """Refuse a frame that cannot follow, and change nothing.

        Raises:
            OrderError: if time does not move forward within the stream.
            ObservationError: for one stream too many, or an index that is too large.
        """
        if not 0 <= observation.index < FRAMES:
            raise ObservationError(f"a frame's index lies in 0 to {FRAMES - 1}, got {observation.index}")
        self._tables.streams.check(observation)

    def write(self, observation: Observation, features: Features | None = None) -> Changes:
        """Take one frame in; `features` are not needed, the regions are described here.

        Raises:
            OrderError: if time does not move forward within the stream.
            ObservationError: for one stream too many. After an error the memory is as it was.
        """
        self.check(observation)
        tables = self._tables
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

    def follow(self, observation: Observation, followed: Mapping[int, BoundingBox]) -> Changes:
        """Say where followed objects are in the frame that was written last; those out of sight are left out.

        Each frame prolongs what is in sight. A crop is described when its object comes into sight, and otherwise
        together with the others at most `rate_hz` times a second of stream time.

        Raises:
            OrderError: if the frame is not the last one written of its stream.
            ObservationError: for a memory made without `following`, an id outside 1 to 2**32 - 1, or a box without
                area. After an error the memory is as it was.
        """
        tables = self._tables
        if not tables.following:
            raise ObservationError("this memory of objects follows none: make it with following=True")
        check_followed(followed)
        stream = tables.streams.row(observation.stream)
        if stream is None or observation.t_s != float(tables.streams.table["last_s"][stream]):
            raise OrderError(
                f"frame {observation.index} of {observation.stream!r} at {observation.t_s:.3f} s is not the last one "
                "written: write a frame, then say what is followed in it"
            )
        before = sum(self.dropped.values())
        due = bool(followed) and tables.due_followed(stream, observation.t_s)
        if due:
            tables.streams.table["described_s"][stream] = observation.t_s
        added = [
            new
            for id, box in followed.items()
            if (new := self._follow(observation, stream, id, box, due=due)) is not None
        ]
        return Changes(
            added=tuple(id for id, _ in added),
            dropped=sum(self.dropped.values()) - before,
            nbytes=self.nbytes(),
            detail=max((novelty for _, novelty in added), default=0.0),
        )

    def _follow(
        self, observation: Observation, stream: int, id: int, box: BoundingBox, *, due: bool
    ) -> tuple[int, float] | None:
        looks = FollowedLooks(self._tables)
        span = self._tables.streams.ticks(stream, observation.t_s)
        current = looks.current(looks.rows(id, stream), stream, span[0])
        if current is not None and not due:
            looks.prolong(current, observation, box, span)
            return None
        return looks.place(observation, stream, id, box, self._described(observation, box))

    def _described(self, observation: Observation, box: BoundingBox) -> Float32[np.ndarray, " d"]:
        left, top, right, bottom = box.pixels(observation.rgb.shape[1], observation.rgb.shape[0])
        return self._describe(np.ascontiguousarray(observation.rgb[top:bottom, left:right]))

    def _place(self, observation: Observation, stream: int, box: BoundingBox) -> tuple[int, float] | None:
        """New, or known; says the new token's id, and how new it is."""
        tables, tokens = self._tables, self._tables.tokens
        entry = tables.codec.encode(self._described(observation, box)[None])
        far = tokens.distances({"pixel": (entry["code"], entry["norm"])}, stream)
        span = tables.streams.ticks(stream, observation.t_s)
        loose, seen = self._beside_followed(far, stream, span[0])
        if seen:
            return None
        best = int(loose.argmin()) if len(loose) else -1
        known = best >= 0 and bool(np.isfinite(loose[best]))
        if known and loose[best] <= 1.0:
            tables.sight(best, stream, span)
            return None
        if tokens.table.full:
            among = np.flatnonzero(tokens.table.live & (tables.followed() == 0))
            victim = tokens.least(among) if len(among) else None
            if victim is None or (known and loose[best] <= tokens.information()[victim]):
                return None
            tables.evict(victim)
            far[victim] = np.inf
        place = tables.first_sighting(observation, box, stream)
        # The first of its stream is as new as what has nothing in common with anything.
        novelty = float(loose[best]) if known else 1.0 / self.config.novelty
        return tables.add({**place, **entry}, far, span), novelty

    def _beside_followed(
        self, far: Float32[np.ndarray, " high"], stream: int, tick: int
    ) -> tuple[Float32[np.ndarray, " high"], bool]:
        """Distances to what is not followed, and whether a region is a followed object that is in sight.

        Only who follows an object says when it was seen, so a region that looks like one never prolongs it.
        """
        followed = self._tables.followed() > 0
        if not followed.any():
            return far, False
        near = np.flatnonzero(followed & (far <= 1.0)).tolist()
        loose = np.where(followed, np.float32(np.inf), far)
        return loose, any(self._tables.in_sight(row, stream, tick) for row in near)

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
