"""The camera of a browser: frames that a page sends, as a source like any other."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable

import numpy as np
from jaxtyping import UInt8

from streammem.app.server.channel import Channel
from streammem.app.server.clocks import StreamClock
from streammem.errors import ObservationError
from streammem.types import Observation

__all__ = ["BrowserFeed"]

TRUSTED_S = 10.0  # a picture that claims to be older, or of the future, comes from a clock that is wrong


class BrowserFeed:
    """What one page sends to one stream, from the socket's opening to its end.

    Attributes:
        open: false once the page is gone, the stream was stopped or another page has taken over.
    """

    def __init__(self, channel: Channel, *, ended: Callable[[BrowserFeed], None]) -> None:
        self._channel, self._ended = channel, ended
        self._clock: StreamClock | None = channel.clock() if channel.known else None
        self._lock = threading.Lock()
        self._frames = 0
        self.open = True
        channel.begin(live=True)
        channel.stands("starting", "waiting for the page's first picture")

    @property
    def stream(self) -> str:
        """Name of the stream."""
        return self._channel.name

    def offer(self, rgb: UInt8[np.ndarray, "h w 3"], captured_s: float) -> bool:
        """Take a frame, in any thread but the event loop's: it may be encoded here.

        Args:
            rgb: the picture.
            captured_s: Unix seconds by the page's clock; only its steps are believed.

        Returns:
            Whether the stream took it; false once this feed is closed.

        Raises:
            ObservationError: if the time is no number.
        """
        if not math.isfinite(captured_s):
            raise ObservationError(f"a picture has the time {captured_s}: send Unix seconds")
        with self._lock:
            if not self.open:
                return False
            self._take(rgb, captured_s)
            self._frames += 1
        return True

    def _take(self, rgb: UInt8[np.ndarray, "h w 3"], captured_s: float) -> None:
        channel = self._channel
        if not channel.known:
            channel.preview(Observation(index=self._frames, t_s=captured_s, rgb=rgb))
            return
        clock = self._clock = self._clock or channel.clock()
        t_s, gap_s = clock.stamp(captured_s)
        frame = Observation(index=self._frames, t_s=t_s, rgb=rgb, gap_s=gap_s)
        channel.deliver(frame, captured_unix_s=self._captured(captured_s, clock.now_s() - t_s))

    def close(self) -> None:
        """No more frames come; may be called twice."""
        with self._lock:
            was_open, self.open = self.open, False
        if was_open:
            self._ended(self)

    def _captured(self, captured_s: float, late_s: float) -> float:
        """When it was taken by our clock on the wall; by the page's, where that seems to be the same."""
        now_s = self._channel.clocks.wall()
        if 0 <= now_s - captured_s <= TRUSTED_S:
            return captured_s
        return now_s - max(0.0, late_s)
