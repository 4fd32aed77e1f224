"""People walk where one can walk, swing their legs as far as they go, and do the same again for the same seed."""

import math
from itertools import pairwise

import numpy as np
import pytest
from apartment_scenes import BALL, LEAF, TABLE, tiny_scene

from streammem.envs.apartment.navigation import NavGrid
from streammem.envs.apartment.people import Walker, Walkers, WalkingConfig, discs_of, with_people
from streammem.envs.apartment.world import World
from streammem.errors import ObservationError


def populated(count: int = 2, seed: int = 0) -> tuple[World, Walkers]:
    rng = np.random.default_rng(seed)
    world = World(with_people(tiny_scene(), count, rng))
    world.open(LEAF)
    world.events.clear()
    walkers = Walkers(world, rng)
    world.movers.append(walkers)
    return world, walkers


def track(world: World, walkers: Walkers, steps: int, dt_s: float = 0.2) -> np.ndarray:
    found = np.empty((steps, len(walkers.walkers), 2))
    for row in found:
        world.step(dt_s)
        row[:] = [walker.xy for walker in walkers.walkers]
    return found


def test_they_are_added_apart_and_change_nothing_else() -> None:
    scene = with_people(tiny_scene(), 3, np.random.default_rng(1))
    assert scene.things[:10] == tiny_scene().things[:0] + scene.things[:10]
    people = scene.things[10:]
    assert [thing.id for thing in people] == [11, 12, 13] and {t.category for t in people} == {"person"}
    grid = NavGrid.of(World(tiny_scene()), radius_m=0.22)
    for thing in people:
        assert grid.holds(*thing.at[:2]) and scene.room_at(*thing.at[:2]) == thing.room
        assert all(math.dist(thing.at, other.at) > 1 for other in people if other is not thing)
    with pytest.raises(ObservationError, match="no free floor"):
        with_people(tiny_scene(), 30, np.random.default_rng(0))


def test_they_walk_on_free_floor_at_their_speed_and_keep_apart() -> None:
    world, walkers = populated()
    ways = track(world, walkers, 250)
    grid = NavGrid.of(world, radius_m=0.2)
    assert all(grid.holds(x, y) for x, y in ways.reshape(-1, 2))
    assert np.linalg.norm(np.diff(ways, axis=0), axis=2).max() <= 0.8 * 0.2 + 1e-9
    assert np.linalg.norm(ways[:, 0] - ways[:, 1], axis=1).min() > 0.25
    rooms = {world.scene.room_at(x, y) for x, y in ways[:, 0]}
    assert {0, 1} <= rooms


def test_whoever_enters_a_room_is_written_down() -> None:
    world, walkers = populated(1)
    track(world, walkers, 300)
    entered = [event.room for event in world.events]
    assert len(entered) > 3 and all(a != b for a, b in pairwise(entered))
    assert {event.kind for event in world.events} == {"entered"}
    assert world.room_of(walkers.walkers[0].thing) == entered[-1]


def test_equal_seeds_walk_equal_ways() -> None:
    one, other = (track(*populated(seed=4), 100) for _ in range(2))
    np.testing.assert_array_equal(one, other)


def test_legs_swing_against_each_other_and_rest_when_standing() -> None:
    world, walkers = populated(1)
    walker = walkers.walkers[0]
    limbs = list(world.bodies(walker.thing))[1:]
    walker.send((6.0, 1.5))
    swings = []
    while walker.way:
        walker.walk(0.1)
        swings.append(world.amounts[limbs].copy())
    left, right, left_arm, right_arm = np.array(swings[:-1]).T
    np.testing.assert_array_equal(left, -right)
    np.testing.assert_allclose(left_arm, -0.7 * left)
    np.testing.assert_array_equal(left_arm, -right_arm)
    assert left.max() > 0.4 and left.min() < -0.4
    walker.walk(0.1)
    assert not world.amounts[limbs].any()


def test_they_look_where_they_go() -> None:
    world, walkers = populated(1)
    walker = walkers.walkers[0]
    world.shift(walker.thing, (1.0, 0.5, 0.0), 0.0, 0)
    walker.send((3.5, 0.5))
    for _ in range(10):
        walker.walk(0.2)
    front = world.places[world.row(walker.thing), :3, :3] @ [0, -1, 0]
    np.testing.assert_allclose(front, [1, 0, 0], atol=1e-6)


def test_a_door_that_is_shut_in_their_faces_stops_them() -> None:
    world, _ = populated(1)
    walker = Walker(world, 11, name="ann")
    world.shift(11, (1.0, 0.5, 0.0), 0.0, 0)
    assert walker.send((6.0, 1.5))
    walker.walk(1.0)
    world.close(LEAF)
    left = walker.walk(100.0)
    assert left > 0 and not walker.way and world.scene.room_at(*walker.xy) == 0
    assert not walker.send((6.0, 1.5))


def test_what_is_put_in_their_way_is_walked_around() -> None:
    world, _ = populated(1)
    walker = Walker(world, 11, name="ann")
    world.shift(11, (1.0, 0.5, 0.0), 0.0, 0)
    walker.send((3.5, 0.5))
    walker.walk(0.5)
    world.move(BALL, (2.5, 0.5, 0.0))
    spots = []
    while walker.way:
        walker.walk(0.1)
        spots.append(walker.xy)
    assert walker.xy == pytest.approx((3.5, 0.5))
    assert np.linalg.norm(np.array(spots) - (2.5, 0.5), axis=1).min() > 0.22


def test_they_wait_for_an_agent_in_their_way() -> None:
    world, walkers = populated(1)
    walker = walkers.walkers[0]
    world.shift(walker.thing, (1.0, 0.5, 0.0), 0.0, 0)
    walkers.clear_of = lambda: [(1.5, 0.5)]
    walkers._pauses[0] = 0.0
    walker.send((3.5, 0.5))
    walkers.step(1.0)
    assert walker.xy == (1.0, 0.5)


def test_they_are_discs_to_others() -> None:
    world, walkers = populated(2)
    assert [disc[:2] for disc in discs_of(world)] == [walker.xy for walker in walkers.walkers]
    world.take(11)
    assert len(discs_of(world)) == 1


def test_nonsense_is_refused() -> None:
    world, _ = populated(1)
    assert not Walker(world, 11, name="ann").send((60.0, 1.5))
    with pytest.raises(ObservationError):
        Walker(world, TABLE + 900, name="ann")
    for wrong in ({"speed_m_s": 0.0}, {"pause_s": (3.0, 1.0)}):
        with pytest.raises(ObservationError):
            WalkingConfig(**wrong)
