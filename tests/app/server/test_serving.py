"""Taking turns in the engine's process: requests first, streams in turn, the end of the pipe is the end."""

import contextlib
import os
import socket
import threading
from collections.abc import Iterator
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

import pytest
from donfig.config_obj import collect_env
from live_worker import PATIENCE_S, frame, scene, worker

from streammem.app.server import serving as serving_module
from streammem.app.server.serving import Serving
from streammem.app.server.slots import FrameSlot
from streammem.errors import EngineLostError, ObservationError, StoreFullError, VocabularyError


class Served:
    """A serving loop on a thread, and the server's end of its pipes."""

    def __init__(self) -> None:
        self.worker, self.news = worker()
        self.pipe, theirs = Pipe()
        their_bell, self.bell = Pipe(duplex=False)
        self.serving = Serving(self.worker, theirs, their_bell)
        self.slots: list[FrameSlot] = []  # whose files must stay open until they are taken over
        self.thread = threading.Thread(target=self.run, args=(theirs, their_bell))

    def run(self, *theirs: Connection) -> None:
        self.serving.loop()
        for end in theirs:
            end.close()

    def ring(self) -> None:
        with contextlib.suppress(BrokenPipeError):
            os.write(self.bell.fileno(), b"\0")

    def slot(self, stream: str) -> FrameSlot:
        slot = FrameSlot(stream, self.ring)
        self.slots.append(slot)
        self.pipe.send(("slot", stream))
        with socket.fromfd(self.pipe.fileno(), socket.AF_UNIX, socket.SOCK_STREAM) as line:
            socket.send_fds(line, [b"\0"], [slot.file])
        return slot

    def heard(self, n: int) -> list[tuple[Any, ...]]:
        """The next messages, but for signs of life."""
        found: list[tuple[Any, ...]] = []
        while len(found) < n:
            assert self.pipe.poll(PATIENCE_S), f"{n} messages were expected, these came: {found}"
            message = self.pipe.recv()
            found += [] if message == ("alive",) else [message]
        return found


@pytest.fixture
def served() -> Iterator[Served]:
    served = Served()
    yield served
    served.serving.stop()
    if not served.bell.closed:
        served.ring()
        if served.thread.ident is not None:
            served.thread.join(PATIENCE_S)
        served.pipe.close()
        served.bell.close()
    assert not served.thread.is_alive()


def test_requests_come_before_frames_and_streams_take_turns(served: Served) -> None:
    for stream in ("door", "yard", "hall"):
        served.slot(stream).put(frame(0, stream=stream))
    for number in (1, 2):
        served.pipe.send(("ask", number, "count", {"image": scene(0)}))
    served.thread.start()
    heard = served.heard(5)
    assert [message[:2] for message in heard[:2]] == [("answer", 1), ("answer", 2)]
    assert heard[2:] == [("took", "door"), ("took", "yard"), ("took", "hall")]


def test_a_busy_stream_does_not_starve_the_others(served: Served) -> None:
    door, yard = served.slot("door"), served.slot("yard")
    door.put(frame(0))
    yard.put(frame(0, stream="yard"))
    taken = []
    served.thread.start()
    for index in range(1, 12):
        ((_, stream),) = served.heard(1)
        taken.append(stream)
        (door if stream == "door" else yard).put(frame(index, stream=stream))
    assert 4 <= taken.count("door") <= 7


def test_errors_come_back_as_they_are(served: Served) -> None:
    served.thread.start()
    served.pipe.send(("ask", 1, "event", {"name": "x"}))
    served.pipe.send(("ask", 2, "find", {}))
    served.pipe.send(("ask", 3, "fly", {}))
    (_, one, first), (_, two, second), (_, three, third) = served.heard(3)
    assert (one, two, three) == (1, 2, 3) and isinstance(first, TypeError)
    assert isinstance(second, ObservationError) and isinstance(third, ObservationError)
    assert "no verb 'fly'" in str(third)


@pytest.mark.parametrize(
    "error", [VocabularyError("no dax", nearest=("wug",)), StoreFullError("full"), EngineLostError("gone")]
)
def test_errors_keep_class_text_and_more(error: Exception, served: Served, monkeypatch: Any) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(served.worker, "answer", fail)
    served.thread.start()
    served.pipe.send(("ask", 1, "find", {}))
    ((kind, _, found),) = served.heard(1)
    assert kind == "error" and type(found) is type(error) and str(found) == str(error)
    assert getattr(found, "nearest", ()) == getattr(error, "nearest", ())


def test_what_cannot_travel_is_told_in_words(served: Served, monkeypatch: Any) -> None:
    class OddError(Exception):
        def __init__(self, one: str, two: str) -> None:
            super().__init__(f"{one} {two}")

    def fail(*_: object) -> None:
        raise OddError("not", "simple")

    monkeypatch.setattr(served.worker, "answer", fail)
    served.thread.start()
    served.pipe.send(("ask", 1, "find", {}))
    ((_, _, found),) = served.heard(1)
    assert isinstance(found, RuntimeError) and "OddError: not simple" in str(found)


def test_ends_when_asked(served: Served) -> None:
    served.thread.start()
    served.pipe.send(("close",))
    served.thread.join(PATIENCE_S)
    assert not served.thread.is_alive()


def test_ends_with_the_server(served: Served) -> None:
    served.slot("door")
    served.thread.start()
    served.pipe.close()
    served.bell.close()
    served.thread.join(PATIENCE_S)
    assert not served.thread.is_alive()


def test_gives_signs_of_life_but_for_while_it_hangs(served: Served, monkeypatch: Any) -> None:
    hanging, released = threading.Event(), threading.Event()

    def hang(*_: object) -> None:
        hanging.set()
        assert released.wait(PATIENCE_S)

    monkeypatch.setattr(serving_module, "ALIVE_S", 0.0)
    monkeypatch.setattr(served.worker, "answer", hang)
    served.thread.start()
    assert served.pipe.poll(PATIENCE_S) and served.pipe.recv() == ("alive",)
    served.pipe.send(("ask", 1, "count", {}))
    assert hanging.wait(PATIENCE_S)
    while served.pipe.poll():  # said before
        assert served.pipe.recv() == ("alive",)
    released.set()
    assert served.heard(1) == [("answer", 1, None)]


def test_the_store_has_few_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in serving_module.STORE_THREADS:
        monkeypatch.setenv(name, "")  # put back afterwards
        monkeypatch.delenv(name)
    serving_module._few_threads()
    assert collect_env("ZARR_", dict(os.environ))["threading"] == {"max_workers": 2}
    monkeypatch.setenv("TOKIO_WORKER_THREADS", "5")  # who asks for more gets them
    serving_module._few_threads()
    assert os.environ["TOKIO_WORKER_THREADS"] == "5"
