"""The engine: bounded at every frame, resumed bit for bit, one error for each misuse."""

import itertools
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import streammem as sm
from streammem.errors import (
    BudgetError,
    ObservationError,
    OrderError,
    SpaceError,
    StoreClockError,
    StoreDamagedError,
    StoreError,
    StoreNotFoundError,
)
from streammem.types import Evidence

SCENES = [np.random.default_rng(seed).integers(0, 255, (5, 8, 3), dtype=np.uint8) for seed in range(6)]


def scene(number: int, wobble: int = 0) -> np.ndarray:
    picture = cv2.resize(SCENES[number % len(SCENES)], (160, 90), interpolation=cv2.INTER_CUBIC)
    return np.roll(picture, wobble % 3, axis=1)


def story(
    scenes: list[int], *, seconds: int = 4, stream: str = "main", start: int = 0
) -> Iterator[sm.Observation]:
    """Each scene in turn for some seconds, two frames a second."""
    shown = [number for number in scenes for _ in range(2 * seconds)]
    for index, number in list(enumerate(shown))[start:]:
        yield sm.Observation(index=index, t_s=index / 2, rgb=scene(number, index), stream=stream)


def watched(scenes: list[int], **options: object) -> sm.StreamMemory:
    memory = sm.StreamMemory.open(encoder="classic", **options)  # type: ignore[arg-type]  # by name
    list(memory.watch(story(scenes)))
    return memory


def answers(memory: sm.StreamMemory) -> list[object]:
    hits: list[Evidence] = [hit for number in range(3) for hit in memory.find(image=scene(number))]
    return [
        hits,
        memory.timeline(),
        [memory.count(scene(number)) for number in range(6)],
        memory.info().parts,
    ]


def test_finds_counts_and_orders_what_it_saw() -> None:
    memory = watched([0, 1, 0, 2, 0, 3])
    best = memory.find(image=scene(2, 1), top_k=3)[0]
    assert 12 <= best.t_s <= 16 and best.score > 0.5
    assert memory.count(scene(0)) == 3 and memory.count(scene(1)) == 1 and memory.count(scene(5)) == 0
    last = memory.last_seen(scene(0))
    assert last is not None and 16 <= last.interval.start_s <= 17 and 19 <= last.interval.end_s <= 20
    assert memory.last_seen(scene(5)) is None
    (before,), (after,) = memory.before(best), memory.after(best)
    assert before.interval.end_s <= best.t_s <= after.interval.start_s


def test_finds_by_time_and_within_an_interval() -> None:
    memory = watched([0, 1, 2])
    assert memory.find(at=5.0)[0].interval.end_s >= 4 and memory.find(at=5.0)[0].interval.start_s <= 5.0
    hits = memory.find(image=scene(0), during=sm.Interval(8.0, 12.0))
    assert all(hit.interval.overlaps(sm.Interval(8.0, 12.0)) for hit in hits)
    assert memory.find(at=5.0, stream="another") == []


def test_pictures_prove_it() -> None:
    memory = watched([0, 1])
    hit = memory.find(image=scene(1))[0]
    shown = memory.picture(hit)
    assert (
        shown is not None and np.abs(shown.astype(int) - scene(1, round(hit.t_s * 2)).astype(int)).mean() < 12
    )
    assert all(memory.jpeg(event) is not None for event in memory.timeline())


@given(st.lists(st.integers(0, 5), min_size=1, max_size=25), st.sampled_from([60_000, 90_000, 200_000]))
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_bytes_never_exceed_the_budget(scenes: list[int], budget: int) -> None:
    memory = sm.StreamMemory.open(budget=budget, encoder="classic")
    for changes in memory.watch(story(scenes, seconds=1)):
        assert changes.nbytes <= budget
    info = memory.info()
    assert info.nbytes == sum(info.parts.values()) <= budget


def test_changes_say_what_happened() -> None:
    memory = sm.StreamMemory.open(encoder="classic")
    changes = [memory.observe(frame) for frame in story([0, 1])]
    assert changes[0].opened and changes[0].added
    assert sum(len(c.opened) for c in changes) == len(memory.timeline())
    assert changes[-1].nbytes == memory.nbytes()


def test_one_run_or_two_makes_no_difference(tmp_path: Path) -> None:
    scenes = [0, 1, 2, 0, 3, 1]
    with sm.StreamMemory.open(tmp_path / "one.zarr", encoder="classic") as whole:
        list(whole.watch(story(scenes)))
        expected, arrays = answers(whole), whole._state()
    for stop in (7, 24, 41):
        path = tmp_path / f"two-{stop}.zarr"
        with sm.StreamMemory.open(path, encoder="classic") as first:
            list(first.watch(itertools.islice(story(scenes), stop)))
        with sm.StreamMemory.open(path) as second:
            assert second.resume_at() == (stop - 1) / 2
            list(second.watch(story(scenes, start=stop)))
            assert answers(second) == expected
            resumed = second._state()
            assert resumed.keys() == arrays.keys()
            assert all(a.tobytes() == resumed[name].tobytes() for name, a in arrays.items())


def test_observe_and_watch_agree() -> None:
    batched = watched([0, 1, 0])
    single = sm.StreamMemory.open(encoder="classic")
    for frame in story([0, 1, 0]):
        single.observe(frame)
    assert all(a.tobytes() == single._state()[name].tobytes() for name, a in batched._state().items())


def test_reader_sees_the_last_commit_while_a_writer_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "room.zarr"
    with sm.StreamMemory.open(path, encoder="classic") as writer:
        list(writer.watch(story([0])))
        writer.commit()
        reader = sm.StreamMemory.open(path, mode="r")
        assert reader.resume_at() == 3.5
        list(writer.watch(story([0, 1], start=8)))
        assert reader.resume_at() == 3.5 and not reader.refresh()
        writer.commit()
        assert reader.refresh() and reader.resume_at() == 7.5
        assert reader.find(image=scene(1))[0].t_s >= 4
        with pytest.raises(StoreError, match="open for reading"):
            reader.observe(next(story([0])))
        reader.close()


def test_second_writer_is_refused(tmp_path: Path) -> None:
    with (
        sm.StreamMemory.open(tmp_path / "a.zarr", encoder="classic"),
        pytest.raises(StoreError, match="writ"),
    ):
        sm.StreamMemory.open(tmp_path / "a.zarr")


def test_killed_writer_loses_nothing_committed(tmp_path: Path) -> None:
    path = tmp_path / "killed.zarr"
    code = f"""
        import sys; sys.path.insert(0, {str(Path(__file__).parent)!r})
        import streammem as sm
        from test_stream import story
        memory = sm.StreamMemory.open({str(path)!r}, encoder="classic")
        for frame in story([0, 1, 2, 3, 4, 5] * 50):
            memory.observe(frame)
            if frame.index % 10 == 9:
                memory.commit()
                print(frame.t_s, flush=True)
    """
    with subprocess.Popen(
        [sys.executable, "-P", "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        acknowledged = [float(child.stdout.readline()) for _ in range(4)][-1]
        child.send_signal(signal.SIGKILL)
    with sm.StreamMemory.open(path) as memory:
        kept_s = memory.resume_at()
        assert kept_s is not None and kept_s >= acknowledged
        frames = round(kept_s * 2) + 1
        expected = sm.StreamMemory.open(encoder="classic")
        list(expected.watch(itertools.islice(story([0, 1, 2, 3, 4, 5] * 50), frames)))
        assert all(a.tobytes() == memory._state()[name].tobytes() for name, a in expected._state().items())


def test_streams_do_not_mix() -> None:
    memory = sm.StreamMemory.open(encoder="classic")
    both = zip(story([0, 1], stream="left"), story([2, 3], stream="right"), strict=True)
    list(memory.watch(itertools.chain.from_iterable(both)))
    assert memory.streams == ("left", "right")
    assert {event.stream for event in memory.timeline(stream="left")} == {"left"}
    assert all(hit.stream == "right" for hit in memory.find(image=scene(2), stream="right"))
    assert memory.find(image=scene(2))[0].stream == "right"


def test_frames_that_cannot_follow_are_skipped_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    frames = list(story([0]))
    memory = sm.StreamMemory.open(encoder="classic")
    assert len(list(memory.watch([*frames, frames[2], frames[3]]))) == len(frames)
    assert memory.info().streams[0].skipped == 2 and "follows one at" in caplog.text
    with pytest.raises(OrderError):
        memory.observe(frames[0])
    assert memory.info().streams[0].frames == len(frames)


def test_frames_may_change_their_size() -> None:
    sizes = itertools.cycle([(90, 160), (45, 80), (1, 1), (200, 30)])
    frames = [
        sm.Observation(index=f.index, t_s=f.t_s, rgb=cv2.resize(f.rgb, next(sizes)[::-1]))
        for f in story([0, 1])
    ]
    memory = sm.StreamMemory.open(encoder="classic")
    assert len(list(memory.watch(frames))) == len(frames)


def test_source_that_breaks_leaves_what_it_gave() -> None:
    def breaking() -> Iterator[sm.Observation]:
        yield from story([0])
        raise OSError("the cable")

    memory = sm.StreamMemory.open(encoder="classic")
    with pytest.raises(OSError, match="the cable"):
        list(memory.watch(breaking()))
    assert memory.info().streams[0].frames == 8 and memory.find(image=scene(0))


def test_clock_behind_the_last_commit_holds_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    config = sm.MemoryConfig(commit_every_s=1e-9)
    memory = sm.StreamMemory.open(tmp_path / "clock.zarr", encoder="classic", config=config)
    assert memory._store is not None
    real = memory._store.commit

    def behind(*_: object, **__: object) -> None:
        raise StoreClockError("the clock stands behind the last commit")

    memory._store.commit = behind  # type: ignore[method-assign,assignment]  # put in its place for a while
    list(memory.watch(story([0])))
    assert memory.info().held is not None and "held back" in caplog.text
    with pytest.raises(StoreClockError):
        memory.commit()
    memory._store.commit = real  # type: ignore[method-assign]  # put in its place for a while
    memory.close()
    with sm.StreamMemory.open(tmp_path / "clock.zarr", mode="r") as again:
        assert again.resume_at() == 3.5


def test_store_goes_on_as_it_was_made(tmp_path: Path) -> None:
    sm.StreamMemory.open(tmp_path / "a.zarr", encoder="classic", budget="1 MB").close()
    for wish in ({"budget": "2 MB"}, {"encoder": "lite"}, {"config": sm.MemoryConfig(batch=2)}):
        with pytest.raises(StoreError, match="was made with"):
            sm.StreamMemory.open(tmp_path / "a.zarr", **wish)  # type: ignore[arg-type]  # by name
    sm.StreamMemory.open(tmp_path / "a.zarr", encoder="classic", budget="1 MB").close()


def test_questions_need_one_subject_and_a_space_that_is_there() -> None:
    memory = watched([0])
    with pytest.raises(ObservationError, match="exactly one|by one of"):
        memory.find()
    with pytest.raises(SpaceError, match="lite"):
        memory.find(text="bicycle")
    with pytest.raises(SpaceError, match="no space 'audio'"):
        memory.read(sm.Query(space="audio"))


def test_impossible_memories_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BudgetError, match="bytes"):
        sm.StreamMemory.open(budget=1000, encoder="classic")
    with pytest.raises(StoreNotFoundError):
        sm.StreamMemory.open(tmp_path / "nothing.zarr", mode="r")
    with pytest.raises(StoreError, match="without a path"):
        sm.StreamMemory.open(mode="r")
    with pytest.raises(ObservationError, match="must be positive"):
        sm.MemoryConfig(batch=0)


def test_manifest_from_another_time_is_refused() -> None:
    from streammem.config import Manifest

    with pytest.raises(StoreDamagedError, match="manifest"):
        Manifest.from_json({"streammem": "9.9", "budget": 1})


def test_a_small_budget_has_room_for_few_streams_and_says_so_before_anything_changes():
    memory = sm.StreamMemory.open(budget="160 kB", encoder="classic")
    rgb = np.zeros((32, 48, 3), np.uint8)
    taken = 0
    with pytest.raises(ObservationError, match="follows at most"):
        for taken in range(17):
            memory.observe(sm.Observation(index=0, t_s=0.0, rgb=rgb, stream=f"camera {taken}"))
    assert len(memory.streams) == taken == memory._episodic.most_streams
    before = memory._state()
    assert list(memory.watch([sm.Observation(index=0, t_s=0.0, rgb=rgb, stream="one more")])) == []
    assert all(np.array_equal(a, before[name], equal_nan=True) for name, a in memory._state().items())


def test_more_than_it_can_follow_is_refused() -> None:
    memory = sm.StreamMemory.open(encoder="classic", config=sm.MemoryConfig(max_streams=1))
    memory.observe(next(story([0])))
    with pytest.raises(ObservationError, match="at most 1 streams"):
        memory.observe(next(story([0], stream="another")))
