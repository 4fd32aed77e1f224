"""A timeline in few pieces: nothing is lost, nothing counted twice, no bucket of two streams."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from live_worker import story, take, worker

from streammem.app.server.lanes import buckets, timeline
from streammem.errors import ObservationError
from streammem.types import Event, Interval

LENGTHS = st.lists(
    st.tuples(st.sampled_from("ab"), st.floats(0.1, 50), st.floats(0, 9)), min_size=1, max_size=60
)


def events(lengths: list[tuple[str, float, float]]) -> list[Event]:
    now, found = {"a": 0.0, "b": 100.0}, []
    for id, (stream, length_s, surprise) in enumerate(lengths):
        start_s = now[stream]
        now[stream] += length_s
        span = Interval(start_s, now[stream])
        found.append(Event(id=id, stream=stream, interval=span, exemplars=(), surprise=surprise))
    return sorted(found, key=lambda event: event.interval.start_s)


@given(LENGTHS, st.integers(2, 80))
def test_buckets_hold_every_event_once(lengths: list[tuple[str, float, float]], most: int) -> None:
    every = events(lengths)
    found = buckets(every, most)
    assert len(found) <= most and sum(bucket["events"] for bucket in found) == len(every)
    assert [bucket["start_s"] for bucket in found] == sorted(bucket["start_s"] for bucket in found)
    for bucket in found:
        mine = [each for each in every if each.stream == bucket["stream"]]
        inside = [
            each
            for each in mine
            if bucket["start_s"] <= round(each.interval.start_s, 6) < bucket["end_s"]
            and round(each.interval.end_s, 6) <= bucket["end_s"]
        ]
        assert len(inside) == bucket["events"]
        assert bucket["event"] == max(inside, key=lambda each: (each.surprise, -each.id)).id


def test_few_events_come_one_by_one() -> None:
    one, _ = worker()
    take(one, *story([0, 1, 2]))
    found = timeline(one.memory, most=10)
    assert [bucket["events"] for bucket in found["buckets"]] == [1] * len(one.memory.timeline())
    assert found["span"] == [0.0, 8.5] and found["buckets"][-1]["open"]
    later = timeline(one.memory, start_s=7.0)
    assert [bucket["event"] for bucket in later["buckets"]] == [found["buckets"][-1]["event"]]
    assert timeline(one.memory, stream="yard") == {"span": None, "buckets": []}


def test_refuses_what_cannot_be_shown() -> None:
    one, _ = worker()
    with pytest.raises(ObservationError, match="1 to 2000"):
        timeline(one.memory, most=0)
    with pytest.raises(ObservationError, match="forward"):
        timeline(one.memory, start_s=2.0, end_s=1.0)
