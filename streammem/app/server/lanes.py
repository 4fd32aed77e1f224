"""A timeline in few pieces: however many events there are, a page gets as many buckets as it can show."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from streammem.app.records import Record
from streammem.errors import ObservationError
from streammem.stream import StreamMemory
from streammem.types import Event, Interval

__all__ = ["MOST_BUCKETS", "buckets", "timeline"]

MOST_BUCKETS = 2000


def timeline(
    memory: StreamMemory,
    *,
    stream: str | None = None,
    start_s: float | None = None,
    end_s: float | None = None,
    most: int = 200,
) -> Record:
    """The events of a stream, or of all, within a time, in at most `most` buckets.

    Returns:
        "span": from the first to the last event, None where there is none; "buckets": see `buckets`.

    Raises:
        ObservationError: if the time runs backwards, or for too many buckets.
    """
    if not 1 <= most <= MOST_BUCKETS:
        raise ObservationError(f"a timeline has 1 to {MOST_BUCKETS} buckets, got {most}")
    during = Interval(-math.inf if start_s is None else start_s, math.inf if end_s is None else end_s)
    events = memory.timeline(stream=stream, during=during)
    if not events:
        return {"span": None, "buckets": []}
    span = [
        min(event.interval.start_s for event in events),
        max(event.interval.end_s for event in events),
    ]
    return {"span": [round(at, 6) for at in span], "buckets": buckets(events, most)}


def buckets(events: Sequence[Event], most: int) -> list[Record]:
    """Events in at most `most` buckets, oldest first, none of more than one stream.

    A bucket of one event is the event itself; of several it is told by the most surprising, and by the open one
    where it holds that. Where there are too many, each stream's time is cut into equal parts.
    """
    if len(events) <= most:
        return [_bucket([event]) for event in events]
    lanes: dict[str, list[Event]] = {}
    for event in events:
        lanes.setdefault(event.stream, []).append(event)
    first = min(event.interval.start_s for event in events)
    last = max(event.interval.start_s for event in events)
    parts = max(1, most // len(lanes))
    width_s = max((last - first) / parts, 1e-9)
    found = [_bucket(group) for lane in lanes.values() for group in _cut(lane, first, width_s, parts)]
    return sorted(found, key=lambda bucket: (bucket["start_s"], bucket["event"]))[:most]


def _cut(lane: Iterable[Event], first_s: float, width_s: float, parts: int) -> list[list[Event]]:
    """One stream's events by the part of time that they begin in; parts without any are left out."""
    groups: dict[int, list[Event]] = {}
    for event in lane:
        part = min(parts - 1, int((event.interval.start_s - first_s) / width_s))
        groups.setdefault(part, []).append(event)
    return list(groups.values())


def _bucket(events: Sequence[Event]) -> Record:
    told = max(events, key=lambda event: (event.surprise, -event.id))
    return {
        "start_s": round(min(event.interval.start_s for event in events), 6),
        "end_s": round(max(event.interval.end_s for event in events), 6),
        "events": len(events),
        "event": told.id,
        "surprise": round(float(told.surprise), 6) if math.isfinite(told.surprise) else None,
        "open": any(event.open for event in events),
        "stream": told.stream,
    }
