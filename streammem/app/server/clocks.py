"""The times of live frames: the sender's own steps, hung upon a clock that goes on over restarts."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Clocks", "StreamClock"]

JUMP_S = 1.0  # the wall clock against the steady one: by more, it was set or the computer slept
RESET_S = 8.0  # a sender whose steps say so much less than ours has stood still; longer than a time-out
DRIFT = 1e-3  # seconds a second by which a sender's clock is followed when it is slow
STEP_S = 1e-3  # between frames at least, so that time moves forward
SILENCE_S = 2.0  # without frames is a gap, where they came faster before
USUAL = 5.0  # times the usual step

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Clocks:
    """Where time comes from, so that tests need not wait.

    Attributes:
        wall: Unix seconds; may be set at any time.
        steady: seconds that only go forward; stands still while the computer sleeps.
        pause: waits for so many seconds, or until the event is set; true if it is.
    """

    wall: Callable[[], float] = time.time
    steady: Callable[[], float] = time.monotonic
    pause: Callable[[threading.Event, float], bool] = threading.Event.wait


class StreamClock:
    """Seconds since a stream's origin. Time of day is `origin_unix_s` plus that; it never goes back.

    Frames of one sender come late by different amounts; the one that was least late says how its clock hangs upon
    ours. A sender's clock that is fast by a little is followed by that rule alone, one that is slow by `DRIFT`.
    """

    def __init__(self, origin_unix_s: float, last_s: float | None = None, *, clocks: Clocks) -> None:
        """Go on after `last_s`, the last time of the stream that is known."""
        self.origin_unix_s = origin_unix_s
        self._clocks = clocks
        self._last_s = last_s
        self._steady_s = clocks.steady()
        since_s = clocks.wall() - origin_unix_s
        self._base_s = max(since_s, last_s or 0.0)
        if since_s < self._base_s:
            logger.warning(
                "the clock stands %.0f s before the last frame: frames are put after it, their times of day are wrong "
                "by so much",
                self._base_s - since_s,
            )
        self._behind_s = self._base_s - since_s  # how far the wall clock was set back
        self._own_s = 0.0
        self._offset_s: float | None = None  # from the sender's clock to ours
        self._usual_s: float | None = None  # between two frames
        self._lost = last_s is not None

    def now_s(self) -> float:
        """The time on the stream's clock."""
        now_s = self._base_s + self._clocks.steady() - self._steady_s
        wall_s = self._clocks.wall() - self.origin_unix_s + self._behind_s
        if abs(wall_s - now_s) > JUMP_S:
            if wall_s > now_s:  # the computer slept, or its clock was set
                self._base_s += wall_s - now_s
                return wall_s
            self._behind_s += now_s - wall_s
            logger.warning(
                "the computer's clock was set back by %.0f s: times go on as before", now_s - wall_s
            )
        return now_s

    def lost(self) -> None:
        """The sender fell silent; the next frame says what it knows of time anew."""
        self._offset_s = None
        self._lost = self._last_s is not None

    def stamp(self, own_s: float | None = None) -> tuple[float, float]:
        """Time of a frame that has just come, and of the gap before it.

        Args:
            own_s: its time on the sender's clock, if that has one.
        """
        now_s = self.now_s()
        t_s = now_s if own_s is None else self._hung(own_s, now_s)
        last_s, self._last_s = self._last_s, t_s
        if last_s is None:
            return t_s, 0.0
        self._last_s = t_s = max(t_s, last_s + STEP_S)
        return t_s, self._gap_s(t_s - last_s)

    def _hung(self, own_s: float, now_s: float) -> float:
        offset_s = now_s - own_s
        if self._offset_s is None or own_s <= self._own_s or offset_s > self._offset_s + RESET_S:
            self._offset_s = offset_s
        else:
            slowly_s = self._offset_s + DRIFT * (own_s - self._own_s)
            self._offset_s = min(offset_s, slowly_s)
        self._own_s = own_s
        return own_s + self._offset_s

    def _gap_s(self, step_s: float) -> float:
        usual_s = self._usual_s
        if self._lost or (usual_s is not None and step_s > max(SILENCE_S, USUAL * usual_s)):
            self._lost = False
            return step_s
        self._usual_s = step_s if usual_s is None else 0.9 * usual_s + 0.1 * step_s
        return 0.0
