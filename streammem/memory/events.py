"""Events: stretches of a stream between two surprises, a bounded number of them."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int64

from streammem.token_table import Column, TokenTable

__all__ = ["COLUMNS", "Events"]

COLUMNS = {
    "id": Column(np.uint32),
    "start": Column(np.uint32),
    "end": Column(np.uint32),
    "surprise": Column(np.float16),
    "stream": Column(np.uint8),
}


class Events:
    """Rows (id, stream, start, end, surprise) in ticks of the stream; ids grow with time."""

    def __init__(self, capacity: int) -> None:
        self.table = TokenTable(COLUMNS, capacity)

    def open(self, id: int, stream: int, start: int, surprise: float) -> int:
        """A new event that so far lasts an instant; the table must have room."""
        row = self.table.allocate()
        values = {"id": id, "start": start, "end": start, "surprise": surprise, "stream": stream}
        for name, value in values.items():
            self.table[name][row] = value
        return row

    def rows(self, stream: int | None = None) -> Int64[np.ndarray, " n"]:
        """Rows in order of their ids: of each stream, oldest first."""
        high = self.table.high
        mine = (
            self.table.live if stream is None else self.table.live & (self.table["stream"][:high] == stream)
        )
        found = np.flatnonzero(mine)
        return found[np.argsort(self.table["id"][found], kind="stable")]

    def holding(self, stream: int, at: int) -> int | None:
        """The id of the stream's event that was on at a time; of the nearest, where events were merged away."""
        rows = self.rows(stream)
        if not len(rows):
            return None
        starts = self.table["start"][rows].astype(np.int64)
        return int(self.table["id"][rows[max(0, int(np.searchsorted(starts, at, side="right")) - 1)]])

    def make_room(self) -> int:
        """Merge the event that began with the least surprise into the one before; says which id is gone.

        Every stream keeps its first event, which has none before it, and its last, which is still going on: the
        table must have more than two rows a stream.
        """
        order = self.rows()
        streams = self.table["stream"]
        order = order[np.argsort(streams[order], kind="stable")]
        same = streams[order][1:] == streams[order][:-1]
        inner = np.flatnonzero(same & np.append(same[1:], False))
        at = int(inner[self.table["surprise"][order[1:][inner]].argmin()])
        kept, lost = int(order[at]), int(order[at + 1])
        gone = int(self.table["id"][lost])
        self.table["end"][kept] = self.table["end"][lost]
        self.table.free(lost)
        return gone
