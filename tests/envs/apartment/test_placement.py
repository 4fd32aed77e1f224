"""Places for things: they stand on what carries them, touch nothing else, and leave every way free."""

import numpy as np
import pytest
from apartment_scenes import BALL, CABINET, CUP, LEAF, TABLE, tiny_scene

from streammem.envs.apartment.navigation import NavGrid
from streammem.envs.apartment.placement import free_place, place_on, put
from streammem.envs.apartment.world import World
from streammem.errors import ObservationError


@pytest.fixture
def world() -> World:
    world = World(tiny_scene())
    world.open(LEAF)
    return world


@pytest.mark.parametrize("yaw", [0.0, 0.6])
def test_on_and_in_others_things_stand_within_their_supports(world: World, yaw: float) -> None:
    world.move(CABINET, (5.5, 1.5, 0.0), yaw)
    rng = np.random.default_rng(0)
    for relation, z in (("on", 0.8), ("in", 0.02)):
        for _ in range(20):
            spot = place_on(world, CUP, CABINET, rng, relation=relation)
            assert spot is not None and spot.parent == CABINET and spot.relation == relation
            x, y, _ = np.linalg.inv(world.places[world.row(CABINET)])[:3] @ [*spot.at, 1]
            assert spot.at[2] == pytest.approx(z, abs=1e-6)
            assert abs(x) <= 0.4 - 0.04 and abs(y) <= 0.22 - 0.04
            put(world, CUP, spot)
            assert world.where(CUP) == (1, CABINET, relation)


def test_things_do_not_meet(world: World) -> None:
    rng = np.random.default_rng(1)
    put(world, BALL, place_on(world, BALL, TABLE, rng))
    for _ in range(30):
        put(world, CUP, place_on(world, CUP, TABLE, rng))
        one, other = world.box(CUP), world.box(BALL)
        assert (one[0] > other[1]).any() or (one[1] < other[0]).any()


def test_on_the_floor_things_block_no_way(world: World) -> None:
    rng = np.random.default_rng(2)
    floor = NavGrid.of(world, radius_m=0.2)
    for _ in range(20):
        spot = free_place(world, BALL, rng, relation="floor")
        assert spot is not None and spot.parent is None and spot.at[2] == 0
        put(world, BALL, spot)
        grid = NavGrid.of(world, radius_m=0.2)
        assert (grid.areas == grid.largest_area).sum() > 0.9 * (floor.areas == floor.largest_area).sum()
        low, high = world.box(BALL)
        for other in (TABLE, CABINET):
            box = world.box(other)
            assert (low > box[1]).any() or (high < box[0]).any()


def test_rooms_and_distances_are_kept(world: World) -> None:
    rng = np.random.default_rng(3)
    for _ in range(10):
        spot = free_place(world, CUP, rng, rooms=[1])
        assert spot is not None and spot.parent == CABINET
        far = free_place(world, BALL, rng, relation="floor", apart_m=2.0)
        assert far is not None and np.linalg.norm(np.array(far.at) - world.at(BALL)) >= 2.0


def test_where_nothing_fits_there_is_no_place(world: World) -> None:
    rng = np.random.default_rng(4)
    assert place_on(world, TABLE, CABINET, rng, relation="in") is None
    assert place_on(world, CUP, TABLE, rng, relation="in") is None
    assert free_place(world, CUP, rng, rooms=[0], relation="in") is None
    assert free_place(world, BALL, rng, rooms=[], relation="floor") is None


def test_equal_seeds_choose_equal_places(world: World) -> None:
    one, other = (free_place(world, CUP, np.random.default_rng(9), apart_m=0.1) for _ in range(2))
    assert one == other


def test_nonsense_is_refused(world: World) -> None:
    with pytest.raises(ObservationError):
        free_place(world, 999, np.random.default_rng(0))
