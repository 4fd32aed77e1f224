"""Looks of followed objects: what somebody follows, kept as tokens that know whose looks they are.

A look is a token like any other, with its crop's code, its box and when it was seen, and with the object's id. A
view that is far from all of an object's looks becomes another look; whatever is near one prolongs its occurrence or
opens another one. While an object stays in sight its looks take turns without a gap, so all their intervals together
are exactly when it was seen. Each look notes its last sighting at every frame: when, in which frame and where. What
must go hands its intervals and, where it is the later one, its last sighting on to another look of the same object.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Float32, Int64

from streammem.errors import ObservationError
from streammem.memory.codes import similarity
from streammem.memory.object_tables import TOUCH, ObjectTables
from streammem.types import BoundingBox, Observation

__all__ = ["LOOKS", "FollowedLooks", "check_followed"]

LOOKS = 16  # of one object in one stream, at most; and at most a quarter of the table, but for two
IDS = 1 << 32


def check_followed(followed: Mapping[int, BoundingBox]) -> None:
    """Refuse what cannot be an object with a place.

    Raises:
        ObservationError: for an id outside 1 to 2**32 - 1, or a box without area.
    """
    for id, box in followed.items():
        if not 1 <= id < IDS:
            raise ObservationError(f"ids of followed objects are 1 to {IDS - 1}, got {id}")
        if not box.area > 0:
            raise ObservationError(
                f"the box of object {id} has no area: {box}; leave out what is out of sight"
            )


class FollowedLooks:
    """Decides what becomes of a followed object's box in one frame.

    Args:
        tables: made with `following`.
    """

    def __init__(self, tables: ObjectTables) -> None:
        self._tables = tables
        self.most = min(LOOKS, max(2, tables.tokens.table.capacity // 4))

    def rows(self, id: int, stream: int) -> Int64[np.ndarray, " n"]:
        """An object's looks in a stream."""
        tables = self._tables
        return np.flatnonzero(tables.tokens.of_stream(stream) & (tables.followed() == id))

    def current(self, rows: Int64[np.ndarray, " n"], stream: int, tick: int) -> int | None:
        """The look by which an object was last seen, if it has been in sight until now."""
        tables, table = self._tables, self._tables.tokens.table
        if not len(rows):
            return None
        ends = tables.occurrences.table["end"][table["latest"][rows]]
        last = int(rows[np.lexsort((table["id"][rows], ends))[-1]])
        return last if tables.in_sight(last, stream, tick) else None

    def prolong(self, row: int, observation: Observation, box: BoundingBox, span: tuple[int, int]) -> None:
        """The look by which an object is seen lasts until now, and is here now."""
        tables = self._tables
        tables.occurrences.extend(int(tables.tokens.table["latest"][row]), span[1])
        tables.note(row, tables.last_sighting(observation, box, span[1]))

    def place(
        self,
        observation: Observation,
        stream: int,
        id: int,
        box: BoundingBox,
        vector: Float32[np.ndarray, " d"],
    ) -> tuple[int, float] | None:
        """A described view is a known look or a new one; says the new token's id, and how new it is."""
        tables, tokens = self._tables, self._tables.tokens
        rows, span = self.rows(id, stream), tables.streams.ticks(stream, observation.t_s)
        current = self.current(rows, stream, span[0])
        if current is not None:
            # In sight until now: whichever look this is, its interval touches the last one's.
            tables.occurrences.extend(int(tokens.table["latest"][current]), span[0] - TOUCH)
        entry = tables.codec.encode(vector[None])
        far = tokens.distances({"pixel": (entry["code"], entry["norm"])}, stream)
        best = int(rows[far[rows].argmin()]) if len(rows) else -1
        novelty = float(far[best]) if len(rows) else 1.0 / tables.config.novelty
        known, sighting = len(rows) > 0 and novelty <= 1.0, tables.last_sighting(observation, box, span[1])
        if known or not self._make_room(
            rows, novelty, far
        ):  # for an object without a look there always is room
            tables.sight(best, stream, span)
            tables.note(best, sighting)
            return None
        first = tables.first_sighting(observation, box, stream)
        return tables.add({**first, "followed": id, **sighting, **entry}, far, span), novelty

    def _make_room(
        self, rows: Int64[np.ndarray, " n"], novelty: float, far: Float32[np.ndarray, " high"]
    ) -> bool:
        """Room for another look, at the cost of who says least; false if that would say more than the new one."""
        table = self._tables.tokens.table
        if len(rows) >= self.most:
            apart = self._apart(rows)
            place = int(np.lexsort((table["id"][rows], apart.min(axis=1)))[0])
            if novelty <= float(apart[place].min()):
                return False
            victim, heir = int(rows[place]), int(rows[apart[place].argmin()])
        elif table.full:
            found = self._victim(rows)
            if found is None:
                return False
            victim, heir = found
        else:
            return True
        self._tables.evict(victim, None if heir < 0 else heir)
        far[victim] = np.inf
        return True

    def _victim(self, rows: Int64[np.ndarray, " n"]) -> tuple[int, int] | None:
        """Who goes from a full table, and who inherits (-1 for nobody): first what is not followed.

        Then a look of whoever has others. An object's only look goes for another object's first one alone.
        """
        tables, table = self._tables, self._tables.tokens.table
        followed = tables.followed()
        loose = np.flatnonzero(table.live & (followed == 0))
        if len(loose):
            return tables.tokens.least(loose), -1
        mine = followed.astype(np.int64) << 8 | table["stream"][: len(followed)]
        _, group, count = np.unique(mine, return_inverse=True, return_counts=True)
        several = np.flatnonzero(table.live & (count[group] > 1))
        if len(several):
            victim = tables.tokens.least(several)
            others = self.rows(int(followed[victim]), int(table["stream"][victim]))
            apart = self._apart(others)[int(np.searchsorted(others, victim))]
            return victim, int(others[apart.argmin()])
        return None if len(rows) else (tables.tokens.least(), -1)

    def _apart(self, rows: Int64[np.ndarray, " n"]) -> Float32[np.ndarray, "n n"]:
        """Distances between looks, in units of what counts as new; infinite from each to itself."""
        tables = self._tables
        code = tables.tokens.table["code"][rows, 0]
        norm = tables.tokens.table["norm"][rows, 0]
        length = np.maximum(norm.astype(np.float32), np.float32(1e-6))
        alike = similarity(code, norm, code.astype(np.float32)) / length[:, None]
        apart = np.maximum((1.0 - alike) / np.float32(tables.config.novelty), 0.0).astype(np.float32)
        np.fill_diagonal(apart, np.inf)
        return np.asarray(apart)
