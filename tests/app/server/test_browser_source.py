"""A browser's camera and pictures of programs: sources like any other."""

import asyncio

import pytest
from live_sources import Bench, FakeTime, picture

from streammem.app.server.browser_source import BrowserFeed
from streammem.app.server.settings import SourceSettings
from streammem.errors import ObservationError, OrderError

PHONE = SourceSettings(name="phone", address="browser")
ROBOT = SourceSettings(name="robot", address="api")


def bench_at(time: FakeTime) -> Bench:
    return Bench(PHONE, ROBOT, SourceSettings(name="desk", address="0", start=False), clocks=time.clocks)


def send(feed: BrowserFeed, time: FakeTime, *captured_s: float) -> None:
    for at_s in captured_s:
        time.move(0.1)
        assert feed.offer(picture(), at_s)


def test_frames_of_a_page_are_a_live_stream() -> None:
    time = FakeTime()
    bench = bench_at(time)
    assert bench.streams.state("phone")["status"] == "stopped"
    feed = bench.streams.browser("phone")
    assert bench.streams.state("phone")["status"] == "starting"
    send(feed, time, 7.0, 7.1, 7.2)
    state = bench.streams.state("phone")
    assert (state["status"], state["fps"], state["origin_unix_s"]) == ("live", 2.0, 1_000_000.0)
    assert [frame.t_s for frame in bench.engine.slot("phone").taken] == pytest.approx([0.1, 0.2, 0.3])
    assert bench.streams.latest("phone").seq == 2


def test_page_that_goes_ends_its_stream_and_the_next_one_goes_on() -> None:
    time = FakeTime()
    bench = bench_at(time)
    first = bench.streams.browser("phone")
    send(first, time, 7.0)
    first.close()
    first.close()
    assert not first.offer(picture(), 8.0)
    state = bench.streams.state("phone")
    assert (state["status"], "choose" in state["message"]) == ("stopped", True)
    assert bench.streams.latest("phone") is None
    time.move(60)
    send(bench.streams.browser("phone"), time, 3.0)
    taken = bench.engine.slot("phone").taken
    assert [frame.index for frame in taken] == [0, 1]
    assert taken[1].gap_s == pytest.approx(taken[1].t_s - taken[0].t_s) == pytest.approx(60.1)
    assert bench.streams.state("phone")["gaps"] == 1


def test_second_page_takes_over() -> None:
    time = FakeTime()
    bench = bench_at(time)
    first, second = bench.streams.browser("phone"), bench.streams.browser("phone")
    assert not first.open
    send(second, time, 1.0)
    first.close()
    assert bench.streams.state("phone")["status"] == "live"


def test_times_rise_whatever_the_page_says() -> None:
    time = FakeTime()
    bench = bench_at(time)
    send(bench.streams.browser("phone"), time, 5.0, 5.0, 1e12, -3.0, 4.0, 0.0)
    times_s = [frame.t_s for frame in bench.engine.slot("phone").taken]
    assert times_s == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], abs=0.01)


@pytest.mark.parametrize("captured_s", [float("nan"), float("inf")])
def test_time_that_is_no_number_is_refused(captured_s: float) -> None:
    feed = bench_at(FakeTime()).streams.browser("phone")
    with pytest.raises(ObservationError, match="Unix seconds"):
        feed.offer(picture(), captured_s)


@pytest.mark.parametrize(("late_s", "believed"), [(0.08, True), (-5.0, False), (3600.0, False)])
def test_capture_time_is_the_pages_where_its_clock_is_ours(late_s: float, believed: bool) -> None:
    time = FakeTime()
    bench = bench_at(time)
    captured_s = time.wall_s - late_s
    assert bench.streams.browser("phone").offer(picture(), captured_s)
    assert bench.streams.latest("phone").captured_unix_s == (captured_s if believed else time.wall_s)


def test_page_that_sends_nothing_any_more_is_lost() -> None:
    time = FakeTime()
    bench = bench_at(time)
    feed = bench.streams.browser("phone")
    send(feed, time, 1.0, 1.1)
    time.move(4)
    assert bench.streams.state("phone")["status"] == "lost"
    send(feed, time, 5.3)
    assert bench.streams.state("phone")["status"] == "live"
    assert bench.streams.state("phone")["gaps"] == 1


def test_stop_sends_the_page_away() -> None:
    bench = bench_at(FakeTime())
    feed = bench.streams.browser("phone")
    asyncio.run(bench.streams.stop("phone"))
    assert not feed.open


def test_only_streams_of_kind_browser_take_a_page() -> None:
    with pytest.raises(ObservationError, match="choose one of kind browser"):
        bench_at(FakeTime()).streams.browser("desk")


def test_programs_picture_is_shown_and_given_a_time() -> None:
    time = FakeTime()
    bench = bench_at(time)
    times_s = []
    for _ in range(3):
        time.move(1)
        times_s.append(bench.streams.received("new", picture()))
    assert times_s == pytest.approx([0, 1, 2])
    state = bench.streams.state("new")
    assert (state["kind"], state["number"], state["status"]) == ("api", 3, "live")
    assert bench.streams.latest("new").seq == 2
    assert bench.engine.slots == {}


def test_programs_own_times_are_kept() -> None:
    time = FakeTime()
    bench = bench_at(time)
    assert bench.streams.received("new", picture(), 40.0) == 40.0
    assert bench.streams.state("new")["origin_unix_s"] == time.wall_s - 40
    with pytest.raises(OrderError, match="in order"):
        bench.streams.received("new", picture(), 40.0)
    with pytest.raises(ObservationError, match="send seconds"):
        bench.streams.received("new", picture(), float("nan"))


def test_stopped_stream_takes_no_pictures() -> None:
    streams = bench_at(FakeTime()).streams

    async def scene() -> None:
        with pytest.raises(ObservationError, match="start it"):
            streams.received("robot", picture())
        await streams.start_all()
        assert streams.state("robot")["status"] == "starting"
        streams.received("robot", picture())
        await streams.stop("robot")
        with pytest.raises(ObservationError, match="start it"):
            streams.received("robot", picture())

    asyncio.run(scene())


@pytest.mark.parametrize(("name", "why"), [("desk", "source of its own"), ("../a", "called"), ("", "called")])
def test_names_that_a_program_may_not_use(name: str, why: str) -> None:
    with pytest.raises(ObservationError, match=why):
        bench_at(FakeTime()).streams.received(name, picture())


def test_programs_cannot_make_streams_without_end() -> None:
    streams = bench_at(FakeTime()).streams
    with pytest.raises(ObservationError, match="the most"):
        for n in range(100):
            streams.received(f"stream-{n}", picture())
    assert len(streams.states()) == 32
