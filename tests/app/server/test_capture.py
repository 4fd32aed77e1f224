"""Runs of a source: what they held is let go of, and none of them works where others wait for a turn."""

import asyncio
import gc
import threading
import weakref
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from live_sources import PATIENCE_S, Bench, Cameras, FakeDevice, FakeTime

from streammem.app.server import capture as capture_module
from streammem.app.server import streams as streams_module
from streammem.app.server.settings import SourceSettings
from streammem.perception.sources import StreamSource

CAMERA = SourceSettings(name="desk", address="0")
FOREVER = 10**9


@pytest.fixture
def no_collector() -> Iterator[None]:
    """What is not let go of by the last who held it stays."""
    gc.disable()
    yield
    gc.enable()


def wait_for_threads() -> None:
    for thread in threading.enumerate():
        if thread.name.startswith(("capture", "closing", "source camera")):
            thread.join(PATIENCE_S)
            assert not thread.is_alive()


def test_nothing_stays_of_sources_that_were_lost_or_stopped(no_collector: None) -> None:
    def opens(address: str, start_s: float | None) -> StreamSource:
        source = cameras(address, start_s)
        opened.append(weakref.ref(source))
        return source

    opened: list[weakref.ref[StreamSource]] = []
    cameras = Cameras(*(FakeDevice(3) for _ in range(5)), FakeDevice(FOREVER))
    bench = Bench(CAMERA, opens=opens, clocks=FakeTime().clocks)

    async def scene() -> None:
        for n in range(4):
            await bench.streams.start("desk")
            await asyncio.to_thread(bench.changed.wait_for, lambda most=6 + n: len(opened) == most)
            await asyncio.to_thread(bench.wait_for_status, "desk", "live")
            await bench.streams.stop("desk")

    asyncio.run(asyncio.wait_for(scene(), 20))
    wait_for_threads()
    there = [each() for each in opened]
    assert len(there) == 9
    assert there[:-1] == [None] * 8  # the last one says whether its driver hangs


def test_driver_that_hangs_waits_in_no_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams_module, "STOP_S", 0.05)
    monkeypatch.setattr(capture_module, "LETS_GO_S", 0.05)
    free, asleep = threading.Event(), threading.Event()

    def opens(_: str, __: float | None) -> StreamSource:
        asleep.set()
        free.wait()
        raise OSError("the driver woke up")

    bench = Bench(CAMERA, opens=opens)

    async def scene(pool: ThreadPoolExecutor) -> None:
        loop = asyncio.get_running_loop()
        loop.set_default_executor(pool)  # of one thread: who waited in it would be waited for
        for _ in range(2):
            await bench.streams.start("desk")
            assert await asyncio.to_thread(asleep.wait, PATIENCE_S)
            await bench.streams.stop("desk")
            assert await asyncio.to_thread(lambda: "somebody else's turn")
        free.set()
        await bench.streams.close()

    with ThreadPoolExecutor(1) as pool:
        asyncio.run(asyncio.wait_for(scene(pool), 20))
    wait_for_threads()
