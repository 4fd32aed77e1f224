"""The object map as a whole: budget, persistence, questions, pictures, errors."""

import copy

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from object_world import DIM, FRONT, GROUND, WALL, Walk, cube, pose

from streammem.errors import BudgetError, ObservationError, StoreDamagedError
from streammem.spatial.objects import ObjectMap, ObjectsConfig
from streammem.types import Box, Interval, Sphere

ROOM = [GROUND, WALL]
RED = cube(-0.5, 0.2, 5, rgb=(200, 0, 0))
BLUE = cube(0.3, 0.3, 6, side=0.2, rgb=(0, 0, 200), feature=1)
NAMES = {5: "red box", 6: "coffee cup"}


@pytest.fixture(scope="module")
def told() -> Walk:
    """Seen until 6 s; then the cup stands elsewhere until 12 s, then the box is gone. Only to be read."""
    walk = Walk()
    walk.see([*ROOM, RED, BLUE], times=6, names=NAMES)
    walk.see([*ROOM, RED, BLUE.at(0.3, -0.5)], times=6)
    walk.see([*ROOM, BLUE.at(0.3, -0.5)], times=6)
    return walk


def ids(found: list) -> list[int]:
    return [one.id for one in found]


def test_questions_of_time_and_place(told: Walk) -> None:
    box, cup = told.map.named("red box")[0], told.map.named("CUP")[0]
    old, new = Sphere(centre=(0.4, 0.4, 0.1), radius_m=0.2), Sphere(centre=(0.4, -0.4, 0.1), radius_m=0.2)
    assert ids(told.map.objects()) == [box.id, cup.id]
    assert told.map.objects(within=old) == [] and ids(told.map.objects(within=new)) == [cup.id]
    assert ids(told.map.objects(Interval(1, 3), old)) == [cup.id]
    assert ids(told.map.objects(Interval(13, 99))) == [cup.id]
    assert ids(told.map.objects(within=Box(low=(-1, 0, 0), high=(0, 1, 1)))) == [box.id]
    assert told.map.named("offee") == [] and told.map.object(cup.id) == cup and len(told.map) == 2


def test_search_by_feature(told: Walk) -> None:
    (best, score), (_, other) = told.map.search(torch.eye(DIM)[1], 5)
    assert best.label == "coffee cup" and score > 0.9 > other
    assert (
        told.map.search(np.eye(DIM)[1], 5, Interval(13, 99), Box(low=(-9, -9, -9), high=(9, 0, 9)))[0][0]
        == best
    )
    assert np.linalg.norm(told.map.feature(best.id)) == pytest.approx(1, abs=0.01)


def test_changes_since(told: Walk) -> None:
    kinds = [(one.kind, one.object) for one in told.map.changes(4.0) if one.object]
    box, cup = told.map.objects()
    assert kinds == [("moved", cup.id), ("vanished", box.id)]
    assert told.map.changes(4.0, 4.5) == [] and told.map.changes(0.0)[0].kind == "appeared"


def test_surface_that_was_nothing_is_told_when_it_goes() -> None:
    walk = Walk()
    walk.see([*ROOM, cube(-0.5, 0.2)], times=3)
    changes = walk.see(ROOM, times=5)
    assert {one.kind for one in changes} == {"removed"} and all(one.object is None for one in changes)


def test_pictures_are_kept_best_first_and_let_go() -> None:
    walk = Walk(views=2)
    walk.see([*ROOM, RED], times=4)
    (one,) = walk.map.objects()
    assert [walk.map.attach(view, {one.id: score}) for view, score in ((7, 0.5), (8, 0.9), (9, 0.1))] == [
        [1],
        [1],
        [],
    ]
    assert walk.map.object(one.id).snapshots == (8, 7)
    walk.map.attach(7, {one.id: 0.95, 99: 1.0})
    assert walk.map.object(one.id).snapshots == (7, 8)
    walk.map.detach(7)
    walk.map.detach(7)
    assert walk.map.object(one.id).snapshots == (8,)
    walk.check()


def test_what_a_frame_shows() -> None:
    walk = Walk()
    walk.see([*ROOM, RED, BLUE], times=4)
    sight, labels = walk.world.see([*ROOM, RED, BLUE])
    walk.map.update(walk.world, sight, labels)
    first, second = walk.map.shown(sight)
    assert (first.object, second.object) == (1, 2) and 1 >= first.score > second.score > 0
    rows, columns = np.nonzero(labels == 5)
    assert first.box.pixels(labels.shape[1], labels.shape[0]) == pytest.approx(
        (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1), abs=2
    )
    sight, labels = walk.world.see(ROOM, pose((0, -1.6, 1.3), (0, -4.0, 0.1)))
    walk.map.update(walk.world, sight, labels)
    assert walk.map.shown(sight) == []


@pytest.mark.parametrize("labels", ["instance", "semantic", None])
def test_resumed_it_goes_on_bit_for_bit(labels: str | None) -> None:
    walk = Walk(labels=labels or "instance", every=2)
    walk.see([*ROOM, RED, BLUE], times=5, labelled=labels is not None, names=NAMES)
    again = copy.copy(walk)
    again.world = copy.deepcopy(walk.world)
    again.map = again.fresh()
    again.map.restore(walk.map.state())
    for scene in ([*ROOM, RED, BLUE.at(0.5, -0.4)], [*ROOM, BLUE.at(0.5, -0.4)]):
        told = [one.see(scene, times=4, labelled=labels is not None, names=NAMES) for one in (walk, again)]
        assert told[0] == told[1]
    one, other = walk.map.state(), again.map.state()
    assert list(one) == list(other)
    for name in one:
        np.testing.assert_array_equal(one[name], other[name], strict=True)
    assert walk.map.objects() == again.map.objects()


def test_a_small_budget_forgets_what_says_least_and_counts_it() -> None:
    walk = Walk(26_000, most_changes=6, lasting=1)
    for step in range(8):
        walk.see(
            [*ROOM, cube(-1.2 + 0.2 * step, 0.1, step + 1, side=0.2)], times=4, names={step + 1: "thing" * 20}
        )
    assert walk.map.dropped["objects"] > 0 and walk.map.dropped["changes"] > 0
    assert len(walk.map) >= 4 and max(ids(walk.map.objects())) >= 8


@settings(max_examples=4)
@given(
    st.lists(st.tuples(st.sampled_from([1, 2, 3, 4, 5, 6]), st.integers(-8, 6)), min_size=3, max_size=6),
    st.booleans(),
)
def test_whatever_happens_the_laws_hold(moves: list[tuple[int, int]], labelled: bool) -> None:
    walk, ever = Walk(30_000, every=1, confirm=1), []
    for label, x in moves:
        scene = [*ROOM, cube(0.15 * x, 0.1, label, side=0.3), cube(0.6, 0.1 * (x % 3), label % 3 + 7)]
        walk.see(scene, times=2, labelled=labelled)  # `see` checks bytes, owners, and times
        new = [id for id in walk.map._tables.ids() if id not in ever]
        assert new == sorted(new) and min(new, default=1 << 40) > max(
            ever, default=0
        )  # ids are never used again
        ever += new


def test_a_corrected_map_takes_its_objects_along() -> None:
    walk = Walk()
    walk.see([*ROOM, RED], times=4)
    (before,) = walk.map.objects()
    walk.world.cells += np.array([2, 0, 0])  # everything is 10 cm further along
    walk.map.refresh(walk.world)
    (after,) = walk.map.objects()
    assert np.subtract(after.place.centre, before.place.centre) == pytest.approx((0.1, 0, 0), abs=1e-5)
    assert len(after.places) == 1 and [one.kind for one in walk.map.changes(0)] == ["appeared"]


def test_an_empty_map_answers_with_nothing() -> None:
    empty = Walk().map
    assert empty.objects() == [] and empty.search(np.ones(DIM), 3) == [] and empty.changes(0) == []
    assert empty.named("cup") == [] and empty.regroupings(0) == [] and len(empty) == 0


def test_what_is_wrong_is_refused_and_nothing_changes(told: Walk) -> None:
    sight, labels = told.world.see(ROOM)
    before = told.map.state()
    for wrong, words in ((labels[::2, ::2].copy(), "resize"), (labels - 1, "map what is void to 0")):
        with pytest.raises(ObservationError, match=words):
            told.map.update(told.world, sight, wrong)
    for name, array in told.map.state().items():
        np.testing.assert_array_equal(array, before[name])


def test_questions_without_sense_are_refused(told: Walk) -> None:
    with pytest.raises(ObservationError, match="no object 77"):
        told.map.object(77)
    with pytest.raises(ObservationError, match="at least 1"):
        told.map.search(np.ones(DIM), 0)
    with pytest.raises(ObservationError, match="finite numbers"):
        told.map.search(np.ones(DIM + 1))
    with pytest.raises(ObservationError, match="at least one letter"):
        told.map.named(" ")
    with pytest.raises(ObservationError, match="finite scores"):
        told.map.attach(-1, {1: 0.5})


def test_too_few_bytes_and_too_few_rows_are_refused() -> None:
    with pytest.raises(BudgetError, match="at least"):
        ObjectMap(ObjectsConfig(), 1000, dim=DIM, rows=100)
    walk = Walk()
    small = ObjectMap(ObjectsConfig(), 100_000, dim=DIM, rows=10)
    sight, labels = walk.world.see([*ROOM, RED], FRONT)
    with pytest.raises(BudgetError, match="rows"):
        small.update(walk.world, sight, labels)


@pytest.mark.parametrize("broken", ["count", "hold", "changes.ring", "objects.id", "names.text", "sides"])
def test_a_damaged_state_is_refused(told: Walk, broken: str) -> None:
    state = {name: array for name, array in told.map.state().items() if name != broken}
    with pytest.raises(StoreDamagedError, match=broken.split(".")[-1]):
        told.fresh().restore(state)


@pytest.mark.parametrize(
    ("setting", "words"),
    [
        ({"confirm": 0}, "confirm"),
        ({"moved_m": float("nan")}, "moved_m"),
        ({"vanished": 1.0}, "share"),
        ({"alike": 2.0}, "cosine"),
        ({"every": 0}, "every"),
    ],
)
def test_settings_are_checked(setting: dict, words: str) -> None:
    with pytest.raises(ObservationError, match=words):
        ObjectsConfig(**setting)
