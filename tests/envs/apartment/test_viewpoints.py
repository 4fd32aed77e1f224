"""Where things are seen from: against rays through every triangle."""

import math

import numpy as np
import pytest
from apartment_scenes import BALL, CABINET, CUP, LEAF, TABLE, tiny_scene

from streammem.envs.apartment.happenings import hide
from streammem.envs.apartment.navigation import NavGrid
from streammem.envs.apartment.sight_lines import SightLines, near_free, samples, surface_points
from streammem.envs.apartment.solids import box
from streammem.envs.apartment.viewpoints import ViewConfig, all_view_points, view_points, visible_share
from streammem.envs.apartment.world import World
from streammem.envs.rendering.camera import camera_pose, intrinsics_of
from streammem.errors import ObservationError


@pytest.fixture
def world() -> World:
    world = World(tiny_scene())
    world.open(LEAF)
    return world


def blocked(world: World, start: np.ndarray, end: np.ndarray, but: int) -> bool:
    """Whether a triangle of anything but one thing is between two places (Moeller and Trumbore 1997)."""
    way = end - start
    for body, matrix in enumerate(world.matrices()):
        row = int(world.owner[body])
        if world.scene.things[row].id == but:
            continue
        mesh = world.scene.things[row].model.parts[body - int(world.first[row])].mesh
        corners = (mesh.vertices @ matrix[:3, :3].T + matrix[:3, 3])[mesh.triangles]
        one, other = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
        across = np.cross(way, other)
        scale = (one * across).sum(1)
        ok = np.abs(scale) > 1e-12
        scale = np.where(ok, scale, 1.0)
        away = start - corners[:, 0]
        u, turned = (away * across).sum(1) / scale, np.cross(away, one)
        v, t = (turned @ way) / scale, (other * turned).sum(1) / scale
        if (ok & (u >= 0) & (v >= 0) & (u + v <= 1) & (t > 1e-6) & (t < 1 - 1e-6)).any():
            return True
    return False


@pytest.mark.parametrize("thing", [CUP, BALL, CABINET, TABLE])
def test_what_is_said_to_be_seen_is_seen(world: World, thing: int) -> None:
    world.move(BALL, (6.5, 2.6, 0.0))
    grid = NavGrid.of(world, radius_m=0.18)
    views = view_points(world, thing, grid)
    assert views and views[0].share >= views[-1].share >= 0.3
    place = world.places[world.row(thing)]
    spots = samples(world.scene.by_id[thing].model.parts[0].mesh, 16) @ place[:3, :3].T + place[:3, 3]
    low, high = world.box(thing)
    for view in views[:: max(1, len(views) // 6)]:
        eye = np.array([*view.at, 0.88])
        exact = np.mean([not blocked(world, eye, spot, thing) for spot in spots])
        assert exact >= view.share - 0.25 and exact > 0
        beside = np.maximum(np.maximum(low[:2] - view.at, np.array(view.at) - high[:2]), 0)
        assert math.hypot(*beside) == pytest.approx(view.metres) and view.metres <= 1
        toward = np.array([-math.sin(view.yaw), math.cos(view.yaw)])
        assert toward @ ((low + high)[:2] / 2 - view.at) > 0
        assert grid.holds(*view.at) and 0 < view.coverage <= 1


def test_nothing_is_seen_through_walls(world: World) -> None:
    world.move(BALL, (4.3, 0.4, 0.0))  # just behind the wall
    views = view_points(world, BALL, NavGrid.of(world))
    through_the_door = [view.at for view in views if view.at[0] < 4.1]
    assert len(through_the_door) < len(views) / 2
    for x, y in through_the_door:
        assert not blocked(world, np.array([x, y, 0.88]), np.array([4.3, 0.4, 0.1]), BALL)


def test_through_an_open_door_one_sees_and_through_a_shut_one_not(world: World) -> None:
    world.move(BALL, (4.5, 1.3, 0.0))
    assert any(view.at[0] < 4 for view in view_points(world, BALL, NavGrid.of(world)))
    world.close(LEAF)
    grid = NavGrid.of(world)
    assert not view_points(world, BALL, grid, area=grid.area((2, 0.5)))


def test_what_is_hidden_or_taken_or_out_of_reach_has_no_view_points(world: World) -> None:
    hide(world, CUP, CABINET, np.random.default_rng(0))
    grid = NavGrid.of(world)
    assert view_points(world, CUP, grid) == []
    world.open(CABINET)
    assert view_points(world, CUP, NavGrid.of(world), ViewConfig(camera_height_m=0.5))
    world.take(CUP)
    assert view_points(world, CUP, grid) == []
    assert view_points(world, BALL, grid, area=77) == []


def test_boards_right_before_a_thing_are_not_seen_through(world: World) -> None:
    world.move(CUP, (5.17, 2.7, 0.02), parent=CABINET, relation="in")  # against the side of the cabinet
    rng = np.random.default_rng(0)
    ends = rng.uniform(*world.box(CUP), (60, 3))
    starts = rng.uniform((4.2, 0.2, 0.3), (6.9, 2.4, 1.5), (60, 3))
    starts = ends + (starts - ends) * (0.11 / np.linalg.norm(starts - ends, axis=1))[:, None]
    found = near_free(world, world.row(CUP), starts, ends)
    exact = [not blocked(world, start, end, CUP) for start, end in zip(starts, ends, strict=True)]
    np.testing.assert_array_equal(found, exact)
    assert 0 < found.sum() < 60
    assert view_points(world, CUP, NavGrid.of(world)) == []


def test_of_a_category_only_what_is_seen_is_listed(world: World) -> None:
    grid = NavGrid.of(world)
    assert list(all_view_points(world, "ball", grid)) == [BALL]
    assert all_view_points(world, "piano", grid) == {}


def test_a_camera_sees_what_is_before_it(world: World) -> None:
    camera = intrinsics_of(64, 64, 90)
    toward, away = (camera_pose(6.5, 1.5, 0.8, yaw) for yaw in (math.pi, 0.0))
    assert visible_share(world, BALL, toward, camera) == 1
    assert visible_share(world, BALL, away, camera) == 0
    world.take(BALL)
    assert visible_share(world, BALL, toward, camera) == 0


def test_lines_are_kept_until_something_moves(world: World) -> None:
    lines = SightLines.of(world)
    assert SightLines.of(world) is lines
    world.move(BALL, (5.0, 1.5, 0.0))
    assert SightLines.of(world) is not lines
    assert len(lines.free(np.zeros((0, 3)), np.zeros((0, 3)))) == 0


def test_points_cover_a_surface() -> None:
    mesh = box((0, 0, 0), (0.5, 0.3, 0.02), (0, 0, 0))
    triangles = mesh.vertices[mesh.triangles]
    spots, of = surface_points(triangles, 0.05)
    assert len(spots) == len(of) and set(of.tolist()) == set(range(12))
    for spot in samples(mesh, 200):
        assert np.linalg.norm(spots - spot, axis=1).min() < 0.05


@pytest.mark.parametrize("wrong", [{"within_m": 0.0}, {"least_share": 0.0}, {"tilt_deg": 100.0}])
def test_nonsense_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ObservationError):
        ViewConfig(**wrong)
