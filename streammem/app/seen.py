"""Everything that a memory has kept, as answers."""

from __future__ import annotations

from collections.abc import Iterable

from streammem.stream import StreamMemory
from streammem.types import Event, Evidence

__all__ = ["everything_seen"]


def everything_seen(memory: StreamMemory, events: Iterable[Event]) -> list[Evidence]:
    """Every exemplar that an event names and the memory still has, oldest first, each with its occurrences."""
    names = {id for event in events for id in event.exemplars}
    kept = [found for found in map(memory.exemplar, sorted(names)) if found is not None]
    return sorted(kept, key=lambda hit: (hit.stream, hit.t_s))
