"""Stopping on Ctrl-C or SIGTERM between two frames, so that what is committed is whole."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterable, Iterator
from types import FrameType

from streammem.types import Observation

__all__ = ["ECHO_S", "Stop"]

ECHO_S = 1.0  # `timeout`, `make` and launchers pass a Ctrl-C on that the terminal has sent as well: still the first


class _Asked(Exception):  # noqa: N818  # a way out, no error
    """Breaks off the wait for a frame."""


class Stop:
    """While entered, the first signal ends `until` after the frame at hand; a second Ctrl-C, later, breaks off.

    A stalled camera may not send a frame for long. So a signal that comes while the main thread waits for one
    ends the wait itself; one that comes while the memory works lets it finish its frame.
    """

    def __init__(self) -> None:
        self.by: signal.Signals | None = None
        self._since_s = 0.0
        self._waiting = False
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> Stop:
        if threading.current_thread() is threading.main_thread():
            for kind in (signal.SIGINT, signal.SIGTERM):
                self._before[kind] = signal.signal(kind, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        for kind, handler in self._before.items():
            signal.signal(kind, handler)  # type: ignore[arg-type]  # as signal.signal gave it

    def _ask(self, number: int, _: FrameType | None) -> None:
        if self.by is not None:
            if number == signal.SIGINT and time.monotonic() - self._since_s >= ECHO_S:
                raise KeyboardInterrupt
            return
        self.by, self._since_s = signal.Signals(number), time.monotonic()
        if self._waiting:
            raise _Asked

    def until(self, source: Iterable[Observation]) -> Iterator[Observation]:
        """The source's frames until a signal comes."""
        frames = iter(source)
        here = threading.current_thread() is threading.main_thread()
        try:
            while self.by is None:
                self._waiting = here
                frame = next(frames, None)
                self._waiting = False
                if frame is None:
                    return
                yield frame
        except _Asked:
            return
        finally:
            self._waiting = False
