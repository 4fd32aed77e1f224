"""Steps of a disc: never through walls, exact where nothing is in the way, along walls where it may slide."""

import math

import cv2
import numpy as np
import pytest
from floors import random_floor

from streammem.envs.apartment.navigation import NavGrid


def slanted() -> NavGrid:
    """A room of 6 x 6 m with a slanted block in it, measured as a real one."""
    plan = np.zeros((180, 180), np.uint8)
    plan[:12] = plan[-12:] = 1
    plan[:, :12] = plan[:, -12:] = 1
    cv2.fillConvexPoly(plan, np.array([[60, 60], [150, 80], [140, 140], [50, 110]]), 1)
    metres = cv2.distanceTransform(1 - plan, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1::3, 1::3] / 30
    return NavGrid(metres.astype(np.float32), (0.0, 0.0), 0.18)


def steps(grid: NavGrid, count: int, seed: int) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """From free places anywhere, up to a metre in any direction."""
    rng = np.random.default_rng(seed)
    starts = grid.middles()[rng.integers(len(grid.middles()), size=count)]
    starts = starts + rng.uniform(-0.049, 0.049, (count, 2))
    angles, lengths = rng.uniform(0, math.tau, count), rng.choice([0.01, 0.25, 1.0], count)
    ends = starts + lengths[:, None] * np.stack([np.cos(angles), np.sin(angles)], 1)
    return [(tuple(a), tuple(b)) for a, b in zip(starts.tolist(), ends.tolist(), strict=True)]


def first_blocked(grid: NavGrid, start: tuple[float, float], end: tuple[float, float]) -> float:
    """The share of a straight way until it leaves the free cells, by very small steps; 1 if it does not."""
    shares = np.linspace(0, 1, 2001)
    spots = np.array(start) + shares[:, None] * (np.array(end) - start)
    columns, rows = np.floor((spots - grid.origin) / 0.1).astype(int).T
    blocked = ~grid.free[rows.clip(0, grid.free.shape[0] - 1), columns.clip(0, grid.free.shape[1] - 1)]
    return float(shares[blocked][0]) if blocked.any() else 1.0


@pytest.mark.parametrize(
    "grid", [random_floor(0), random_floor(3), slanted()], ids=["boxes", "rooms", "slanted"]
)
def test_a_disc_ends_where_it_may_be_and_goes_as_far_as_it_can(grid: NavGrid) -> None:
    for start, end in steps(grid, 200, 1):
        share = first_blocked(grid, start, end)
        (x, y), collided = grid.step(start, end, sliding=False)
        assert grid.holds(x, y)
        gone, wanted = math.dist(start, (x, y)), math.dist(start, end)
        if share == 1.0:
            assert (collided, (x, y)) == (False, end) or wanted - gone < 0.002  # a corner just touched
        else:
            assert collided and gone == pytest.approx(share * wanted, abs=wanted / 1000 + 1e-6)


@pytest.mark.parametrize(
    "grid", [random_floor(0), random_floor(3), slanted()], ids=["boxes", "rooms", "slanted"]
)
def test_sliding_never_leaves_free_floor_nor_goes_further_than_the_step(grid: NavGrid) -> None:
    for start, end in steps(grid, 300, 2):
        stopped, hit = grid.step(start, end, sliding=False)
        slid, collided = grid.step(start, end, sliding=True)
        assert grid.holds(*slid) and collided == hit
        assert math.dist(start, slid) <= math.dist(start, end) + 0.15
        assert grid.area(slid) == grid.area(start)
        if not hit:
            assert slid == stopped == end


def test_along_a_straight_wall_what_is_left_of_the_step_is_kept() -> None:
    grid = NavGrid(np.pad(np.ones((20, 20), np.float32), 3), (0.0, 0.0), 0.1)
    (x, y), collided = grid.step((1.0, 0.4), (1.2, 0.2), sliding=True)
    assert collided and x == pytest.approx(1.2) and y == pytest.approx(0.3, abs=1e-5)


def test_along_a_slanted_wall_one_gets_on() -> None:
    grid = slanted()
    here, gone = (2.3, 1.6), 0.0
    for _ in range(10):
        there, collided = grid.step(here, (here[0] + 0.2, here[1] + 0.15), sliding=True)
        gone += math.dist(here, there)
        here = there
    assert collided and gone > 1.2


def test_no_wall_is_too_thin_for_a_long_step() -> None:
    clearance = np.pad(np.ones((20, 20), np.float32), 3)
    clearance[:, 12] = 0
    grid = NavGrid(clearance, (0.0, 0.0), 0.1)
    for sliding in (False, True):
        (x, _), collided = grid.step((1.1, 1.0), (2.1, 1.3), sliding=sliding)
        assert collided and x < 1.2


def test_one_stops_before_people_and_may_leave_them() -> None:
    grid = NavGrid(np.pad(np.ones((40, 40), np.float32), 3), (0.0, 0.0), 0.1)
    rng = np.random.default_rng(0)
    person = (2.0, 2.0, 0.22)
    for start in rng.uniform(0.4, 4.2, (100, 2)):
        end = start + rng.uniform(-0.6, 0.6, 2)
        there, collided = grid.step(start, end, sliding=True, discs=[person])
        before, after = (math.dist(place, person[:2]) for place in (start, there))
        spots = start + np.linspace(0, 1, 500)[:, None] * (end - start)
        nearest = np.linalg.norm(spots - person[:2], axis=1).min()
        assert after >= min(before, 0.32) - 1e-6
        if nearest > 0.33 and grid.holds(*end):
            assert there == tuple(end) and not collided
        if before > 0.33 and nearest < 0.31:
            assert collided and after == pytest.approx(0.32, abs=1e-6)
