"""Memory Maze, where it is installed (it is slow, and wants mujoco 3: docs/adapters.md)."""

from collections.abc import Iterator

import gymnasium
import numpy as np
import pytest
from adapted import IGNORED, keeps_the_rules

from streammem.poses import check_pose, transform

pytest.importorskip("memory_maze", reason="Memory Maze is not installed: docs/adapters.md has its set-up")
from streammem.envs.adapters.memory_maze import MemoryMaze, make_memory_maze
from streammem.errors import ObservationError

pytestmark = [pytest.mark.filterwarnings(IGNORED), pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def maze() -> Iterator[MemoryMaze]:
    env = MemoryMaze(9, depth=True, state=True, control_freq=8)
    yield env
    env.close()


def test_it_keeps_the_rules() -> None:
    assert keeps_the_rules(make_memory_maze(), steps=10)


def test_what_is_told_lies_in_its_space_and_repeats_itself(maze: MemoryMaze) -> None:
    first, info = maze.reset(seed=3)
    assert first in maze.observation_space and info["t_s"] == 0
    assert maze.step(1)[4]["t_s"] == 0.125
    again, _ = maze.reset(seed=3)
    assert all(np.array_equal(first[name], again[name]) for name in first)


def test_depth_and_pose_put_floor_and_walls_where_they_are(maze: MemoryMaze) -> None:
    seen, info = maze.reset(seed=1)
    camera, depth_m = info["intrinsics"], seen["depth"][..., 0]
    v, u = np.mgrid[:64, :64]
    rays = np.stack([(u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy, np.ones(u.shape)], -1)
    z = transform(check_pose(info["world_from_camera"]), (rays * depth_m[..., None]).reshape(-1, 3))[:, 2]
    assert -0.05 < z.min() < 0.05 and z.max() < 1.6  # walls are 1.5 m
    place = (seen["agent_pos"] - 4.5) * 2  # of the body, which carries the camera before itself
    assert np.linalg.norm(info["world_from_camera"][:2, 3] - place) < 0.3


def test_misuse_is_said(maze: MemoryMaze) -> None:
    with pytest.raises(ObservationError, match="9, 11, 13, 15"):
        MemoryMaze(10)
    with pytest.raises(ObservationError, match="0 to 5"):
        maze.step(6)
    maze.close()
    with pytest.raises(gymnasium.error.ResetNeeded):
        maze.step(0)
