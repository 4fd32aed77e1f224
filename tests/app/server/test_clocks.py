"""Times of live frames: forward only, never of the future, over losses, restarts, sleep and clocks that are set."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from live_sources import FakeTime

from streammem.app.server.clocks import StreamClock

STEPS = st.lists(
    st.tuples(st.floats(0, 20), st.floats(-20, 20), st.sampled_from(["", "", "lost", "set"])),
    min_size=1,
    max_size=12,
)


@given(STEPS)
def test_times_rise_and_are_not_of_the_future(steps: list[tuple[float, float, str]]) -> None:
    time, own_s, times_s = FakeTime(), 0.0, []
    clock = StreamClock(time.wall_s, clocks=time.clocks)
    for wait_s, step_s, what in steps:
        time.move(wait_s)
        own_s += step_s
        if what == "lost":
            clock.lost()
        elif what == "set":
            time.wall_s += step_s
        times_s.append(clock.stamp(own_s)[0])
        assert times_s[-1] <= clock.now_s() + 1e-3 * len(times_s) + 1e-6
    assert all(a < b for a, b in itertools.pairwise(times_s))


def test_steps_are_the_senders_own() -> None:
    time = FakeTime()
    clock = StreamClock(time.wall_s, clocks=time.clocks)
    times_s = []
    for n in range(100):
        time.move(1 / 30)
        late_s = 0.0 if n % 10 == 0 else 0.05  # the network's
        time.move(late_s)
        times_s.append(clock.stamp(7 + n / 30)[0])
        time.move(-late_s)
    steps = [b - a for a, b in itertools.pairwise(times_s)]
    assert steps == pytest.approx([1 / 30] * 99, rel=0.01)


@pytest.mark.parametrize("rate", [0.9995, 1.0005])
def test_sender_whose_clock_drifts_is_followed(rate: float) -> None:
    time = FakeTime()
    clock = StreamClock(time.wall_s, clocks=time.clocks)
    for n in range(5_000):
        time.move(1.0)
        t_s, _ = clock.stamp(n * rate)
    assert t_s == pytest.approx(5_000, abs=0.1)


def test_origin_and_time_are_the_time_of_day_after_a_night_off() -> None:
    time = FakeTime()
    origin = time.wall_s
    time.move(100)
    clock = StreamClock(origin, last_s=40.0, clocks=time.clocks)
    assert clock.stamp(3.0) == (100.0, 60.0)
    time.move(1)
    assert clock.stamp(4.0) == (101.0, 0.0)


def test_loss_is_a_gap_once() -> None:
    time = FakeTime()
    clock = StreamClock(time.wall_s, clocks=time.clocks)
    gaps = []
    for wait_s in (1, 1, 5, 1):
        time.move(wait_s)
        if wait_s == 5:
            clock.lost()
        gaps.append(clock.stamp(0.0)[1])
    assert gaps == [0, 0, 5, 0]


def test_silence_is_a_gap_where_frames_came_faster() -> None:
    time = FakeTime()
    clock = StreamClock(time.wall_s, clocks=time.clocks)
    gaps = []
    for wait_s in (0.1, 0.1, 0.1, 3.0, 0.1):
        time.move(wait_s)
        gaps.append(round(clock.stamp()[1], 3))
    assert gaps == [0, 0, 0, 3.0, 0]


def test_sleep_of_the_computer_is_a_gap() -> None:
    time = FakeTime()
    clock = StreamClock(time.wall_s, clocks=time.clocks)
    clock.stamp(0.0)
    time.move(0.1)
    clock.stamp(0.1)
    time.wall_s += 8 * 3600  # the steady clock stands still meanwhile, as does the camera's
    time.move(0.1)
    t_s, gap_s = clock.stamp(0.2)
    assert t_s == pytest.approx(8 * 3600 + 0.2)
    assert gap_s == pytest.approx(8 * 3600 + 0.1)


def test_clock_set_back_does_not_move_time_back(caplog: pytest.LogCaptureFixture) -> None:
    time = FakeTime()
    clock = StreamClock(time.wall_s, clocks=time.clocks)
    time.move(10)
    before_s = clock.stamp()[0]
    time.wall_s -= 3600
    time.move(1)
    assert clock.stamp() == (before_s + 1, 0.0)
    assert caplog.text.count("set back") == 1


def test_restart_with_a_clock_behind_goes_on_after_the_last_frame(caplog: pytest.LogCaptureFixture) -> None:
    time = FakeTime()
    clock = StreamClock(time.wall_s - 10, last_s=500.0, clocks=time.clocks)
    assert clock.stamp()[0] > 500.0
    assert "before the last frame" in caplog.text
