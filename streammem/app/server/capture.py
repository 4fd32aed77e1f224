"""The thread that reads one source: opens it, waits for it to come back, and can always be stopped."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable

from streammem.app.server.channel import Channel, Standing
from streammem.app.server.clocks import StreamClock
from streammem.app.server.reading import look_on, read_fast, read_live, read_real
from streammem.errors import StreamMemError, UnsupportedSourceError
from streammem.perception.sources import StreamSource, open_source
from streammem.perception.sources.live import delays

__all__ = ["Capture", "Opens", "open_live"]

FIRST_WAIT_S = 0.5  # before a source that was lost is tried again; doubled each time
CAMERA_WAIT_S = 2.0  # at most for a camera of this computer: to look for one costs nothing
NETWORK_WAIT_S = 5.0
LOOK_S = 0.1  # between looks whether a driver let go of its device, or the memory is open
LETS_GO_S = 1.0  # a driver that takes longer hangs, and that is said
MOST_SIDE = 1920  # pixels; a larger picture costs time and shows the memory nothing more

Opens = Callable[[str, float | None], StreamSource]
logger = logging.getLogger(__name__)


def open_live(address: str, start_s: float | None) -> StreamSource:
    """A source by its address; one that is lost says so at once, and here it is decided when to try again."""
    uri = int(address) if address.isdecimal() else address
    return open_source(uri, start_s=start_s, size=MOST_SIDE, audio=False, reconnects=0)


class Capture:
    """One run of a source, from `start` to `stop` or to its end. A run is never started twice.

    Args:
        channel: where its frames go.
        opens: opens the source.
        before: the run before it; while a driver still hangs in that one, no other is let into the device.
        ended: is told in the thread when the run is over.
    """

    def __init__(
        self,
        channel: Channel,
        *,
        opens: Opens = open_live,
        before: Capture | None = None,
        ended: Callable[[], None] = lambda: None,
    ) -> None:
        self._channel, self._opens, self._before, self._ended = channel, opens, before, ended
        self._clock: StreamClock | None = None
        self._stopping = threading.Event()
        self._over = False
        self._lock = threading.Lock()  # whoever takes the source closes it: it is closed once, by one thread
        self._source: StreamSource | None = None
        self._closed: StreamSource | None = None
        self._thread = threading.Thread(target=self._run, name=f"capture {channel.name}", daemon=True)

    def start(self) -> None:
        """Begin; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Ask it to end; returns at once, `ended` is told when it did."""
        self._stopping.set()
        if (source := self._take()) is not None:
            # Closing waits for a thread that may hang in a driver, so it is not done here.
            name = f"closing {self._channel.name}"
            threading.Thread(target=source.close, name=name, daemon=True).start()

    @property
    def stopping(self) -> bool:
        """Whether it was asked to end."""
        return self._stopping.is_set()

    @property
    def over(self) -> bool:
        """Whether it came to its end, or was asked to."""
        return self._over or self.stopping

    @property
    def holder(self) -> Capture | None:
        """The run that still holds the source: this one, or one before it in which a driver hangs."""
        if self._thread.is_alive() or (self._closed is not None and self._closed.hanging):
            return self
        return None if self._before is None else self._before.holder

    @property
    def hanging(self) -> bool:
        """Whether the source is still held."""
        return self.holder is not None

    def _run(self) -> None:
        standing = Standing("stopped")
        try:
            if self._wait_while(self._before):
                self._before = None
                self._channel.stands("starting", "opening the source")
                standing = self._passes()
        except Exception as error:  # a thread that dies silently would leave "live" standing for ever
            logger.exception("%s: reading failed", self._channel.name)
            standing = Standing("failed", f"{_said(error)}: start it again")
        finally:
            self._close()
            if self._stopping.is_set():
                standing = Standing("stopped")
            self._over = True
            self._channel.stands(standing.status, standing.message)
            self._ended()

    def _passes(self) -> Standing:
        """Open it again and again until its end, a fault that stays, or a stop."""
        channel = self._channel
        most_s = CAMERA_WAIT_S if channel.source.kind == "camera" else NETWORK_WAIT_S
        waits = delays(None, first_s=FIRST_WAIT_S, most_s=most_s)
        while True:
            frames = channel.frames
            try:
                standing = self._pass()
            except Exception as error:  # noqa: BLE001 - told to the user; what nobody foresaw is logged as well
                if not self._comes_back(error):
                    return Standing("failed", _said(error))
                standing = Standing("lost", f"{_said(error)} (trying again)")
            finally:
                self._close()
            if standing.status != "lost" or self._stopping.is_set():
                return standing
            if channel.frames > frames:  # it did send something: begin with short waits
                waits = delays(None, first_s=FIRST_WAIT_S, most_s=most_s)
            channel.stands(standing.status, standing.message)
            if self._pause(next(waits)) or not self._wait_while(self._closed):
                return Standing("stopped")

    def _pass(self) -> Standing:
        """All that the source gives from now on, and how the stream stands after that."""
        channel = self._channel
        if not (channel.live or self._wait_for_memory()):
            return Standing("stopped")
        start_s = None if channel.source.kind == "camera" else channel.t_s
        source = self._opens(channel.source.address, start_s)
        with self._lock:
            self._source = source
        channel.begin(live=source.live)
        before = channel.frames
        with contextlib.closing(iter(source)) as frames:  # type: ignore[type-var]  # generators close
            if self._stopping.is_set():
                return Standing("stopped")
            if source.live:
                look_on(channel, frames, self._stopping)
                if not channel.known:
                    return Standing("lost", "it ended (trying again)")
                self._clock = self._clock or channel.clock()
                self._clock.lost()
                read_live(channel, frames, self._clock, self._stopping)
                return Standing("lost", "it ended (trying again)")
            if not self._wait_for_memory():  # what is in the web tells only now that it is no camera
                return Standing("stopped")
            read = read_fast if channel.source.pace == "fast" else read_real
            read(channel, frames, self._stopping)
        return Standing("ended", _ending(source, nothing_new=channel.frames == before))

    def _comes_back(self, error: Exception) -> bool:
        """Whether it is worth trying again: whatever is live may come back, a file that cannot be read may not."""
        if self._channel.live:
            if not isinstance(error, StreamMemError):  # of a driver or a decoder, and nobody foresaw it
                logger.exception("%s: reading failed", self._channel.name)
            return True
        return (
            self._channel.source.kind == "network"
            and isinstance(error, OSError)
            and not isinstance(error, UnsupportedSourceError)
        )

    def _wait_while(self, holder: Capture | StreamSource | None) -> bool:
        """Wait until a driver lets go of the source; false if we were stopped meanwhile."""
        waited_s = 0.0
        while holder is not None and holder.hanging:
            if waited_s >= LETS_GO_S:
                self._channel.stands("lost", "its driver does not answer: unplug it and plug it in again")
            if self._pause(LOOK_S):
                return False
            waited_s += LOOK_S
        return not self._stopping.is_set()

    def _wait_for_memory(self) -> bool:
        """Wait until it is known where a file goes on; false if we were stopped meanwhile."""
        while not self._channel.known:
            self._channel.stands("starting", "it goes on where the memory is, which is being opened")
            if self._pause(LOOK_S):
                return False
        return not self._stopping.is_set()

    def _pause(self, seconds: float) -> bool:
        return self._channel.clocks.pause(self._stopping, seconds)

    def _take(self) -> StreamSource | None:
        with self._lock:
            source, self._source = self._source, None
            self._closed = source or self._closed
            return source

    def _close(self) -> None:
        if (source := self._take()) is not None:
            source.close()


def _said(error: Exception) -> str:
    return str(error) if isinstance(error, StreamMemError) else f"{type(error).__name__}: {error}"


def _ending(source: StreamSource, *, nothing_new: bool) -> str:
    if nothing_new:
        return "the memory has seen all of it: to see it again, give it another name"
    if not source.lost:
        return "all of it was seen"
    reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(source.lost.items()))
    return f"its end is reached; what it could not give: {reasons}"
