"""What the engine counts: frames, losses, how fast, how late, how busy."""

from __future__ import annotations

import time
from collections import defaultdict, deque
from collections.abc import Callable

from streammem.app.records import Record

__all__ = ["Meters"]

WINDOW_S = 3.0  # over which frames a second and the share of busy time are counted


class Meters:
    """Counts by stream, and rates over the last seconds.

    Args:
        clock: seconds that only go forward.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._frames: dict[str, int] = defaultdict(int)
        self._refused: dict[str, int] = defaultdict(int)
        self._dropped: dict[str, int] = {}
        self._lag_s: dict[str, float] = {}
        self._times: dict[str, deque[float]] = defaultdict(deque)
        self._idle: deque[tuple[float, float]] = deque()
        self._idle_s = 0.0  # sum of those
        self._began_s = clock()

    def frame(self, stream: str, *, lag_s: float, dropped: int) -> None:
        """A frame was taken in, so long after it was captured."""
        self._frames[stream] += 1
        self._lag_s[stream], self._dropped[stream] = lag_s, dropped
        self._times[stream].append(self._clock())
        self._trim(self._times[stream])

    def refused(self, stream: str) -> None:
        """A frame could not be taken."""
        self._refused[stream] += 1

    def idle(self, seconds: float) -> None:
        """There was nothing to do for so long."""
        self._idle.append((self._clock(), seconds))
        self._idle_s += seconds
        while self._idle and self._idle[0][0] < self._clock() - WINDOW_S:
            self._idle_s -= self._idle.popleft()[1]

    def record(self) -> Record:
        """All of it as plain data."""
        now = self._clock()
        for times in self._times.values():
            self._trim(times)
        span_s = max(min(WINDOW_S, now - self._began_s), 1e-3)
        return {
            "frames": dict(self._frames),
            "refused": dict(self._refused),
            "dropped": dict(self._dropped),
            "fps": {stream: round(len(times) / span_s, 2) for stream, times in self._times.items()},
            "lag_s": {stream: round(lag_s, 4) for stream, lag_s in self._lag_s.items()},
            "busy": round(min(1.0, max(0.0, 1.0 - self._idle_s / span_s)), 3),
        }

    def _trim(self, times: deque[float]) -> None:
        while times and times[0] < self._clock() - WINDOW_S:
            times.popleft()
