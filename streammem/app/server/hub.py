"""Pictures to those who look: the newest one for each credit, and never a queue."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

from streammem.app.server.pictures import LatestPicture
from streammem.app.server.threads import picture_threads
from streammem.errors import ObservationError

__all__ = ["Hub", "Viewer"]

MOST_CREDIT = 4
Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")


class Viewer:
    """One who looks at one stream at a time. Everything here belongs to the event loop's thread.

    A viewer says how many pictures it has room for. Sockets buffer hundreds of pictures before a sender notices that
    nobody reads, so only the viewer's own word keeps what it sees from growing old.
    """

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._shown: LatestPicture | None = None
        self._ready = asyncio.Event()
        self.stream: str | None = None
        self.credits = 0
        self.left = False

    def show(self, stream: str | None) -> None:
        """Look at this stream from now on, or at none; its newest picture comes at once where there is credit."""
        self.stream, self._shown = stream, None
        self._ready.set()

    def credit(self, n: int) -> None:
        """Room for `n` more pictures; never more than four in all.

        Raises:
            ObservationError: if `n` is not 1 to 4.
        """
        if not 1 <= n <= MOST_CREDIT:
            raise ObservationError(f"a credit is for 1 to {MOST_CREDIT} pictures, got {n}")
        self.credits = min(self.credits + n, MOST_CREDIT)
        self._ready.set()

    async def next(self) -> bytes:
        """Header and JPEG of the newest picture, once there is credit and one that was not shown; b"" after leaving."""
        while not self.left:
            picture = self._due()
            if picture is not None:
                self.credits -= 1
                self._shown = picture
                return picture.message if picture.encoded else await self._hub.work(_message, picture)
            self._ready.clear()
            await self._ready.wait()
        return b""

    def wake(self) -> None:
        """There may be something new."""
        self._ready.set()

    def _due(self) -> LatestPicture | None:
        if self.credits < 1 or self.stream is None:
            return None
        picture = self._hub.newest(self.stream)
        return None if picture is self._shown else picture


class Hub:
    """The newest picture of each stream. Any thread publishes; viewers join and leave on the event loop."""

    def __init__(self) -> None:
        self._newest: dict[str, LatestPicture] = {}
        self._viewers: set[Viewer] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._threads = picture_threads()

    async def work(self, function: Callable[[*Arguments], Result], *arguments: *Arguments) -> Result:
        """Do something with a picture beside the event loop; nothing that waits for a disk or a network."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, function, *arguments)

    @property
    def viewers(self) -> int:
        """How many look."""
        return len(self._viewers)

    def join(self) -> Viewer:
        """A new viewer, who looks at nothing yet and has no credit."""
        self._loop = asyncio.get_running_loop()
        viewer = Viewer(self)
        self._viewers.add(viewer)
        return viewer

    def leave(self, viewer: Viewer, /) -> None:
        """The viewer is gone; once more does no harm."""
        self._viewers.discard(viewer)
        viewer.left = True
        viewer.wake()

    def newest(self, stream: str) -> LatestPicture | None:
        """The newest picture of a stream, in any thread."""
        return self._newest.get(stream)

    def wanted(self, stream: str) -> bool:
        """Whether somebody waits for a picture of this stream, in any thread."""
        return any(viewer.stream == stream and viewer.credits > 0 for viewer in tuple(self._viewers))

    def publish(self, picture: LatestPicture) -> None:
        """Take a stream's newest picture, in any thread; its JPEG is made here, if somebody waits for it."""
        wanted = self.wanted(picture.stream)
        if wanted:
            _message(picture)
        self._newest[picture.stream] = picture
        if wanted and self._loop is not None:
            with contextlib.suppress(RuntimeError):  # the loop was closed: nobody looks any more
                self._loop.call_soon_threadsafe(self._wake, picture.stream)

    def forget(self, stream: str) -> None:
        """Let go of a stream's picture: it was stopped, and what its camera saw last is nobody's business."""
        self._newest.pop(stream, None)

    def _wake(self, stream: str) -> None:
        for viewer in self._viewers:
            if viewer.stream == stream:
                viewer.wake()


def _message(picture: LatestPicture) -> bytes:
    return picture.message
