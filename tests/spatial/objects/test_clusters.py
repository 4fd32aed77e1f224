"""Objects without labels: what stands on a table, what moves, what is structure."""

import numpy as np
import pytest
from object_world import GROUND, WALL, Thing, Walk, cube, pose

TABLE = Thing(low=(-0.79, -0.39, 0.6), high=(0.79, 0.39, 0.699), rgb=(150, 110, 60))
ROOM = [GROUND, WALL]
LOOK = pose((0, -1.5, 1.7), (0, 0.0, 0.7))
RED = cube(-0.5, -0.1, side=0.25, z=0.7, rgb=(200, 30, 30), feature=1)
BLUE = cube(0.2, 0.0, side=0.2, z=0.7, rgb=(30, 30, 200), feature=2)


def walked(*things: Thing, times: int = 14, **config: object) -> Walk:
    walk = Walk(**{"cluster_voxels": 5, "every": 2, **config})
    walk.see([*ROOM, TABLE, *things], LOOK, times=times, labelled=False)
    return walk


def at(walk: Walk, x: float, y: float, away: float = 0.12) -> list:
    here = [one for one in walk.map.objects() if one.gone_s is None]
    return [one for one in here if np.hypot(one.place.centre[0] - x, one.place.centre[1] - y) < away]


def test_what_stands_on_a_table_is_told_from_it_and_from_the_room() -> None:
    walk = walked(RED, BLUE)
    (red,), (blue,) = at(walk, -0.375, 0.025), at(walk, 0.3, 0.1)
    assert len(walk.map.objects()) == 3  # and the table
    for one, thing in ((red, RED), (blue, BLUE)):
        assert np.allclose(one.place.extent.high, thing.high, atol=0.06) and one.label is None
    vector = np.eye(4)[2]
    assert walk.map.search(vector, 1)[0][0].id == blue.id


def test_a_thing_that_is_put_elsewhere_is_the_same_thing() -> None:
    walk = walked(RED, BLUE)
    (before,) = at(walk, 0.3, 0.1)
    changes = walk.see([*ROOM, TABLE, RED, BLUE.at(0.45, -0.3)], LOOK, times=6, labelled=False)
    (after,) = at(walk, 0.55, -0.2)
    assert after.id == before.id and not at(walk, 0.3, 0.1) and len(after.places) == 2
    assert [one.kind for one in changes if one.object == after.id] == ["moved"]


def test_what_is_taken_away_is_gone_and_what_comes_appears() -> None:
    walk = walked(RED)
    (red,) = at(walk, -0.375, 0.025)
    changes = walk.see([*ROOM, TABLE, BLUE], LOOK, times=8, labelled=False)
    told = {(one.kind, one.object) for one in changes if one.object}
    (blue,) = at(walk, 0.3, 0.1)
    assert told == {("vanished", red.id), ("appeared", blue.id)}


def test_floor_and_walls_are_no_objects() -> None:
    walk = Walk(every=1)
    walk.see(ROOM, pose((0, -1.6, 1.3), (0, 2.5, 0.5)), times=6, labelled=False)
    assert walk.map.objects() == []


@pytest.mark.parametrize("colour", [442.0, 60.0])
def test_things_side_by_side_are_told_apart_by_colour_alone_if_asked(colour: float) -> None:
    walk = walked(
        cube(-0.2, 0.0, side=0.2, z=0.7, rgb=(250, 0, 0)), cube(0.0, 0.0, side=0.2, z=0.7, rgb=(0, 0, 250)),
        edge_colour=colour, edge_feature=-1.0,
    )  # fmt: skip
    assert len(walk.map.objects()) == (2 if colour == 442.0 else 3)


def test_clusters_rest_once_labels_came_and_where_they_are_not_wanted() -> None:
    walk = Walk(cluster=False)
    walk.see([*ROOM, TABLE, RED], LOOK, times=5, labelled=False)
    assert len(walk.map._tables.ids()) == 0
    walk = Walk(every=1)
    walk.see([*ROOM, TABLE, cube(0.0, 0.0, 7, z=0.7)], LOOK, times=4)
    walk.see([*ROOM, TABLE, cube(0.0, 0.0, 7, z=0.7), BLUE.at(0.5, 0.1)], LOOK, times=4, labelled=False)
    assert [one.label for one in walk.map.objects()] == ["7"]
