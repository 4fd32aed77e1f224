"""Distances on foot, against the shortest ways among all corners."""

import math

import numpy as np
import pytest
from floors import exact_metres, random_floor

from streammem.envs.apartment.navigation import NavGrid


def places(grid: NavGrid, count: int, seed: int) -> np.ndarray:
    """Free places anywhere in their cells."""
    rng = np.random.default_rng(seed)
    return grid.middles()[rng.integers(len(grid.middles()), size=count)] + rng.uniform(
        -0.049, 0.049, (count, 2)
    )


@pytest.mark.parametrize("seed", range(4))
def test_distances_are_hardly_longer_than_the_shortest_way(seed: int) -> None:
    grid = random_floor(seed)
    goal, *starts = places(grid, 40, seed)
    exact = exact_metres(grid, tuple(goal.tolist()), np.array(starts))
    found = np.array([grid.distances(goal).at(start) for start in starts])
    np.testing.assert_array_equal(np.isfinite(found), np.isfinite(exact))
    known = np.isfinite(exact)
    assert (found[known] >= exact[known] - 1e-4).all()
    assert (found[known] / exact[known]).max() < 1.03
    assert (found[known] / exact[known]).mean() < 1.004


@pytest.mark.parametrize("seed", range(4))
def test_the_way_is_free_and_as_long_as_it_is_said_to_be(seed: int) -> None:
    grid = random_floor(seed)
    goal, *starts = places(grid, 30, seed + 10)
    field = grid.distances(goal)
    for start in starts:
        way, metres = field.path(start), field.at(start)
        if not math.isfinite(metres):
            assert way.shape == (0, 2)
            continue
        assert np.linalg.norm(np.diff(way, axis=0), axis=1).sum() == pytest.approx(metres, abs=1e-4)
        np.testing.assert_array_equal((way[0], way[-1]), (start, goal))
        for one, other in zip(way[:-1].tolist(), way[1:].tolist(), strict=True):
            assert grid.holds(*one) and grid.holds(*other)
            assert grid.clear(tuple(one), tuple(other))


def test_the_nearest_of_many_goals_counts() -> None:
    grid = random_floor(1)
    goals, starts = places(grid, 12, 3), places(grid, 30, 4)
    fields = [grid.distances(goal) for goal in goals]
    single = np.array([[field.at(start) for field in fields] for start in starts]).min(1)
    field = grid.distances(goals)
    many = np.array([field.at(start) for start in starts])
    np.testing.assert_allclose(many, single, rtol=0.02, atol=1e-4)


def test_in_sight_of_a_goal_distances_are_exact() -> None:
    grid = NavGrid(np.pad(np.ones((30, 30), np.float32), 3), (0.0, 0.0), 0.1)
    goal, *starts = places(grid, 60, 5)
    field = grid.distances(goal)
    for start in starts:
        assert field.at(start) == pytest.approx(math.dist(start, goal), abs=1e-6)
        np.testing.assert_array_equal(field.path(start), (start, goal))
    assert field.at(goal) == 0


def test_distances_of_all_cells_are_about_right() -> None:
    grid = random_floor(2)
    field = grid.distances(places(grid, 1, 6))
    some = np.arange(0, len(grid.middles()), 17)
    found = np.array([field.at(xy) for xy in grid.middles()[some]])
    rough = field.metres[grid.free][some]
    np.testing.assert_array_equal(np.isfinite(found), np.isfinite(rough))
    known = np.isfinite(found)
    assert (np.abs(rough[known] - found[known]) <= 0.03 * found[known] + 0.1).all()
    assert np.isinf(field.metres[~grid.free]).all()


@pytest.mark.parametrize("goals", [[(-5.0, -5.0)], [(math.nan, 1.0)], np.zeros((0, 2)), [(0.0, 0.0)]])
def test_goals_that_nobody_reaches_are_infinitely_far(goals: object) -> None:
    grid = random_floor(0)
    here = grid.middles()[0]
    field = grid.distances(goals)
    assert field.at(here) == math.inf and field.path(here).shape == (0, 2) and len(field.goals) == 0
    assert np.isinf(field.metres).all()


def test_from_where_nobody_stands_it_is_infinitely_far() -> None:
    grid = random_floor(0)
    field = grid.distances(grid.middles()[0])
    assert field.at((math.nan, 0)) == field.at((-1, -1)) == field.at((1e9, 0)) == math.inf


def test_nobody_gets_through_where_cells_touch_by_a_corner() -> None:
    clearance = np.zeros((8, 8), np.float32)
    clearance[2:4, 2:4] = clearance[4:6, 4:6] = 1
    grid = NavGrid(clearance, (0.0, 0.0), 0.1)
    assert grid.distances((0.25, 0.25)).at((0.55, 0.55)) == math.inf
    assert grid.area((0.25, 0.25)) != grid.area((0.55, 0.55))
    assert not grid.clear((0.25, 0.25), (0.55, 0.55))
