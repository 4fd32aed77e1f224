"""The episodic memory's laws: bytes, books, resume, and what counts as new."""

import dataclasses
import itertools
from collections import deque
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from memory.worlds import DEEP, LEAN, PIXEL, frame, memory, scene, story, watched

from streammem.errors import BudgetError, ObservationError, OrderError, StoreDamagedError
from streammem.interface import SpaceSpec
from streammem.memory.episodic import EpisodicConfig, EpisodicMemory
from streammem.types import Features, Interval, Query

STEPS = st.lists(
    st.tuples(
        st.integers(0, 39),  # scene
        st.sampled_from(["left", "right"]),
        st.booleans(),  # deep features
        st.sampled_from([0.5, 0.5, 0.5, 3.0, 30.0]),  # seconds since the last frame
        st.sampled_from([0.0, 0.0, 0.0, 1.5]),  # gap
    ),
    min_size=1,
    max_size=80,
)
FEW = {"max_exemplars": 8, "max_streams": 2, "occurrences": 1.5, "surprise_window": 16, "surprise_samples": 2}
CASES = [
    (6_000, PIXEL, {"shares": LEAN, **FEW}),
    (20_000, DEEP, {"shares": LEAN, **FEW}),
    (30_000, DEEP, {"shares": {**LEAN, "snapshots": 1.0}, **FEW, "max_exemplars": 12}),
]


def play(made: EpisodicMemory, steps: list, start: int = 0) -> Iterator[None]:
    """Write the steps from `start` on, stopping after each."""
    clock = {"left": 0.0, "right": 1e9}  # a wall clock
    for index, (number, stream, deep, wait_s, gap_s) in enumerate(steps):
        clock[stream] += wait_s
        if index < start:
            continue
        whole = scene(number, made._specs, 0.05, seed=index)
        features = whole if deep else Features(spaces={"pixel": whole.spaces["pixel"]})
        made.write(frame(index, number, stream=stream, t_s=clock[stream], gap_s=gap_s), features)
        yield


def identical(a: EpisodicMemory, b: EpisodicMemory) -> bool:
    first, second = a.state(), b.state()
    return first.keys() == second.keys() and all(first[n].tobytes() == second[n].tobytes() for n in first)


def check_books(made: EpisodicMemory) -> None:
    live, parts = made._tables.live(), made.parts()
    assert made.nbytes() == sum(parts.values()) == sum(a.nbytes for a in made.state().values())
    assert made.nbytes() <= made.budget_bytes and made.reserved() <= made.budget_bytes
    for kind, created in made.created.items():
        assert created == live[kind] + made.dropped[kind] + made.joined[kind], kind


def check_links(made: EpisodicMemory) -> None:
    tables, table = made._tables, made._tables.exemplars.table
    for row in np.flatnonzero(table.live).tolist():
        rows = tables.occurrences.rows(row)
        spans = [tables.occurrences.span(int(r)) for r in rows]
        assert spans and all(a[1] < b[0] for a, b in itertools.pairwise(spans))
        own = tables.occurrences.span(int(table["own"][row]))
        at, _ = tables.streams.ticks(int(table["stream"][row]), float(table["t_s"][row]))
        assert int(table["own"][row]) in rows and int(table["latest"][row]) in rows
        assert own[0] <= at <= own[1]
        for name, space in tables.spaces.items():
            link = int(table[f"row_{name}"][row])
            assert not link or space.table["owner"][link - 1] == row
    owned = [len(tables.occurrences.rows(row)) for row in np.flatnonzero(table.live).tolist()]
    assert sum(owned) == len(tables.occurrences.table)


def check_neighbours(made: EpisodicMemory) -> None:
    exemplars = made._tables.exemplars
    for row in np.flatnonzero(exemplars.table.live).tolist():
        kept = float(exemplars.table["distance"][row])
        exemplars.refresh([row])
        assert float(exemplars.table["distance"][row]) == kept


@given(STEPS, st.sampled_from(CASES))
def test_every_frame_keeps_bytes_books_and_links(steps: list, case: tuple) -> None:
    budget, spaces, knobs = case
    made = memory(budget, spaces, **knobs)
    for _ in play(made, steps):
        check_books(made)
    check_links(made)
    check_neighbours(made)


@given(STEPS, st.data())
@settings(max_examples=20)
def test_resumed_memory_goes_on_bit_for_bit(steps: list, data: st.DataObject) -> None:
    stop = data.draw(st.integers(0, len(steps)))
    for budget, spaces, knobs in (CASES[0], CASES[2]):
        whole, first, second = (memory(budget, spaces, **knobs) for _ in range(3))
        deque(play(whole, steps), maxlen=0)
        deque(play(first, steps[:stop]), maxlen=0)
        second.restore(first.state())
        assert identical(first, second)
        deque(play(second, steps, start=stop), maxlen=0)
        assert identical(whole, second) and whole.events() == second.events()


@pytest.mark.parametrize("spaces", [PIXEL, DEEP], ids=["pixel", "deep"])
def test_smallest_budget_works_and_a_byte_less_is_refused(spaces: dict[str, SpaceSpec]) -> None:
    with pytest.raises(BudgetError, match="are the minimum") as refused:
        memory(10, spaces)
    minimum = int(str(refused.value).split(" are the minimum")[0].split()[-1].replace(",", ""))
    with pytest.raises(BudgetError):
        memory(minimum - 1, spaces)
    made = memory(minimum, spaces)
    deque(play(made, [(n % 40, "left", True, 0.5, 0.0) for n in range(100)]), maxlen=0)
    check_books(made)
    check_links(made)


def test_repeats_are_occurrences_not_exemplars() -> None:
    made = watched([1, 2, 1, 3, 1, 2])
    assert made.counts()["exemplars"] == 3 and made.counts()["occurrences"] == 6
    assert [len(made.exemplar(i).occurrences) for i in range(3)] == [3, 2, 1]  # type: ignore[union-attr]  # it is there
    assert made.exemplar(0).occurrences[1] == Interval(8.0, 11.5)  # type: ignore[union-attr]  # it is there


def test_noise_opens_nothing() -> None:
    made = watched([4], frames=500, noise=0.2)
    assert made.counts() == {"events": 1, "exemplars": 1, "snapshots": 0, "occurrences": 1}


def test_short_absence_is_no_second_occurrence() -> None:
    made = watched([1, 2, 1], frames=3)
    assert [len(made.exemplar(i).occurrences) for i in range(2)] == [1, 1]  # type: ignore[union-attr]  # it is there


def test_gap_ends_occurrence_and_event() -> None:
    made = memory()
    for index in range(6):
        changes = made.write(frame(index, 1, gap_s=0.4 if index == 3 else 0.0), scene(1, PIXEL))
        assert (len(changes.opened), len(changes.closed)) == {0: (1, 0), 3: (1, 1)}.get(index, (0, 0))
    assert [e.interval for e in made.events()] == [Interval(0.0, 1.0), Interval(1.5, 2.5)]
    assert len(made.exemplar(0).occurrences) == 2  # type: ignore[union-attr]  # it is there


def test_rare_frames_are_no_gaps() -> None:
    made = memory()
    for index in range(30):
        made.write(frame(index, 1, t_s=60.0 * index), scene(1, PIXEL))
    assert made.counts()["occurrences"] <= 2 and made.counts()["events"] <= 2


def test_what_only_deep_features_tell_apart_is_new() -> None:
    made = memory(spaces=DEEP)
    same = scene(1, DEEP).spaces
    made.write(frame(0, 1), scene(1, DEEP))
    other = Features(spaces={**scene(2, DEEP).spaces, "pixel": same["pixel"]})
    assert len(made.write(frame(1, 1), other).added) == 1
    patch = same["patch"].clone()
    patch[:4] = scene(3, DEEP).spaces["patch"][:4]
    assert len(made.write(frame(2, 1), Features(spaces={**same, "patch": patch})).added) == 1
    moved = Features(spaces={**same, "patch": patch.flip(0)})
    assert made.write(frame(3, 1), moved).added == ()


def test_deep_features_complete_an_exemplar_that_came_without() -> None:
    made = memory(spaces=DEEP)
    whole = scene(1, DEEP)
    made.write(frame(0, 1), Features(spaces={"pixel": whole.spaces["pixel"]}))
    assert made._tables.live()["patch"] == 0
    assert made.write(frame(1, 1), whole).added == () and made._tables.live()["patch"] == 1


def test_who_tells_least_goes_and_leaves_its_times() -> None:
    made = memory(2_200, surprise_window=16, surprise_samples=2)
    room = made._tables.exemplars.table.capacity
    mixed = 0.9 * scene(0, PIXEL).spaces["pixel"] + 0.5 * scene(2, PIXEL).spaces["pixel"]
    shown = [scene(0, PIXEL), scene(3, PIXEL), Features(spaces={"pixel": mixed})]
    shown += [scene(n, PIXEL) for n in range(4, room + 2)]
    for index in range(8 * len(shown)):
        made.write(frame(index, 0), shown[index // 8])
    assert made.dropped["exemplars"] == 1 and made.exemplar(0) is None
    heir = made.exemplar(2)
    assert heir is not None and heir.occurrences == (Interval(0.0, 3.5), Interval(8.0, 11.5))


def test_more_streams_than_exemplars_take_turns() -> None:
    made = memory(90_000, max_exemplars=4, max_streams=9)
    for index in range(3):
        for stream in range(9):
            at = frame(index, stream, stream=str(stream), t_s=index / 2)
            made.write(at, scene(stream, PIXEL))
            check_books(made)
    assert made.counts()["exemplars"] == 4 and made.at(1.0, stream="8")
    check_links(made)


def test_shuffled_memory_answers_by_chance() -> None:
    made = watched(list(range(40)), frames=2, budget=40_000)

    def right() -> float:
        hits = [
            made.search(Query(what=scene(n, PIXEL, 0.05, 99).spaces["pixel"], space="pixel", top_k=1))[0]
            for n in range(40)
        ]
        return float(np.mean([hit.frame // 2 == n for n, hit in enumerate(hits)]))

    assert right() == 1.0
    codes = made._tables.exemplars.table["code"][:40]
    codes[:] = codes[np.random.default_rng(1).permutation(40)]
    assert right() < 0.2


@pytest.mark.parametrize(
    ("error", "match", "change"),
    [
        (OrderError, "follows one at", {"t_s": 1.0}),
        (ObservationError, "index", {"index": -1}),
        (ObservationError, "bytes", {"stream": "x" * 65}),
        (ObservationError, "'pixel'", {"features": Features(spaces={})}),
        (ObservationError, "NaN", {"features": Features(spaces={"pixel": torch.full((1, 64), torch.nan)})}),
        (ObservationError, "64 numbers", {"features": Features(spaces={"pixel": torch.zeros(1, 63)})}),
        (ObservationError, "497 days|reaches", {"t_s": 5e7}),
    ],
)
def test_what_cannot_be_taken_leaves_no_trace(error: type[Exception], match: str, change: dict) -> None:
    made = watched([1, 2])
    before = {name: a.tobytes() for name, a in made.state().items()}
    features = change.pop("features", scene(1, PIXEL))
    with pytest.raises(error, match=match):
        made.write(frame(**{"index": 99, "number": 1, **change}), features)
    assert before == {name: a.tobytes() for name, a in made.state().items()}


def test_one_stream_too_many_is_refused() -> None:
    made = memory(max_streams=1)
    made.write(frame(0, 1), scene(1, PIXEL))
    with pytest.raises(ObservationError, match="1 streams"):
        made.write(frame(0, 1, stream="another"), scene(1, PIXEL))


def test_spaces_of_others_are_left_alone() -> None:
    made = memory()
    extra = Features(spaces={**scene(1, PIXEL).spaces, "audio": torch.zeros(1, 7)})
    assert made.write(frame(0, 1), extra).added == (0,)


def test_memory_without_pixels_is_refused() -> None:
    with pytest.raises(ObservationError, match="'pixel'"):
        EpisodicMemory(EpisodicConfig(), {"frame": SpaceSpec(dim=8)}, 10**6)


def test_state_of_another_memory_is_refused() -> None:
    state = dict(watched([1, 2, 3, 4, 5, 6]).state())
    with pytest.raises(StoreDamagedError, match="same spaces"):
        memory(spaces=DEEP).restore(state)
    with pytest.raises(StoreDamagedError, match="same budget"):
        memory(1_900, surprise_window=16, surprise_samples=2).restore(
            state | {"pixel/live": np.ones(99, np.bool_)}
        )


@pytest.mark.parametrize(
    "knobs",
    [
        {"novelty": {"pixel": 0.1}},
        {"dims": {"pixel": 0, "other": 1}},
        {"join_gap_s": 0.0},
        {"max_exemplars": 1},
    ],
)
def test_impossible_knobs_are_refused(knobs: dict) -> None:
    with pytest.raises(ObservationError):
        EpisodicConfig(**knobs)


def test_cost_does_not_grow_with_the_stream() -> None:
    made = memory(3_000)
    sizes = []
    for observation, features in story([n % 40 for n in range(60)], PIXEL, frames=2):
        made.write(observation, features)
        sizes.append(made.reserved())
    assert len(set(sizes)) == 1


def with_things(numbers: list[int], every: int, **options: object) -> EpisodicMemory:
    """A memory that is told of a small new thing in every so many frames, ever newer ones."""
    plain = memory(**options)  # type: ignore[arg-type]  # by name
    made = EpisodicMemory(plain.config, plain._specs, plain.budget_bytes, details=True)
    for observation, features in story(numbers, made._specs):
        new = 1.5 + observation.index / 100 if every and observation.index % every == 1 else 0.0
        assert made.write(observation, features, detail=new).detail == new
        assert made.nbytes() == sum(array.nbytes for array in made.state().values()) <= made.budget_bytes
    return made


@pytest.mark.parametrize("spaces", [PIXEL, DEEP])
def test_moments_change_nothing_else(spaces: dict[str, SpaceSpec]) -> None:
    numbers = [0, 1, 0, 2, 1]
    plain, made = (with_things(numbers, every, spaces=spaces) for every in (0, 5))
    assert made.counts()["exemplars"] == plain.counts()["exemplars"] + 8
    query = Query(what=scene(1, spaces).spaces["pixel"], space="pixel", top_k=99)
    sights = [
        [(hit.t_s, round(hit.score, 5), hit.occurrences) for hit in m.search(query)] for m in (plain, made)
    ]
    assert sights[0] == sights[1]
    spans = [[(event.interval, event.surprise) for event in m.events()] for m in (plain, made)]
    assert spans[0] == spans[1] and len(made.read(query).evidence) == len(plain.read(query).evidence)
    assert len(made.at(3.0)) == 1


def test_moments_keep_their_picture_and_make_room_for_newer_ones() -> None:
    made = with_things([0, 1, 2], 3, max_exemplars=6, shares={**LEAN, "snapshots": 1.0})
    kept = [made.exemplar(id) for id in range(made.created["exemplars"])]
    shown = [hit for hit in kept if hit is not None]
    assert len(shown) == 6 and made.dropped["exemplars"] > 0
    assert {hit.t_s for hit in shown} >= {0.0, 4.0, 8.0}  # what is new as a whole stays
    assert {hit.frame for hit in shown} >= {22, 19}  # of the moments, the newest things
    assert all(hit.snapshot is not None and made.jpeg(hit.snapshot) for hit in shown)


def test_other_evidence_is_anchored_to_its_frame() -> None:
    made = with_things([0, 1], 5, shares={**LEAN, "snapshots": 1.0})
    (hit,) = made.at(3.0)
    there = made.anchored(dataclasses.replace(hit, t_s=3.0, frame=6, store="another"))
    assert there.event == hit.event and there.store == "another" and there.snapshot is not None
    proof = made.exemplar(there.snapshot)
    assert proof is not None and proof.frame == 6 and proof.occurrences == (Interval(3.0, 3.0),)
    assert made.anchored(dataclasses.replace(hit, t_s=3.5, frame=7)).snapshot is None
    assert made.anchored(dataclasses.replace(hit, t_s=9.0, frame=6)).snapshot is None  # numbers started anew
    nowhere = dataclasses.replace(hit, stream="another")
    assert made.anchored(nowhere) == nowhere
