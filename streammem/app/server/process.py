"""The engine's process as the server sees it: started, written to, listened to, ended. Two threads, no waiting."""

from __future__ import annotations

import contextlib
import logging
import multiprocessing
import os
import queue
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING, Any

from streammem.app.server.opening import EngineSettings

if TYPE_CHECKING:
    from streammem.app.server.slots import FrameSlot

__all__ = ["EngineProcess", "Message"]

NICE = 5  # the server's page and picture go before the memory's look at them, from the first moment on

logger = logging.getLogger(__name__)
Message = tuple[Any, ...]


@contextlib.contextmanager
def _no_interrupts() -> Iterator[None]:
    """Who is started meanwhile never hears Ctrl-C, not even while it still imports what it needs."""
    resource_tracker.ensure_running()  # it would let them through again, did it start in between
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class EngineProcess:
    """One run of the process that owns the memory.

    It ends when its pipe closes, so it outlives neither this object nor this process, however that ends. It is started
    at once, and what it says waits until somebody listens: both sides load what they need side by side.

    Args:
        settings: which memory.
    """

    def __init__(self, settings: EngineSettings) -> None:
        # Spawned, not forked: the server has threads, and a fork would copy their locks as they stand.
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        their_bell, self._bell = context.Pipe(duplex=False)
        self._heard: Callable[[Message], None] = lambda _: None
        self._outbox: queue.SimpleQueue[tuple[Message, FrameSlot | None] | None] = queue.SimpleQueue()
        self._ringing = threading.Lock()  # a closed pipe's number may be somebody else's already
        self._process = context.Process(
            target=_run, args=(settings, theirs, their_bell), name="streammem-engine", daemon=True
        )
        with _no_interrupts():
            self._process.start()
        theirs.close()
        their_bell.close()
        os.set_blocking(self._bell.fileno(), False)
        self._threads = [
            threading.Thread(target=self._write, name="engine-writer", daemon=True),
            threading.Thread(target=self._listen, name="engine-listener", daemon=True),
        ]

    def listen(self, heard: Callable[[Message], None]) -> None:
        """Hand every message to `heard`, on a thread of its own; ("gone",) is the last."""
        self._heard = heard
        for thread in self._threads:
            thread.start()

    @property
    def pid(self) -> int | None:
        """Number of the process."""
        return self._process.pid

    def send(self, *message: Any, file: FrameSlot | None = None) -> None:
        """Write a message, and the file of a slot with it; never waits, and is no error once the process is gone."""
        self._outbox.put((message, file))

    def ring(self) -> None:
        """Say that a frame waits; never waits itself."""
        # A full pipe is rung already, and a closed one has nobody to hear.
        with self._ringing, contextlib.suppress(OSError):
            os.write(self._bell.fileno(), b"\0")

    def end(self, wait_s: float) -> None:
        """Have the process end, by force after a while; waits until it is gone."""
        self._process.join(wait_s)
        for force in (self._process.terminate, self._process.kill):
            if self._process.is_alive():
                force()
                self._process.join(1.0)
        self._outbox.put(None)
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(5.0)
        self._pipe.close()
        with self._ringing:
            self._bell.close()
        self._process.close()

    def _write(self) -> None:
        while (item := self._outbox.get()) is not None:
            message, file = item
            try:
                self._pipe.send(message)
                if file is not None:
                    _send_file(self._pipe, file.file)
            except OSError:  # it is gone, which the listener says
                return

    def _listen(self) -> None:
        while True:
            try:
                message = self._pipe.recv()
            except (EOFError, OSError):
                break
            except Exception:
                logger.exception("the engine sent something that cannot be read")
                break
            self._heard(message)
        self._heard(("gone",))


def _send_file(pipe: Connection, file: int) -> None:
    with socket.fromfd(pipe.fileno(), socket.AF_UNIX, socket.SOCK_STREAM) as line:
        socket.send_fds(line, [b"\0"], [file])


def _run(settings: EngineSettings, pipe: Connection, bell: Connection) -> None:
    """What the process begins with; loads the rest there, not here."""
    os.nice(NICE)
    from streammem.app.server.serving import run

    run(settings, pipe, bell)
