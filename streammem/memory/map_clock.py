"""One clock for a map that several streams draw.

A map's time never runs backward. The first stream's clock is the map's. Another one that starts behind it is a later
walk: its times are moved on to where the map stands. One that runs beside it, a little behind, waits for it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from streammem.errors import StoreDamagedError
from streammem.interface import State

__all__ = ["MapClock"]

BESIDE_S = 1.0  # a stream that starts no further behind runs at the same time


class MapClock:
    """The map's time of each stream's time; `streams` of them at most."""

    def __init__(self, streams: int) -> None:
        self._offset_s = np.full(streams, np.nan)
        self._now_s = np.full(1, -np.inf)
        self._first = np.zeros(1, np.int64)

    @property
    def now_s(self) -> float:
        """The latest time of the map; minus infinity before the first frame."""
        return float(self._now_s[0])

    @property
    def first(self) -> int:
        """The stream whose clock is the map's; 0 before the first frame."""
        return int(self._first[0])

    def enter(self, stream: int, t_s: float) -> float:
        """The map's time of a stream's next frame."""
        if np.isneginf(self._now_s[0]):
            self._first[0] = stream
        if np.isnan(self._offset_s[stream]):
            late = self.now_s - t_s
            self._offset_s[stream] = late + BESIDE_S if late > BESIDE_S else 0.0
        self._now_s[0] = max(self.now_s, t_s + self._offset_s[stream])
        return self.now_s

    def of(self, stream: int, t_s: float) -> float:
        """The map's time of a stream's time; its own where the stream drew nothing."""
        offset = self._offset_s[stream]
        return t_s if np.isnan(offset) else t_s + float(offset)

    def nbytes(self) -> int:
        """Bytes of `state`."""
        return sum(array.nbytes for array in self.state().values())

    def state(self) -> State:
        """Offsets, the time, and whose clock it is."""
        return {name: array.copy() for name, array in self._books().items()}

    def _books(self) -> dict[str, NDArray[Any]]:
        return {"offset_s": self._offset_s, "now_s": self._now_s, "first": self._first}

    def restore(self, state: State) -> None:
        """Take over a saved state.

        Raises:
            StoreDamagedError: if it is of another number of streams.
        """
        for name, own in self._books().items():
            if name not in state or state[name].shape != own.shape:
                raise StoreDamagedError(
                    f"a map's clock keeps {name!r} of {len(own)}: restore into a memory made with as many streams"
                )
        for name, own in self._books().items():
            own[:] = state[name]
