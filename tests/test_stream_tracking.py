"""The engine and what it follows: sightings by id, bytes, resumption in the middle, and every refusal."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import streammem as sm
from streammem.config import Manifest
from streammem.errors import BudgetError, CheckpointError, ObservationError, OrderError, StoreError
from streammem.heads import following
from streammem.heads.propagation import PropagationConfig
from streammem.heads.segmentation import Segmentation, SegmentationConfig
from streammem.heads.tracking import TrackingConfig, network_identity
from streammem.memory.feature_config import FeatureConfig
from streammem.perception.networks import open_network

SIZE = (64, 96)
NETWORK = open_network()
SMALL = FeatureConfig(working_max=4, working_min=2, prototypes=4, long_term=16)
TRACKING = TrackingConfig(
    segmentation=SegmentationConfig(propagation=PropagationConfig(memory_every=2, memory=SMALL))
)
CONFIG = sm.MemoryConfig(max_streams=2, object_share=0.1, tracking=TRACKING)
Masks = np.ndarray | dict[int, np.ndarray] | None


@pytest.fixture(autouse=True)
def _one_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "open_network", lambda *_, **__: NETWORK)


def open_memory(path: Path | None = None, **options: object) -> sm.StreamMemory:
    return sm.StreamMemory.open(path, encoder="classic", **{"config": CONFIG, "budget": "4 MB", **options})  # type: ignore[arg-type]  # by name


def frame(
    t: int, *, empty: bool = False, size: tuple[int, int] = SIZE, stream: str = "main"
) -> sm.Observation:
    """A light square that moves right over dark noise."""
    rgb = np.random.default_rng(t % 7).integers(0, 60, (*size, 3), np.uint8)
    if not empty:
        rgb[square(t, size=size) > 0] = (220, 200, 40)
    return sm.Observation(index=t, t_s=t / 10, rgb=rgb, stream=stream)


def square(t: int, id: int = 1, size: tuple[int, int] = SIZE) -> np.ndarray:
    labels = np.zeros(size, np.int32)
    left = 10 + 2 * (t % 20)
    labels[20:44, left : left + 24] = id
    return labels


def tracked(memory: sm.StreamMemory, frames: range, id: int = 7) -> list[Segmentation]:
    return [memory.track(frame(t), square(t, id) if t == 0 else None) for t in frames]


def same(one: sm.StreamMemory, other: sm.StreamMemory) -> bool:
    a, b = one._state(), other._state()
    return a.keys() == b.keys() and all(a[name].tobytes() == b[name].tobytes() for name in a)


def test_says_when_and_where_a_followed_object_was_last_seen() -> None:
    memory = open_memory()
    found = tracked(memory, range(12))
    for t in range(12, 60):
        memory.observe(frame(t, empty=True))
    assert all(each.states == ("present",) for each in found)
    last = memory.last_seen(7)
    assert last is not None and last.store == "objects" and last.event is not None
    assert (last.interval.start_s, last.interval.end_s) == pytest.approx((0.0, 1.1))
    there = following.in_sight(found[11])[7]
    assert last.box is not None and last.box.iou(there) > 0.9
    assert (last.t_s, last.frame, last.object) == (pytest.approx(1.1), 11, 7)
    assert last.snapshot is None  # no picture of that frame was kept, and one of another moment would mislead
    assert memory.count(7) == 1 and memory.count(7, during=sm.Interval(3.0, 9.0)) == 0
    for look in memory.find(object=7):  # each with its own first box, and the picture of that moment
        assert look.box is not None and look.object == 7
        assert look.box.iou(following.in_sight(found[look.frame])[7]) > 0.9
        assert memory.picture(look) is not None
    ids = np.unique(found[-1].labels)
    assert memory.last_seen(ids[1]) == last and memory.count(ids[1]) == 1 and memory.find(object=ids[1])
    assert memory.last_seen(7, during=sm.Interval(3.0, 9.0)) is None


def test_picture_of_the_very_last_sighting_proves_it() -> None:
    memory = open_memory()
    tracked(memory, range(1))
    memory.observe(frame(1, empty=True))
    last = memory.last_seen(7)
    assert last is not None and last.frame == 0 and memory.picture(last) is not None
    assert last.snapshot == memory.find(object=7)[0].snapshot


def test_question_by_picture_names_the_object() -> None:
    memory = open_memory()
    tracked(memory, range(6))
    first = frame(0)
    top, left = (int(side.min()) for side in np.nonzero(square(0)))
    hits = memory.find(image=first.rgb[top : top + 24, left : left + 24])
    named = {hit.exemplar: hit.object for hit in hits if hit.store == "objects"}
    looks = {hit.exemplar for hit in memory.find(object=7)}
    assert looks & named.keys() and named == {id: 7 if id in looks else None for id in named}
    assert {hit.object for hit in hits if hit.store == "episodic"} == {None}


def test_robot_asks_a_store_where_the_cup_was_last(tmp_path: Path) -> None:
    path, config = tmp_path / "room.zarr", sm.MemoryConfig(max_streams=1, tracking=sm.TrackingConfig())
    with sm.StreamMemory.open(path, budget="32 MB", encoder="classic", config=config) as memory:
        for t in range(20):  # the cup goes from left to right
            memory.track(frame(t), square(0) if t == 0 else None)
        for t in range(20, 40):  # and is gone
            memory.track(frame(t, empty=True))
    with sm.StreamMemory.open(path, mode="r") as reader:
        last = reader.last_seen(1)
        assert last is not None and (last.t_s, last.frame) == (pytest.approx(1.9), 19)
        assert last.box is not None and reader.count(1) == 1
        assert last.box.iou(sm.BoundingBox(48 / 96, 20 / 64, 72 / 96, 44 / 64)) > 0.6
        look = reader.find(object=1)[-1]
        assert look.box is not None and look.box.iou(last.box) < 0.2


def test_each_sighting_counts() -> None:
    memory = open_memory()
    tracked(memory, range(4))
    memory.untrack(7)
    assert memory.last_seen(7) is not None  # what was seen stays
    for t in range(4, 50):
        memory.observe(frame(t, empty=True))
    memory.track(frame(50), square(50, 7))
    assert memory.count(7) == 2


def test_tracking_is_watching_as_well() -> None:
    followed, watched = open_memory(), open_memory()
    tracked(followed, range(8))
    for t in range(8):
        watched.observe(frame(t))
    assert followed.timeline() == watched.timeline()
    assert followed.info().streams == watched.info().streams


def test_follows_as_the_head_alone_would() -> None:
    memory = open_memory()
    head = following.SegmentationHead(NETWORK, TRACKING.bounded(2_000_000 - 64))
    for t in range(8):
        masks = square(t) if t == 0 else None
        a, b = memory.track(frame(t), masks), head.step(frame(t), masks)
        assert np.array_equal(a.labels, b.labels) and a.scores == b.scores and a.states == b.states


STEPS = st.lists(
    st.sampled_from(["follow", "mark", "another", "empty", "observe", "untrack", "larger"]), max_size=25
)


@given(STEPS, st.sampled_from([700_000, 1_000_000]))
@settings(max_examples=8)
def test_bytes_never_exceed_the_budget(steps: list[str], budget: int) -> None:
    memory = open_memory(budget=budget)
    size = SIZE
    for t, step in enumerate(["mark", *steps]):
        size = (96, 128) if step == "larger" else size
        now, masks = frame(t, empty=step == "empty", size=size), None
        if step in ("mark", "another"):
            masks = square(t, 1 if step == "mark" else 1 + t, size)
        before = memory._state()
        try:
            if step == "untrack":
                memory.untrack(1)
            elif step == "observe":
                memory.observe(now)
            else:
                memory.track(now, masks)
        except (BudgetError, ObservationError):
            after = memory._state()
            assert before.keys() == after.keys()
            assert all(before[name].tobytes() == after[name].tobytes() for name in before)
        assert memory.nbytes() == sum(array.nbytes for array in memory._state().values()) <= budget
    info = memory.info()
    assert info.nbytes == sum(info.parts.values()) and info.parts["tracking"] <= budget // 2


@pytest.mark.parametrize("stop", [1, 7])
def test_one_run_or_two_makes_no_difference(tmp_path: Path, stop: int) -> None:
    whole = open_memory()
    expected = tracked(whole, range(12))
    path = tmp_path / "two.zarr"
    with open_memory(path) as first:
        tracked(first, range(stop))
    with sm.StreamMemory.open(path) as second:
        assert second.resume_at() == (stop - 1) / 10 and same(second, first)
        resumed = tracked(second, range(stop, 12))
        assert same(whole, second)
    for a, b in zip(expected[stop:], resumed, strict=True):
        assert np.array_equal(a.labels, b.labels) and (a.scores, a.boxes) == (b.scores, b.boxes)


def test_reader_answers_and_never_tracks(tmp_path: Path) -> None:
    path = tmp_path / "room.zarr"
    with open_memory(path) as writer:
        tracked(writer, range(4))
        writer.commit()
        with sm.StreamMemory.open(path, mode="r") as reader:
            assert reader.last_seen(7) == writer.last_seen(7) and reader.nbytes() == writer.nbytes()
            for wrong in (lambda: reader.track(frame(9)), lambda: reader.untrack(7)):
                with pytest.raises(StoreError, match="open for reading"):
                    wrong()
            tracked(writer, range(4, 6))
            writer.commit()
            assert reader.refresh() and reader.last_seen(7) == writer.last_seen(7)


def test_one_stream_at_a_time() -> None:
    memory = open_memory()
    tracked(memory, range(2))
    before = memory._state()
    with pytest.raises(ObservationError, match="tracks 'main', and one stream at a time"):
        memory.track(frame(3, stream="door"), square(3))
    assert memory._state().keys() == before.keys() and memory.streams == ("main",)
    memory.observe(frame(3, stream="door"))  # which may be watched
    memory.untrack(7)
    memory.track(frame(4, stream="door"), square(4, 8))
    last = memory.last_seen(8)
    assert last is not None and last.stream == "door" and memory.count(7) == 1


def test_frames_of_another_size_stay_within_the_share() -> None:
    memory = open_memory()
    tracked(memory, range(3))
    for t in range(3, 9):
        found = memory.track(frame(t, size=(96, 128)))
        assert memory.info().parts["tracking"] <= 2_000_000 and memory.nbytes() <= memory.budget
    last = memory.last_seen(7)
    assert last is not None and found.labels.shape == (96, 128)


def test_share_too_small_for_the_frames_names_the_minimum_and_changes_nothing() -> None:
    small = dataclasses.replace(CONFIG, tracking=dataclasses.replace(TRACKING, share=0.02))
    memory = open_memory(config=small)
    memory.observe(frame(0))
    before = memory._state()
    with pytest.raises(BudgetError, match=r"are the minimum here.*80,000 bytes, 0.02 of the memory's budget"):
        memory.track(frame(1), square(1))
    after = memory._state()
    assert before.keys() == after.keys()
    assert all(before[name].tobytes() == after[name].tobytes() for name in before)
    memory.observe(frame(1))


def test_frames_that_cannot_be_taken_change_nothing() -> None:
    memory = open_memory()
    with pytest.raises(ObservationError, match="nothing is marked yet"):
        memory.track(frame(0))
    tracked(memory, range(3))
    before = memory._state()
    with pytest.raises(OrderError):
        memory.track(frame(1))
    with pytest.raises(ObservationError, match="index"):
        memory.track(dataclasses.replace(frame(9), index=1 << 32))
    with pytest.raises(ObservationError, match="the mask of object 3"):
        memory.track(frame(9), {3: np.ones((2, 2), bool)})
    with pytest.raises(ObservationError, match="no object 9"):
        memory.untrack(9)
    assert all(before[name].tobytes() == a.tobytes() for name, a in memory._state().items())


def test_without_tracking_it_says_how_to_open_with_it() -> None:
    memory = open_memory(config=sm.MemoryConfig(max_streams=2))
    memory.observe(frame(0))
    for wrong in (
        lambda: memory.track(frame(1), square(1)),
        lambda: memory.untrack(1),
        lambda: memory.last_seen(1),
        lambda: memory.count(1),
        lambda: memory.find(object=1),
    ):
        with pytest.raises(ObservationError, match=r"tracking=TrackingConfig\(\)"):
            wrong()


def test_nobody_followed_it() -> None:
    memory = open_memory()
    tracked(memory, range(2))
    for wrong in (lambda: memory.last_seen(5), lambda: memory.count(5), lambda: memory.find(object=5)):
        with pytest.raises(ObservationError, match="nobody followed an object 5; looks are kept of: 7"):
            wrong()


def test_other_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, other = tmp_path / "room.zarr", tmp_path / "other.pth"
    other.write_bytes(b"other")
    with open_memory(path) as memory:
        assert memory.manifest.network == network_identity(None)
        tracked(memory, range(2))
    wish = dataclasses.replace(CONFIG, tracking=dataclasses.replace(TRACKING, weights=str(other)))
    with pytest.raises(StoreError, match="made with the network"):
        open_memory(path, config=wish)
    with pytest.raises(CheckpointError, match="cannot be read"):
        network_identity(str(tmp_path / "nowhere.pth"))
    with sm.StreamMemory.open(path) as again:
        monkeypatch.setattr(following, "network_identity", lambda _: "another")
        again.observe(frame(2))  # needs no network
        with pytest.raises(StoreError, match="names the old ones"):
            again.track(frame(3))


def test_weights_may_move(tmp_path: Path) -> None:
    places = [tmp_path / "here.pth", tmp_path / "there.pth"]
    wishes = []
    for place in places:
        place.write_bytes(b"weights")
        wishes.append(dataclasses.replace(CONFIG, tracking=dataclasses.replace(TRACKING, weights=str(place))))
    open_memory(tmp_path / "a.zarr", config=wishes[0]).close()
    with open_memory(tmp_path / "a.zarr", config=wishes[1]) as again:
        assert again.config == wishes[1]
    assert sm.StreamMemory.open(tmp_path / "a.zarr", mode="r").config == wishes[1]


def test_manifest_survives_and_is_as_before_without_tracking() -> None:
    with_it = open_memory().manifest
    assert Manifest.from_json(with_it.to_json()) == with_it
    plain = sm.StreamMemory.open(encoder="classic").manifest
    saved = plain.to_json()
    assert Manifest.from_json(saved) == plain
    assert "network" not in saved and "tracking" not in saved["config"]


def test_impossible_settings_are_refused() -> None:
    for share in (0.0, 1.0):
        with pytest.raises(ObservationError, match="share of tracking"):
            TrackingConfig(share=share)
    memory = PropagationConfig(memory=FeatureConfig(budget="2 MB"))
    with pytest.raises(ObservationError, match="leave that out"):
        TrackingConfig(segmentation=SegmentationConfig(propagation=memory))
    with pytest.raises(ObservationError, match="among the objects"):
        sm.MemoryConfig(objects=None, tracking=TRACKING)
    with pytest.raises(BudgetError, match="no tracking"):
        open_memory(budget="120 kB")
    with pytest.raises(BudgetError, match="share"):
        open_memory(
            budget="100 kB",
            config=dataclasses.replace(CONFIG, tracking=dataclasses.replace(TRACKING, share=0.95)),
        )
