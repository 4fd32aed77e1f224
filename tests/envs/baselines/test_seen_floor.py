"""The explorer's plan of the floor, against what is true in a small room."""

import numpy as np
import pytest
from apartment_scenes import tiny_scene

from streammem.envs.apartment.world import World
from streammem.envs.baselines.seen_floor import FREE, OCCUPIED, UNKNOWN, SeenFloor
from streammem.envs.rendering.camera import camera_pose, intrinsics_of
from streammem.envs.rendering.choice import open_renderer

CAMERA = intrinsics_of(64, 64, 90)
MATRIX = np.array([[CAMERA.fx, 0, CAMERA.cx], [0, CAMERA.fy, CAMERA.cy], [0, 0, 1.0]])


@pytest.fixture(scope="module")
def floor() -> SeenFloor:
    """One look along +y from (3, 0.5), the table to the left."""
    renderer = open_renderer()
    renderer.load(World(tiny_scene()))
    pose = camera_pose(3.0, 0.5, 1.25, 0.0)
    floor = SeenFloor(3.0, 0.5, radius_m=0.1, height_m=1.5, reach_m=5.0)
    floor.add(renderer.render(pose, CAMERA).depth_m, MATRIX, pose)
    renderer.close()
    return floor


def state(floor: SeenFloor, x: float, y: float) -> int:
    column, row = np.floor((np.array([x, y]) - floor.origin) / 0.1).astype(int)
    return int(floor.state[row, column])


def test_one_look(floor: SeenFloor) -> None:
    assert state(floor, 3.05, 2.0) == FREE and state(floor, 3.05, 0.55) == FREE
    assert state(floor, 3.05, 3.02) == OCCUPIED  # the wall ahead
    assert state(floor, 1.85, 1.85) == OCCUPIED  # the table's corner
    assert {state(floor, 5.5, 1.5), state(floor, 3.05, 3.5), state(floor, 1.0, 0.3)} == {UNKNOWN}


def test_frontiers_lie_between_free_and_unknown(floor: SeenFloor) -> None:
    border = floor.frontiers(4)
    assert border.any() and (floor.state[border] == FREE).all()
    floor.give_up(3.0, 0.5, 20.0)
    assert not floor.frontiers(4).any()


def test_where_it_was_it_can_be(floor: SeenFloor) -> None:
    assert floor.grid().holds(3.0, 0.5)
    floor.bump(3.0, 0.5, 0.0)
    assert state(floor, 3.0, 0.7) == OCCUPIED and floor.grid().holds(3.0, 0.5)
