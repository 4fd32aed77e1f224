"""Habitat's sensors, worked out by hand."""

import math

import numpy as np
import pytest

from streammem.envs.habitat.config import AgentConfig
from streammem.envs.habitat.sensors import (
    compass,
    depth,
    gps,
    pointgoal,
    rgb,
    semantic,
    sensor_spaces,
    wrapped,
)
from streammem.envs.rendering.frame import Frame
from streammem.errors import ObservationError

EAST = -math.pi / 2  # the yaw of one who looks along +x


def frame(depths: list[float]) -> Frame:
    line = np.array([depths], np.float32)
    return Frame(np.full((*line.shape, 3), 7, np.uint8), line, np.full(line.shape, 3, np.int32))


def test_gps_is_forward_and_right_of_the_start() -> None:
    assert gps((1, 1, 0), 1, 3) == pytest.approx([2, 0])
    assert gps((1, 1, 0), 2, 1) == pytest.approx([0, 1])
    assert gps((0, 0, EAST), 2, 1) == pytest.approx([2, -1], abs=1e-6)


def test_compass_is_left_positive_and_wraps() -> None:
    assert compass(0.0, 0.5) == pytest.approx([0.5])
    assert compass(3.0, -3.0) == pytest.approx([2 * math.pi - 6])
    assert compass(1.0, 0.0) == pytest.approx([-1.0])


def test_the_goal_is_left_positive() -> None:
    assert pointgoal((0, 0, 0), 0, 2) == pytest.approx([2, 0])
    assert pointgoal((0, 0, 0), -1, 0) == pytest.approx([1, math.pi / 2])
    assert pointgoal((0, 0, EAST), 3, -3) == pytest.approx([math.sqrt(18), -math.pi / 4])


def test_depth_is_clipped_and_normalised() -> None:
    seen = frame([0, 0.5, 2.75, 9])
    near = {"min_depth_m": 0.5, "max_depth_m": 5.0}
    assert depth(seen, AgentConfig(**near)).ravel() == pytest.approx([0, 0, 0.5, 1])
    assert depth(seen, AgentConfig(normalize_depth=False, **near)).ravel() == pytest.approx(
        [0.5, 0.5, 2.75, 5]
    )


def test_pictures_lie_in_their_spaces_and_are_copies() -> None:
    agent = AgentConfig(width=2, height=1)
    seen = frame([1, 20])
    given = {"rgb": rgb(seen), "depth": depth(seen, agent), "semantic": semantic(seen)}
    for name, space in sensor_spaces(list(given), agent).items():
        assert space.contains(given[name]) and not np.shares_memory(given[name], seen.depth_m)
    assert not np.shares_memory(given["rgb"], seen.rgb)
    assert not np.shares_memory(given["semantic"], seen.instances)


def test_angles_come_back_within_half_a_turn() -> None:
    assert wrapped(3 * math.pi / 2) == pytest.approx(-math.pi / 2)


@pytest.mark.parametrize("names", [["lidar"], ["rgb", "rgb"]])
def test_unknown_sensors(names: list[str]) -> None:
    with pytest.raises(ObservationError, match="sensors are some of"):
        sensor_spaces(names, AgentConfig())
