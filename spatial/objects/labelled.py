"""Objects from given labels: each voxel's owner by majority, what is seen elsewhere leaves its old place."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Float32, Int32, Int64
from scipy.ndimage import minimum_filter

from streammem.spatial.objects.ballots import count_ballots
from streammem.spatial.objects.lives import Lives
from streammem.spatial.objects.parts import Parts
from streammem.spatial.objects.surface import Surface, host
from streammem.spatial.objects.tables import ObjectTables
from streammem.spatial.objects.turn import Turn
from streammem.spatial.sight import Sight

__all__ = ["Labelled"]

FIRM = 3  # sightings that have to contradict an owner who was always confirmed
AWAY = 2  # sightings in a row, far from where it is, after which a thing has left that place
BEHIND = 2.0  # voxels that a ray must go on behind a point to show that nothing is there


class Labelled:
    """Gives rows to objects as a labelled picture says.

    With instance labels, an object that is seen now is nowhere else: those of its voxels that this picture looks
    through leave it at once (the octree itself takes a few more sightings to clear them), and those far from where
    it is now leave it at the second such sighting.
    """

    def __init__(self, tables: ObjectTables, surface: Surface, lives: Lives) -> None:
        self.tables, self.surface, self.lives, self.config = tables, surface, lives, tables.config
        self._parts = Parts(tables, surface, lives)

    def assign(self, turn: Turn, sight: Sight, labels: Int32[np.ndarray, "h w"]) -> None:
        """Take a labelled picture in."""
        seen, winner = count_ballots(sight, labels, self.config.ignore, len(self.tables.hold))
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
        if self.config.labels == "instance":
            self._leave(turn, sight, seen[right], owner[right])
        else:
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
        self, turn: Turn, sight: Sight, rows: Int64[np.ndarray, " n"], owner: Int64[np.ndarray, " n"]
    ) -> None:
        """Voxels of the objects in sight that are seen through, or far from where their object is seen, leave."""
        ids, again = np.unique(owner, return_inverse=True)
        if not len(ids):
            return
        points = self.surface.centres(rows)
        count = np.bincount(again)
        seen_at = (
            np.stack([np.bincount(again, points[:, axis]) for axis in range(3)], axis=1) / count[:, None]
        )
        away = self._away(ids, count, seen_at.astype(np.float32))
        seen = np.zeros(len(self.tables.hold), np.bool_)
        seen[rows] = True
        others, size = self.surface.groups(ids.tolist())
        of = np.repeat(np.arange(len(ids)), size)
        unseen = ~seen[others]
        others, of = others[unseen], of[unseen]
        left = np.isin(of, np.flatnonzero(away >= AWAY))
        if not left.all():
            left[~left] = self._seen_through(sight, self.surface.centres(others[~left]))
        self.surface.give(others[left], 0)
        turn.lose(ids[of[left]])
        turn.held.update(ids[(away > 0) & (away < AWAY)].tolist())
        turn.changed.update(ids[away >= AWAY].tolist())

    def _away(
        self,
        ids: Int64[np.ndarray, " k"],
        count: Int64[np.ndarray, " k"],
        seen_at: Float32[np.ndarray, "k 3"],
    ) -> Int64[np.ndarray, " k"]:
        """How often in a row each object has been seen farther from its box than the box is large."""
        table, rows = self.tables.objects, self.tables.rows(ids)
        low, high = table["low"][rows], table["high"][rows]
        gap = np.linalg.norm(np.maximum(np.maximum(low - seen_at, seen_at - high), 0), axis=1)
        size = np.linalg.norm(high - low, axis=1)
        placed = (table["places"][rows] > 0) & np.isnan(table["gone_s"][rows])
        far = placed & (count >= self.config.min_voxels) & (gap > size + 2 * self.surface.voxel_m)
        times = np.where(far, table["away"][rows] + 1, 0)
        table["away"][rows] = np.where(times >= AWAY, 0, times)
        return np.asarray(times)

    def _seen_through(self, sight: Sight, points: Float32[np.ndarray, "n 3"]) -> Bool[np.ndarray, " n"]:
        """Whether all rays around a point end clearly behind it; holes in the depth prove nothing."""
        grid = host(sight.rows)
        camera = np.linalg.inv(sight.world_from_camera)
        depth = np.zeros(grid.shape, np.float32)
        valid = grid >= 0
        if not len(points) or not valid.any():
            return np.zeros(len(points), np.bool_)
        surface = self.surface.centres(grid[valid].astype(np.int64))
        depth[valid] = surface @ camera[2, :3].astype(np.float32) + np.float32(camera[2, 3])
        depth = minimum_filter(depth, size=3, mode="nearest")
        local = points.astype(np.float64) @ camera[:3, :3].T + camera[:3, 3]
        lens, at = sight.intrinsics, sight.stride // 2
        z = np.maximum(local[:, 2], 1e-6)
        column = np.rint((local[:, 0] / z * lens.fx + lens.cx - at) / sight.stride)
        row = np.rint((local[:, 1] / z * lens.fy + lens.cy - at) / sight.stride)
        inside = (
            (local[:, 2] > 0) & (row >= 0) & (row < grid.shape[0]) & (column >= 0) & (column < grid.shape[1])
        )
        through = np.zeros(len(points), np.bool_)
        where = depth[row[inside].astype(np.int64), column[inside].astype(np.int64)]
        through[inside] = where > local[inside, 2] + BEHIND * self.surface.voxel_m
        return through
