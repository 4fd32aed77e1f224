"""Tours of the small flat."""

import itertools
import math

import numpy as np
import pytest
from apartment_scenes import tiny_scene
from memory_episodes import LIVED_IN

from streammem.envs.apartment.navigation import NavGrid
from streammem.envs.apartment.world import World
from streammem.envs.tasks.task import AgentPose
from streammem.envs.tasks.tour import TourConfig, look_about, route, stops, tour
from streammem.errors import ObservationError

WORLD = World(LIVED_IN)
GRID = NavGrid.of(WORLD)


@pytest.mark.parametrize("seed", range(5))
def test_a_tour_stays_on_free_floor_in_small_steps(seed: int) -> None:
    config = TourConfig(step_m=0.3, turn_deg=30)
    poses = tour(GRID, LIVED_IN.rooms, np.random.default_rng(seed), config)
    assert all(GRID.holds(pose.x, pose.y) for pose in poses)
    for one, other in itertools.pairwise(poses):
        assert math.hypot(other.x - one.x, other.y - one.y) <= 0.3 + 1e-9
        assert abs(math.remainder(other.yaw - one.yaw, 2 * math.pi)) <= math.radians(30) + 1e-9


def test_a_tour_looks_about_in_every_room() -> None:
    poses = tour(GRID, LIVED_IN.rooms, np.random.default_rng(1), TourConfig(turn_deg=45))
    for room in LIVED_IN.rooms:
        inside = [pose for pose in poses if LIVED_IN.room_at(pose.x, pose.y) == room.id]
        (stop,) = stops(GRID, room)
        headings = {
            round(math.degrees(p.yaw)) % 360 // 45 for p in inside if (p.x, p.y) == pytest.approx(stop)
        }
        assert len(headings) == 8


def test_a_tour_repeats_itself_and_seeds_differ() -> None:
    one, again, other = (tour(GRID, LIVED_IN.rooms, np.random.default_rng(seed)) for seed in (3, 3, 4))
    assert one == again != other


def test_a_route_ends_at_its_goal_and_faces_where_it_goes() -> None:
    poses = route(GRID, AgentPose(1.0, 1.0, 0.0), (6.0, 1.0))
    assert (poses[-1].x, poses[-1].y) == pytest.approx((6.0, 1.0))
    for one, other in itertools.pairwise(poses):
        if math.hypot(other.x - one.x, other.y - one.y) > 0:
            ahead = math.atan2(-(other.x - one.x), other.y - one.y)
            assert math.remainder(ahead - other.yaw, 2 * math.pi) == pytest.approx(0, abs=1e-9)


def test_no_look_about_where_none_is_wanted() -> None:
    assert look_about(AgentPose(0, 0, 0), TourConfig(look_about_deg=0), 1) == []


def test_large_rooms_have_two_stops_and_rooms_behind_shut_doors_none() -> None:
    import dataclasses

    large = dataclasses.replace(LIVED_IN.rooms[0], high=(4.0, 3.6))
    assert len(stops(GRID, large)) == 2
    shut = NavGrid.of(World(tiny_scene()))
    assert [len(stops(shut, room)) for room in LIVED_IN.rooms] == [1, 0]
    assert shut.largest_area > 0


def test_errors() -> None:
    with pytest.raises(ObservationError, match="no room of the tour"):
        tour(GRID, (), np.random.default_rng(0))
    with pytest.raises(ObservationError, match="no way"):
        route(NavGrid.of(World(tiny_scene())), AgentPose(1, 1, 0), (6.0, 1.0))
    for wrong in ({"step_m": 0.0}, {"turn_deg": 0.0}, {"look_about_deg": -1.0}):
        with pytest.raises(ObservationError):
            TourConfig(**wrong)
