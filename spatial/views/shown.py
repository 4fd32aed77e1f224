"""Which view shows what, how well: one sorted list of (element, view, quality)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from jaxtyping import Bool, Int16, Int64, UInt8

from streammem.errors import StoreDamagedError
from streammem.interface import State

__all__ = ["ENTRY_BYTES", "Shown"]

_COLUMNS: Mapping[str, type[np.generic]] = {
    "element": np.int64,
    "view": np.int16,
    "quality": np.uint8,
    "best": np.uint8,
}
ENTRY_BYTES = sum(np.dtype(kind).itemsize for kind in _COLUMNS.values())


class Shown:
    """Entries sorted by element, at most `capacity`; `view` is a row of the table of views.

    `quality` is 1 to 255. `best` is the best that any view ever showed this element with, while one is there: so
    that one good view after another cannot be traded for a slightly worse one.
    """

    element: Int64[np.ndarray, " capacity"]
    view: Int16[np.ndarray, " capacity"]
    quality: UInt8[np.ndarray, " capacity"]
    best: UInt8[np.ndarray, " capacity"]

    def __init__(self, capacity: int) -> None:
        self.capacity, self.count = capacity, 0
        for name, kind in _COLUMNS.items():
            setattr(self, name, np.zeros(capacity, kind))

    def find(
        self, elements: Int64[np.ndarray, " n"]
    ) -> tuple[Int64[np.ndarray, " found"], Int64[np.ndarray, " found"]]:
        """Entries of these (rising) elements, and for each of them which element it is of."""
        known = self.element[: self.count]
        first = np.searchsorted(known, elements, "left")
        times = np.searchsorted(known, elements, "right") - first
        which = np.repeat(np.arange(len(elements)), times)
        within = np.arange(len(which)) - np.repeat(np.cumsum(times) - times, times)
        return first[which] + within, which

    def add(self, view: int, elements: Int64[np.ndarray, " n"], quality: UInt8[np.ndarray, " n"]) -> None:
        """A view comes in, with what it shows (rising elements); there must be room."""
        at, which = self.find(elements)
        best = quality.copy()
        np.maximum.at(best, which, self.best[at])
        self.best[at] = best[which]
        places = np.searchsorted(self.element[: self.count], elements, "right")
        total = self.count + len(elements)
        for name, new in (("element", elements), ("view", view), ("quality", quality), ("best", best)):
            column = getattr(self, name)
            column[:total] = np.insert(column[: self.count], places, new)
        self.count = total

    def remove(self, gone: Bool[np.ndarray, " count"]) -> None:
        """Entries go; what is behind the end is wiped, so that nothing dropped lingers."""
        kept = ~gone
        left = int(kept.sum())
        for name in _COLUMNS:
            column = getattr(self, name)
            column[:left] = column[: self.count][kept]
            column[left : self.count] = 0
        self.count = left

    def rename(self, elements: Int64[np.ndarray, " count"]) -> None:
        """Every entry gets a new element; a view that has one twice keeps its better entry."""
        count = self.count
        order = np.lexsort((self.view[:count], elements))
        columns = {name: getattr(self, name)[:count][order] for name in _COLUMNS}
        columns["element"] = elements[order]
        other = np.ones(count, np.bool_)
        other[1:] = columns["element"][1:] != columns["element"][:-1]
        first = other.copy()
        first[1:] |= columns["view"][1:] != columns["view"][:-1]
        starts = np.flatnonzero(first)
        if count:
            best = np.maximum.reduceat(columns["best"], np.flatnonzero(other))
            columns["best"] = best[np.cumsum(other) - 1]
            columns["quality"][starts] = np.maximum.reduceat(columns["quality"], starts)
        for name, column in columns.items():
            kept = getattr(self, name)
            kept[: len(starts)] = column[starts]
            kept[len(starts) : count] = 0
        self.count = len(starts)

    def nbytes(self) -> int:
        """Bytes that `state` holds."""
        return self.count * ENTRY_BYTES

    def state(self) -> State:
        """The entries."""
        return {name: getattr(self, name)[: self.count].copy() for name in _COLUMNS}

    def restore(self, state: State, rows: int) -> None:
        """Take over saved entries of a table with so many rows.

        Raises:
            StoreDamagedError: if columns are missing, of another type, unsorted, or longer than this list.
        """
        lengths = {len(state[name]) for name in _COLUMNS if name in state}
        right = all(
            name in state and state[name].dtype == kind and state[name].ndim == 1
            for name, kind in _COLUMNS.items()
        )
        if not right or len(lengths) != 1 or (count := lengths.pop()) > self.capacity:
            raise StoreDamagedError(
                f"the views' index should be columns {', '.join(_COLUMNS)} of one length, at most {self.capacity}: "
                "restore into a memory made with the same budget and configuration"
            )
        element, view = state["element"], state["view"]
        if (np.diff(element) < 0).any() or (count and not (view.min() >= 0 and view.max() < rows)):
            raise StoreDamagedError(
                f"the views' index is unsorted or names a view beyond row {rows}: restore an earlier commit"
            )
        for name in _COLUMNS:
            column = getattr(self, name)
            column[:count] = state[name]
            column[count:] = 0
        self.count = count
