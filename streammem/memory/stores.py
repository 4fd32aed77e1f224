"""Whole pictures, small things and places under one budget: stores that are written and asked together."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Literal

import numpy as np
from jaxtyping import Bool, Float32, Int64

from streammem.errors import BudgetError, ObservationError
from streammem.interface import SpaceSpec
from streammem.memory.episodic import EpisodicConfig, EpisodicMemory
from streammem.memory.object_answers import OBJECT
from streammem.memory.object_answers import STORE as OBJECTS
from streammem.memory.objects import Describe, ObjectConfig, ObjectMemory
from streammem.memory.sights import Sight
from streammem.memory.spatial import SpatialMemory
from streammem.memory.spatial_answers import VOXEL
from streammem.types import (
    BoundingBox,
    Box,
    Changes,
    Evidence,
    Features,
    Interval,
    Observation,
    Query,
    Readout,
    Sphere,
)

__all__ = ["NO_MAP", "NO_TRACKING", "Stores"]

ELSEWHERE = 4
NO_MAP = "this memory draws no map: make a new one with config=MemoryConfig(spatial=SpatialConfig())"

NO_TRACKING = (
    "this memory follows no objects: make a new one with config=MemoryConfig(tracking=TrackingConfig())"
)


class Stores:
    """An episodic memory, and beside it one of objects where it is wanted and its share suffices, and a map.

    Of a frame in which a small thing is new the episodic memory keeps the picture, and the thing's evidence names
    that picture as long as it is there. With a map, evidence says where in the world its box was.

    Args:
        config: the episodic memory's knobs.
        spaces: what features will come; the things are described in the numbers of "pixel".
        budget_bytes: for both together, never exceeded.
        objects: the other one's knobs; an `ObjectConfig` insists, "auto" goes without where the share is too small.
        share: of the budget, at most, for objects; what they do not need goes to the episodic memory.
        streams: how many the objects must have room for.
        describe: a picture of any size to a vector of "pixel".
        following: whether objects will be followed; their looks are kept among the objects, so it insists on these.
        spatial: the map, with its own bytes; None for a memory without.

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
        spatial: SpatialMemory | None = None,
    ) -> None:
        dim = spaces["pixel"].dim
        self.objects = _objects(objects, dim, budget_bytes, share, streams, describe, following=following)
        beside = 0 if self.objects is None else self.objects.reserved()
        self.episodic = EpisodicMemory(
            config, spaces, budget_bytes - beside, details=self.objects is not None
        )
        self.spatial = spatial
        # What can be asked for: the encoders' spaces, and the objects' and the map's where there are any.
        self.spaces = {**spaces, **({} if self.objects is None else {OBJECT: SpaceSpec(dim=dim)})}
        if spatial is not None:
            if spatial.patch is not None:
                self.spaces[VOXEL] = SpaceSpec(dim=spatial.patch.dim)
            self.episodic.places = spatial.glimpses.show
            spatial.stream_name = lambda: self.episodic.stream_name(spatial.first_stream)
            if self.objects is not None:
                self.objects.places = self._shown_to_objects

    def check(self, observation: Observation) -> None:
        """Refuse a frame that the memory of objects cannot take; see `ObjectMemory.check`."""
        if self.objects is not None:
            self.objects.check(observation)

    def write(
        self,
        observation: Observation,
        features: Features,
        followed: Mapping[int, BoundingBox] | None = None,
        names: Mapping[int, str] | None = None,
    ) -> Changes:
        """Take one frame in and say what it changed in the episodic memory, and how new its newest thing was.

        `followed` says where followed objects are in it, `names` what its labels are called.
        """
        things = [] if self.objects is None else [self.objects.write(observation)]
        if followed:
            things.append(self._followed().follow(observation, followed))
        detail = max((each.detail for each in things), default=0.0)
        changes = self.episodic.write(observation, features, detail=detail)
        if self.spatial is not None:
            kept = any(each.added for each in (*things, changes))
            stream = self._stream(observation.stream)
            self.spatial.write(observation, features, stream=stream, kept=kept, names=names)
        return changes

    def _stream(self, name: str) -> int:
        row = self.episodic.stream_row(name)
        assert row is not None  # the frame was just written
        return row

    def _shown_to_objects(
        self, region: Sphere | Box, keys: Int64[np.ndarray, "n 2"]
    ) -> Bool[np.ndarray, " n"]:
        """Which frames show a region, where streams are numbered as the objects number them."""
        assert self.spatial is not None and self.objects is not None
        names = self.objects.stream_names
        own = np.array([self.episodic.stream_row(name) for name in names] or [0], np.int64)
        return self.spatial.glimpses.show(region, np.stack((own[keys[:, 0]], keys[:, 1]), axis=1))

    def placed(self, evidence: Evidence) -> Evidence:
        """Evidence of a picture, with where in the world its box was, if the map knows."""
        row = None if self.spatial is None else self.episodic.stream_row(evidence.stream)
        if self.spatial is None or row is None or evidence.xyz is not None:
            return evidence
        found = self.spatial.glimpses.locate(row, evidence.frame, evidence.t_s, evidence.box)
        return evidence if found is None else dataclasses.replace(evidence, xyz=found[0], extent=found[1])

    def map_time(self, evidence: Evidence) -> float:
        """When evidence was seen, on the map's clock."""
        row = self.episodic.stream_row(evidence.stream)
        return (
            evidence.t_s if self.spatial is None or row is None else self.spatial.time_of(row, evidence.t_s)
        )

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
        """The answers of the store that keeps the query's space; see `EpisodicMemory.search`.

        With `within`, what was there: of a frame that shows the region too, a box elsewhere is no answer.
        """
        if self.spatial is not None and query.space == VOXEL:
            return self.spatial.search(query)
        # Frames that show the region as well as something like it elsewhere fall out afterwards: look at more.
        wide = query if query.within is None else dataclasses.replace(query, top_k=ELSEWHERE * query.top_k)
        if self.objects is None or query.space != OBJECT:
            hits = self.episodic.search(wide)
        else:
            hits = [self.episodic.anchored(hit) for hit in self.objects.search(wide)]
        placed = (self.placed(hit) for hit in hits)
        there = [hit for hit in placed if query.within is None or _there(hit, query.within)]
        return there[: query.top_k]

    def sighted(self, stream: str, since_s: float) -> list[Sight]:
        """The exemplars and small things that a stream showed from a time on."""
        things = () if self.objects is None else self.objects.sighted(stream, since_s)
        return [*self.episodic.sighted(stream, since_s), *things]

    def told(self, sight: Sight, space: str, prepared: Float32[np.ndarray, "q d"], score: float) -> Evidence:
        """One sight as an answer to a question that a store `prepared`."""
        if self.objects is not None and sight.store == OBJECTS:
            return self.placed(self.episodic.anchored(self.objects.told(sight.row, space, prepared, score)))
        return self.placed(self.episodic.told(sight.row, space, prepared, score))

    def read(self, query: Query) -> Readout:
        """Attention over the tokens of the query's space; see `EpisodicMemory.read`."""
        if self.spatial is not None and query.space == VOXEL:
            return self.spatial.read(query)
        if self.objects is None or query.space != OBJECT:
            return self.episodic.read(query)
        readout = self.objects.read(query)
        return dataclasses.replace(
            readout, evidence=[self.episodic.anchored(hit) for hit in readout.evidence]
        )

    def by_name(self) -> dict[str, EpisodicMemory | ObjectMemory | SpatialMemory]:
        """The stores that there are."""
        found: dict[str, EpisodicMemory | ObjectMemory | SpatialMemory | None] = {
            "episodic": self.episodic,
            "objects": self.objects,
            "spatial": self.spatial,
        }
        return {name: store for name, store in found.items() if store is not None}

    def parts(self) -> dict[str, int]:
        """Bytes in use by part."""
        mine = {} if self.objects is None else {"objects": self.objects.nbytes()}
        parts = {} if self.spatial is None else self.spatial.parts()
        return {**self.episodic.parts(), **mine, **{f"map {name}": size for name, size in parts.items()}}

    def dropped(self) -> dict[str, int]:
        """How many of each kind were let go so far, exactly."""
        return {kind: n for store in self.by_name().values() for kind, n in store.dropped.items()}


def _there(hit: Evidence, region: Sphere | Box) -> bool:
    return hit.xyz is not None and hit.xyz in region


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
