"""When each exemplar was in sight: intervals, opened and extended in constant time.

Times are whole ticks (1/100 s) since the stream's first frame: four bytes reach 497 days. An interval holds its
ends: starts are rounded down, ends up. Each exemplar's intervals are sorted and disjoint.
"""

from __future__ import annotations

import numpy as np
from jaxtyping import Int64

from streammem.token_table import Column, TokenTable

__all__ = ["COLUMNS", "Occurrences"]

COLUMNS = {"owner": Column(np.uint16), "start": Column(np.uint32), "end": Column(np.uint32)}


class Occurrences:
    """Rows (owner, start, end) in one table; what an exemplar has are the rows that it owns."""

    def __init__(self, capacity: int) -> None:
        self.table = TokenTable(COLUMNS, capacity)

    def open(self, owner: int, start: int, end: int) -> int:
        """A new interval; the table must have room."""
        row = self.table.allocate()
        for name, value in (("owner", owner), ("start", start), ("end", end)):
            self.table[name][row] = value
        return row

    def extend(self, row: int, end: int) -> None:
        """It lasts until `end`."""
        self.table["end"][row] = max(int(self.table["end"][row]), end)

    def span(self, row: int) -> tuple[int, int]:
        """Start and end."""
        return int(self.table["start"][row]), int(self.table["end"][row])

    def rows(self, owner: int) -> Int64[np.ndarray, " n"]:
        """An exemplar's rows, oldest first."""
        high = self.table.high
        mine = np.flatnonzero((self.table["owner"][:high] == owner) & self.table.live)
        return mine[np.argsort(self.table["start"][mine], kind="stable")]

    def rows_of(self, owners: Int64[np.ndarray, " n"]) -> dict[int, Int64[np.ndarray, " m"]]:
        """The same for many at once, in one pass."""
        high = self.table.high
        wanted = np.zeros(int(owners.max(initial=-1)) + 1 or 1, np.bool_)
        wanted[owners] = True
        owner = self.table["owner"][:high]
        inside = owner < len(wanted)
        found = np.flatnonzero(inside & self.table.live & wanted[np.where(inside, owner, 0)])
        found = found[np.lexsort((self.table["start"][found], owner[found]))]
        starts = np.flatnonzero(np.diff(owner[found], prepend=-1))
        return {int(owner[part[0]]): part for part in np.split(found, starts[1:]) if len(part)}

    def move(self, source: int, target: int, gap: int) -> int:
        """Hand all intervals of `source` to `target`, joining those at most `gap` apart; says how many vanished."""
        self.table["owner"][self.rows(source)] = target
        before, vanished = -1, 0
        for row in self.rows(target).tolist():
            if before >= 0 and int(self.table["start"][row]) - int(self.table["end"][before]) <= gap:
                self.extend(before, int(self.table["end"][row]))
                self.table.free(row)
                vanished += 1
            else:
                before = row
        return vanished

    def drop(self, owner: int) -> int:
        """Free all intervals of an exemplar; says how many."""
        rows = self.rows(owner)
        for row in rows[::-1].tolist():
            self.table.free(row)
        return len(rows)

    def make_room(self, keep: Int64[np.ndarray, " n"]) -> int:
        """Free the shortest interval of whoever has the most, other than the rows in `keep`; says which row."""
        high = self.table.high
        free_to_go = self.table.live.copy()
        free_to_go[keep] = False
        owner = self.table["owner"][:high].astype(np.int64)
        spare = np.flatnonzero(free_to_go)
        much = np.bincount(owner[spare]).argmax()
        his = spare[owner[spare] == much]
        row = int(his[(self.table["end"][his] - self.table["start"][his]).argmin()])
        self.table.free(row)
        return row
