"""Answers against brute force on the decoded codes; masks, boxes, events, pictures."""

import itertools

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from memory.worlds import DEEP, LEAN, PIXEL, frame, memory, picture, scene, watched

from streammem.errors import ObservationError, SpaceError
from streammem.memory.codes import projection
from streammem.memory.episodic import EpisodicMemory
from streammem.types import Features, Interval, Query, Sphere

NUMBERS = [1, 2, 3, 1, 4, 5, 2, 6]


@pytest.fixture(scope="module")
def deep() -> EpisodicMemory:
    return watched(NUMBERS, budget=400_000, spaces=DEEP, shares={**LEAN, "snapshots": 1.0})


def ask(space: str, number: int, **rest: object) -> Query:
    """The scene's own features: of a grid, one of its cells; of classes, some."""
    if space == "text":
        what = torch.zeros(1, 30)
        what[0, number : number + 7] = 1
    else:
        what = scene(number, DEEP).spaces[space][:1]
    return Query(what=what, space=space, **rest)  # type: ignore[arg-type]  # by name


@pytest.mark.parametrize("space", sorted(DEEP))
@given(number=st.integers(0, 12), top_k=st.integers(1, 9))
def test_search_agrees_with_brute_force(deep: EpisodicMemory, space: str, number: int, top_k: int) -> None:
    tables = deep._tables
    table, codec = (
        (tables.exemplars.table, tables.exemplars.pixel)
        if space == "pixel"
        else (tables.spaces[space].table, tables.spaces[space].codec)
    )
    rows = np.flatnonzero(table.live)
    features = codec.decode({name: table[name][rows] for name in codec.columns}).astype(np.float64)
    query = ask(space, number, top_k=top_k)
    assert query.what is not None
    what = query.what[0].numpy().astype(np.float64)
    if space != "text":  # cosines live in the directions that codes keep
        kept = projection(DEEP[space].dim, codec.dim).astype(np.float64)  # type: ignore[union-attr]  # such a space has dimensions
        what = kept @ (kept.T @ what)
        what /= np.linalg.norm(what)
        features /= np.linalg.norm(features, axis=2, keepdims=True)
    wanted = np.sort((features @ what).max(axis=1))[::-1][:top_k]
    found = [hit.score for hit in deep.search(query)]
    assert np.allclose(found, wanted, atol=2e-3)


@pytest.mark.parametrize("space", ["pixel", "frame", "patch"])
def test_what_was_seen_is_found_first(deep: EpisodicMemory, space: str) -> None:
    for number in set(NUMBERS):
        hit = deep.search(ask(space, number))[0]
        assert NUMBERS[hit.frame // 8] == number and hit.score > 0.9
        assert len(hit.occurrences) == NUMBERS.count(number)
        assert hit.t_s in hit.interval and hit.t_s == hit.frame / 2 and hit.interval in hit.occurrences


def test_quick_search_of_many_finds_what_a_full_one_finds() -> None:
    made = memory(3_000_000, {**PIXEL, "text": DEEP["text"]}, peaks=30)
    for index in range(600):
        rng = np.random.default_rng(index)
        pixel = rng.standard_normal((1, 64)).astype(np.float32)
        chance = rng.exponential(1.0, (6, 30)).astype(np.float32) ** 4
        spaces = {"pixel": pixel / np.linalg.norm(pixel), "text": chance / chance.sum(axis=1, keepdims=True)}
        made.write(frame(index, 0), Features(spaces={n: torch.from_numpy(m) for n, m in spaces.items()}))
    space = made._tables.spaces["text"]
    query = ask("text", 4, top_k=5)
    assert query.what is not None and made.counts()["exemplars"] > 550
    high = space.table.high
    full = space.codec.scores(space.columns(slice(0, high)), query.what.numpy())[0].max(axis=1)
    assert np.allclose([hit.score for hit in made.search(query)], np.sort(full)[::-1][:5])


def test_box_is_where_the_cell_is() -> None:
    made = memory(spaces=DEEP)
    made.write(frame(0, 1), scene(1, DEEP))
    cells = scene(1, DEEP).spaces["patch"]
    box = made.search(Query(what=cells[4:5], space="patch"))[0].box
    assert box is not None and (box.left, box.top, box.right, box.bottom) == (1 / 3, 0.5, 2 / 3, 1.0)
    assert made.search(ask("frame", 1))[0].box is None


def test_masks_narrow_the_answer(deep: EpisodicMemory) -> None:
    during = Interval(12.0, 15.5)
    hits = deep.search(ask("pixel", 1, during=during, top_k=99))
    assert hits and all(hit.interval.overlaps(during) for hit in hits)
    assert hits[0].interval == Interval(12.0, 15.5) and hits[0].t_s == 0.0
    assert deep.search(ask("pixel", 1, stream="another")) == []
    assert deep.search(ask("patch", 1, during=Interval(900, 901))) == []


def test_streams_keep_their_own_exemplars() -> None:
    made = memory()
    for index in range(4):
        for stream in ("left", "right"):
            made.write(
                frame(index, 1, stream=stream, t_s=index / 2 + 100 * (stream == "right")), scene(1, PIXEL)
            )
    assert made.counts()["exemplars"] == 2
    assert {hit.stream: hit.interval for hit in made.search(ask_small(1))} == {
        "left": Interval(0.0, 1.5),
        "right": Interval(100.0, 101.5),
    }
    assert [e.stream for e in made.events(stream="right")] == ["right"]


def ask_small(number: int) -> Query:
    return Query(what=scene(number, PIXEL).spaces["pixel"], space="pixel")


def test_exact_time_survives() -> None:
    made = memory()
    for index in range(4):
        made.write(frame(index, 1, t_s=1.7e9 + index * 1001 / 30000), scene(1, PIXEL))
    hit = made.exemplar(0)
    assert hit is not None and hit.t_s == 1.7e9 and hit.t_s in hit.interval
    assert hit.interval.end_s == pytest.approx(1.7e9 + 0.1001, abs=0.011)


def test_what_was_on_at_a_time(deep: EpisodicMemory) -> None:
    assert [NUMBERS[hit.frame // 8] for hit in deep.at(5.0)] == [2]
    assert deep.at(13.0)[0].interval == Interval(12.0, 15.5)
    assert [NUMBERS[hit.frame // 8] for hit in deep.at(3.7)] == [1]  # between two frames
    assert deep.at(999.0) == [] and deep.at(5.0, stream="another") == []


def test_events_tile_the_stream_and_show_what_was_in_sight(deep: EpisodicMemory) -> None:
    events = deep.events()
    assert [e.interval.start_s for e in events] == [4.0 * i for i in range(len(NUMBERS))]
    assert all(a.interval.end_s == b.interval.start_s for a, b in itertools.pairwise(events))
    assert [e.open for e in events] == [False] * 7 + [True]
    shown = [deep.exemplar(e.exemplars[0]) for e in events]
    assert [NUMBERS[hit.frame // 8] for hit in shown if hit] == NUMBERS
    assert events[3].exemplars == (events[0].exemplars[0],)  # scene 1 came back
    assert deep.events(during=Interval(5.0, 6.0)) == [events[1]]
    hit = deep.search(ask("pixel", 3))[0]
    assert deep.event_of(hit) == events[2] and hit.event == events[2].id


def test_pictures_prove_it(deep: EpisodicMemory) -> None:
    for number in set(NUMBERS):
        hit = deep.search(ask("pixel", number))[0]
        assert hit.snapshot is not None
        jpeg = deep.jpeg(hit.snapshot)
        assert jpeg is not None
        shown = cv2.cvtColor(cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
        assert np.abs(shown.astype(int) - picture(number)).mean() < 12
    assert deep.jpeg(999) is None and deep.exemplar(999) is None


@pytest.mark.parametrize("space", sorted(DEEP))
def test_read_attends_and_proves(deep: EpisodicMemory, space: str) -> None:
    query = ask(space, 2, top_k=4)
    assert query.what is not None
    what = query.what.clone().requires_grad_()
    found = deep.read(Query(what=what, space=space, top_k=4))
    assert found.value.shape == (1, DEEP[space].dim) and found.weight.shape == (1, 4)
    assert found.weight.sum().item() == pytest.approx(1) and len(found.evidence) == 4
    assert found.evidence[0].score == pytest.approx(deep.search(query)[0].score, abs=1e-5)
    assert [e.exemplar for e in found.evidence[:2]] == [found.evidence[i].exemplar for i in (0, 1)]
    found.value.sum().backward()
    assert what.grad is not None and what.grad.isfinite().all()


def test_empty_memory_answers_nothing() -> None:
    made = memory(spaces=DEEP)
    assert all(made.search(ask(space, 1)) == [] for space in DEEP)
    assert made.events() == [] and made.at(0.0) == []
    empty = made.read(ask("patch", 1))
    assert empty.weight.shape == (1, 0) and (empty.value == 0).all() and len(empty.evidence) == 0


def test_questions_of_the_wrong_kind_are_refused(deep: EpisodicMemory) -> None:
    with pytest.raises(SpaceError, match="no space 'audio'"):
        deep.search(Query(what=torch.zeros(1, 3), space="audio"))
    with pytest.raises(ObservationError, match="keeps no places"):
        deep.search(ask("pixel", 1, within=Sphere(centre=(0, 0, 0), radius_m=1)))
    with pytest.raises(ObservationError, match="got nothing"):
        deep.search(Query(space="pixel"))
    with pytest.raises(ObservationError, match="64 numbers"):
        deep.search(Query(what=torch.zeros(1, 3), space="pixel"))
    with pytest.raises(ObservationError, match="NaN"):
        deep.read(Query(what=torch.full((1, 64), torch.nan), space="pixel"))
