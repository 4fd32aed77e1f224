"""All streams of a live memory: started, stopped, watched over; many at once, and none waits for another."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import UInt8

from streammem.app.exits import UsageError
from streammem.app.server.browser_source import BrowserFeed
from streammem.app.server.capture import Capture, Opens, open_live
from streammem.app.server.channel import Channel, Slots, Standing
from streammem.app.server.clocks import Clocks
from streammem.app.server.hub import Hub
from streammem.app.server.pictures import LatestPicture
from streammem.app.server.problems import UnknownError
from streammem.app.server.sent import SentPictures
from streammem.app.server.settings import LiveSettings, SourceSettings
from streammem.app.server.sidecar import Sidecar
from streammem.errors import ObservationError

__all__ = ["Streams"]

STOP_S = 2.0  # that a stop waits for a source; then it is left alone, and let go of when it answers
MOST = 32  # streams, with those that programs made by sending pictures
NO_PAGE = "no page sends its camera: choose this browser's camera in the page"


class Streams:
    """The streams of the settings, and those that programs send.

    Args:
        settings: names and addresses; nothing else can be opened.
        engine: has a slot for each stream.
        hub: shows the pictures.
        sidecar: keeps when each stream's time began.
        changed: told in any thread when a stream stands otherwise than before.
        seen: time of the last frame that the memory has of each stream; files go on after it. None where it is not
            known yet: what is live is shown meanwhile, what is not waits.
        opens: opens a source.
        clocks: where time comes from.
    """

    def __init__(
        self,
        settings: LiveSettings,
        engine: Slots,
        hub: Hub,
        sidecar: Sidecar,
        changed: Callable[[], None],
        *,
        seen: Mapping[str, float] | None = MappingProxyType({}),
        opens: Opens = open_live,
        clocks: Clocks = Clocks(),  # noqa: B008 - frozen
    ) -> None:
        self._engine, self._hub, self._sidecar, self._changed = engine, hub, sidecar, changed
        self._seen, self._opens, self._clocks = seen, opens, clocks
        self._lock = threading.Lock()  # streams are made in any thread
        self._channels: dict[str, Channel] = {}
        self._runs: dict[str, _Run] = {}
        self._feeds: dict[str, BrowserFeed] = {}
        self._sent: dict[str, SentPictures] = {}
        for source in settings.sources:
            self._make(source)

    def states(self) -> list[dict[str, Any]]:
        """How all streams stand, in the order of their numbers."""
        return [channel.state() for channel in tuple(self._channels.values())]

    def state(self, name: str) -> dict[str, Any]:
        """How one stream stands.

        Raises:
            UnknownError: if there is none of this name.
        """
        return self._channel(name).state()

    async def start_all(self) -> None:
        """Start every stream whose settings say so."""
        for channel in tuple(self._channels.values()):
            if channel.source.start:
                await self.start(channel.name)

    async def start(self, name: str) -> None:
        """Start a stream; returns before its source is open, and does nothing where it runs.

        Raises:
            UnknownError: if there is none of this name.
        """
        channel = self._channel(name)
        if name in self._sent:
            self._sent[name].start()
        if channel.source.kind in ("api", "browser"):
            return  # a page starts its camera itself
        before = self._runs.get(name)
        if before is None or before.capture.over:
            holder = None if before is None else before.capture.holder
            self._runs[name] = run = _Run(channel, self._opens, holder)
            run.capture.start()

    async def stop(self, name: str) -> None:
        """Stop a stream; returns within two seconds, even where its driver hangs.

        Raises:
            UnknownError: if there is none of this name.
        """
        channel = self._channel(name)
        if name in self._sent:
            self._sent[name].stop()
        if (feed := self._feeds.get(name)) is not None:
            feed.close()
        if (run := self._runs.get(name)) is not None:
            answered = await run.stop()
            if self._runs[name] is run:
                message = "" if answered else "its driver does not answer: it is let go of as soon as it does"
                channel.stands("stopped", message)
                channel.forget()

    def know(self, seen: Mapping[str, float]) -> None:
        """The memory is open, and has so much of each stream: frames go into it from now on."""
        with self._lock:
            self._seen = seen
            for channel in self._channels.values():
                channel.know(seen.get(channel.name))

    async def rewind(self, seen: Mapping[str, float]) -> None:
        """The memory began again and has only so much of each stream: files of which nothing may be lost go back."""
        for channel in tuple(self._channels.values()):
            run = self._runs.get(channel.name)
            if run is None or channel.live or channel.source.pace != "fast":
                continue
            stopped = run.capture.stopping
            await run.stop()
            channel.t_s = seen.get(channel.name)
            if not stopped:
                await self.start(channel.name)

    async def close(self) -> None:
        """Stop all streams."""
        await asyncio.gather(*(self.stop(name) for name in tuple(self._channels)))

    def browser(self, name: str) -> BrowserFeed:
        """Take a page's camera as this stream's source; a page that sent before is sent away.

        Raises:
            UnknownError: if there is no stream of this name.
            ObservationError: if it is not one that a browser fills.
        """
        channel = self._channel(name)
        if channel.source.kind != "browser":
            raise ObservationError(
                f"stream {name} is not filled by a browser: it is a {channel.source.kind}; choose one of kind browser"
            )
        if (before := self._feeds.get(name)) is not None:
            before.close()
        feed = self._feeds[name] = BrowserFeed(channel, ended=self._feed_ended)
        return feed

    def received(self, name: str, rgb: UInt8[np.ndarray, "h w 3"], t_s: float | None = None) -> float:
        """A program's picture for the stream of this name, made on first use: shown, and given a time.

        Call it in any thread but the event loop's, then have the engine `observe` the picture at the time returned.

        Raises:
            ObservationError: if the stream is filled by a source or stopped, there are too many, or the name cannot be
                one; OrderError if the time is not after the last one.
        """
        with self._lock:
            sent = self._sent.get(name) or self._make_sent(name)
        return sent.receive(rgb, t_s)

    def latest(self, name: str) -> LatestPicture | None:
        """The newest picture of a stream; its `jpeg` may take a moment, so ask for it off the event loop.

        Raises:
            UnknownError: if there is none of this name.
        """
        return self._hub.newest(self._channel(name).name)

    def _channel(self, name: str) -> Channel:
        channel = self._channels.get(name)
        if channel is None:
            raise UnknownError(
                f"there is no stream {name!r}: there are {', '.join(self._channels) or 'none'}"
            )
        return channel

    def _make(self, source: SourceSettings) -> Channel:
        channel = self._channels[source.name] = Channel(
            source,
            len(self._channels),
            engine=self._engine,
            hub=self._hub,
            sidecar=self._sidecar,
            changed=self._changed,
            clocks=self._clocks,
            seen_s=None if self._seen is None else self._seen.get(source.name),
            known=self._seen is not None,
        )
        if source.kind == "api":
            self._sent[source.name] = SentPictures(channel)
        elif source.kind == "browser":
            channel.standing = Standing("stopped", NO_PAGE)
        return channel

    def _make_sent(self, name: str) -> SentPictures:
        if name in self._channels:
            raise ObservationError(f"stream {name} has a source of its own: send pictures under another name")
        if len(self._channels) >= MOST:
            raise ObservationError(f"there are {MOST} streams already, which is the most: use one of them")
        try:
            source = SourceSettings(name=name, address="api")
        except UsageError as error:
            raise ObservationError(str(error)) from error
        self._make(source)
        self._sent[name].start()
        self._changed()
        return self._sent[name]

    def _feed_ended(self, feed: BrowserFeed) -> None:
        if self._feeds.get(feed.stream) is feed:
            del self._feeds[feed.stream]
            channel = self._channels[feed.stream]
            channel.stands("stopped", NO_PAGE)
            channel.forget()


class _Run:
    """A capture, and waiting for its end on the event loop."""

    def __init__(self, channel: Channel, opens: Opens, before: Capture | None) -> None:
        self._ended = asyncio.Event()
        # Not a method of this run: the capture would hold the run that holds it.
        ended = partial(_tell, asyncio.get_running_loop(), self._ended)
        self.capture = Capture(channel, opens=opens, before=before, ended=ended)

    async def stop(self) -> bool:
        """Ask it to end; whether it did, in time."""
        self.capture.stop()
        try:
            async with asyncio.timeout(STOP_S):
                await self._ended.wait()
        except TimeoutError:
            return False
        return True


def _tell(loop: asyncio.AbstractEventLoop, event: asyncio.Event) -> None:
    with contextlib.suppress(RuntimeError):  # the loop was closed: nobody waits any more
        loop.call_soon_threadsafe(event.set)
