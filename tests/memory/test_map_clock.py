"""A map's time never runs backward, whatever its streams' clocks say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streammem.errors import StoreDamagedError
from streammem.memory.map_clock import MapClock


def test_the_first_stream_sets_the_clock() -> None:
    clock = MapClock(2)
    assert [clock.enter(0, t) for t in (5.0, 5.5)] == [5.0, 5.5]
    assert clock.of(0, 5.2) == 5.2 and clock.of(1, 3.0) == 3.0 and clock.first == 0


def test_a_later_walk_goes_on_where_the_map_stands() -> None:
    clock = MapClock(2)
    clock.enter(0, 100.0)
    assert clock.enter(1, 0.0) == 101.0 and clock.enter(1, 2.5) == 103.5 and clock.of(1, 1.0) == 102.0


def test_streams_beside_each_other_share_it() -> None:
    clock = MapClock(2)
    times = [clock.enter(s, t) for s, t in ((0, 1.0), (1, 0.9), (0, 1.1), (1, 1.0), (1, 1.2))]
    assert times == [1.0, 1.0, 1.1, 1.1, 1.2]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.floats(-1e6, 1e6)), max_size=30))
def test_it_never_runs_backward(frames: list[tuple[int, float]]) -> None:
    clock = MapClock(3)
    times = [clock.enter(stream, t_s) for stream, t_s in frames]
    assert times == sorted(times)


def test_a_saved_clock_goes_on() -> None:
    before, after = MapClock(2), MapClock(2)
    before.enter(0, 100.0)
    before.enter(1, 0.0)
    after.restore(before.state())
    assert after.enter(1, 7.0) == before.enter(1, 7.0) and after.nbytes() == 32
    with pytest.raises(StoreDamagedError, match="offset_s"):
        after.restore({"offset_s": np.zeros(3), "now_s": np.zeros(1), "first": np.zeros(1)})
