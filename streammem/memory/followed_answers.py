"""When a followed object was seen: its looks, and all their intervals as one story."""

from __future__ import annotations

import dataclasses

import numpy as np

from streammem.errors import ObservationError
from streammem.memory.object_answers import ObjectAnswers
from streammem.memory.object_tables import TOUCH
from streammem.types import Evidence, Interval

__all__ = ["FollowedAnswers"]


class FollowedAnswers(ObjectAnswers):
    """Questions by an object's id, beside those by what it looks like."""

    @property
    def following(self) -> bool:
        """Whether objects can be followed."""
        return self._tables.following

    @property
    def followed(self) -> tuple[int, ...]:
        """The ids of which there are looks."""
        ids = self._tables.followed()
        return tuple(int(id) for id in np.unique(ids[ids > 0]))

    def looks(self, id: int, *, stream: str | None = None, during: Interval | None = None) -> list[Evidence]:
        """The looks of a followed object, the one last in sight first, each with its own box and intervals.

        The score is 1: somebody said that this is it.

        Raises:
            ObservationError: if nobody followed such an object.
        """
        rows = np.flatnonzero(self._tables.followed() == id) if id > 0 else np.zeros(0, np.int64)
        if not len(rows):
            known = ", ".join(map(str, self.followed)) or "none"
            raise ObservationError(f"nobody followed an object {id}; looks are kept of: {known}")
        found = self._evidence(rows, [1.0] * len(rows), during)
        found = [hit for hit in found if stream is None or hit.stream == stream]
        found = [hit for hit in found if during is None or any(s.overlaps(during) for s in hit.occurrences)]
        return sorted(found, key=lambda hit: (hit.occurrences[-1].end_s, hit.exemplar), reverse=True)

    def last_followed(
        self, id: int, *, stream: str | None = None, during: Interval | None = None
    ) -> Evidence | None:
        """The look by which a followed object was last seen, told by its last interval; None if not within `during`.

        `occurrences` are those of all its looks in that stream, merged; `box` is the look's own.

        Raises:
            ObservationError: if nobody followed such an object.
        """
        hits = self.looks(id, stream=stream, during=during)
        if not hits:
            return None
        merged = self._merged(id, hits[0].stream)
        about = [span for span in merged if during is None or span.overlaps(during)]
        return dataclasses.replace(hits[0], occurrences=merged, interval=about[-1])

    def _merged(self, id: int, stream: str) -> tuple[Interval, ...]:
        """When an object was seen by any of its looks; intervals that touch become one; oldest first."""
        row = self._tables.streams.row(stream)
        assert row is not None
        mine = np.flatnonzero(self._tables.tokens.of_stream(row) & (self._tables.followed() == id))
        spans = self._tables.occurrences
        found: list[tuple[int, int]] = []
        for start, end in sorted(spans.span(int(r)) for rows in spans.rows_of(mine).values() for r in rows):
            if found and start - found[-1][1] <= TOUCH:
                found[-1] = (found[-1][0], max(found[-1][1], end))
            else:
                found.append((start, end))
        return tuple(Interval(*(self._tables.streams.seconds(row, t) for t in span)) for span in found)
