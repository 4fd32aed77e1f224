"""The memory of objects: bounded, bit for bit, streams apart; what it finds and when it refuses."""

import dataclasses
import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from memory.things import HEIGHT, WIDTH, passing, shown, thing

from streammem.errors import BudgetError, ObservationError, OrderError, SpaceError, StoreDamagedError
from streammem.memory.object_answers import STORE
from streammem.memory.object_config import ObjectConfig
from streammem.memory.objects import ObjectMemory
from streammem.memory.regions import ChangedRegions, RegionConfig
from streammem.perception.encoders import open_encoder
from streammem.types import BoundingBox, Box, Interval, Observation, Query

CLASSIC = open_encoder("classic")
DIM = 384


def describe(picture: np.ndarray) -> np.ndarray:
    return CLASSIC.encode([picture])[0].spaces["pixel"][0].numpy()


def made(budget: int = 20_000, *, streams: int = 1, **knobs: object) -> ObjectMemory:
    return ObjectMemory(ObjectConfig(**knobs), describe, DIM, budget, streams=streams)  # type: ignore[arg-type]  # by name


def asked(number: int, **narrowed: object) -> Query:
    what = torch.from_numpy(describe(thing(number)))[None]
    return Query(what=what, space="object", **narrowed)  # type: ignore[arg-type]  # by name


def watched(numbers: list[int | None], **options: object) -> ObjectMemory:
    memory = made(**options)  # type: ignore[arg-type]  # by name
    for observation in passing(numbers):
        memory.write(observation)
    return memory


def test_finds_when_where_and_how_often() -> None:
    memory = watched([None, 1, None, 2, None, 1, None])
    best = memory.search(asked(2))[0]
    assert best.store == STORE and best.space == "object" and best.score > 0.6
    assert 12 <= best.t_s <= 16 and best.interval in best.occurrences
    assert best.box is not None and best.box.iou(_box(best.frame % 8)) > 0.5
    spans = [span for hit in memory.search(asked(1))[:4] for span in hit.occurrences]
    assert any(4 <= s.start_s <= 8 for s in spans) and any(20 <= s.start_s <= 24 for s in spans)


def _box(step: int) -> BoundingBox:
    left = 32 + 16 * step
    return BoundingBox(left / WIDTH, 48 / HEIGHT, (left + 64) / WIDTH, 112 / HEIGHT)


def test_changes_say_what_is_new_and_how_new() -> None:
    memory = made()
    changes = [memory.write(frame) for frame in passing([None, 3, None])]
    first = next(c for c in changes if c.added)
    assert first.added == (0,) and first.detail == pytest.approx(1 / memory.config.novelty)
    assert all((c.detail > 1) == bool(c.added) for c in changes)
    assert changes[-1].nbytes == memory.nbytes() and memory.created["objects"] == len(memory)


def test_during_and_stream_narrow() -> None:
    memory = made(streams=2)
    left, right = passing([None, 1, None], stream="left"), passing([None, 2, None], stream="right", scene=1)
    for observation in itertools.chain.from_iterable(zip(left, right, strict=True)):
        memory.write(observation)
    assert {hit.stream for hit in memory.search(asked(1))} == {"left", "right"}
    assert memory.search(asked(1))[0].stream == "left" and memory.search(asked(2))[0].stream == "right"
    assert {hit.stream for hit in memory.search(asked(1, stream="right"))} == {"right"}
    assert memory.search(asked(1, stream="nowhere")) == []
    assert memory.search(asked(1, during=Interval(0.0, 3.0))) == []
    inside = memory.search(asked(1, during=Interval(5.0, 6.0), stream="left"))
    assert inside and all(hit.interval.overlaps(Interval(5.0, 6.0)) for hit in inside)


def test_a_stream_beside_others_goes_as_if_alone() -> None:
    alone, among = made(streams=1), made(streams=3)
    frames = list(passing([None, 1, 2, None, 1]))
    others = passing([3, None, 4, 3, None], stream="other", scene=2)
    for mine, other in zip(frames, others, strict=True):
        alone.write(mine)
        among.write(mine)
        among.write(other)
    mine = [(hit.t_s, hit.score, hit.occurrences, hit.box) for hit in alone.search(asked(1, top_k=99))]
    seen = among.search(asked(1, top_k=99, stream="main"))
    assert [(hit.t_s, hit.score, hit.occurrences, hit.box) for hit in seen] == mine


def test_looks_no_more_often_than_told() -> None:
    calls: list[int] = []

    def counted(picture: np.ndarray) -> np.ndarray:
        calls.append(1)
        return describe(picture)

    memory = ObjectMemory(ObjectConfig(rate_hz=2.0), counted, DIM, 20_000)
    for observation in passing([None, 1], frames=30, rate_hz=30.0):
        memory.write(observation)
    assert 1 <= len(calls) <= 3


@given(
    st.lists(st.sampled_from([None, 0, 1, 2, 3, 4, 5]), min_size=1, max_size=12),
    st.sampled_from([100, 600, 3000]),
    st.integers(1, 3),
)
@settings(max_examples=12)
def test_bytes_are_exact_and_within_the_budget(numbers: list[int | None], spare: int, streams: int) -> None:
    budget = ObjectMemory.least_bytes(ObjectConfig(), DIM, streams) + spare
    memory = made(budget, streams=streams)
    assert memory.reserved() <= budget
    feeds = [passing(numbers, frames=4, stream=f"s{i}", scene=i) for i in range(streams)]
    for observation in itertools.chain.from_iterable(zip(*feeds, strict=True)):
        changes = memory.write(observation)
        assert changes.nbytes == memory.nbytes() <= memory.reserved()
        assert memory.nbytes() == sum(array.nbytes for array in memory.state().values())
        live = {"objects": len(memory), "object_occurrences": len(memory._tables.occurrences.table)}
        assert memory.created == {kind: live[kind] + memory.dropped[kind] for kind in live}
    for hit in memory.search(asked(0, top_k=99)):
        assert hit.occurrences and hit.occurrences == tuple(sorted(hit.occurrences, key=lambda s: s.start_s))


def test_the_fewest_tokens_turn_over() -> None:
    memory = watched([*range(20)], budget=ObjectMemory.least_bytes(ObjectConfig(), DIM, 1))
    assert len(memory) <= 8 and memory.dropped["objects"] > 0


@given(st.integers(1, 55))
@settings(max_examples=8)
def test_resumes_bit_for_bit(stop: int) -> None:
    frames = list(passing([None, 1, 2, None, 1, 3, 4]))
    whole, first, second = made(4000), made(4000), made(4000)
    for observation in frames:
        whole.write(observation)
    for observation in frames[:stop]:
        first.write(observation)
    second.restore(first.state())
    for observation in frames[stop:]:
        second.write(observation)
    assert whole.state().keys() == second.state().keys()
    assert all(a.tobytes() == second.state()[name].tobytes() for name, a in whole.state().items())


def test_read_weighs_and_is_differentiable() -> None:
    memory = watched([None, 1, None, 2])
    what = torch.from_numpy(np.stack([describe(thing(1)), describe(thing(2))])).requires_grad_()
    readout = memory.read(Query(what=what, space="object", top_k=3))
    assert readout.weight.shape == (2, 3) and readout.value.shape == (2, DIM)
    assert torch.allclose(readout.weight.sum(dim=1), torch.ones(2)) and len(readout.evidence) == 6
    readout.value.sum().backward()
    assert what.grad is not None and float(what.grad.abs().sum()) > 0
    empty = made().read(Query(what=what.detach(), space="object"))
    assert empty.weight.shape == (2, 0) and not empty.value.any() and len(empty.evidence) == 0


def test_refusals() -> None:
    memory = watched([None, 1])
    with pytest.raises(OrderError, match="follows"):
        memory.write(next(passing([1])))
    with pytest.raises(ObservationError, match="room for 1 streams"):
        memory.write(next(passing([1], stream="another")))
    with pytest.raises(ObservationError, match="index"):
        memory.write(Observation(index=1 << 32, t_s=99.0, rgb=shown(1, 0)))
    with pytest.raises(SpaceError, match="'frame'"):
        memory.search(Query(what=torch.zeros(1, DIM)))
    with pytest.raises(ObservationError, match="lines of 384"):
        memory.search(Query(what=torch.zeros(1, 3), space="object"))
    with pytest.raises(ObservationError, match="NaN"):
        memory.search(Query(what=torch.full((1, DIM), torch.nan), space="object"))
    with pytest.raises(ObservationError, match="within"):
        memory.search(asked(1, within=Box(low=(0, 0, 0), high=(1, 1, 1))))
    with pytest.raises(StoreDamagedError, match="no state"):
        memory.restore({})
    with pytest.raises(StoreDamagedError, match="same budget"):
        made(3720).restore(watched([*range(12)]).state())


def test_impossible_ones_are_refused() -> None:
    least = ObjectMemory.least_bytes(ObjectConfig(), DIM, 2)
    with pytest.raises(BudgetError, match=f"{least:,}"):
        made(least - 1, streams=2)
    for knobs in ({"novelty": 0.0}, {"rate_hz": 0.0}, {"most": 0}, {"most": 60_000}):
        with pytest.raises(ObservationError):
            ObjectConfig(**knobs)  # type: ignore[arg-type]  # by name
    with pytest.raises(ObservationError, match="2x2"):
        RegionConfig(rows=1)
    with pytest.raises(ObservationError, match="smallest"):
        RegionConfig(smallest=0.5)


def test_regions_stand_out_settle_and_vanish() -> None:
    regions = ChangedRegions(RegionConfig())
    assert regions.step(0.0, shown(None, 0)) == []
    (box,) = regions.step(0.5, shown(1, 3))
    assert box.iou(_box(3)) > 0.5
    stays = [regions.step(0.5 + i / 2, shown(1, 3)) for i in range(1, 14)]
    assert stays[0] and not stays[-1]  # what stays is background
    assert regions.step(9.0, 255 - shown(1, 3)) == []  # the camera looks elsewhere


def test_regions_take_pictures_of_any_size() -> None:
    regions = ChangedRegions(RegionConfig())
    for i, size in enumerate([(1, 1), (2, 500), (720, 1280), (1080, 7)]):
        regions.step(float(i), np.full((*size, 3), 40 * i, np.uint8))
    assert regions.nbytes() == 18 * 32 * 5 + 8


def test_configuration_survives_json() -> None:
    config = ObjectConfig(most=99, regions=RegionConfig(most=2))
    assert ObjectConfig.from_json(dataclasses.asdict(config)) == config
