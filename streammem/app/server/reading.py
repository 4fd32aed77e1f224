"""How the frames of an open source go on: as they come, at the speed of their own clock, or as fast as possible."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Iterable, Iterator

from streammem.app.server.channel import Channel
from streammem.app.server.clocks import Clocks, StreamClock
from streammem.types import Observation

__all__ = ["look_on", "read_fast", "read_live", "read_real"]

LATE_S = 1.0  # a file that is read more slowly than it runs goes on from there, rather than race afterwards
SHOWN_S = 1 / 30  # between pictures that are shown of a file that is read as fast as possible


def look_on(channel: Channel, frames: Iterator[Observation], stopping: threading.Event) -> None:
    """Live frames that come before the memory is open: shown, and no more."""
    while not (channel.known or stopping.is_set()):
        frame = next(frames, None)
        if frame is None:
            return
        channel.preview(frame)


def read_live(
    channel: Channel, frames: Iterable[Observation], clock: StreamClock, stopping: threading.Event
) -> None:
    """Frames that do not wait: stamped as they come, the newest one counts."""
    for frame in frames:
        if stopping.is_set():
            return
        t_s, gap_s = clock.stamp(frame.t_s)
        late_s = clock.now_s() - t_s
        channel.deliver(
            dataclasses.replace(frame, t_s=t_s, gap_s=gap_s),
            captured_unix_s=channel.clocks.wall() - late_s,
        )


def read_real(channel: Channel, frames: Iterable[Observation], stopping: threading.Event) -> None:
    """Frames of a file when they are due; where the memory is slow it loses some, as it would of a camera."""
    pace = _Pace(channel.clocks)
    for frame in _unseen(channel, frames):
        if channel.clocks.pause(stopping, pace.wait_s(frame.t_s)):
            return
        channel.deliver(frame, captured_unix_s=channel.clocks.wall())


def read_fast(channel: Channel, frames: Iterable[Observation], stopping: threading.Event) -> None:
    """Frames of a file as fast as the memory takes them; none is lost, and as many are shown as one can see."""
    clocks, shown_s = channel.clocks, -SHOWN_S
    for frame in _unseen(channel, frames):
        if stopping.is_set():
            return
        now_s = clocks.steady()
        show = now_s - shown_s >= SHOWN_S
        shown_s = now_s if show else shown_s
        channel.feed(frame, captured_unix_s=clocks.wall(), show=show)


def _unseen(channel: Channel, frames: Iterable[Observation]) -> Iterable[Observation]:
    """What comes after the last frame that the stream had."""
    seen_s = channel.t_s
    return (frame for frame in frames if seen_s is None or frame.t_s > seen_s)


class _Pace:
    """How long to wait for a frame that is to be shown at its own time."""

    def __init__(self, clocks: Clocks) -> None:
        self._clocks = clocks
        self._start_s: float | None = None  # when time 0 of the file would have been

    def wait_s(self, t_s: float) -> float:
        now_s = self._clocks.steady()
        if self._start_s is None or now_s - t_s > self._start_s + LATE_S:
            self._start_s = now_s - t_s
        return max(0.0, self._start_s + t_s - now_s)
