"""Where a disc can be: against brute force over all triangles."""

import math

import numpy as np
import pytest
from apartment_scenes import BALL, CUP, LEAF, TABLE, tiny_scene

from streammem.envs.apartment.footprints import footprints
from streammem.envs.apartment.navigation import CELL_M, NavGrid
from streammem.envs.apartment.solids import box
from streammem.envs.apartment.world import World
from streammem.errors import ObservationError


@pytest.fixture
def world() -> World:
    return World(tiny_scene())


def to_segments(spots: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """From each place to the nearest side of any triangle, seen from above."""
    least = np.full(len(spots), np.inf)
    for one, other in ((0, 1), (1, 2), (2, 0)):
        for a, b in zip(triangles[:, one], triangles[:, other], strict=True):
            along = b - a
            share = np.clip((spots - a) @ along / max(along @ along, 1e-12), 0, 1)
            least = np.minimum(least, np.linalg.norm(spots - a - share[:, None] * along, axis=1))
    return least


def test_clearance_is_the_distance_to_what_stands_between_floor_and_head(world: World) -> None:
    world.move(TABLE, (2.0, 1.3, 0.0), 0.4)
    grid = NavGrid.of(world)
    solid = []
    for body in world.solids:
        thing = world.scene.things[int(world.owner[body])]
        mesh = thing.model.parts[int(body - world.first[world.owner[body]])].mesh
        matrix = world.matrices()[body]
        triangles = (mesh.vertices @ matrix[:3, :3].T + matrix[:3, 3])[mesh.triangles]
        between = (triangles[..., 2].max(1) > 0.05) & (triangles[..., 2].min(1) < 1.5)
        solid.append(triangles[between][..., :2])
    free = grid.middles()
    inside = free[[world.scene.room_at(x, y) is not None for x, y in free]]
    rows, columns = ((inside - grid.origin)[:, ::-1] / CELL_M).astype(int).T
    exact = to_segments(inside, np.concatenate(solid).astype(np.float64))
    assert np.abs(grid.clearance_m[rows, columns] - exact).max() < 0.04
    assert exact.min() > grid.radius_m - 0.04


def test_doors_decide_what_is_connected(world: World) -> None:
    shut = NavGrid.of(world)
    assert shut.area((2, 0.5)) != shut.area((6, 1.5)) and shut.area((2, 0.5)) > 0
    world.open(LEAF)
    ajar = NavGrid.of(world)
    assert ajar.area((2, 0.5)) == ajar.area((6, 1.5)) == ajar.largest_area


@pytest.mark.parametrize(("thing", "changes"), [(CUP, False), (BALL, True)])
def test_a_grid_is_kept_as_long_as_it_is_right(world: World, thing: int, changes: bool) -> None:
    grid = NavGrid.of(world)
    assert NavGrid.of(World(world.scene)) is grid
    assert NavGrid.of(world, radius_m=0.2) is not grid
    world.move(thing, (1.5, 2.3, 0.72) if thing == CUP else (2.0, 1.0, 0.0))
    assert (NavGrid.of(world) is not grid) == changes
    world.restore()
    assert NavGrid.of(world) is grid


def test_what_is_taken_is_in_nobodys_way(world: World) -> None:
    assert NavGrid.of(world).area((6.5, 0.5)) == 0
    world.take(BALL)
    assert NavGrid.of(world).area((6.5, 0.5)) > 0


def plan(low: tuple, high: tuple, *, whole: bool) -> np.ndarray:
    """The footprint of a box between 0.05 and 1.5 m, a second body with it."""
    mesh = box(low, high, (0, 0, 0))
    triangles = mesh.vertices[mesh.triangles]
    both = [triangles, triangles + np.float32(9)]
    spots, none = footprints(both, np.full(2, 0.05), np.full(2, 1.5), np.array([whole, whole]))
    assert len(none) == 0
    return spots


def test_low_things_are_stepped_over_and_high_ones_passed_under() -> None:
    for z in (0.0, 1.6):
        assert len(plan((-1, -1, z), (1, 1, z + 0.04), whole=True)) == 0


@pytest.mark.parametrize("whole", [True, False])
def test_a_tall_box_is_filled_unless_it_is_a_wall(whole: bool) -> None:
    spots = plan((-0.5, -0.3, 0), (0.5, 0.3, 2.0), whole=whole)
    assert np.abs(spots).max(0) == pytest.approx([0.5, 0.3], abs=0.03)
    assert (np.hypot(*spots.T) < 0.1).any() == whole
    lattice = np.stack(np.meshgrid(np.linspace(-0.49, 0.49, 50), [-0.29, 0.29]), -1).reshape(-1, 2)
    assert np.linalg.norm(lattice[:, None] - spots[None], axis=2).min(1).max() < 0.04


def test_snap_is_the_nearest_free_place(world: World) -> None:
    grid = NavGrid.of(world)
    assert grid.snap((2.0, 0.5)) == (2.0, 0.5)
    rng = np.random.default_rng(0)
    free = grid.middles()
    for xy in rng.uniform((-1, -1), (8, 4), (50, 2)):
        found = grid.snap(xy)
        assert found is not None and grid.holds(*found)
        nearest = np.maximum(np.abs(free - xy) - CELL_M / 2, 0)
        assert math.dist(found, xy) == pytest.approx(np.hypot(*nearest.T).min(), abs=1e-5)
    other = grid.snap((2.0, 0.5), area=grid.area((6, 1.5)))
    assert other is not None and other[0] > 4.1
    assert grid.snap((2.0, 0.5), area=99) is None


def test_nonsense_is_refused(world: World) -> None:
    grid = NavGrid.of(world)
    with pytest.raises(ObservationError, match="above 0"):
        NavGrid.of(world, radius_m=0)
    with pytest.raises(ObservationError, match="nowhere"):
        grid.snap((math.nan, 0))
    with pytest.raises(ObservationError, match="not free"):
        grid.step((-1, 0), (0, 0), sliding=True)
    with pytest.raises(ObservationError, match="nowhere"):
        grid.step((2, 0.5), (math.inf, 0), sliding=True)
    assert grid.area((math.nan, 1)) == 0 and not grid.holds(1e9, 0)
