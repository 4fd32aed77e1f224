"""All streams of a live memory: started, stopped, watched over; many at once, and none waits for another."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from jaxtyping import UInt8

from streammem.app.server.browser_source import BrowserFeed
from streammem.app.server.capture import Capture, Opens, open_live
from streammem.app.server.channel import Channel, Slots
from streammem.app.server.clocks import Clocks
from streammem.app.server.hub import Hub
from streammem.app.server.pictures import LatestPicture
from streammem.app.server.problems import UnknownError
from streammem.app.server.settings import LiveSettings, SourceSettings
from streammem.app.server.sidecar import Sidecar
from streammem.errors import ObservationError
from streammem.types import Observation

__all__ = ["Streams"]

STOP_S = 2.0  # that a stop waits for a source; then it is left alone, and let go of when it answers
MOST = 32  # streams, with those that programs made by sending pictures
SENT = ("browser", "api")  # kinds whose frames are sent to us


class Streams:
    """The streams of the settings, and those that programs send.

    Args:
        settings: names and addresses; nothing else can be opened.
        engine: has a slot for each stream.
        hub: shows the pictures.
        sidecar: keeps when each stream's time began.
        changed: told in any thread when a stream stands otherwise than before.
        seen: time of the last frame that the memory has of each stream; files go on after it.
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
        seen: Mapping[str, float] = MappingProxyType({}),
        opens: Opens = open_live,
        clocks: Clocks = Clocks(),  # noqa: B008 - frozen
    ) -> None:
        self._engine, self._hub, self._sidecar, self._changed = engine, hub, sidecar, changed
        self._seen, self._opens, self._clocks = dict(seen), opens, clocks
        self._settings = settings

    def states(self) -> list[dict[str, Any]]:
        """How all streams stand, in the order of their numbers."""
        raise NotImplementedError

    def state(self, name: str) -> dict[str, Any]:
        """How one stream stands.

        Raises:
            UnknownError: if there is none of this name.
        """
        raise NotImplementedError

    async def start_all(self) -> None:
        """Start every stream whose settings say so."""
        raise NotImplementedError

    async def start(self, name: str) -> None:
        """Start a stream; returns before its source is open, and does nothing where it runs."""
        raise NotImplementedError

    async def stop(self, name: str) -> None:
        """Stop a stream; returns within two seconds, even where its driver hangs."""
        raise NotImplementedError

    async def close(self) -> None:
        """Stop all streams."""
        raise NotImplementedError

    def browser(self, name: str) -> BrowserFeed:
        """Take a page's camera as this stream's source; a page that sent before is sent away.

        Raises:
            UnknownError: if there is no stream of this name.
            ObservationError: if it is not one that a browser fills.
        """
        raise NotImplementedError

    def received(self, name: str, rgb: UInt8[np.ndarray, "h w 3"], t_s: float | None = None) -> float:
        """A program's picture for the stream of this name, made on first use: shown, and given a time.

        Call it in any thread but the event loop's, then have the engine `observe` the picture at the time returned.

        Raises:
            ObservationError: if the stream is filled by a source, there are too many, or the name cannot be one.
        """
        raise NotImplementedError

    def latest(self, name: str) -> LatestPicture | None:
        """The newest picture of a stream; its `jpeg` may take a moment, so ask for it off the event loop."""
        raise NotImplementedError
