"""Objects from instance labels: found, moved, gone, hidden, passing by."""

import numpy as np
import pytest
from object_world import AWAY, FLOOR, FRONT, GROUND, WALL, Walk, cube, pose

ROOM = [GROUND, WALL]
RED = cube(-0.5, 0.2, 5, rgb=(200, 0, 0))
BLUE = cube(0.3, 0.3, 6, side=0.2, rgb=(0, 0, 200), feature=1)


@pytest.fixture
def walk() -> Walk:
    walk = Walk()
    walk.see([*ROOM, RED, BLUE], times=8, names={5: "red box", 6: "cup"})
    return walk


def by_label(walk: Walk) -> dict[str | None, object]:
    return {one.label: one for one in walk.map.objects()}


def near(one: tuple[float, ...], x: float, y: float, away: float = 0.1) -> bool:
    return float(np.hypot(one[0] - x, one[1] - y)) < away


def test_labels_become_objects_with_box_and_name(walk: Walk) -> None:
    found = by_label(walk)
    assert set(found) == {"red box", "cup"}
    box = found["red box"].place.extent
    assert np.allclose(box.low, (-0.5, 0.2, 0), atol=0.051) and np.allclose(
        box.high, (-0.2, 0.5, 0.3), atol=0.051
    )
    assert found["cup"].sightings == 8 and found["cup"].place.interval.end_s == 8.0


def test_objects_share_no_voxel_and_counts_match(walk: Walk) -> None:
    owner = walk.world.surface["object"].numpy()
    for one in walk.map.objects():
        assert one.voxels == (owner == one.id).sum() > 0


def test_appeared_is_told_once_confirmed() -> None:
    walk = Walk()
    assert walk.see([*ROOM, RED], times=2) == [] and walk.map.objects() == []
    (change,) = walk.see([*ROOM, RED])
    assert change.kind == "appeared" and len(walk.map) == 1


@pytest.mark.parametrize("x", [0.3, 1.0])
def test_a_moved_thing_is_at_its_new_place_within_three_sightings(walk: Walk, x: float) -> None:
    before = by_label(walk)["cup"]
    changes = walk.see([*ROOM, RED, BLUE.at(x, -0.4)], times=3)
    after = by_label(walk)["cup"]
    assert after.id == before.id and near(after.place.centre, x + 0.1, -0.3) and len(after.places) == 2
    (moved,) = [change for change in changes if change.kind == "moved"]
    assert moved.object == after.id and moved.came_from == pytest.approx(before.place.centre)
    cells = walk.world.centres_of(after.id)
    assert (cells[:, 1] < 0).all()  # nothing of it is at the old place


def test_a_thing_moved_while_out_of_sight_is_found_where_it_is(walk: Walk) -> None:
    aside = pose((0.3, -1.6, 1.3), (2.4, 0.3, 0.1))  # the old place is not in this picture
    walk.see([*ROOM, RED, BLUE.at(2.2, 0.2)], aside, times=3)
    assert near(by_label(walk)["cup"].place.centre, 2.3, 0.3)


def test_what_vanishes_keeps_its_history(walk: Walk) -> None:
    changes = walk.see([*ROOM, BLUE], times=5)
    gone = by_label(walk)["red box"]
    assert gone.gone_s is not None and gone.voxels == 0 and len(gone.places) == 1
    assert [change.kind for change in changes if change.object == gone.id] == ["vanished"]
    assert near(gone.place.centre, -0.35, 0.35) and gone.place.interval.end_s == 8.0


def test_what_comes_back_is_the_same_object(walk: Walk) -> None:
    id = by_label(walk)["red box"].id
    walk.see([*ROOM, BLUE], times=5)
    changes = walk.see([*ROOM, BLUE, RED.at(-0.6, -0.5)], times=3)
    back = by_label(walk)["red box"]
    assert back.id == id and back.gone_s is None and len(back.places) == 2
    assert [change.kind for change in changes if change.object == id] == ["moved"]


def test_what_comes_back_to_its_place_appears_there_again(walk: Walk) -> None:
    walk.see([*ROOM, BLUE], times=5)
    changes = walk.see([*ROOM, BLUE, RED], times=3)
    assert [change.kind for change in changes if change.object] == ["appeared"]


def test_what_is_hidden_or_out_of_sight_stays(walk: Walk) -> None:
    before = by_label(walk)["red box"]
    walk.see([*ROOM, BLUE], AWAY, times=6)
    screen = cube(-1.0, -0.6, 9, side=1.2)
    walk.see([*ROOM, screen], times=6)
    after = by_label(walk)["red box"]
    assert after.gone_s is None and after.places[-1].centre == before.places[-1].centre


def test_a_passer_by_leaves_nothing(walk: Walk) -> None:
    for step in range(14):
        walk.see([*ROOM, RED, BLUE, cube(-1.6 + 0.25 * step, -0.3, 7, side=0.4)])
    walk.see([*ROOM, RED, BLUE], times=5)
    assert set(by_label(walk)) == {"red box", "cup"}
    owner = walk.world.surface["object"].numpy()
    assert set(np.unique(owner)) == {0, *(one.id for one in walk.map.objects())}


def test_seeing_more_of_a_thing_is_no_move() -> None:
    walk = Walk()
    sofa = cube(-0.9, 0.2, 4, side=0.5)
    sofa = type(sofa)(low=(-0.9, 0.2, 0), high=(0.9, 0.7, 0.5), label=4)
    for x in np.linspace(-1.8, 1.8, 13):
        walk.see([*ROOM, sofa], pose((x, -0.9, 0.9), (x, 0.4, 0.2)))
    (one,) = walk.map.objects()
    assert len(one.places) == 1 and np.allclose(one.place.centre[0], 0, atol=0.15)


def test_one_wrong_picture_does_not_change_owners(walk: Walk) -> None:
    before = by_label(walk)
    wrong = [*ROOM, cube(-0.5, 0.2, 0), cube(0.3, 0.3, 0, side=0.2)]
    walk.see(wrong)
    assert {name: one.voxels for name, one in by_label(walk).items()} == {
        name: one.voxels for name, one in before.items()
    }


def test_ignored_labels_are_nothing() -> None:
    walk = Walk(ignore=(FLOOR, 5))
    walk.see([*ROOM, RED, BLUE], times=4)
    assert [one.label for one in walk.map.objects()] == ["6"]


def test_slow_motion_is_one_move_and_ends_where_the_thing_is(walk: Walk) -> None:
    for step in range(1, 12):
        walk.see([*ROOM, RED, BLUE.at(0.3, 0.3 - 0.06 * step)])
    walk.see([*ROOM, RED, BLUE.at(0.3, -0.36)], times=4)
    one = by_label(walk)["cup"]
    assert near(one.place.centre, 0.4, -0.26) and len(one.places) <= 4


def test_history_is_bounded_and_counted() -> None:
    walk = Walk(places=3)
    for x in (0.0, 1.0, -1.0, 0.5, -0.5):
        walk.see([*ROOM, BLUE.at(x, 0.0)], FRONT, times=4)
    (one,) = walk.map.objects()
    assert len(one.places) == 3 and walk.map.dropped["places"] == 2 and near(one.place.centre, -0.4, 0.1)
