"""Followed objects: their looks and when each was seen, within the bytes, bit for bit."""

import dataclasses
import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streammem.errors import BudgetError, ObservationError, OrderError, StoreDamagedError
from streammem.memory.object_config import ObjectConfig
from streammem.memory.objects import ObjectMemory
from streammem.memory.streams import TICKS
from streammem.types import BoundingBox, Interval, Observation

DIM = 64
PLAIN = np.full((8, 8, 3), 128, np.uint8)
PLACES = [BoundingBox(i / 4, 0.0, (i + 1) / 4, 1.0) for i in range(4)]
Views = dict[int, int]  # what each object looks like in a frame


def describe(picture: np.ndarray) -> np.ndarray:
    """One direction for each brightness; any two are nearly at right angles."""
    return np.random.default_rng(int(picture[0, 0, 0])).standard_normal(DIM).astype(np.float32)


def made(budget: int = 60_000, *, streams: int = 1, following: bool = True, **knobs: object) -> ObjectMemory:
    config = ObjectConfig(**knobs)  # type: ignore[arg-type]  # by name
    return ObjectMemory(config, describe, DIM, budget, streams=streams, following=following)


def frame(
    index: int, views: Views, *, t_s: float | None = None, stream: str = "main", gap_s: float = 0.0
) -> Observation:
    """Object i stands in the i-th quarter, as bright as its view says."""
    rgb = PLAIN.copy()
    for id, view in views.items():
        rgb[:, 2 * (id - 1) : 2 * id] = view
    return Observation(
        index=index, t_s=index / 2 if t_s is None else t_s, rgb=rgb, stream=stream, gap_s=gap_s
    )


def told(memory: ObjectMemory, observation: Observation, views: Views) -> None:
    memory.write(observation)
    memory.follow(observation, {id: PLACES[id - 1] for id in views})


def followed(story: list[Views], **options: object) -> ObjectMemory:
    memory = made(**options)  # type: ignore[arg-type]  # by name
    for index, views in enumerate(story):
        told(memory, frame(index, views), views)
    return memory


STORIES = st.lists(
    st.dictionaries(st.integers(1, 4), st.integers(0, 40), max_size=4), min_size=1, max_size=40
)


def test_says_when_it_was_seen_last_where_and_how_often() -> None:
    memory = followed([{1: 7, 2: 9}] * 4 + [{}] * 10 + [{1: 7}] * 3 + [{}] * 8)
    last = memory.last_followed(1)
    assert last is not None and last.store == "objects" and last.score == 1.0
    assert last.interval == Interval(7.0, 8.0) and last.occurrences == (Interval(0.0, 1.5), last.interval)
    assert last.box is not None and last.box.iou(PLACES[0]) > 0.97 and (last.t_s, last.frame) == (8.0, 16)
    assert memory.followed == (1, 2) and len(memory.looks(1)) == 1
    assert {hit.object for hit in [last, *memory.looks(1)]} == {1}


def test_another_view_is_another_look_of_the_same_object() -> None:
    memory = followed([{3: 7}] * 4 + [{3: 8}] * 4 + [{3: 7}] * 4)
    looks = memory.looks(3)
    assert sorted((hit.t_s, hit.frame) for hit in looks) == [(0.0, 0), (2.0, 4)]
    last = memory.last_followed(3)
    assert last is not None and last.occurrences == (Interval(0.0, 5.5),)
    assert (last.t_s, last.frame) == (5.5, 11)


def test_during_and_stream_narrow() -> None:
    memory = made(streams=2)
    for index in range(8):
        for stream, views in (("left", {1: 5}), ("right", {1: 6} if index > 3 else {})):
            told(memory, frame(index, views, stream=stream), views)
    assert {hit.stream for hit in memory.looks(1)} == {"left", "right"}
    right = memory.last_followed(1, stream="right")
    assert right is not None and right.occurrences == (Interval(2.0, 3.5),)
    assert memory.last_followed(1, stream="right", during=Interval(0.0, 1.0)) is None
    assert memory.looks(1, during=Interval(9.0, 10.0)) == []


def part(id: int, share: int) -> BoundingBox:
    """The upper part of an object's place."""
    return dataclasses.replace(PLACES[id - 1], bottom=share / 255)


def test_within_a_time_it_says_where_as_far_as_that_was_kept() -> None:
    memory = made()
    for index in range(80):
        views = {1: 7} if index < 10 or index >= 30 else {}
        memory.write(observation := frame(index, views))
        memory.follow(observation, {1: part(1, 100 + index)} if views else {})

    def asked(start_s: float, end_s: float) -> tuple[float, int, int | None]:
        hit = memory.last_followed(1, during=Interval(start_s, end_s))
        assert hit is not None and hit.interval.overlaps(Interval(start_s, end_s))
        return hit.t_s, hit.frame, None if hit.box is None else round(hit.box.bottom * 255)

    assert asked(0.0, 99.0) == asked(20.0, 39.5) == (39.5, 79, 179)
    assert asked(0.0, 4.0) == (0.0, 0, 100)  # the first place; none after it was kept of that stay
    assert asked(1.0, 12.0) == (4.5, -1, None) and asked(16.0, 20.0) == (20.0, -1, None)
    assert memory.last_followed(1, during=Interval(6.0, 12.0)) is None


def test_in_several_streams_the_latest_counts() -> None:
    memory = made(streams=2)
    for index in range(12):
        for stream, until in (("left", 5), ("right", 9)):
            told(memory, frame(index, {1: 5}, stream=stream), {1: 5} if index < until else {})
    last, left = memory.last_followed(1), memory.last_followed(1, stream="left")
    assert last is not None and (last.stream, last.t_s, last.frame) == ("right", 4.0, 8)
    assert left is not None and (left.stream, left.t_s, left.frame) == ("left", 2.0, 4)


@given(
    st.lists(
        st.dictionaries(st.integers(1, 4), st.tuples(st.integers(0, 40), st.integers(40, 255)), max_size=4),
        min_size=1,
        max_size=40,
    ),
    st.sampled_from([0, 300, 1500, 60_000]),
)
def test_last_sighting_is_right_whatever_was_let_go(
    story: list[dict[int, tuple[int, int]]], spare: int
) -> None:
    memory = made(ObjectMemory.least_bytes(ObjectConfig(), DIM, 1, following=True) + spare)
    was: dict[int, dict[int, BoundingBox]] = {}
    for index, views in enumerate(story):
        memory.write(observation := frame(index, {id: view for id, (view, _) in views.items()}))
        boxes = {id: part(id, share) for id, (_, share) in views.items()}
        memory.follow(observation, boxes)
        for id, box in boxes.items():
            was.setdefault(id, {})[index] = box
        for id, places in was.items():
            last, end = memory.last_followed(id), max(places)
            assert last is not None and (last.t_s, last.frame) == (end / 2, end)
            assert near(last.box, places[end]) and last.t_s == last.interval.end_s
            assert last.interval == last.occurrences[-1]
            for look in memory.looks(id):  # each with its own first sighting
                assert near(look.box, places[look.frame]) and look.t_s == look.frame / 2


def test_last_sighting_is_handed_on() -> None:
    memory = made(ObjectMemory.least_bytes(ObjectConfig(), DIM, 1, following=True))
    for index, (id, view) in enumerate([(1, 7), (1, 8), (1, 7), *((id, 20 + id) for id in range(2, 9))]):
        memory.write(observation := frame(index, {1: view}))
        memory.follow(observation, {id: part(1, 100 + index)})
    (look,), last = memory.looks(1), memory.last_followed(1)
    assert look.frame == 1 and near(look.box, part(1, 101))  # the other look has gone
    assert last is not None and last.frame == 2 and near(last.box, part(1, 102))


def test_last_sighting_outlives_its_interval() -> None:
    memory = made(ObjectMemory.least_bytes(ObjectConfig(), DIM, 1, following=True))
    for index in range(16):  # 8 objects come twice each, and there is room for 13 intervals
        memory.write(observation := frame(index, {}, t_s=4.0 * index))
        memory.follow(observation, {1 + index % 8: part(1, 100 + index)})
    assert memory.dropped["object_occurrences"] == 3
    for id in memory.followed:
        last = memory.last_followed(id)
        assert last is not None and near(last.box, part(1, 107 + id))
        assert [span.end_s for span in last.occurrences] == [4.0 * (id - 1), last.t_s]
        assert last.frame == id + 7 and last.t_s == 4.0 * last.frame


def near(kept: BoundingBox | None, box: BoundingBox) -> bool:
    """Whether a box is another one, rounded to 1/255 of the picture."""
    assert kept is not None
    sides = ("left", "top", "right", "bottom")
    return all(abs(getattr(kept, side) - getattr(box, side)) <= 0.5 / 255 + 1e-9 for side in sides)


@given(STORIES, st.lists(st.sampled_from([0.04, 0.5, 2.0, 4.0]), min_size=40, max_size=40), st.data())
def test_all_looks_together_are_when_the_object_was_seen(
    story: list[Views], waits: list[float], data: st.DataObject
) -> None:
    memory, seen, t_s = made(), {}, 0.0
    for index, (views, wait) in enumerate(zip(story, waits, strict=False)):
        t_s += wait
        observation = frame(index, views, t_s=t_s, gap_s=data.draw(st.sampled_from([0.0, 0.0, 0.02])))
        told(memory, observation, views)
        tables = memory._tables
        start, end = tables.streams.ticks(0, t_s)
        since = int(tables.streams.table["since"][0])
        for id in views:
            spans = seen.setdefault(id, [])
            if spans and spans[-1][1] >= since and start - spans[-1][1] <= tables.join_gap(0):
                spans[-1][1] = end
            else:
                spans.append([start, end])
    assert memory.followed == tuple(sorted(seen))
    for id, spans in seen.items():
        hit = memory.last_followed(id)
        assert hit is not None
        ticks = [[round((s - waits[0]) * TICKS) for s in (o.start_s, o.end_s)] for o in hit.occurrences]
        assert ticks == spans
        assert len(memory.looks(id)) <= 16


@given(STORIES, st.sampled_from([0, 300, 1500]), st.integers(1, 2))
def test_bytes_are_exact_and_within_the_budget(story: list[Views], spare: int, streams: int) -> None:
    budget = ObjectMemory.least_bytes(ObjectConfig(), DIM, streams, following=True) + spare
    memory = made(budget, streams=streams)
    assert memory.reserved() <= budget
    for index, views in enumerate(story):
        told(memory, frame(index, views), views)
        assert memory.nbytes() <= memory.reserved()
        assert memory.nbytes() == sum(array.nbytes for array in memory.state().values())
        live = {"objects": len(memory), "object_occurrences": len(memory._tables.occurrences.table)}
        assert memory.created == {kind: live[kind] + memory.dropped[kind] for kind in live}
        for hit in itertools.chain.from_iterable(memory.looks(id) for id in memory.followed):
            assert hit.interval in hit.occurrences and hit.t_s in hit.interval
            assert list(hit.occurrences) == sorted(hit.occurrences, key=lambda span: span.start_s)
    seen = set(itertools.chain.from_iterable(story))
    assert set(memory.followed) == seen  # 4 objects, 8 tokens: nobody is forgotten


@given(STORIES, st.integers(0, 40))
@settings(max_examples=15)
def test_resumes_bit_for_bit(story: list[Views], stop: int) -> None:
    whole, second = followed(story, budget=5000), made(5000)
    first = followed(story[:stop], budget=5000)
    second.restore(first.state())
    for index, views in list(enumerate(story))[stop:]:
        told(second, frame(index, views), views)
    assert whole.state().keys() == second.state().keys()
    assert all(a.tobytes() == second.state()[name].tobytes() for name, a in whole.state().items())


def test_looks_go_last() -> None:
    """What is not followed makes room; a changed region never takes a look's place, and prolongs none."""
    least = ObjectMemory.least_bytes(ObjectConfig(), DIM, 1, following=True)
    memory = made(least)
    for view in range(12):
        memory.write(regions := wide(view, view))
        memory.follow(regions, {})
    assert len(memory) == 8 and memory.followed == ()
    for id in range(1, 9):
        memory.write(observation := wide(11 + id, 100))
        memory.follow(observation, {id: BoundingBox(0.0, 0.0, id / 20, 0.1)})
    assert memory.followed == tuple(range(1, 9)) and len(memory) == 8
    for view in range(20, 30):
        memory.write(wide(view, view))
    assert memory.followed == tuple(range(1, 9))
    memory.write(observation := wide(40, 100))
    memory.follow(observation, {9: PLACES[0]})
    assert len(memory.followed) == 8 and 9 in memory.followed  # nothing else was left


def wide(index: int, view: int) -> Observation:
    """A bright thing that moves on a still ground, far larger than the picture's other things."""
    rgb = np.zeros((90, 160, 3), np.uint8)
    left = 10 * (index % 10)
    rgb[20:60, left : left + 40] = 150 + view
    return Observation(index=index, t_s=index / 2, rgb=rgb)


def test_region_that_looks_like_an_object_out_of_sight_is_a_thing_of_its_own() -> None:
    memory = made(novelty=1.9)  # everything looks alike
    memory.write(first := wide(0, 5))
    memory.follow(first, {1: BoundingBox(0.0, 0.25, 0.25, 0.66)})
    memory.write(wide(1, 5))
    assert len(memory) == 1  # in sight: it is that object
    memory.write(wide(25, 5))
    assert len(memory) == 2 and memory.last_followed(1).interval.end_s == 0.0  # type: ignore[union-attr]  # it is there


def test_describes_no_more_often_than_told() -> None:
    calls: list[int] = []

    def counted(picture: np.ndarray) -> np.ndarray:
        calls.append(1)
        return describe(picture)

    memory = ObjectMemory(ObjectConfig(rate_hz=2.0), counted, DIM, 20_000, following=True)
    for index in range(90):
        told(memory, frame(index, {1: 5, 2: 6}, t_s=index / 30), {1: 5, 2: 6})
    assert len(calls) <= 2 * (3 * 2 + 1)
    last = memory.last_followed(2)
    assert last is not None and last.interval.end_s == pytest.approx(89 / 30, abs=0.02)


def test_changes_say_what_is_new_and_how_new() -> None:
    memory = made()
    memory.write(first := frame(0, {1: 5}))
    changes = memory.follow(first, {1: PLACES[0]})
    assert changes.added == (0,) and changes.detail == pytest.approx(1 / memory.config.novelty)
    assert changes.nbytes == memory.nbytes()
    memory.write(second := frame(1, {1: 5}))
    assert memory.follow(second, {1: PLACES[0]}).added == ()


def test_without_following_a_state_is_as_it_was() -> None:
    plain = made(following=False).state()
    assert "tokens/followed" not in plain and "streams/described_s" not in plain
    with_it = made().state()
    mine = {"followed", "seen", "last_tick", "last_frame", "last_box"}
    assert set(with_it) - set(plain) == {*(f"tokens/{name}" for name in mine), "streams/described_s"}
    with pytest.raises(StoreDamagedError, match="followed"):
        made().restore(plain)


def test_refusals() -> None:
    memory = followed([{1: 5}])
    before = memory.state()
    now = frame(0, {})
    for wrong in ({0: PLACES[0]}, {1 << 32: PLACES[0]}):
        with pytest.raises(ObservationError, match="ids of followed"):
            memory.follow(now, wrong)
    with pytest.raises(ObservationError, match="no area"):
        memory.follow(now, {1: BoundingBox(1.0, 0.0, 1.0, 1.0)})
    with pytest.raises(OrderError, match="not the last one"):
        memory.follow(frame(1, {}), {1: PLACES[0]})
    with pytest.raises(OrderError, match="not the last one"):
        memory.follow(dataclasses.replace(now, stream="another"), {1: PLACES[0]})
    with pytest.raises(ObservationError, match="nobody followed an object 9; looks are kept of: 1"):
        memory.last_followed(9)
    with pytest.raises(ObservationError, match="nobody followed an object 0"):
        memory.looks(0)
    assert all(a.tobytes() == before[name].tobytes() for name, a in memory.state().items())
    plain = made(following=False)
    plain.write(now)
    with pytest.raises(ObservationError, match="following=True"):
        plain.follow(now, {1: PLACES[0]})
    with pytest.raises(BudgetError, match="at least"):
        made(ObjectMemory.least_bytes(ObjectConfig(), DIM, 1, following=False))
