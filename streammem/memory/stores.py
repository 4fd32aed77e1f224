"""Whole pictures and small things under one budget: two stores that are written and asked together."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Literal

from streammem.errors import BudgetError, ObservationError
from streammem.interface import SpaceSpec
from streammem.memory.episodic import EpisodicConfig, EpisodicMemory
from streammem.memory.object_answers import OBJECT
from streammem.memory.objects import Describe, ObjectConfig, ObjectMemory
from streammem.types import (
    BoundingBox,
    Changes,
    Evidence,
    Features,
    Interval,
    Observation,
    Query,
    Readout,
)

__all__ = ["NO_TRACKING", "Stores"]

NO_TRACKING = (
    "this memory follows no objects: make a new one with config=MemoryConfig(tracking=TrackingConfig())"
)


class Stores:
    """An episodic memory, and beside it one of objects where it is wanted and its share suffices.

    Of a frame in which a small thing is new the episodic memory keeps the picture, and the thing's evidence names
    that picture as long as it is there.

    Args:
        config: the episodic memory's knobs.
        spaces: what features will come; the things are described in the numbers of "pixel".
        budget_bytes: for both together, never exceeded.
        objects: the other one's knobs; an `ObjectConfig` insists, "auto" goes without where the share is too small.
        share: of the budget, at most, for objects; what they do not need goes to the episodic memory.
        streams: how many the objects must have room for.
        describe: a picture of any size to a vector of "pixel".
        following: whether objects will be followed; their looks are kept among the objects, so it insists on these.

    Raises:
        BudgetError: if the budget is too small for what is wanted; it names the minimum.
    """

    def __init__(
        self,
        config: EpisodicConfig,
        spaces: Mapping[str, SpaceSpec],
        budget_bytes: int,
        *,
        objects: ObjectConfig | Literal["auto"] | None,
        share: float,
        streams: int,
        describe: Describe,
        following: bool = False,
    ) -> None:
        dim = spaces["pixel"].dim
        self.objects = _objects(objects, dim, budget_bytes, share, streams, describe, following=following)
        beside = 0 if self.objects is None else self.objects.reserved()
        self.episodic = EpisodicMemory(
            config, spaces, budget_bytes - beside, details=self.objects is not None
        )
        # What can be asked for: the encoders' spaces, and the objects' where there are any.
        self.spaces = {**spaces, **({} if self.objects is None else {OBJECT: SpaceSpec(dim=dim)})}

    def check(self, observation: Observation) -> None:
        """Refuse a frame that the memory of objects cannot take; see `ObjectMemory.check`."""
        if self.objects is not None:
            self.objects.check(observation)

    def write(
        self,
        observation: Observation,
        features: Features,
        followed: Mapping[int, BoundingBox] | None = None,
    ) -> Changes:
        """Take one frame in and say what it changed in the episodic memory, and how new its newest thing was.

        `followed` says where followed objects are in it.
        """
        detail = 0.0 if self.objects is None else self.objects.write(observation).detail
        if followed:
            detail = max(detail, self._followed().follow(observation, followed).detail)
        return self.episodic.write(observation, features, detail=detail)

    @property
    def followed(self) -> tuple[int, ...]:
        """The ids of followed objects of which there are looks; none where nothing can be followed."""
        return self.objects.followed if self.objects is not None and self.objects.following else ()

    def looks(self, id: int, *, stream: str | None = None, during: Interval | None = None) -> list[Evidence]:
        """The looks of a followed object; see `ObjectMemory.looks`.

        Raises:
            ObservationError: if nobody followed such an object, or nothing can be followed here.
        """
        hits = self._followed().looks(id, stream=stream, during=during)
        return [self.episodic.anchored(hit) for hit in hits]

    def last_followed(
        self, id: int, *, stream: str | None = None, during: Interval | None = None
    ) -> Evidence | None:
        """When a followed object was last seen; see `ObjectMemory.last_followed`.

        Raises:
            ObservationError: if nobody followed such an object, or nothing can be followed here.
        """
        hit = self._followed().last_followed(id, stream=stream, during=during)
        return None if hit is None else self.episodic.anchored(hit)

    def _followed(self) -> ObjectMemory:
        if self.objects is None or not self.objects.following:
            raise ObservationError(NO_TRACKING)
        return self.objects

    def search(self, query: Query) -> list[Evidence]:
        """The answers of the store that keeps the query's space; see `EpisodicMemory.search`."""
        if self.objects is None or query.space != OBJECT:
            return self.episodic.search(query)
        return [self.episodic.anchored(hit) for hit in self.objects.search(query)]

    def read(self, query: Query) -> Readout:
        """Attention over the tokens of the query's space; see `EpisodicMemory.read`."""
        if self.objects is None or query.space != OBJECT:
            return self.episodic.read(query)
        readout = self.objects.read(query)
        return dataclasses.replace(
            readout, evidence=[self.episodic.anchored(hit) for hit in readout.evidence]
        )

    def by_name(self) -> dict[str, EpisodicMemory | ObjectMemory]:
        """The stores that there are."""
        return {"episodic": self.episodic, **({} if self.objects is None else {"objects": self.objects})}

    def parts(self) -> dict[str, int]:
        """Bytes in use by part."""
        mine = {} if self.objects is None else {"objects": self.objects.nbytes()}
        return {**self.episodic.parts(), **mine}

    def dropped(self) -> dict[str, int]:
        """How many of each kind were let go so far, exactly."""
        return {kind: n for store in self.by_name().values() for kind, n in store.dropped.items()}


def _objects(
    wanted: ObjectConfig | Literal["auto"] | None,
    dim: int,
    budget: int,
    share: float,
    streams: int,
    describe: Describe,
    *,
    following: bool,
) -> ObjectMemory | None:
    if wanted is None:
        return None
    config = wanted if isinstance(wanted, ObjectConfig) else ObjectConfig()
    least = ObjectMemory.least_bytes(config, dim, streams, following=following)
    mine = int(budget * share)
    if mine >= least:
        return ObjectMemory(config, describe, dim, mine, streams=streams, following=following)
    if wanted == "auto" and not following:
        return None
    without = "no tracking" if following else "objects=None"
    raise BudgetError(
        f"{mine:,} bytes, {share:g} of the budget, are too few for the objects of {streams} streams, {least:,} are "
        f"the minimum: give a larger budget or object_share, a smaller max_streams, or {without}"
    )
