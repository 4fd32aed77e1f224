"""The last sighting of everything that a memory has followed."""

from __future__ import annotations

import torch

from streammem.stream import StreamMemory
from streammem.types import Evidence, Info, Query

__all__ = ["last_sightings"]

OBJECT = "object"  # the space of small things and of followed objects


def last_sightings(memory: StreamMemory, facts: Info) -> list[Evidence]:
    """When and where each followed object was last seen, by id."""
    if memory.config.tracking is None or not facts.objects:
        return []
    # All tokens, whatever they look like: each says whose look it is.
    anything = torch.ones(1, facts.spaces[OBJECT])
    told = memory.read(Query(what=anything, space=OBJECT, top_k=facts.objects)).evidence
    ids = sorted({hit.object for hit in told if hit.object is not None})
    return [hit for hit in map(memory.last_seen, ids) if hit is not None]
