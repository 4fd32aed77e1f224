"""Semantic labels: connected voxels of one class are one thing, which may grow together and fall apart."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int64

from streammem.spatial.components import components
from streammem.spatial.objects.grid import OFFSETS, neighbours
from streammem.spatial.objects.lives import Lives
from streammem.spatial.objects.surface import Surface
from streammem.spatial.objects.tables import ObjectTables
from streammem.spatial.objects.turn import Turn

__all__ = ["Parts"]

TORN = 0.02  # share of its voxels that a thing must lose before it is looked whether it fell apart


class Parts:
    """Joins and parts objects of one class, looking only at voxels that changed and what touches them."""

    def __init__(self, tables: ObjectTables, surface: Surface, lives: Lives) -> None:
        self.tables, self.surface, self.lives, self.config = tables, surface, lives, tables.config

    def join(self, turn: Turn, rows: Int64[np.ndarray, " n"], wanted: Int64[np.ndarray, " n"]) -> None:
        """Voxels without an owner go to the things of their class that they touch, or become one themselves."""
        rows, wanted = rows[wanted > 0], wanted[wanted > 0]
        if not len(rows):
            return
        count = len(rows)
        ids, one, other = self._touching(rows, wanted)
        part = components(count + len(ids), one, other)
        for number in np.unique(part[:count]):
            mine = rows[part[:count] == number]
            joined = ids[part[count:] == number]
            if len(joined):
                id = self._merge(turn, joined)
            elif len(mine) >= self.config.min_voxels:
                id = self.lives.create(int(wanted[part[:count] == number][0]), turn, mine)
            else:
                continue
            self.surface.give(mine, id)
            turn.changed.add(id)

    def _touching(
        self, rows: Int64[np.ndarray, " n"], wanted: Int64[np.ndarray, " n"]
    ) -> tuple[Int64[np.ndarray, " k"], Int64[np.ndarray, " m"], Int64[np.ndarray, " m"]]:
        """Objects of their class beside rows, and pairs of nodes that touch: rows first, then those objects."""
        count = len(rows)
        points = self.surface.centres(rows)
        step = OFFSETS.astype(np.float32) * np.float32(self.surface.voxel_m)
        beside = self.surface.rows_at((points[:, None] + step[None]).reshape(-1, 3)).reshape(count, -1)
        row, place = np.nonzero(beside >= 0)
        found = beside[row, place]
        order = np.argsort(rows)
        at = np.minimum(np.searchsorted(rows[order], found), count - 1)
        inside = rows[order][at] == found
        alike = inside & (wanted[order[at]] == wanted[row])
        owner = np.where(inside, 0, self.surface.owner(found))
        mine = (owner > 0) & (self.tables.labels(owner) == wanted[row])
        ids, again = np.unique(owner[mine], return_inverse=True)
        one = np.concatenate([row[alike], row[mine]])
        return ids, one, np.concatenate([order[at[alike]], again + count])

    def _merge(self, turn: Turn, ids: Int64[np.ndarray, " k"]) -> int:
        """The one with the most voxels takes the others in, the older one in a tie."""
        rows = self.tables.rows(ids)
        table = self.tables.objects
        heir = int(ids[np.lexsort((ids, -table["voxels"][rows], ~table["confirmed"][rows]))[0]])
        for id in (int(id) for id in ids if id != heir):
            self.lives.absorb(id, heir, turn)
        return heir

    def part(self, turn: Turn) -> None:
        """Things that lost enough voxels are looked at: what no longer hangs together becomes several."""
        table = self.tables.objects
        for id, lost in sorted(turn.lost.items()):
            if id not in self.tables:
                continue
            row = self.tables.row(id)
            table["torn"][row] += lost
            rows = self.surface.members(id)
            if table["torn"][row] >= max(1.0, TORN * len(rows)):
                table["torn"][row] = 0
                self._split(turn, id, rows)

    def _split(self, turn: Turn, id: int, rows: Int64[np.ndarray, " n"]) -> None:
        part = components(len(rows), *neighbours(self.surface.cells(rows)))
        size = np.bincount(part) if len(part) else np.zeros(0, np.int64)
        if len(size) < 2:
            return
        turn.changed.add(id)
        for number in np.flatnonzero(np.arange(len(size)) != size.argmax()):
            mine = rows[part == number]
            if len(mine) < self.config.min_voxels:
                self.surface.give(mine, 0)
                continue
            twin = self.twin(turn, id)
            self.surface.give(mine, twin)
            turn.changed.add(twin)
            if id in self.tables:
                self.lives.concede(np.full(len(mine), id))

    def twin(self, turn: Turn, id: int) -> int:
        """A new object that was a part of another one: known as long and as well."""
        table = self.tables.objects
        twin = self.lives.create(int(table["label"][self.tables.row(id)]), turn)
        if id not in self.tables:  # a table so small that it had to go for its own part
            return twin
        row, from_row = self.tables.row(twin), self.tables.row(id)
        for name in ("confirmed", "sightings", "first_s", "last_s"):
            table[name][row] = table[name][from_row]
        if table["confirmed"][row]:
            self.tables.log.regroup(turn.t_s, "split", id, twin)
            self.tables.count["split"] += 1
        return twin
