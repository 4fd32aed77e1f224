"""The engine and small things: found by picture with time, box and proof; bounded; resumed; where there are none."""

import itertools
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from memory.things import HEIGHT, WIDTH, ground, passing, thing

import streammem as sm
from streammem.config import Manifest
from streammem.errors import BudgetError, ObservationError, SpaceError
from streammem.memory.objects import ObjectConfig
from streammem.types import Evidence

FEW = sm.MemoryConfig(max_streams=2)
STORY = [None, 1, None, 2, None, 3, None, 1, None]


def open_memory(path: Path | None = None, **options: object) -> sm.StreamMemory:
    return sm.StreamMemory.open(path, encoder="classic", **{"config": FEW, "budget": "1 MB", **options})  # type: ignore[arg-type]  # by name


def watched(numbers: list[int | None], path: Path | None = None, **options: object) -> sm.StreamMemory:
    memory = open_memory(path, **options)
    list(memory.watch(passing(numbers)))
    return memory


def elsewhere(number: int) -> np.ndarray:
    """A thing on another background, cut out with a little of it."""
    picture = ground(77)
    picture[60:124, 100:164] = thing(number)
    return picture[56:128, 96:168]


def things(hits: list[Evidence]) -> list[Evidence]:
    return [hit for hit in hits if hit.store == "objects"]


def test_finds_a_thing_shown_on_another_background() -> None:
    memory = watched(STORY)
    best = memory.find(image=elsewhere(2))[0]
    assert best.store == "objects" and best.space == "object" and best.score >= 0.5
    assert 12 <= best.t_s <= 16 and best.event is not None
    left = 32 + 16 * (best.frame % 8)
    there = sm.BoundingBox(left / WIDTH, 48 / HEIGHT, (left + 64) / WIDTH, 112 / HEIGHT)
    assert best.box is not None and best.box.iou(there) > 0.5
    shown = memory.picture(best)  # the very frame
    assert shown is not None
    at = shown[48:112, left : left + 64].astype(int)
    assert np.abs(at - thing(2).astype(int)).mean() < 12
    assert memory.jpeg(best) == memory.jpeg(memory.exemplar(best.snapshot))  # type: ignore[arg-type]  # it has a snapshot


def test_counts_and_says_when_last() -> None:
    memory = watched(STORY)
    assert memory.count(elsewhere(1)) == 2 and memory.count(elsewhere(3)) == 1
    last = memory.last_seen(elsewhere(1))
    assert last is not None and 28 <= last.interval.start_s <= 30 and last.interval.end_s <= 32
    assert memory.last_seen(elsewhere(9)) is None
    inside = sm.Interval(0.0, 10.0)
    assert memory.count(elsewhere(1), during=inside) == 1 and memory.count(elsewhere(3), during=inside) == 0


def test_streams_stay_apart() -> None:
    memory = open_memory()
    left, right = passing([None, 1, None], stream="left"), passing([None, 2, None], stream="right", scene=1)
    list(memory.watch(itertools.chain.from_iterable(zip(left, right, strict=True))))
    assert things(memory.find(image=elsewhere(1)))[0].stream == "left"
    assert things(memory.find(image=elsewhere(2)))[0].stream == "right"
    assert all(hit.stream == "right" for hit in memory.find(image=elsewhere(1), stream="right"))
    assert memory.count(elsewhere(1), stream="right") == 0 and memory.count(elsewhere(1)) == 1


def test_read_reaches_the_space_of_objects() -> None:
    memory = watched(STORY)
    (features,) = sm.open_encoder("classic").encode([elsewhere(2)])
    query = sm.Query(what=features.spaces["pixel"], space="object", top_k=4)
    readout = memory.read(query)
    assert readout.weight.shape == (1, 4) and torch.allclose(readout.weight.sum(), torch.tensor(1.0))
    assert readout.evidence[0].store == "objects" and readout.evidence[0].snapshot is not None


def test_info_tells_what_there_is() -> None:
    info = watched(STORY).info()
    assert info.spaces["object"] == 384 and info.objects and info.parts["objects"] > 0
    assert info.dropped["objects"] == 0 and sum(info.parts.values()) == info.nbytes


@given(
    st.lists(st.sampled_from([None, 0, 1, 2, 3, 4, 5]), min_size=1, max_size=12),
    st.sampled_from([180_000, 250_000]),
)
@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
def test_bytes_never_exceed_the_budget(numbers: list[int | None], budget: int) -> None:
    memory = open_memory(budget=budget)
    for changes in memory.watch(passing(numbers, frames=4)):
        assert changes.nbytes <= budget
    info = memory.info()
    assert info.objects is not None
    assert (
        info.nbytes == sum(info.parts.values()) == sum(a.nbytes for a in memory._state().values()) <= budget
    )
    for hit in things(memory.find(image=elsewhere(1), top_k=99)):
        assert hit.snapshot is None or memory.jpeg(hit) is not None


def test_one_run_or_two_makes_no_difference(tmp_path: Path) -> None:
    with watched(STORY, tmp_path / "one.zarr") as whole:
        arrays, found = whole._state(), whole.find(image=elsewhere(2))
    frames = list(passing(STORY))
    for stop in (9, 30):
        path = tmp_path / f"two-{stop}.zarr"
        with open_memory(path) as first:
            list(first.watch(frames[:stop]))
        with open_memory(path) as second:
            list(second.watch(frames[stop:]))
            resumed = second._state()
            assert second.find(image=elsewhere(2)) == found
        assert resumed.keys() == arrays.keys() and any(name.startswith("objects/") for name in arrays)
        assert all(a.tobytes() == resumed[name].tobytes() for name, a in arrays.items())


def test_two_readers_see_the_last_commit(tmp_path: Path) -> None:
    path, frames = tmp_path / "room.zarr", list(passing(STORY))
    with open_memory(path) as writer:
        list(writer.watch(frames[:20]))
        writer.commit()
        readers = [sm.StreamMemory.open(path, mode="r") for _ in range(2)]
        list(writer.watch(frames[20:]))
        assert all(not things(reader.find(image=elsewhere(2), top_k=1)) for reader in readers)
        writer.commit()
        for reader in readers:
            assert reader.refresh() and reader.find(image=elsewhere(2)) == writer.find(image=elsewhere(2))
            reader.close()


def test_too_few_bytes_go_without_unless_told_to_insist() -> None:
    memory = watched(STORY, budget="90 kB")
    info = memory.info()
    assert info.objects is None and "object" not in info.spaces and "objects" not in info.parts
    assert not things(memory.find(image=elsewhere(2)))
    with pytest.raises(SpaceError, match="no space 'object'"):
        memory.read(sm.Query(space="object"))
    with pytest.raises(BudgetError, match="objects=None"):
        open_memory(budget="90 kB", config=sm.MemoryConfig(max_streams=2, objects=ObjectConfig()))
    without = watched(STORY, config=sm.MemoryConfig(max_streams=2, objects=None)).info()
    assert without.objects is None and without.exemplars < watched(STORY).info().exemplars


def test_impossible_settings_are_refused() -> None:
    for share in (0.0, 1.0):
        with pytest.raises(ObservationError, match="object_share"):
            sm.MemoryConfig(object_share=share)


def test_store_made_before_objects_goes_on_without(tmp_path: Path) -> None:
    plain = sm.MemoryConfig(max_streams=2, objects=None)
    with watched(STORY, tmp_path / "old.zarr", config=plain) as memory:
        saved, arrays = memory.manifest.to_json(), memory._state()
        del saved["config"]["objects"], saved["config"]["object_share"]  # as it was written then
        assert Manifest.from_json(saved) == memory.manifest
        assert memory._store is not None
        memory._store.commit(arrays, saved, message="older")
    with sm.StreamMemory.open(tmp_path / "old.zarr", config=FEW) as again:  # "auto" is no wish
        assert again.info().objects is None and again._state().keys() == arrays.keys()
        again.observe(next(itertools.islice(passing([*STORY, 1]), 75, None)))


def test_configuration_survives_the_manifest(tmp_path: Path) -> None:
    config = sm.MemoryConfig(max_streams=1, objects=ObjectConfig(most=50), object_share=0.1)
    with open_memory(tmp_path / "a.zarr", config=config) as memory:
        assert Manifest.from_json(memory.manifest.to_json()) == memory.manifest
    with open_memory(tmp_path / "a.zarr", config=config) as again:
        assert again.config.objects == ObjectConfig(most=50)
