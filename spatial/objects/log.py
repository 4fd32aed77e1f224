"""What changed, newest last, as many entries as fit; older ones are overwritten and counted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from jaxtyping import Float32, Int64

from streammem.interface import State
from streammem.token_table import Column, TokenTable
from streammem.types import Box, MapChange

__all__ = ["LOG", "ChangeLog", "Regrouping", "box_of", "point_of"]

LOG = {
    "serial": Column(np.int64),
    "t_s": Column(np.float64),
    "kind": Column(np.int8),
    "object": Column(np.int64),
    "other": Column(np.int64),
    "voxels": Column(np.int32),
    "centre": Column(np.float32, (3,)),
    "low": Column(np.float32, (3,)),
    "high": Column(np.float32, (3,)),
    "came": Column(np.float32, (3,)),
}
KINDS: tuple[Literal["appeared", "moved", "vanished", "removed"], ...] = (
    "appeared",
    "moved",
    "vanished",
    "removed",
)
MERGED, SPLIT = 4, 5


@dataclass(frozen=True, kw_only=True, slots=True)
class Regrouping:
    """Two ids became one ("merged": `other` is `object` from then on) or one two ("split": `other` is new)."""

    t_s: float
    kind: Literal["merged", "split"]
    object: int
    other: int


def point_of(values: Float32[np.ndarray, " 3"]) -> tuple[float, float, float]:
    """Three numbers as a tuple."""
    return float(values[0]), float(values[1]), float(values[2])


def box_of(low: Float32[np.ndarray, " 3"], high: Float32[np.ndarray, " 3"]) -> Box:
    """The box between two corners."""
    return Box(low=point_of(low), high=point_of(high))


class ChangeLog:
    """A ring of entries; `lost` counts what was overwritten."""

    def __init__(self, capacity: int) -> None:
        self.table = TokenTable(LOG, capacity)
        self.lost = 0
        self._serial = 0  # entries ever written

    def add(
        self,
        t_s: float,
        kind: str,
        box: tuple[Float32[np.ndarray, " 3"], Float32[np.ndarray, " 3"], Float32[np.ndarray, " 3"]],
        voxels: int,
        object: int = 0,
        came: Float32[np.ndarray, " 3"] | None = None,
    ) -> int:
        """Note a change; says its serial number. `box` is centre, low and high corner."""
        row = self._row()
        entry = self.table
        entry["t_s"][row], entry["kind"][row], entry["object"][row] = t_s, KINDS.index(kind), object
        entry["centre"][row], entry["low"][row], entry["high"][row] = box
        entry["voxels"][row] = voxels
        entry["came"][row] = np.nan if came is None else came
        return self._serial

    def regroup(self, t_s: float, kind: Literal["merged", "split"], object: int, other: int) -> None:
        """Note that ids were joined or parted."""
        row = self._row()
        self.table["t_s"][row], self.table["object"][row], self.table["other"][row] = t_s, object, other
        self.table["kind"][row] = MERGED if kind == "merged" else SPLIT

    def amend(self, serial: int, changes: dict[str, object]) -> bool:
        """Correct an entry, if it is still there."""
        rows = np.flatnonzero(self.table.live & (self.table["serial"][: self.table.high] == serial))
        for row in rows:
            for name, value in changes.items():
                self.table[name][row] = value
        return len(rows) > 0

    def strike(self, object: int, kind: str, since_s: float) -> None:
        """Take back an object's entries of one kind: it turned out to be another object."""
        rows = self._find(since_s, np.inf)
        named = (self.table["object"][rows] == object) & (self.table["kind"][rows] == KINDS.index(kind))
        for row in rows[named].tolist():
            self.table.free(row)

    def changes(self, since_s: float, until_s: float) -> list[MapChange]:
        """Everything from `since_s` to `until_s`, oldest first."""
        rows = self._find(since_s, until_s)
        return [self.change(int(row)) for row in rows if self.table["kind"][row] < len(KINDS)]

    def written(self, after: int) -> list[MapChange]:
        """Entries with serial numbers above `after`."""
        rows = self._find(-np.inf, np.inf)
        rows = rows[(self.table["serial"][rows] > after) & (self.table["kind"][rows] < len(KINDS))]
        return [self.change(int(row)) for row in rows]

    @property
    def serial(self) -> int:
        """Number of the newest entry."""
        return self._serial

    def regroupings(self, since_s: float, until_s: float) -> Iterator[Regrouping]:
        """Merges and splits from `since_s` to `until_s`, oldest first."""
        for row in self._find(since_s, until_s):
            if (kind := int(self.table["kind"][row])) >= MERGED:
                yield Regrouping(
                    t_s=float(self.table["t_s"][row]),
                    kind="merged" if kind == MERGED else "split",
                    object=int(self.table["object"][row]),
                    other=int(self.table["other"][row]),
                )

    def change(self, row: int) -> MapChange:
        """One entry as it is told."""
        table = self.table
        came = table["came"][row]
        return MapChange(
            t_s=float(table["t_s"][row]),
            kind=KINDS[int(table["kind"][row])],
            centre=point_of(table["centre"][row]),
            extent=box_of(table["low"][row], table["high"][row]),
            voxels=int(table["voxels"][row]),
            object=int(table["object"][row]) or None,
            came_from=None if np.isnan(came[0]) else point_of(came),
        )

    def nbytes(self) -> int:
        """Bytes that `state` holds."""
        return self.table.nbytes() + 16

    def state(self) -> State:
        """Everything, as arrays."""
        return {**self.table.state(), "ring": np.array([self._serial, self.lost], np.int64)}

    def restore(self, state: State) -> None:
        """Take over what `state` gave; the caller has checked that `ring` is there."""
        self.table.restore(state)
        self._serial, self.lost = (int(value) for value in state["ring"])

    def _row(self) -> int:
        self._serial += 1
        if self.table.full:
            self.lost += 1
            row = int(self.table["serial"].argmin())
            for name in LOG:
                self.table[name][row] = 0
        else:
            row = self.table.allocate()
        self.table["serial"][row] = self._serial
        return row

    def _find(self, since_s: float, until_s: float) -> Int64[np.ndarray, " n"]:
        high = self.table.high
        t_s = self.table["t_s"][:high]
        rows = np.flatnonzero(self.table.live & (t_s >= since_s) & (t_s <= until_s))
        return rows[np.argsort(self.table["serial"][rows])]
