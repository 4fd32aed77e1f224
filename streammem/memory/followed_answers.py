"""When and where a followed object was seen: its looks, and all their intervals as one story."""

from __future__ import annotations

import dataclasses
import math
from typing import NamedTuple

import numpy as np
from jaxtyping import Int64

from streammem.errors import ObservationError
from streammem.memory.object_answers import ObjectAnswers
from streammem.memory.object_tables import TOUCH
from streammem.memory.streams import TICKS
from streammem.types import BoundingBox, Evidence, Interval

__all__ = ["FollowedAnswers"]


ALWAYS = Interval(-math.inf, math.inf)
UNTOLD = -1  # in place of a frame's number


class _Sighting(NamedTuple):
    """Where an object was at one time, and the row of its look."""

    t_s: float
    row: int
    frame: int
    box: BoundingBox | None


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
        """The looks of a followed object, the one last in sight first, each with its own first box and intervals.

        The score is 1: somebody said that this is it.

        Raises:
            ObservationError: if nobody followed such an object.
        """
        rows = self._looks(id)
        found = self._evidence(rows, [1.0] * len(rows), during)
        found = [hit for hit in found if stream is None or hit.stream == stream]
        found = [hit for hit in found if during is None or any(s.overlaps(during) for s in hit.occurrences)]
        return sorted(found, key=lambda hit: (hit.occurrences[-1].end_s, hit.exemplar), reverse=True)

    def last_followed(
        self, id: int, *, stream: str | None = None, during: Interval | None = None
    ) -> Evidence | None:
        """When a followed object was last seen, and where it was then; None if not within `during`.

        `t_s` is the last time, `frame` and `box` are those of that sighting, `interval` is the stay that ended with
        it; `occurrences` are those of all its looks in that stream, merged. What was between is not kept frame by
        frame: of a stay that goes on after `during` it tells the latest place within both that it knows (each look
        knows its first and its last one). Knowing none, it says when alone: `box` is None and `frame` is -1.

        Raises:
            ObservationError: if nobody followed such an object.
        """
        rows, inside = self._looks(id), during or ALWAYS
        streams = self._tables.tokens.table["stream"][rows]
        stays: list[tuple[float, int, Interval]] = []  # the last one of each stream
        for each in np.unique(streams).tolist():
            if stream is None or self._tables.streams.name(each) == stream:
                spans = [span for span in self._merged(rows[streams == each], each) if span.overlaps(inside)]
                stays += [(min(span.end_s, inside.end_s), each, span) for span in spans[-1:]]
        if not stays:
            return None
        until_s, where, stay = max(stays, key=lambda found: found[0])
        mine = rows[streams == where]
        last = self._last(mine, where, stay, inside) or _Sighting(until_s, int(mine[0]), UNTOLD, None)
        (look,) = self._evidence(np.array([last.row]), [1.0], None)
        return dataclasses.replace(
            look,
            t_s=last.t_s,
            frame=last.frame,
            box=last.box,
            interval=stay,
            occurrences=self._merged(mine, where),
        )

    def _looks(self, id: int) -> Int64[np.ndarray, " n"]:
        """Rows of an object's looks."""
        rows = np.flatnonzero(self._tables.followed() == id) if id > 0 else np.zeros(0, np.int64)
        if not len(rows):
            known = ", ".join(map(str, self.followed)) or "none"
            raise ObservationError(f"nobody followed an object {id}; looks are kept of: {known}")
        return rows

    def _last(
        self, rows: Int64[np.ndarray, " n"], stream: int, stay: Interval, inside: Interval
    ) -> _Sighting | None:
        """The latest known sighting within a stay and, to the tick, within a time."""
        inside = Interval(inside.start_s - 1 / TICKS, inside.end_s + 1 / TICKS)
        known = [sighting for row in rows.tolist() for sighting in self._known(row, stream)]
        told = [sighting for sighting in known if sighting.t_s in stay and sighting.t_s in inside]
        return max(told, key=lambda sighting: sighting.t_s, default=None)

    def _known(self, row: int, stream: int) -> tuple[_Sighting, _Sighting]:
        """The first and the last sighting of a look."""
        table, seconds = self._tables.tokens.table, self._tables.streams.seconds
        first, last = (
            _Sighting(
                seconds(stream, int(table[tick][row])),
                row,
                int(table[frame][row]),
                BoundingBox(*(table[box][row] / 255).tolist()),
            )
            for tick, frame, box in (("seen", "frame", "box"), ("last_tick", "last_frame", "last_box"))
        )
        return first, last

    def _merged(self, rows: Int64[np.ndarray, " n"], stream: int) -> tuple[Interval, ...]:
        """When an object was seen by any of its looks; intervals that touch become one; oldest first.

        A look's last sighting counts although its interval was let go.
        """
        tables = self._tables
        spans = [
            tables.occurrences.span(int(r)) for of in tables.occurrences.rows_of(rows).values() for r in of
        ]
        last = tables.tokens.table["last_tick"][rows].tolist()
        found: list[tuple[int, int]] = []
        for start, end in sorted([*spans, *zip(last, last, strict=True)]):
            if found and start - found[-1][1] <= TOUCH:
                found[-1] = (found[-1][0], max(found[-1][1], end))
            else:
                found.append((start, end))
        return tuple(Interval(*(tables.streams.seconds(stream, t) for t in span)) for span in found)
