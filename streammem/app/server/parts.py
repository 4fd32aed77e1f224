"""What the routes need of the parts behind them: the memory's process, the sources, the pictures, the files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import UInt8

__all__ = ["Calls", "Feed", "Keeps", "Latest", "Remembers", "Runs", "Shows", "Viewer"]


@runtime_checkable
class Remembers(Protocol):
    """The process that owns the memory (`engine.Engine`)."""

    alive: bool
    opening: bool
    restarts: int

    async def ask(self, verb: str, /, **arguments: Any) -> Any:
        """What the memory answers; raises what the memory raised."""


@runtime_checkable
class Latest(Protocol):
    """The newest picture of a stream."""

    @property
    def jpeg(self) -> bytes:
        """The picture."""

    @property
    def seq(self) -> int:
        """Its number in the stream."""

    @property
    def t_s(self) -> float:
        """The stream's time."""

    @property
    def captured_unix_s(self) -> float:
        """When it was taken."""


@runtime_checkable
class Feed(Protocol):
    """A source whose frames are brought by somebody else: a browser's camera (`browser_source.BrowserFeed`)."""

    open: bool

    def offer(self, rgb: UInt8[np.ndarray, "h w 3"], captured_s: float) -> bool:
        """Take a frame, off the event loop; false where it was not taken. Times are Unix seconds."""

    def close(self) -> None:
        """No more frames come."""


@runtime_checkable
class Runs(Protocol):
    """The sources (`streams.Streams`)."""

    def states(self) -> list[dict[str, Any]]:
        """All streams, as they stand."""

    def state(self, name: str) -> dict[str, Any]:
        """One stream; raises where there is none of that name."""

    async def start(self, name: str) -> None:
        """Open its source."""

    async def stop(self, name: str) -> None:
        """Close its source."""

    def browser(self, name: str) -> Feed:
        """Let a browser be the source of this stream."""

    def received(self, name: str, rgb: UInt8[np.ndarray, "h w 3"], t_s: float | None = None) -> float:
        """A program's picture for a stream, off the event loop; the time that it has on the stream's clock."""

    def latest(self, name: str) -> Latest | None:
        """The newest picture; None where none came yet."""


@runtime_checkable
class Viewer(Protocol):
    """One who looks at pictures, at the pace that they give credit for."""

    def show(self, stream: str | None) -> None:
        """Look at this stream, or at none."""

    def credit(self, n: int) -> None:
        """Room for `n` more pictures."""

    async def next(self) -> bytes:
        """Header and JPEG of the newest picture, once there is credit and a picture."""


@runtime_checkable
class Shows(Protocol):
    """Hands pictures to viewers (`hub.Hub`)."""

    async def work(self, function: Callable[..., Any], /, *arguments: Any) -> Any:
        """Do something with a picture beside the event loop."""

    def join(self) -> Any:
        """A new viewer."""

    def leave(self, viewer: Any, /) -> None:
        """The viewer is gone."""


@runtime_checkable
class Calls(Protocol):
    """Addresses that alerts are posted to (`webhooks.Webhooks`)."""

    @property
    def names(self) -> tuple[str, ...]:
        """What the configuration calls them."""

    def send(self, alert: dict[str, Any]) -> None:
        """Post an alert where its `webhook` names one; never waits."""


@runtime_checkable
class Keeps(Protocol):
    """Small settings beside the store (`sidecar.Sidecar`)."""

    def get(self, key: str, default: Any = None) -> Any:
        """What was kept under this key."""

    def put(self, key: str, value: Any) -> None:
        """Keep it, on disk."""
