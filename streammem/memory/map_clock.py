"""One clock for a map that several streams draw.

A map's time never runs backward. The first stream's clock is the map's. Another one that starts behind it is a later
walk: its times are moved on to where the map stands. One that runs beside it, a little behind, waits for it.
"""

from __future__ import annotations

import numpy as np

from streammem.errors import StoreDamagedError
from streammem.interface import State

__all__ = ["MapClock"]

BESIDE_S = 1.0  # a stream that starts no further behind runs at the same time


class MapClock:
    """The map's time of each stream's time; `streams` of them at most."""

    def __init__(self, streams: int) -> None:
        self._offset_s = np.full(streams, np.nan)
        self._now_s = np.full(1, -np.inf)

    @property
    def now_s(self) -> float:
        """The latest time of the map; minus infinity before the first frame."""
        return float(self._now_s[0])

    def enter(self, stream: int, t_s: float) -> float:
        """The map's time of a stream's next frame."""
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
        return self._offset_s.nbytes + self._now_s.nbytes

    def state(self) -> State:
        """Offsets and the time."""
        return {"offset_s": self._offset_s.copy(), "now_s": self._now_s.copy()}

    def restore(self, state: State) -> None:
        """Take over a saved state.

        Raises:
            StoreDamagedError: if it is of another number of streams.
        """
        for name, own in (("offset_s", self._offset_s), ("now_s", self._now_s)):
            if name not in state or state[name].shape != own.shape:
                raise StoreDamagedError(
                    f"a map's clock keeps {name!r} of {len(own)}: restore into a memory made with as many streams"
                )
            own[:] = state[name]
