"""The events of a stream and what was in sight in each: told from the intervals, never stored twice."""

from __future__ import annotations

import dataclasses

import numpy as np
from jaxtyping import Int64

from streammem.memory.episodic_tables import EpisodicTables
from streammem.memory.streams import TICKS
from streammem.types import Event, Evidence, Interval

__all__ = ["events_of", "told_by"]


def told_by(evidence: Evidence, during: Interval) -> Evidence:
    """Evidence told by the occurrence that a question is about, where its own is another one."""
    if evidence.interval.overlaps(during):
        return evidence
    about = next((span for span in evidence.occurrences if span.overlaps(during)), evidence.interval)
    return dataclasses.replace(evidence, interval=about)


def events_of(tables: EpisodicTables, stream: int, *, span: slice = slice(None)) -> list[Event]:
    """A stream's events, oldest first; of each, the exemplars in sight: its own first, then the longest in sight.

    `span` picks some that follow each other, counted from the oldest; the cost is of those alone.
    """
    rows = tables.events.rows(stream)
    table, name = tables.events.table, tables.streams.name(stream)
    on = int(tables.streams.table["event"][stream]) - 1
    first, last, _ = span.indices(len(rows))
    shown = _shown(tables, stream, rows, first, last)
    return [
        Event(
            id=int(table["id"][row]),
            stream=name,
            interval=Interval(
                tables.streams.seconds(stream, int(table["start"][row])),
                tables.streams.seconds(stream, int(table["end"][row])),
            ),
            exemplars=shown[i],
            surprise=float(table["surprise"][row]),
            open=row == on,
        )
        for i, row in enumerate(rows[first:last].tolist())
    ]


def _shown(
    tables: EpisodicTables, stream: int, rows: Int64[np.ndarray, " n"], first: int, last: int
) -> list[tuple[int, ...]]:
    """Ids of the exemplars in sight in each of a stream's events from `first` to before `last`."""
    if first >= last:
        return []
    table = tables.exemplars.table
    spans = tables.occurrences.table
    live = np.flatnonzero(spans.live)
    owner = spans["owner"][live].astype(np.int64)
    mine = table["stream"][owner] == stream
    live, owner = live[mine], owner[mine]
    start, end = spans["start"][live].astype(np.int64), spans["end"][live].astype(np.int64)
    starts = tables.events.table["start"][rows].astype(np.int64)
    ends = np.append(starts[1:], np.iinfo(np.int64).max)
    low = np.maximum(np.searchsorted(starts, start, side="right") - 1, 0)
    high = np.maximum(np.searchsorted(starts, end, side="left") - 1, low)
    here = (low < last) & (high >= first)
    owner, start, end, low, high = (column[here] for column in (owner, start, end, low, high))
    sight: dict[int, dict[int, int]] = {i: {} for i in range(first, last)}
    for o, s, e, first_event, last_event in zip(
        owner.tolist(), start.tolist(), end.tolist(), low.tolist(), high.tolist(), strict=True
    ):
        for i in range(max(first_event, first), min(last_event + 1, last)):
            shared = min(e, int(ends[i])) - max(s, int(starts[i])) + 1
            sight[i][o] = sight[i].get(o, 0) + shared
    own = table["t_s"]
    found = []
    for i, seen in sight.items():
        begin = tables.streams.seconds(stream, int(starts[i])) - 1 / TICKS
        until = tables.streams.seconds(stream, int(ends[i])) if i + 1 < len(rows) else np.inf
        order = sorted(seen, key=lambda o: (not begin <= own[o] < until, -seen[o], table["id"][o]))
        found.append(tuple(int(table["id"][o]) for o in order))
    return found
