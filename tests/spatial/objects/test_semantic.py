"""Objects from classes: connected parts, which grow together, fall apart and are found again elsewhere."""

import numpy as np
from object_world import FRONT, GROUND, WALL, Thing, Walk, cube

ROOM = [GROUND, WALL]
CHAIR = 3
ONE = cube(-0.7, 0.2, CHAIR, side=0.25, rgb=(200, 0, 0))
TWO = cube(0.3, 0.2, CHAIR, side=0.25, rgb=(0, 0, 200), feature=1)


def walked(*things: Thing, times: int = 8) -> Walk:
    walk = Walk(labels="semantic")
    walk.see([*ROOM, *things], times=times, names={CHAIR: "chair"})
    return walk


def test_parts_of_a_class_that_do_not_touch_are_two() -> None:
    walk = walked(ONE, TWO)
    assert [one.label for one in walk.map.objects()] == ["chair", "chair"]
    sides = sorted(one.place.centre[0] for one in walk.map.objects())
    assert np.allclose(sides, (-0.57, 0.43), atol=0.07)


def test_they_become_one_when_something_joins_them_and_two_when_it_goes() -> None:
    walk = walked(ONE, TWO)
    first = min(one.id for one in walk.map.objects())
    for one in walk.map.objects():
        walk.map.attach(one.id + 40, {one.id: one.id / 10})
    bridge = Thing(low=(-0.46, 0.21, 0), high=(0.31, 0.3, 0.2), label=CHAIR)
    walk.see([*ROOM, ONE, TWO, bridge], times=3)
    (whole,) = [one for one in walk.map.objects() if one.gone_s is None]
    assert whole.id in (first, first + 1) and whole.snapshots == (first + 41, first + 40)
    walk.see([*ROOM, ONE, TWO], times=8)
    assert len([one for one in walk.map.objects() if one.gone_s is None]) == 2
    assert [one.kind for one in walk.map.regroupings(0)][:2] == ["merged", "split"]


def test_different_classes_that_touch_stay_apart() -> None:
    walk = walked(ONE, cube(-0.45, 0.2, 4, side=0.25))
    assert sorted(one.label for one in walk.map.objects()) == ["4", "chair"]


def test_parts_are_found_again_where_they_moved_to() -> None:
    walk = walked(ONE, TWO)
    ids = {round(one.place.centre[0]): one.id for one in walk.map.objects()}
    walk.map.attach(7, {ids[0]: 0.5})
    changes = walk.see([*ROOM, ONE, TWO.at(0.5, -0.5)], times=4)
    moved = walk.map.object(ids[0])
    assert moved.gone_s is None and np.allclose(moved.place.centre[:2], (0.62, -0.38), atol=0.1)
    assert [(one.kind, one.object) for one in changes if one.object] == [("moved", ids[0])]
    assert walk.map.object(ids[-1]).places[-1].centre[0] < -0.4


def test_a_class_that_vanishes_is_gone_and_another_is_not_taken_for_it() -> None:
    walk = walked(ONE, TWO)
    walk.see([*ROOM, ONE], FRONT, times=5)
    walk.see([*ROOM, ONE, cube(0.5, -0.5, 4, side=0.25)], times=4)
    chairs = walk.map.named("chair")
    assert sum(one.gone_s is not None for one in chairs) == 1 and len(walk.map.objects()) == 3
