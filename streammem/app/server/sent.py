"""Pictures that a program sends to a stream through the API: shown, and given a time; the program asks the memory."""

from __future__ import annotations

import math
import threading

import numpy as np
from jaxtyping import UInt8

from streammem.app.refusals import OPENING, BusyError
from streammem.app.server.channel import Channel
from streammem.app.server.clocks import StreamClock
from streammem.errors import ObservationError, OrderError
from streammem.types import Observation

__all__ = ["SentPictures"]

WAITING = "waiting for a program that sends pictures"


class SentPictures:
    """One stream that programs fill. Their own times are taken where they give any, else when a picture came."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._clock: StreamClock | None = None
        self._lock = threading.Lock()
        self._open = False
        channel.begin(live=True)

    def start(self) -> None:
        """Take pictures."""
        if not self._open:
            self._open = True
            self._channel.stands("starting", WAITING)

    def stop(self) -> None:
        """Take none until it is started again."""
        with self._lock:
            self._open = False
        self._channel.forget()
        self._channel.stands("stopped")

    def receive(self, rgb: UInt8[np.ndarray, "h w 3"], t_s: float | None) -> float:
        """Show a picture, in any thread but the event loop's, and say at what time the memory should see it.

        Raises:
            ObservationError: if the stream was stopped, or the time is no number; OrderError if it is not after the
                last one; BusyError while the memory is still being opened.
        """
        channel = self._channel
        with self._lock:
            if not self._open:
                raise ObservationError(f"stream {channel.name} is stopped: start it, then send pictures")
            if not channel.known:
                raise BusyError(OPENING)
            before_s = channel.t_s
            t_s, gap_s = self._time(t_s)
            if before_s is not None and t_s <= before_s:
                raise OrderError(
                    f"a picture at {t_s:.3f} s follows one at {before_s:.3f} s in {channel.name}: send them in order"
                )
            frame = Observation(index=channel.frames, t_s=t_s, rgb=rgb, stream=channel.name, gap_s=gap_s)
            channel.show(frame, captured_unix_s=channel.clocks.wall())
            channel.stands("live")
            return t_s

    def _time(self, t_s: float | None) -> tuple[float, float]:
        channel = self._channel
        if t_s is None:
            self._clock = self._clock or channel.clock()
            return self._clock.stamp()
        if not math.isfinite(t_s):
            raise ObservationError(f"a picture has the time {t_s}: send seconds")
        if channel.origin_unix_s is None:
            channel.origin_unix_s = channel.clocks.wall() - t_s
        return t_s, 0.0
