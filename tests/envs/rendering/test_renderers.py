"""What every renderer owes: run on both."""

import math

import numpy as np
import pytest
from apartment_scenes import BALL, CABINET, CUP, FLOORS, LEAF, TABLE, WALLS
from renderers import AT_TABLE, CAMERA, SCENE, opened, view

from streammem.envs.apartment.world import World
from streammem.envs.rendering import Renderer, camera_pose, intrinsics_of
from streammem.envs.rendering.light import Lighting
from streammem.errors import ObservationError

pytestmark = pytest.mark.parametrize("kind", ["gl", "rays"])


def test_is_a_renderer(kind):
    renderer = opened(kind)
    assert isinstance(renderer, Renderer)
    assert renderer.kind == kind


def test_a_wall_has_the_depth_of_its_plane(kind):
    frame = view(kind, camera_pose(2.5, 0.5, 1.25, 0.0))
    middle = frame.depth_m[20:28, 50:62]  # planar: the same at every pixel of a wall that faces the camera
    np.testing.assert_allclose(middle, 2.5, atol=1e-4)


def test_depth_is_where_the_pixel_says(kind):
    frame = view(kind, AT_TABLE)
    v, u = np.nonzero(frame.instances == FLOORS[0])
    depth = frame.depth_m[v, u].astype(float)
    rays = np.stack([(u - CAMERA.cx) / CAMERA.fx, (v - CAMERA.cy) / CAMERA.fy, np.ones(len(u))])
    points = AT_TABLE[:3, :3] @ (rays * depth) + AT_TABLE[:3, 3:]
    np.testing.assert_allclose(points[2], 0, atol=1e-4)


def test_instances_are_the_ids_of_things(kind):
    frame = view(kind)
    assert set(np.unique(frame.instances)) == {FLOORS[0], 3, WALLS, TABLE, CUP}
    assert frame.instances[0, 0] in {WALLS, 3}


def test_a_moved_thing_is_drawn_where_it_is(kind):
    world = World(SCENE)
    renderer = opened(kind)
    renderer.load(world)
    camera_pose_here = camera_pose(2, 0.3, 1.25, 0.0, -0.3)
    before = renderer.render(camera_pose_here, CAMERA)
    world.places[world.row(BALL)][:3, 3] = (2, 1.5, 0)
    world.version += 1
    after = renderer.render(camera_pose_here, CAMERA)
    assert BALL not in before.instances
    v, u = np.nonzero(after.instances == BALL)
    assert abs(u.mean() - CAMERA.cx) < 1
    assert np.median(after.rgb[v, u, 2]) > np.median(after.rgb[v, u, 0])


def test_a_door_turns_on_its_hinge(kind):
    world = World(SCENE)
    here = camera_pose(2.5, 1.5, 1.25, -math.pi / 2)
    closed = view(kind, here, world=world)
    world.amounts[world.first[world.row(LEAF)] + 1] = math.pi / 2
    world.version += 1
    opened_frame = view(kind, here, world=world)
    assert closed.instances[30, 40] == LEAF
    assert closed.depth_m[30, 40] == pytest.approx(1.53, abs=1e-3)
    assert opened_frame.depth_m[30, 40] == pytest.approx(4.5, abs=1e-3)


def test_what_is_not_shown_is_not_drawn(kind):
    world = World(SCENE)
    renderer = opened(kind)
    renderer.load(world)
    assert CUP in renderer.render(AT_TABLE, CAMERA).instances
    world.shown[world.first[world.row(CUP)]] = False
    world.version += 1
    assert CUP not in renderer.render(AT_TABLE, CAMERA).instances


def test_what_comes_back_looks_as_before(kind):
    world = World(SCENE)
    renderer = opened(kind)
    renderer.load(world)
    first = renderer.render(AT_TABLE, CAMERA)
    for shift in (0.3, -0.3):
        world.places[world.row(CUP)][0, 3] = SCENE.by_id[CUP].at[0] + (shift if shift > 0 else 0)
        world.version += 1
        last = renderer.render(AT_TABLE, CAMERA)
    np.testing.assert_array_equal(first.rgb, last.rgb)
    np.testing.assert_array_equal(first.instances, last.instances)


def test_frames_share_no_memory(kind):
    renderer = opened(kind)
    renderer.load(World(SCENE))
    one, two = renderer.render(AT_TABLE, CAMERA), renderer.render(AT_TABLE, CAMERA)
    for name in ("rgb", "depth_m", "instances"):
        a, b = getattr(one, name), getattr(two, name)
        assert not np.shares_memory(a, b)
        assert a.flags.writeable
        np.testing.assert_array_equal(a, b)


def test_two_worlds_of_one_scene_do_not_mix(kind):
    renderer, moved, first = opened(kind), World(SCENE), World(SCENE)
    moved.shown[:] = True
    moved.places[moved.row(CUP)][2, 3] = 5.0
    for world, there in ((moved, False), (first, True), (moved, False)):
        renderer.load(world)
        assert (CUP in renderer.render(AT_TABLE, CAMERA).instances) is there


def test_through_an_open_door_one_sees_the_other_room(kind):
    world = World(SCENE)
    world.shown[world.first[world.row(LEAF)] + 1] = False
    frame = view(kind, camera_pose(3.0, 1.5, 1.25, -math.pi / 2 - 0.35), world=world)
    assert {FLOORS[1], WALLS} <= set(np.unique(frame.instances))
    assert CABINET in view(kind, camera_pose(5.5, 1, 1.25, 0, -0.3), world=world).instances


def test_night_is_darker_and_a_lamp_can_be_off(kind):
    renderer, world = opened(kind), World(SCENE)
    bright = []
    for lighting in (Lighting(), Lighting(daylight=0, dark=frozenset({0}))):
        renderer.load(world, lighting)
        bright.append(renderer.render(AT_TABLE, CAMERA).rgb.mean())
    assert bright[1] < 0.7 * bright[0]


def test_any_size_of_picture(kind):
    renderer = opened(kind)
    renderer.load(World(SCENE))
    for size in ((1, 1), (33, 7), (64, 64)):
        frame = renderer.render(AT_TABLE, intrinsics_of(*size, 90))
        assert frame.rgb.shape == (size[1], size[0], 3)
        assert frame.depth_m.min() > 0


def test_refuses_to_draw_nothing(kind):
    renderer = opened(kind)
    with pytest.raises(ObservationError, match="load"):
        renderer.render(AT_TABLE, CAMERA)
    renderer.load(World(SCENE))
    renderer.close()
    renderer.close()
    with pytest.raises(ObservationError, match="load"):
        renderer.render(AT_TABLE, CAMERA)


def test_refuses_poses_that_are_not_finite(kind):
    renderer = opened(kind)
    renderer.load(World(SCENE))
    with pytest.raises(ObservationError, match="finite"):
        renderer.render(np.full((4, 4), np.nan), CAMERA)


def test_refuses_pictures_that_are_too_large(kind):
    renderer = opened(kind)
    renderer.load(World(SCENE))
    with pytest.raises(ObservationError, match="at most"):
        renderer.render(AT_TABLE, intrinsics_of(100_000, 8, 90))
