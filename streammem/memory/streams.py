"""Each stream's clock and what it was doing last: one row a stream, a bounded number of them.

Times inside the memory are ticks of 1/100 s since a stream's first frame; seconds are made of them only where
an answer leaves. An exemplar's own time is kept in full.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streammem.errors import ObservationError, OrderError
from streammem.token_table import Column, TokenTable
from streammem.types import Observation

__all__ = ["TICKS", "Streams", "clock_columns", "stream_columns"]

TICKS = 100  # a second
NAME_BYTES = 64
_LONGEST = 0xFFFFFFFF
_RHYTHM = 16  # frames over which the usual time between two is averaged


def clock_columns() -> dict[str, Column]:
    """What every memory of several streams knows of each."""
    return {
        "name": Column(np.uint8, (NAME_BYTES,)),  # UTF-8, filled up with zeros
        "origin_s": Column(np.float64),
        "last_s": Column(np.float64),
        "rhythm_s": Column(np.float64),  # usual time between frames
        "since": Column(np.uint32),  # tick from which it came without a gap
    }


def stream_columns(gauge: Mapping[str, Column]) -> dict[str, Column]:
    """What is known of a stream, what it was doing last, and what its surprise gauge asks for."""
    return {
        **clock_columns(),
        "event": Column(np.uint16),  # row + 1 of the event that is on
        "exemplar": Column(np.uint16),  # row + 1 of what is in sight
        **gauge,
    }


class Streams:
    """Rows of `clock_columns`, and whatever else a memory notes beside them."""

    def __init__(self, columns: Mapping[str, Column], capacity: int, jump_s: float) -> None:
        self.table = TokenTable(columns, capacity)
        self._jump_s = jump_s
        self._ids: dict[str, int] = {}

    @property
    def names(self) -> tuple[str, ...]:
        """In the order in which they came."""
        return tuple(self._ids)

    def row(self, name: str) -> int | None:
        """A stream's row, None if it never came."""
        return self._ids.get(name)

    def check(self, observation: Observation) -> None:
        """Refuse what cannot follow.

        Raises:
            OrderError: if time does not move forward within the stream.
            ObservationError: if there are too many streams, a name or a stream is too long.
        """
        name, row = observation.stream, self.row(observation.stream)
        if row is None:
            if self.table.full:
                raise ObservationError(
                    f"this memory has room for {self.table.capacity} streams, {name!r} would be one more: "
                    "open another store, or give a larger budget when a store is made"
                )
            if not name or len(name.encode()) > NAME_BYTES or "\0" in name:
                raise ObservationError(f"a stream's name has 1 to {NAME_BYTES} bytes, got {name!r}")
            return
        last_s, origin_s = (float(self.table[column][row]) for column in ("last_s", "origin_s"))
        if observation.t_s <= last_s:
            raise OrderError(
                f"frame {observation.index} of {name!r} at {observation.t_s:.3f} s follows one at {last_s:.3f} s: "
                "give each pass over a source its own stream name, or go on after it"
            )
        if (observation.t_s - origin_s) * TICKS + 1 >= _LONGEST:
            raise ObservationError(
                f"frame {observation.index} of {name!r} comes {observation.t_s - origin_s:.0f} s after the first, a "
                f"stream reaches {_LONGEST // TICKS} s: go on under another stream name"
            )

    def enter(self, observation: Observation) -> tuple[int, bool]:
        """Book a checked frame; says the stream's row and whether it came without a gap."""
        table, t_s = self.table, observation.t_s
        row = self.row(observation.stream)
        if row is None:
            row = self._ids[observation.stream] = table.allocate()
            encoded = observation.stream.encode()
            table["name"][row, : len(encoded)] = np.frombuffer(encoded, np.uint8)
            table["origin_s"][row] = table["last_s"][row] = t_s
            return row, False
        waited_s, rhythm_s = t_s - float(table["last_s"][row]), float(table["rhythm_s"][row])
        broke = observation.gap_s > 0 or waited_s > max(self._jump_s, 5.0 * rhythm_s)
        if observation.gap_s == 0:
            rhythm_s = rhythm_s + (waited_s - rhythm_s) / _RHYTHM if rhythm_s else waited_s
        table["rhythm_s"][row], table["last_s"][row] = rhythm_s, t_s
        if broke:
            table["since"][row] = self.ticks(row, t_s)[0]
        return row, not broke

    def ticks(self, row: int, t_s: float) -> tuple[int, int]:
        """The whole ticks just before and just after a time."""
        exact = (t_s - float(self.table["origin_s"][row])) * TICKS
        return math.floor(exact + 1e-6), math.ceil(exact - 1e-6)

    def seconds(self, row: int, ticks: int) -> float:
        """The stream's time of a tick."""
        return float(self.table["origin_s"][row]) + ticks / TICKS

    def name(self, row: int) -> str:
        """What a stream is called."""
        return bytes(self.table["name"][row]).rstrip(b"\0").decode()

    def view(self, row: int, columns: Mapping[str, Column]) -> dict[str, NDArray[Any]]:
        """Views of one row's entries, to read and to write."""
        return {name: self.table[name][row : row + 1].reshape(self.table[name].shape[1:]) for name in columns}

    def restored(self) -> None:
        """Learn the names again after the table was restored."""
        self._ids = {self.name(int(row)): int(row) for row in np.flatnonzero(self.table.live)}
