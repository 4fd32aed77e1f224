"""Streams: started, stopped, lost and found again, and nobody waits for one that hangs."""

import asyncio
import itertools
import logging
import threading
from collections.abc import Awaitable
from pathlib import Path

import pytest
from live_sources import PATIENCE_S, Bench, Cameras, FakeDevice, FakeTime, frames, picture

from streammem.app.server import capture as capture_module
from streammem.app.server import streams as streams_module
from streammem.app.server.problems import UnknownError
from streammem.app.server.settings import SourceSettings
from streammem.app.server.sidecar import Sidecar
from streammem.errors import SourceNotFoundError, SourceStalledError, UnsupportedSourceError
from streammem.perception.sources import SourceOptions
from streammem.perception.sources.iterable import IterableSource

CAMERA = SourceSettings(name="desk", address="0")
FOREVER = 10**9


def run(bench: Bench, scene: Awaitable[None]) -> None:
    """Play a scene, then close the streams."""

    async def all_of_it() -> None:
        try:
            await scene
        finally:
            await bench.streams.close()

    asyncio.run(asyncio.wait_for(all_of_it(), 20))


async def status(bench: Bench, wanted: str, name: str = "desk") -> dict[str, object]:
    return await asyncio.to_thread(bench.wait_for_status, name, wanted)


def film(_: str, start_s: float | None) -> IterableSource:
    """Opens a film of three frames."""
    return IterableSource(frames((0.0, 0.5, 1.0)), SourceOptions(start_s=start_s))


def test_camera_lives_until_it_is_stopped() -> None:
    device = FakeDevice(FOREVER)
    bench = Bench(CAMERA, opens=Cameras(device), clocks=FakeTime().clocks)

    async def scene() -> None:
        assert bench.streams.state("desk")["status"] == "stopped"
        await bench.streams.start("desk")
        state = await status(bench, "live")
        assert (state["number"], state["kind"], state["live"], state["size"]) == (0, "camera", True, [64, 48])
        assert state["origin_unix_s"] is not None
        assert bench.streams.latest("desk") is not None
        await bench.streams.stop("desk")
        assert bench.streams.state("desk")["status"] == "stopped"
        assert device.released
        assert bench.streams.latest("desk") is None

    run(bench, scene())


def test_camera_that_is_not_there_at_start_is_waited_for() -> None:
    time = FakeTime()
    bench = Bench(CAMERA, opens=Cameras(None, None, None, FakeDevice(FOREVER)), clocks=time.clocks)

    async def scene() -> None:
        await bench.streams.start("desk")
        await status(bench, "live")

    run(bench, scene())
    assert time.waits == [0.5, 1.0, 2.0]


def test_lost_camera_says_what_to_do() -> None:
    bench = Bench(CAMERA, opens=Cameras(FakeDevice(2), None), clocks=FakeTime().clocks)

    async def scene() -> None:
        await bench.streams.start("desk")
        await asyncio.to_thread(
            bench.changed.wait_for,
            lambda: "plug it in" in str(bench.streams.state("desk")["message"]),
        )
        assert bench.streams.state("desk")["status"] == "lost"

    run(bench, scene())


def test_hundred_losses_and_recoveries_leave_nothing() -> None:
    time = FakeTime()
    row: list[FakeDevice | None] = []
    for _ in range(100):
        row += [FakeDevice(3), None]
    cameras = Cameras(*row, FakeDevice(FOREVER))
    bench = Bench(CAMERA, opens=cameras, clocks=time.clocks)
    threads = threading.active_count()

    async def scene() -> None:
        await bench.streams.start("desk")
        slot = bench.engine.slot("desk")
        await asyncio.to_thread(bench.changed.wait_for, lambda: cameras.opened == 201)
        await asyncio.to_thread(slot.wait_for, len(slot.taken) + 5)
        state = bench.streams.state("desk")
        assert state["gaps"] == 100
        assert threading.active_count() <= threads + 4  # capture, reader, and the loop's own
        times_s = [frame.t_s for frame in slot.taken]
        numbers = [frame.index for frame in slot.taken]
        assert all(a < b for a, b in itertools.pairwise(times_s))
        assert all(a < b for a, b in itertools.pairwise(numbers))

    run(bench, scene())
    assert all(device is None or device.released for device in row)
    for thread in threading.enumerate():
        if thread.name.startswith(("capture", "closing", "source camera")):
            thread.join(PATIENCE_S)
            assert not thread.is_alive()


def test_driver_that_hangs_blocks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams_module, "STOP_S", 0.05)
    monkeypatch.setattr(capture_module, "LETS_GO_S", 0.05)
    free = threading.Event()
    hanging, next_one = FakeDevice(FOREVER, before_read=free.wait), FakeDevice(FOREVER)
    cameras = Cameras(hanging, next_one)
    bench = Bench(CAMERA, SourceSettings(name="yard", address="1"), opens=cameras)

    async def scene() -> None:
        await bench.streams.start("desk")
        await asyncio.to_thread(bench.changed.wait_for, lambda: cameras.opened == 1)
        await bench.streams.stop("desk")
        state = bench.streams.state("desk")
        assert (state["status"], "does not answer" in str(state["message"])) == ("stopped", True)
        for _ in range(3):  # nobody else is let into the device
            await bench.streams.start("desk")
            await status(bench, "lost")
            await bench.streams.stop("desk")
        await bench.streams.start("yard")
        await status(bench, "live", "yard")
        assert cameras.opened == 2
        await bench.streams.start("desk")
        free.set()
        await status(bench, "live")

    run(bench, scene())


def test_driver_that_hangs_is_a_loss_and_comes_back() -> None:
    free = threading.Event()
    hanging = FakeDevice(2)

    def opens(address: str, _: float | None):
        options = SourceOptions(reconnects=0, timeout_s=0.05)
        source = Cameras(hanging if not opened else FakeDevice(FOREVER))(address, None)
        source.options = options
        opened.append(source)
        return source

    def read() -> None:
        if hanging.left == 0:
            free.wait()

    hanging._before_read = read
    opened: list = []
    bench = Bench(CAMERA, opens=opens, clocks=FakeTime().clocks)

    async def scene() -> None:
        await bench.streams.start("desk")
        await status(bench, "live")
        state = await status(bench, "lost")
        await asyncio.to_thread(
            bench.changed.wait_for,
            lambda: "unplug it" in str(bench.streams.state("desk")["message"]),
        )
        assert len(opened) == 1, state
        free.set()
        await status(bench, "live")
        assert len(opened) == 2

    run(bench, scene())


def test_unforeseen_error_of_a_driver_is_a_loss(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        if device.left == 1:
            raise RuntimeError("the driver is on fire")

    device = FakeDevice(2, before_read=fail)
    bench = Bench(CAMERA, opens=Cameras(device, FakeDevice(FOREVER)), clocks=FakeTime().clocks)

    async def scene() -> None:
        await bench.streams.start("desk")
        await asyncio.to_thread(bench.engine.slot("desk").wait_for, 5)
        await status(bench, "live")

    with caplog.at_level(logging.ERROR):
        run(bench, scene())
    assert "on fire" in caplog.text


def test_address_with_a_password_is_never_shown() -> None:
    def refuse(address: str, _: float | None):
        raise SourceStalledError(f"{address} sent nothing")

    source = SourceSettings(name="door", address="rtsp://me:secret@door/live")
    bench = Bench(source, opens=refuse, clocks=FakeTime().clocks)

    async def scene() -> None:
        await bench.streams.start("door")
        state = await status(bench, "lost", "door")
        assert state["message"] == "rtsp://door/live sent nothing (trying again)"

    run(bench, scene())


@pytest.mark.parametrize("pace", ["real", "fast"])
def test_file_runs_to_its_end(pace: str, tmp_path: Path) -> None:
    time = FakeTime()
    source = SourceSettings(name="film", address="film.mp4", pace=pace)
    bench = Bench(source, opens=film, clocks=time.clocks)

    async def scene() -> None:
        await bench.streams.start("film")
        state = await status(bench, "ended", "film")
        assert (state["t_s"], state["origin_unix_s"], state["live"]) == (1.0, None, False)
        slot = bench.engine.slot("film")
        assert [frame.t_s for frame in slot.taken] == [0.0, 0.5, 1.0]
        assert slot.waited == [pace == "fast"] * 3
        assert bench.streams.latest("film") is not None

    run(bench, scene())
    assert time.waits == ([0.0, 0.5, 0.5] if pace == "real" else [])


def test_file_goes_on_after_what_the_memory_has() -> None:
    source = SourceSettings(name="film", address="film.mp4", pace="fast")
    bench = Bench(source, opens=film, clocks=FakeTime().clocks, seen={"film": 0.5})

    async def scene() -> None:
        await bench.streams.start("film")
        await status(bench, "ended", "film")
        await bench.streams.start("film")
        ended = ("film", "ended")
        await asyncio.to_thread(bench.changed.wait_for, lambda: bench.history.count(ended) == 2)
        assert [frame.t_s for frame in bench.engine.slot("film").taken] == [1.0]
        assert bench.streams.state("film")["dropped"] == {"capture": 0, "memory": 0}
        assert "another name" in str(bench.streams.state("film")["message"])

    run(bench, scene())


def test_slow_reader_of_a_file_does_not_race_afterwards() -> None:
    time = FakeTime()

    def slow():
        for frame in frames((0.0, 0.1, 0.2, 0.3)):
            time.move(5.0 if frame.t_s == 0.1 else 0.0)
            yield frame

    class Slow(IterableSource):
        threaded = False

    source = SourceSettings(name="film", address="film.mp4")
    opens = lambda _, start_s: Slow(slow(), SourceOptions())  # noqa: E731 - shorter than a function here
    bench = Bench(source, opens=opens, clocks=time.clocks)

    async def scene() -> None:
        await bench.streams.start("film")
        await status(bench, "ended", "film")

    run(bench, scene())
    assert time.waits == pytest.approx([0.0, 0.0, 0.1, 0.1])


@pytest.mark.parametrize(
    "error", [SourceNotFoundError("there is no file"), UnsupportedSourceError("no video")]
)
def test_file_that_cannot_be_read_has_failed(error: Exception) -> None:
    def opens(_: str, __: float | None):
        raise error

    bench = Bench(SourceSettings(name="film", address="film.mp4"), opens=opens)

    async def scene() -> None:
        await bench.streams.start("film")
        assert (await status(bench, "failed", "film"))["message"] == str(error)

    run(bench, scene())


def test_film_on_a_web_server_that_breaks_off_goes_on_from_there() -> None:
    def broken():
        yield from frames((0.0, 0.5))
        raise SourceStalledError("the web server broke off")

    def opens(_: str, start_s: float | None) -> IterableSource:
        starts.append(start_s)
        return film("", start_s) if len(starts) > 1 else IterableSource(broken(), SourceOptions())

    starts: list[float | None] = []
    source = SourceSettings(name="film", address="http://server/film.mp4", pace="fast")
    bench = Bench(source, opens=opens, clocks=FakeTime().clocks)

    async def scene() -> None:
        assert bench.streams.state("film")["live"]  # nobody knows yet
        await bench.streams.start("film")
        state = await status(bench, "ended", "film")
        assert (state["live"], state["origin_unix_s"]) == (False, None)
        assert [frame.t_s for frame in bench.engine.slot("film").taken] == [0.0, 0.5, 1.0]

    run(bench, scene())
    assert starts == [None, 0.5]
    assert ("film", "lost") in bench.history


def test_film_of_which_nothing_may_be_lost_goes_back_with_the_memory() -> None:
    fast = SourceSettings(name="film", address="film.mp4", pace="fast")
    real = SourceSettings(name="show", address="film.mp4")
    bench = Bench(fast, real, opens=film, clocks=FakeTime().clocks)

    async def scene() -> None:
        await bench.streams.start_all()
        await status(bench, "ended", "show")
        await status(bench, "ended", "film")
        await bench.streams.rewind(
            {"film": 0.0, "show": 0.0}
        )  # the memory's process died after its first commit
        await asyncio.to_thread(bench.engine.slot("film").wait_for, 5)
        await status(bench, "ended", "film")

    run(bench, scene())
    assert [frame.t_s for frame in bench.engine.slot("film").taken] == [0.0, 0.5, 1.0, 0.5, 1.0]
    assert [frame.t_s for frame in bench.engine.slot("show").taken] == [0.0, 0.5, 1.0]


def test_gap_of_a_frame_that_the_memory_never_took_is_told_by_the_next() -> None:
    time = FakeTime()
    bench = Bench(SourceSettings(name="phone", address="browser"), clocks=time.clocks)
    slot, feed = bench.engine.slot("phone"), bench.streams.browser("phone")
    for wait_s, waiting in ((0.1, False), (0.1, False), (5.0, True), (0.1, True), (0.1, False)):
        time.move(wait_s)
        slot.waiting = waiting
        feed.offer(picture(), time.wall_s)
    assert [frame.gap_s for frame in slot.taken] == pytest.approx([0, 0, 5.0, 5.0, 0])


def test_truncated_file_says_so(bikes: Path, tmp_path: Path) -> None:
    import av

    whole, cut = tmp_path / "whole.mkv", tmp_path / "cut.mkv"
    with av.open(str(bikes)) as source, av.open(str(whole), "w") as target:
        track = source.streams.video[0]
        copy = target.add_stream_from_template(track)
        for packet in source.demux(track):
            if packet.dts is not None and packet.pts * packet.time_base < 3:
                packet.stream = copy
                target.mux(packet)
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
    bench = Bench(SourceSettings(name="film", address=str(cut), pace="fast"))

    async def scene() -> None:
        await bench.streams.start("film")
        state = await status(bench, "ended", "film")
        assert 0 < state["t_s"] < 3

    run(bench, scene())


def test_streams_run_side_by_side_and_are_switched() -> None:
    time = FakeTime()
    yard = SourceSettings(name="yard", address="1", start=False)
    devices = [FakeDevice(FOREVER), FakeDevice(FOREVER), FakeDevice(FOREVER)]
    bench = Bench(CAMERA, yard, opens=Cameras(*devices), clocks=time.clocks)

    async def scene() -> None:
        await bench.streams.start_all()
        await status(bench, "live")
        assert [state["status"] for state in bench.streams.states()] == ["live", "stopped"]
        await bench.streams.start("yard")
        await status(bench, "live", "yard")
        await bench.streams.stop("desk")
        await bench.streams.start("desk")
        await bench.streams.start("desk")
        await status(bench, "live")
        assert {frame.stream for frame in bench.engine.slot("yard").taken} == {"yard"}

    run(bench, scene())


def test_origin_outlives_the_program() -> None:
    time, sidecar = FakeTime(), Sidecar.open(None)
    states = []
    for _ in range(2):
        seen = {"desk": states[-1]["t_s"]} if states else {}
        cameras = Cameras(FakeDevice(FOREVER))
        bench = Bench(CAMERA, opens=cameras, clocks=time.clocks, sidecar=sidecar, seen=seen)

        async def scene(bench: Bench = bench) -> None:
            await bench.streams.start("desk")
            states.append(await status(bench, "live"))

        run(bench, scene())
        states[-1]["t_s"] = bench.streams.state("desk")["t_s"]
        time.move(3600)
    first = bench.engine.slot("desk").taken[0]
    assert states[0]["origin_unix_s"] == states[1]["origin_unix_s"]
    assert first.gap_s == pytest.approx(3600, abs=30)
    assert first.t_s == pytest.approx(3600, abs=30)


def test_names_that_are_not_there_are_unknown() -> None:
    streams = Bench(CAMERA).streams
    for asks in (streams.state, streams.latest, streams.browser):
        with pytest.raises(UnknownError, match="there are desk"):
            asks("attic")
    for does in (streams.start, streams.stop):
        with pytest.raises(UnknownError):
            asyncio.run(does("attic"))


def test_films_started_and_stopped_leave_no_file_open(bikes: Path) -> None:
    bench = Bench(SourceSettings(name="film", address=str(bikes)))

    async def scene() -> None:
        opened = []
        for _ in range(5):
            await bench.streams.start("film")
            await status(bench, "live", "film")
            await bench.streams.stop("film")
            opened.append(len(list(Path("/proc/self/fd").iterdir())))
        assert opened[-1] <= opened[1]

    run(bench, scene())
