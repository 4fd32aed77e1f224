"""What runs in the engine's process: requests first, then the newest frame of each stream in turn."""

from __future__ import annotations

import contextlib
import logging
import os
import pickle
import signal
import socket
import time
from multiprocessing.connection import Connection, wait
from typing import Any

from streammem.app.server.opening import EngineSettings, open_memory
from streammem.app.server.slots import FrameReader
from streammem.app.server.worker import Worker
from streammem.errors import StreamMemError

__all__ = ["Serving", "run"]

IDLE_S = 0.5  # how soon a signal is seen while nothing else happens
REQUESTS_S = 0.25  # at most so long do frames wait for requests that keep coming
ALIVE_S = 1.0  # between signs of life
COMMIT_S = 600.0  # so long may a commit take: a large budget on a slow disk
FIRST_USE_S = 600.0  # and what is loaded, or fetched, before anybody asks
STORE_THREADS = {"ZARR_THREADING__MAX_WORKERS": "2", "TOKIO_WORKER_THREADS": "2"}

logger = logging.getLogger(__name__)


class Serving:
    """Takes turns between those who ask and the streams' frames.

    Between two things that it does it gives a sign of life, so that one that hangs is told from one that is idle.

    Args:
        worker: who answers and takes frames.
        pipe: requests come and answers go here; where it ends, so does this.
        bell: rung where a frame waits.
    """

    def __init__(self, worker: Worker, pipe: Connection, bell: Connection) -> None:
        self.worker, self._pipe, self._bell = worker, pipe, bell
        self._readers: dict[str, FrameReader] = {}
        self._turn: list[str] = []  # whose frame comes next, first to last
        self._alive_s = -ALIVE_S  # when it gave a sign of life
        self._ended = False

    def loop(self) -> None:
        """Serve until asked to close, or until the server is gone."""
        while not self._ended:
            self._live()
            ready = self._wait()
            if self._bell in ready and not os.read(self._bell.fileno(), 4096):
                self._ended = True
            self._requests()
            if not self._ended:
                self._frame()
        for reader in self._readers.values():
            reader.close()

    def _wait(self) -> list[Any]:
        """Until there is something to do; what there is time for is done meanwhile."""
        lines = [self._pipe, self._bell]
        if any(reader.fresh for reader in self._readers.values()):
            return wait(lines, 0)
        began = time.monotonic()
        ready = wait(lines, 0)
        while not ready and self.worker.rehearse():
            self._live()
            ready = wait(lines, 0)
        ready = ready or wait(lines, IDLE_S)
        self.worker.meters.idle(time.monotonic() - began)
        return ready

    def _live(self) -> None:
        now_s = time.monotonic()
        if now_s - self._alive_s >= ALIVE_S:
            self._alive_s = now_s
            _send(self._pipe, ("alive",))

    def stop(self) -> None:
        """End after what is being done."""
        self._ended = True

    def _requests(self) -> None:
        until = time.monotonic() + REQUESTS_S
        while not self._ended and self._pipe.poll():
            try:
                kind, *rest = self._pipe.recv()
            except (EOFError, OSError):
                self._ended = True
                return
            if kind == "ask":
                self._answer(*rest)
            elif kind == "slot":
                self._open(*rest)
            else:
                self._ended = True
            if time.monotonic() > until:
                return

    def _answer(self, number: int, verb: str, arguments: dict[str, Any]) -> None:
        try:
            reply: tuple[Any, ...] = ("answer", number, self.worker.answer(verb, arguments))
        except StreamMemError as error:
            reply = ("error", number, _portable(error))
        except Exception as error:
            logger.exception("%s failed", verb)
            reply = ("error", number, _portable(error))
        _send(self._pipe, reply)

    def _open(self, stream: str) -> None:
        with socket.fromfd(self._pipe.fileno(), socket.AF_UNIX, socket.SOCK_STREAM) as line:
            _, (file,), _, _ = socket.recv_fds(line, 1, 1)
        if stream in self._readers:
            self._readers.pop(stream).close()
        else:
            self._turn.append(stream)
        self._readers[stream] = FrameReader(stream, file)

    def _frame(self) -> None:
        for place, stream in enumerate(self._turn):
            reader = self._readers[stream]
            taken = reader.take()
            if taken is not None:
                self._turn.append(self._turn.pop(place))
                _send(self._pipe, ("took", stream))
                self.worker.take(*taken, dropped=reader.dropped)
                return


def run(settings: EngineSettings, pipe: Connection, bell: Connection) -> None:
    """The process: open the memory, say hello, serve, commit.

    Ctrl-C goes to the whole group of processes; the server hears it and closes this one in order.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    try:
        _leave_a_core(settings)
        _few_threads()
        memory = open_memory(settings)
    except Exception as error:
        if not isinstance(error, StreamMemError):
            logger.exception("the memory cannot be opened")
        _send(pipe, ("failed", _portable(error)))
        return
    try:
        worker = Worker(memory, lambda news: _send(pipe, ("news", news)))
        serving = Serving(worker, pipe, bell)
        signal.signal(signal.SIGTERM, lambda *_: serving.stop())
        memory.on_commit = lambda: _send(pipe, ("alive", COMMIT_S))
        _send(pipe, ("hello", worker.greeting()))
        _send(pipe, ("alive", FIRST_USE_S))
        worker.warm_up()
        serving.loop()
    finally:
        _close(memory, pipe)


def _close(memory: Any, pipe: Connection) -> None:
    _send(pipe, ("closing",))
    try:
        memory.close()
    except StreamMemError as error:
        logger.error("the last commit failed: %s", error)
        _send(pipe, ("closed", _portable(error)))
    else:
        _send(pipe, ("closed", None))


def _leave_a_core(settings: EngineSettings) -> None:
    """One core stays with the server, which shows pictures at the same time."""
    import cv2
    import torch

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    threads = max(1, cores - 1)
    torch.set_num_threads(threads)
    cv2.setNumThreads(threads)


def _few_threads() -> None:
    """The store's parts would have a thread for each core and more, to write a few small files."""
    for name, number in STORE_THREADS.items():  # read when a store is opened for the first time
        os.environ.setdefault(name, number)


def _send(pipe: Connection, message: tuple[Any, ...]) -> None:
    with contextlib.suppress(OSError):  # nobody is there any more, which the loop finds out
        pipe.send(message)


def _portable(error: BaseException) -> BaseException:
    """The error as it can travel: itself where it can, its text where not."""
    try:
        again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    except Exception:  # noqa: BLE001 - any error may be made so that it cannot be made again
        again = None
    same = type(again) is type(error) and str(again) == str(error)
    return error if same else RuntimeError(f"{type(error).__name__}: {error}")
