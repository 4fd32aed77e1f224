"""The lives of objects: confirmed by sightings, moved, gone, found again; and their places."""

from __future__ import annotations

import numpy as np
from jaxtyping import Bool, Int64

from streammem.spatial.objects.measures import Measures, measure
from streammem.spatial.objects.surface import Surface
from streammem.spatial.objects.tables import ObjectTables
from streammem.spatial.objects.turn import Turn

__all__ = ["Lives"]

STALE = 8  # sightings after which an object is measured again, though it has the same rows
GROWING = 3  # and where it only has more of them
KEPT = 0.5  # share of the voxels in the box where it settled that a thing still has when it has not moved
LOSS = 0.15  # share of its voxels that a thing may lose in a frame and stand still
STILL = 0.75  # and when it counts as standing still
FADING = 0.7  # share of the voxels below which an object may be on its way out


class Lives:
    """Decides what a frame means for the objects it touched.

    An object moves when it has lost more than half of its voxels in the box that it had settled in and its centre goes
    farther than `moved_m`; seeing more of a thing loses none, so that is no move. It is gone when few of its voxels
    are left, the others having been seen through.
    """

    def __init__(self, tables: ObjectTables, surface: Surface) -> None:
        self.tables, self.surface, self.config = tables, surface, tables.config

    # -- new and dropped -------------------------------------------------------------------------------------

    def create(self, label: int, turn: Turn, rows: Int64[np.ndarray, " n"] | None = None) -> int:
        """A new, tentative object; where the table is full, the one goes that says least.

        It is as old as the voxels in `rows` are: what was there before is not what came from elsewhere.
        """
        if self.tables.objects.full:
            self._make_room(turn)
        id = self.tables.add(label, turn.t_s)
        turn.created.add(id)
        if rows is not None:
            since = float(np.median(self.surface.take("first_s", rows)))
            self.tables.objects["first_s"][self.tables.row(id)] = min(since, turn.t_s)
        return id

    def concede(self, owners: Int64[np.ndarray, " n"]) -> None:
        """These voxels' owners have them no longer, since they were grouped anew; nobody saw them go."""
        table = self.tables.objects
        for id, count in zip(*np.unique(owners[owners > 0], return_counts=True), strict=True):
            if int(id) not in self.tables:
                continue
            row = self.tables.row(int(id))
            for name in ("peak", "anchor_voxels"):
                table[name][row] = max(int(table[name][row]) - int(count), 1)

    def forget(self, id: int, turn: Turn) -> None:
        """An object and all that is known of it goes; its voxels are nobody's."""
        self.surface.release(id)
        self.tables.drop(id)
        turn.forget(id)

    def absorb(self, id: int, heir: int, turn: Turn) -> None:
        """Two objects are one: the heir has the other's voxels, age and snapshots, the other is no more."""
        table, row, into = self.tables.objects, self.tables.row(id), self.tables.row(heir)
        self.surface.give(self.surface.members(id), heir)
        table["first_s"][into] = min(table["first_s"][into], table["first_s"][row])
        self.tables.note_views(into, table["view"][row], table["score"][row])
        if table["confirmed"][row]:
            self.tables.log.regroup(turn.t_s, "merged", heir, id)
            self.tables.count["merged"] += 1
            self.tables.log.strike(id, "appeared", -np.inf)
        self.forget(id, turn)

    def unmake(self, id: int, turn: Turn) -> None:
        """What was taken for an object is none: nothing of it is told any more."""
        table, row = self.tables.objects, self.tables.row(id)
        if table["confirmed"][row]:
            self.tables.log.strike(id, "appeared", -np.inf)
        self.forget(id, turn)

    def _make_room(self, turn: Turn) -> None:
        """Tentative ones go first, then those gone longest ago, then those seen least; none of this frame's."""
        table = self.tables.objects
        live = np.flatnonzero(table.live)
        busy = np.isin(table["id"][live], [*turn.created, *turn.changed, *turn.hits])
        gone = ~np.isnan(table["gone_s"][live])
        rank = np.where(~table["confirmed"][live], 0, np.where(gone, 1, 2)) + 3 * busy
        last = np.where(gone, table["gone_s"][live], 0)
        victim = live[np.lexsort((table["id"][live], table["sightings"][live], last, rank))[0]]
        self.forget(int(table["id"][victim]), turn)
        self.tables.count["objects"] += 1

    # -- one frame -------------------------------------------------------------------------------------------

    def live(self, turn: Turn) -> None:
        """Take in what a frame did: measure, then moves, sightings, confirmations, and what is gone."""
        for id in [id for id in turn.lost if id not in self.tables]:
            turn.forget(id)
        touched = sorted((set(turn.hits) | turn.changed) - turn.held)
        touched = [id for id in touched if id in self.tables]
        if not touched:
            return
        ids = np.array(touched, np.int64)
        self.measure(ids[self._due(ids, turn)], turn)
        ids = np.array([id for id in touched if id in self.tables], np.int64)
        seen = np.array([turn.hits.get(int(id), 0) for id in ids], np.int64)
        moving = [id for id in ids.tolist() if id in turn.moving or self._dissolves(id, turn)]
        self.tables.objects["settled"][self.tables.rows(np.array(moving, np.int64))] = 0
        self._sight(ids[self._enough(ids, seen)], turn.t_s)

    def _dissolves(self, id: int, turn: Turn) -> bool:
        """Whether an object loses so much in one frame that it cannot be standing still."""
        voxels = int(self.tables.objects["voxels"][self.tables.row(id)])
        return turn.lost.get(id, 0) > max(2.0, LOSS * voxels)

    def _due(self, ids: Int64[np.ndarray, " n"], turn: Turn) -> Bool[np.ndarray, " n"]:
        table, rows = self.tables.objects, self.tables.rows(ids)
        at_once = np.isin(ids, list(turn.lost.keys() | turn.created | turn.moving))
        at_once |= (table["settled"][rows] < self.config.confirm) | ~np.isnan(table["gone_s"][rows])
        changed = np.isin(ids, list(turn.changed | turn.created))
        return np.asarray(
            (changed & (at_once | (table["stale"][rows] >= GROWING))) | (table["stale"][rows] >= STALE)
        )

    def measure(self, ids: Int64[np.ndarray, " n"], turn: Turn) -> None:
        """Measure objects anew and see whether they moved."""
        if not len(ids):
            return
        table, rows = self.tables.objects, self.tables.rows(ids)
        boxes = (table["anchor_low"][rows], table["anchor_high"][rows])
        found = measure(self.surface, ids.tolist(), self.tables.dim, boxes)
        some = found.voxels > 0
        table["voxels"][rows], table["stale"][rows] = found.voxels, 0
        if not some.all():
            ids, rows, found = ids[some], rows[some], _pick(found, some)
        table["peak"][rows] = np.maximum(found.voxels, np.ceil(table["peak"][rows] * 0.99)).astype(np.int32)
        table["colour"][rows] = found.colour
        told = np.abs(found.feature).sum(axis=1) > 0
        table["feature"][rows[told]] = found.feature[told]
        kept = found.inside / np.maximum(table["anchor_voxels"][rows], 1)
        way = np.linalg.norm(found.centre - table["anchor_centre"][rows], axis=1)
        fresh = (table["places"][rows] == 0) | ~np.isnan(table["gone_s"][rows])
        seen = np.array([turn.hits.get(int(id), 0) for id in ids], np.int64)
        moved = ~fresh & (kept < KEPT) & (way > self.config.moved_m) & self._enough(ids, seen)
        restless = ~fresh & ~moved & (kept < STILL)
        table["settled"][rows[restless]] = 0
        # The last remains of what is being cleared away say nothing of where it was.
        whole = fresh | moved | (found.voxels >= FADING * table["peak"][rows]) | self._enough(ids, seen)
        same, last = whole & ~fresh & ~moved, np.maximum(table["places"][rows] - 1, 0)
        for name in ("centre", "low", "high"):
            table[name][rows[whole]] = getattr(found, name)[whole]
            table[f"place_{name}"][rows[same], last[same]] = getattr(found, name)[same]
        for place in np.flatnonzero(fresh | moved):
            self._arrive(int(ids[place]), turn.t_s)

    def _enough(self, ids: Int64[np.ndarray, " n"], seen: Int64[np.ndarray, " n"]) -> Bool[np.ndarray, " n"]:
        """Whether so many voxels are a sighting; of what fades away it takes half."""
        table, rows = self.tables.objects, self.tables.rows(ids)
        voxels, peak = table["voxels"][rows], table["peak"][rows]
        few = np.minimum(self.config.min_voxels, np.ceil(voxels * 0.2))
        fading = voxels < FADING * peak
        return np.asarray((seen > 0) & (seen >= np.where(fading, peak / 2, few)))

    def _sight(self, ids: Int64[np.ndarray, " n"], t_s: float) -> None:
        """These were seen where they are."""
        table, rows = self.tables.objects, self.tables.rows(ids)
        for name in ("sightings", "settled", "stale"):
            table[name][rows] += 1
        table["last_s"][rows] = t_s
        placed = table["places"][rows] > 0
        table["place_end"][rows[placed], table["places"][rows[placed]] - 1] = t_s
        settling = np.isin(table["settled"][rows], (self.config.confirm, 2 * self.config.lasting))
        for name in ("centre", "low", "high"):
            table[f"anchor_{name}"][rows[settling]] = table[name][rows[settling]]
        table["anchor_voxels"][rows[settling]] = table["voxels"][rows[settling]]
        table["stayed"][rows] = np.maximum(table["stayed"][rows], table["settled"][rows])

    def ripe(self, turn: Turn) -> list[int]:
        """Tentative objects that were seen often enough at one place."""
        ids = np.array(sorted(id for id in turn.hits if id in self.tables), np.int64)
        table, rows = self.tables.objects, self.tables.rows(ids)
        ready = ~table["confirmed"][rows] & (table["settled"][rows] >= self.config.confirm)
        return [int(id) for id in ids[ready & (table["voxels"][rows] >= self.config.min_voxels)]]

    def confirm(self, id: int, t_s: float) -> None:
        """From now on this is an object."""
        table, row = self.tables.objects, self.tables.row(id)
        table["confirmed"][row] = True
        table["told"][row] = self._tell(row, "appeared", t_s)

    # -- places ----------------------------------------------------------------------------------------------

    def _arrive(self, id: int, t_s: float) -> None:
        """An object is at a new place: its first, another one, or again where it was gone from."""
        table, row = self.tables.objects, self.tables.row(id)
        back, confirmed = not np.isnan(table["gone_s"][row]), bool(table["confirmed"][row])
        first = int(table["places"][row]) == 0
        came = table["place_centre"][row, max(int(table["places"][row]) - 1, 0)].copy()
        way = float(np.linalg.norm(table["centre"][row] - came))
        under_way = (
            not back and int(table["settled"][row]) < self.config.confirm and int(table["places"][row]) > 0
        )
        moving = under_way and (not confirmed or self._on_its_way(row))
        self._settle(row, t_s, again=moving)
        if first or not confirmed:
            return
        if moving:
            self._retell(row, t_s)
        elif back and way <= self.config.moved_m:
            table["told"][row] = self._tell(row, "appeared", t_s)
        else:
            table["told"][row] = self._tell(row, "moved", t_s, came=came)

    def _on_its_way(self, row: int) -> bool:
        """Whether the last place is only a stop of the move that was told last: it was never settled in."""
        table = self.tables.objects
        last = int(table["places"][row]) - 1
        at = np.flatnonzero(self.tables.log.table["serial"] == table["told"][row])
        moved = len(at) > 0 and self.tables.log.table["kind"][at[0]] == 1
        return bool(moved and self.tables.log.table["t_s"][at[0]] >= table["place_start"][row, last])

    def _settle(self, row: int, t_s: float, *, again: bool) -> None:
        """Begin a place in the history, or (`again`) put the last one elsewhere; the oldest goes where it is full."""
        table, most = self.tables.objects, self.config.places
        count = int(table["places"][row])
        names = [name for name in table.columns if name.startswith("place_")]
        if not again and count == most:
            for name in names:
                table[name][row, :-1] = table[name][row, 1:].copy()
            self.tables.count["places"] += 1
        place = min(count, most - 1) if not again else count - 1
        table["places"][row] = place + 1
        table["place_start"][row, place] = table["place_end"][row, place] = t_s
        for name in ("centre", "low", "high"):
            table[f"place_{name}"][row, place] = table[f"anchor_{name}"][row] = table[name][row]
        table["gone_s"][row], table["settled"][row] = np.nan, 0
        table["peak"][row] = table["anchor_voxels"][row] = table["voxels"][row]

    def fading(self, turn: Turn) -> list[int]:
        """Objects that lost voxels in this frame and have few left, compared with what they had."""
        ids = np.array(sorted(id for id in turn.lost if id in self.tables and id not in turn.held), np.int64)
        table, rows = self.tables.objects, self.tables.rows(ids)
        return [int(id) for id in ids[table["voxels"][rows] < FADING * table["peak"][rows]]]

    def vanish(self, turn: Turn) -> list[int]:
        """What is gone leaves the map; what was never more than passing by is forgotten. Says which are gone."""
        table, gone = self.tables.objects, []
        for id in self.fading(turn):
            row = self.tables.row(id)
            seen = np.array([turn.hits.get(id, 0)], np.int64)
            left = int(table["voxels"][row])
            most = self.config.vanished if table["confirmed"][row] else FADING
            if left > most * table["peak"][row] or self._enough(np.array([id]), seen)[0]:
                continue
            some = (
                table["stayed"][row] >= self.config.lasting and table["peak"][row] >= self.config.min_voxels
            )
            if not (table["confirmed"][row] and some):
                self.unmake(id, turn)
                continue
            self.surface.release(id)
            table["gone_s"][row] = turn.t_s
            table["told"][row] = self._tell(row, "vanished", turn.t_s)
            table["voxels"][row] = 0
            gone.append(id)
        return gone

    def moved_along(self) -> None:
        """The map was corrected: objects are where their voxels are now, and moved nowhere."""
        table = self.tables.objects
        ids = [id for id in self.tables.ids() if np.isnan(table["gone_s"][self.tables.row(id)])]
        found = measure(self.surface, ids, 0)
        some = found.voxels > 0
        rows = self.tables.rows(np.array(ids, np.int64))[some]
        last = np.maximum(table["places"][rows] - 1, 0)
        for name in ("centre", "low", "high"):
            value = getattr(found, name)[some]
            table[name][rows] = table[f"anchor_{name}"][rows] = table[f"place_{name}"][rows, last] = value

    # -- telling ---------------------------------------------------------------------------------------------

    def _tell(self, row: int, kind: str, t_s: float, came: np.ndarray | None = None) -> int:
        table = self.tables.objects
        last = max(int(table["places"][row]) - 1, 0)
        box = (
            table["place_centre"][row, last],
            table["place_low"][row, last],
            table["place_high"][row, last],
        )
        voxels = int(table["peak"][row] if kind == "vanished" else table["voxels"][row])
        return self.tables.log.add(t_s, kind, box, voxels, int(table["id"][row]), came)

    def _retell(self, row: int, t_s: float) -> None:
        table = self.tables.objects
        entry = {name: table[name][row] for name in ("centre", "low", "high", "voxels")} | {"t_s": t_s}
        self.tables.log.amend(int(table["told"][row]), entry)

    def become(self, id: int, new: int, turn: Turn) -> None:
        """What appeared as `new` is the object `id`, which left its place: it has moved there."""
        table, row, from_row = self.tables.objects, self.tables.row(id), self.tables.row(new)
        came = table["place_centre"][row, int(table["places"][row]) - 1].copy()
        was_gone = not np.isnan(table["gone_s"][row])
        self.surface.release(id)
        rows = self.surface.members(new)
        self.surface.release(new)
        self.surface.give(rows, id)
        for name in ("centre", "low", "high", "colour", "feature", "voxels", "peak", "away", "torn", "stale"):
            table[name][row] = table[name][from_row]
        self.tables.note_views(row, table["view"][from_row], table["score"][from_row])
        start, last_s = float(table["place_start"][from_row, 0]), float(table["last_s"][from_row])
        settled, sightings = int(table["settled"][from_row]), int(table["sightings"][from_row])
        hits = turn.hits.get(new, 0)
        self.tables.log.strike(new, "appeared", -np.inf)
        self.tables.drop(new)
        turn.forget(new)
        turn.lost.pop(id, None)
        turn.hits[id] = hits
        self._settle(row, start, again=False)
        place = int(table["places"][row]) - 1
        # What fades may have been seen a last time after its new place was.
        table["place_end"][row, :place] = np.minimum(table["place_end"][row, :place], start)
        table["place_end"][row, place] = max(last_s, start)
        table["last_s"][row], table["settled"][row] = max(last_s, start), settled
        table["sightings"][row] += sightings
        self.tables.count["merged"] += 1
        self.tables.log.regroup(turn.t_s, "merged", id, new)
        if not table["confirmed"][row]:
            return
        entry = {"kind": 1, "came": came, "t_s": turn.t_s}
        if was_gone and self.tables.log.amend(int(table["told"][row]), entry):
            self._retell(row, turn.t_s)
        else:
            table["told"][row] = self._tell(row, "moved", turn.t_s, came=came)


def _pick(found: Measures, some: Bool[np.ndarray, " k"]) -> Measures:
    return Measures(**{name: getattr(found, name)[some] for name in Measures.__slots__})
