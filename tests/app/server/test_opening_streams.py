"""Streams while the memory is still being opened: what is live is shown, what is not waits, and nothing is lost."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from live_sources import Bench, Cameras, FakeDevice, FakeTime, frames, picture

from streammem.app.refusals import BusyError
from streammem.app.server.settings import SourceSettings
from streammem.app.server.sidecar import Sidecar
from streammem.perception.sources import SourceOptions
from streammem.perception.sources.iterable import IterableSource

CAMERA = SourceSettings(name="desk", address="0")
FILM = SourceSettings(name="film", address="film.mp4", pace="fast")
PHONE = SourceSettings(name="phone", address="browser")
FOREVER = 10**9
EARLIER_S = 900.0  # the last frame that the memory has


def play(bench: Bench, scene: Callable[[], Awaitable[None]]) -> None:
    async def all_of_it() -> None:
        try:
            await scene()
        finally:
            await bench.streams.close()

    asyncio.run(asyncio.wait_for(all_of_it(), 20))


def film(address: str, start_s: float | None) -> Any:
    return IterableSource(frames((0.0, 0.5, 1.0)), SourceOptions(start_s=start_s))


def kept() -> Sidecar:
    """Of a memory whose streams began a thousand seconds ago."""
    sidecar = Sidecar.open(None)
    for name in ("desk", "phone"):
        sidecar.put(f"origin of {name}", 999_000.0)
    return sidecar


def test_a_camera_is_shown_at_once_and_goes_on_where_the_memory_is() -> None:
    bench = Bench(
        CAMERA, opens=Cameras(FakeDevice(FOREVER)), clocks=FakeTime().clocks, seen=None, sidecar=kept()
    )

    async def scene() -> None:
        await bench.streams.start("desk")
        state = await asyncio.to_thread(bench.wait_for_status, "desk", "live")
        assert state["t_s"] is None and state["origin_unix_s"] == 999_000.0
        shown = bench.streams.latest("desk")
        assert shown is not None and shown.t_s >= 1000.0
        slot = bench.engine.slot("desk")
        assert not slot.taken
        bench.streams.know({"desk": EARLIER_S})
        first, second = (await asyncio.to_thread(slot.wait_for, 2))[:2]
        assert first.gap_s == pytest.approx(first.t_s - EARLIER_S) and first.t_s >= 1000.0
        assert second.gap_s == 0.0 and second.index > first.index >= shown.seq

    play(bench, scene)


def test_a_camera_that_is_lost_meanwhile_is_waited_for() -> None:
    cameras = Cameras(FakeDevice(2), None, FakeDevice(FOREVER))
    bench = Bench(CAMERA, opens=cameras, clocks=FakeTime().clocks, seen=None)

    async def scene() -> None:
        await bench.streams.start("desk")
        await asyncio.to_thread(bench.changed.wait_for, lambda: cameras.opened == 3)
        await asyncio.to_thread(bench.wait_for_status, "desk", "live")
        assert bench.sidecar.get("origin of desk") is None
        bench.streams.know({})
        (first,) = (await asyncio.to_thread(bench.engine.slot("desk").wait_for, 1))[:1]
        assert first.gap_s == 0.0

    play(bench, scene)


def test_a_file_waits_and_goes_on_after_what_the_memory_has() -> None:
    bench = Bench(FILM, opens=film, seen=None)

    async def scene() -> None:
        await bench.streams.start("film")
        state = await asyncio.to_thread(bench.wait_for_status, "film", "starting")
        assert bench.streams.latest("film") is None and "opened" in str(state["message"])
        bench.streams.know({"film": 0.5})
        await asyncio.to_thread(bench.wait_for_status, "film", "ended")
        assert [frame.t_s for frame in bench.engine.slot("film").taken] == [1.0]

    play(bench, scene)


def test_a_file_that_waits_can_be_stopped() -> None:
    bench = Bench(FILM, opens=film, seen=None)

    async def scene() -> None:
        await bench.streams.start("film")
        await asyncio.to_thread(bench.wait_for_status, "film", "starting")
        await bench.streams.stop("film")
        assert bench.streams.state("film")["status"] == "stopped"

    play(bench, scene)


def test_what_turns_out_to_be_a_file_in_the_web_waits_as_well() -> None:
    web = SourceSettings(name="film", address="https://example.org/film.mp4", pace="fast")
    bench = Bench(web, opens=film, seen=None)

    async def scene() -> None:
        await bench.streams.start("film")
        await asyncio.to_thread(
            bench.changed.wait_for, lambda: "opened" in bench.streams.state("film")["message"]
        )
        bench.streams.know({"film": 0.5})
        await asyncio.to_thread(bench.wait_for_status, "film", "ended")
        assert [frame.t_s for frame in bench.engine.slot("film").taken] == [1.0]

    play(bench, scene)


def test_a_browsers_camera_is_shown_and_then_kept() -> None:
    time = FakeTime()
    bench = Bench(PHONE, clocks=time.clocks, seen=None, sidecar=kept())
    feed = bench.streams.browser("phone")
    assert feed.offer(picture(), time.wall_s)
    assert bench.streams.latest("phone").t_s == 1000.0
    assert bench.streams.state("phone")["status"] == "live"
    bench.streams.know({"phone": EARLIER_S})
    time.move(1.0)
    assert feed.offer(picture(), time.wall_s)
    (frame,) = bench.engine.slot("phone").taken
    assert (frame.t_s, frame.gap_s, frame.index) == (1001.0, 101.0, 1)


def test_a_programs_picture_is_refused() -> None:
    bench = Bench(seen=None)
    with pytest.raises(BusyError, match="still being opened"):
        bench.streams.received("robot", picture())
    bench.streams.know({"robot": 7.0})
    assert bench.streams.received("robot", picture(), 8.0) == 8.0
