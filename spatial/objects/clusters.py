"""Objects where no labels come: voxels that hang together once large planes are taken away."""

from __future__ import annotations

import numpy as np
from jaxtyping import Int64

from streammem.spatial.objects.groups import Groups
from streammem.spatial.objects.lives import Lives
from streammem.spatial.objects.look import Look
from streammem.spatial.objects.surface import Surface
from streammem.spatial.objects.tables import ObjectTables
from streammem.spatial.objects.turn import Turn

__all__ = ["Clusters"]

MANY = 24  # new or removed voxels that are reason enough to look at once
SOON = 4  # but not sooner than after so many frames
SHARE = 0.5  # of an object's voxels that have to be in another one's cluster to make the two one
PATIENCE = 2  # passes in a row that have to say so, if both are confirmed


class Clusters:
    """Groups what is in view into things, and finds out which of them are known.

    A pass looks at the voxels that the frame saw and at all voxels of the objects among them: its cost depends on
    what is in view, not on the map. A known object keeps its id in the cluster that holds most of its voxels.
    """

    def __init__(self, tables: ObjectTables, surface: Surface, lives: Lives) -> None:
        self.tables, self.surface, self.lives, self.config = tables, surface, lives, tables.config
        self._groups = Groups(tables, surface)

    def due(self) -> bool:
        """Whether enough has changed since the last pass."""
        count = self.tables.count
        if count["dirty"] >= MANY and count["frames_since"] >= SOON:
            return True
        return count["dirty"] > 0 and count["frames_since"] >= self.config.every

    def renew(self, turn: Turn, look: Look) -> None:
        """Group the voxels around what this frame saw anew."""
        seen, eye = look.seen, look.sight.world_from_camera[:3, 3]
        self.tables.count["frames_since"] = self.tables.count["dirty"] = 0
        known = np.unique(self.surface.owner(seen))
        known = known[known > 0]
        rows = np.union1d(seen, self.surface.groups(known.tolist())[0])
        if not len(rows):
            return
        part = self._groups.group(rows, eye)
        owner = self.surface.owner(rows)
        claim = self._claims(turn, part, owner)
        self._hand_out(turn, rows, part, owner, claim)

    # -- which cluster is which object -----------------------------------------------------------------------

    def _claims(
        self, turn: Turn, part: Int64[np.ndarray, " n"], owner: Int64[np.ndarray, " n"]
    ) -> dict[int, tuple[int, set[int]]]:
        """For each cluster the object that it is (0 for a new one), and objects that become that one."""
        claim: dict[int, tuple[int, set[int]]] = {
            number: (0, set()) for number in range(part.max(initial=-1) + 1)
        }
        both = (part >= 0) & (owner > 0)
        pairs, count = np.unique(np.stack([owner[both], part[both]]), axis=1, return_counts=True)
        order = np.lexsort((pairs[1], pairs[0], -count))
        home: dict[int, int] = {}
        inside: dict[int, int] = {}
        for place in order.tolist():  # an object's first one has most of its voxels
            if int(pairs[0, place]) not in home:
                home[int(pairs[0, place])] = int(pairs[1, place])
                inside[int(pairs[0, place])] = int(count[place])
        table = self.tables.objects
        rank = {id: (not table["confirmed"][self.tables.row(id)], -inside[id], id) for id in home}
        for id in sorted(home, key=lambda one: rank[one]):
            heir, joined = claim[home[id]]
            if not heir:
                claim[home[id]] = (id, joined)
            elif self._absorbed(id, inside[id]):
                joined.add(id)
        for id in home:
            if claim[home[id]][0] == id:
                table["absorbed"][self.tables.row(id)] = 0
        return claim

    def _absorbed(self, id: int, inside: int) -> bool:
        """Whether an object whose voxels are mostly another one's cluster is to become that one now."""
        table, row = self.tables.objects, self.tables.row(id)
        if inside < SHARE * max(int(table["voxels"][row]), 1):
            return False
        table["absorbed"][row] += 1
        return not table["confirmed"][row] or int(table["absorbed"][row]) >= PATIENCE

    def _hand_out(
        self,
        turn: Turn,
        rows: Int64[np.ndarray, " n"],
        part: Int64[np.ndarray, " n"],
        owner: Int64[np.ndarray, " n"],
        claim: dict[int, tuple[int, set[int]]],
    ) -> None:
        joined = {id: heir for heir, several in claim.values() for id in several}
        heirs = {heir for heir, _ in claim.values()} - {0}
        # What is another confirmed object's stays its own until that one is absorbed.
        own = np.isin(owner, list(set(owner.tolist()) - {0} - heirs - set(joined))) & (part >= 0)
        self._let_go(turn, rows[(part < 0) & (owner > 0)], owner[(part < 0) & (owner > 0)])
        for number, (known, _) in claim.items():
            mine = rows[(part == number) & ~own]
            before = owner[(part == number) & ~own]
            if not known and len(mine) < self.config.cluster_voxels:
                continue
            heir = known or self._new(turn, mine, before)
            other = before != heir
            if not other.any():
                continue
            self.lives.concede(before[other])
            turn.changed.update(int(id) for id in np.unique(before[other & (before > 0)]))
            self.surface.give(mine[other], heir)
            turn.changed.add(heir)
        for id, heir in joined.items():
            if id in self.tables and heir in self.tables:
                self.lives.absorb(id, heir, turn)
                turn.changed.add(heir)
        for id in sorted(turn.changed):
            if id in self.tables and not len(self.surface.members(id)) and not turn.lost.get(id):
                self.lives.unmake(id, turn)

    def _let_go(self, turn: Turn, rows: Int64[np.ndarray, " n"], owner: Int64[np.ndarray, " n"]) -> None:
        """Voxels that turned out to be structure, or too few, are nobody's."""
        self.surface.give(rows, 0)
        self.lives.concede(owner)
        turn.changed.update(int(id) for id in np.unique(owner))

    def _new(self, turn: Turn, rows: Int64[np.ndarray, " n"], before: Int64[np.ndarray, " n"]) -> int:
        """A new object; where most of its voxels were another one's it is a part of that."""
        ids, count = np.unique(before[before > 0], return_counts=True)
        id = self.lives.create(0, turn, rows)
        if len(ids) and count.max() > len(before) / 2 and (parent := int(ids[count.argmax()])) in self.tables:
            table, row, from_row = self.tables.objects, self.tables.row(id), self.tables.row(parent)
            table["first_s"][row] = table["first_s"][from_row]
            if table["confirmed"][from_row]:
                self.tables.log.regroup(turn.t_s, "split", parent, id)
                self.tables.count["split"] += 1
        return id
