"""Objects from given labels: each voxel's owner by majority, what is seen elsewhere leaves its old place."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float64, Int32, Int64

from streammem.spatial.objects.ballots import count_ballots
from streammem.spatial.objects.lives import Lives
from streammem.spatial.objects.look import Look
from streammem.spatial.objects.parts import Parts
from streammem.spatial.objects.surface import Surface
from streammem.spatial.objects.tables import ObjectTables
from streammem.spatial.objects.turn import Turn

__all__ = ["Labelled"]

FIRM = 3  # sightings that have to contradict an owner who was always confirmed
BEHIND = 2.0  # voxels that all rays around a point must go on behind it to show at once that nothing is there
SHIFT = 0.25  # of what is seen of a thing: if its middle goes farther from one sighting to the next, it moves
AWAY = 2  # sightings in a row, far from where it is, after which a thing has left that place


class Labelled:
    """Gives rows to objects as a labelled picture says.

    Voxels of an object in sight that this picture looks through leave it at once; the octree itself takes a few more
    sightings to clear them. With instance labels an object that is seen now is nowhere else, so those far from where
    it is leave it at the second such sighting.
    """

    def __init__(self, tables: ObjectTables, surface: Surface, lives: Lives) -> None:
        self.tables, self.surface, self.lives, self.config = tables, surface, lives, tables.config
        self._parts = Parts(tables, surface, lives)

    def assign(self, turn: Turn, look: Look, labels: Int32[np.ndarray, "h w"]) -> None:
        """Take a labelled picture in."""
        seen, winner = look.seen, count_ballots(look, labels, self.config.ignore)
        had = self.surface.owner(seen)
        loses = self._contest(seen, winner, had)
        rows, wanted, before = seen[loses], winner[loses], had[loses]
        self.surface.give(rows, 0)
        turn.lose(before)
        if self.config.labels == "instance":
            self._hand_out(turn, rows, wanted)
        else:
            self._parts.join(turn, rows, wanted)
        owner = self.surface.owner(seen)
        right = (owner > 0) & (self.tables.labels(owner) == winner)
        turn.hit(owner[right])
        self._leave(turn, look, right, owner[right])
        if self.config.labels == "semantic":
            self._parts.part(turn)

    def _contest(
        self, rows: Int64[np.ndarray, " n"], winner: Int64[np.ndarray, " n"], owner: Int64[np.ndarray, " n"]
    ) -> Bool[np.ndarray, " n"]:
        """Which rows change hands; what a picture says of the others makes their owners firmer or less so."""
        mine = self.tables.labels(owner)
        firm = self.tables.hold[rows].astype(np.int64)
        firm = np.where(mine == winner, np.minimum(firm + 1, FIRM), firm - 1)
        loses = (mine != winner) & ((owner == 0) | (firm < 0))
        self.tables.hold[rows] = np.where(loses, 1, np.maximum(firm, 0)) * ((owner > 0) | loses)
        return np.asarray(loses)

    def _hand_out(self, turn: Turn, rows: Int64[np.ndarray, " n"], wanted: Int64[np.ndarray, " n"]) -> None:
        table = self.tables.objects
        for label in np.unique(wanted[wanted > 0]):
            mine = rows[wanted == label]
            at = np.flatnonzero(table.live & (table["label"][: table.high] == label))
            absent = not len(at) or not np.isnan(table["gone_s"][at[0]])
            if absent and len(mine) < self.config.min_voxels:
                continue
            id = int(table["id"][at[0]]) if len(at) else self.lives.create(int(label), turn)
            self.surface.give(mine, id)
            turn.changed.add(id)

    # -- what is seen here is not there ----------------------------------------------------------------------

    def _leave(
        self, turn: Turn, look: Look, right: Bool[np.ndarray, " n"], owner: Int64[np.ndarray, " m"]
    ) -> None:
        """Voxels of the objects in sight that are seen through, or far from where their object is seen, leave."""
        if not len(owner):
            return
        slot = self.tables.slots(owner)
        count = np.bincount(slot)
        mine = np.flatnonzero(count)
        ids, count = self.tables.objects["id"][mine], count[mine]
        points = look.points[right].astype(np.float64)
        middle, square = (
            np.stack([np.bincount(slot, axis)[mine] for axis in values.T], axis=1) / count[:, None]
            for values in (points, points**2)
        )
        wide = np.sqrt(12 * np.maximum(square - middle**2, 0).sum(axis=1))  # the diagonal of an even box
        way = np.linalg.norm(middle - self.tables.objects["seen_at"][mine], axis=1)
        known = self.tables.objects["sightings"][mine] > 0
        turn.moving.update(ids[known & (way > SHIFT * wide + self.surface.voxel_m / 2)].tolist())
        self.tables.objects["seen_at"][mine] = middle
        away = self._away(ids, count, middle, wide)
        others, size = self.surface.groups(ids.tolist())
        of = np.repeat(np.arange(len(ids)), size)
        place = look.places(others)
        unseen = (place < 0) | ~right[place]
        others, of = others[unseen], of[unseen]
        left = away[of] >= AWAY
        left |= self._contradicted(look, others, ids[of])
        self.surface.give(others[left], 0)
        turn.lose(ids[of[left]])
        turn.held.update(ids[(away > 0) & (away < AWAY)].tolist())
        turn.changed.update(ids[away >= AWAY].tolist())

    def _away(
        self,
        ids: Int64[np.ndarray, " k"],
        count: Int64[np.ndarray, " k"],
        seen_at: Float64[np.ndarray, "k 3"],
        wide: Float64[np.ndarray, " k"],
    ) -> Int64[np.ndarray, " k"]:
        """How often in a row each object has been seen farther from its box than that, and what is seen, is large.

        Nearer than that it may be another part of the same thing, the middle of which is hidden.
        """
        table, rows = self.tables.objects, self.tables.rows(ids)
        low, high = table["low"][rows], table["high"][rows]
        gap = np.linalg.norm(np.maximum(np.maximum(low - seen_at, seen_at - high), 0), axis=1)
        size = np.maximum(np.linalg.norm(high - low, axis=1), wide)
        placed = (table["places"][rows] > 0) & np.isnan(table["gone_s"][rows])
        if self.config.labels == "semantic":
            return np.zeros(len(ids), np.int64)
        far = placed & (count >= self.config.min_voxels) & (gap > size + 2 * self.surface.voxel_m)
        times = np.where(far, table["away"][rows] + 1, 0)
        table["away"][rows] = np.where(times >= AWAY, 0, times)
        return np.asarray(times, np.int64)

    def _contradicted(
        self, look: Look, rows: Int64[np.ndarray, " n"], owner: Int64[np.ndarray, " n"]
    ) -> Bool[np.ndarray, " n"]:
        """Which voxels, not seen but in view, are not there: looked through, or something else is seen instead.

        Where the other thing is just behind, as the floor is under what stood on it, it takes as many sightings as
        the voxel's owner is firm.
        """
        gap, hit = look.beyond(self.surface.centres(rows))
        voxel_m = self.surface.voxel_m
        other = (gap > -voxel_m / 2) & (hit >= 0)
        other[other] = self.surface.owner(hit[other]) != owner[other]
        self.tables.hold[rows[other]] -= 1
        return np.asarray((gap > BEHIND * voxel_m) | (other & (self.tables.hold[rows] < 0)))
