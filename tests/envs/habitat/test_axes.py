"""Habitat's axes, worked out by hand and there and back."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streammem.envs.habitat.axes import (
    camera_from_habitat,
    camera_to_habitat,
    from_habitat,
    quaternion_of_yaw,
    to_habitat,
    yaw_of_quaternion,
)
from streammem.envs.rendering.camera import camera_pose
from streammem.errors import PoseError

NUMBERS = st.floats(-100, 100)


@given(st.tuples(NUMBERS, NUMBERS, NUMBERS))
def test_places_there_and_back(place: tuple[float, float, float]) -> None:
    assert from_habitat(to_habitat(place)) == place


@given(st.floats(-3.14, 3.14))
def test_yaws_there_and_back(yaw: float) -> None:
    assert yaw_of_quaternion(quaternion_of_yaw(yaw)) == pytest.approx(yaw, abs=1e-9)


def test_a_left_turn_by_hand() -> None:
    left = quaternion_of_yaw(math.pi / 2)
    assert left == pytest.approx((0, math.sqrt(0.5), 0, math.sqrt(0.5)))
    assert yaw_of_quaternion((0, -left[1], 0, -left[3])) == pytest.approx(math.pi / 2)  # q and -q are one


def test_an_agent_at_yaw_0_looks_along_minus_z() -> None:
    pose = camera_to_habitat(camera_pose(1, 2, 1.25, 0.0))
    assert pose == pytest.approx(np.array([[1.0, 0, 0, 1], [0, 1, 0, 1.25], [0, 0, 1, -2], [0, 0, 0, 1]]))


def test_cameras_agree_with_quaternions() -> None:
    pose = camera_to_habitat(camera_pose(0, 0, 0, 0.7))
    _, y, _, w = quaternion_of_yaw(0.7)
    assert pose[0, 0] == pytest.approx(1 - 2 * y * y) and pose[0, 2] == pytest.approx(2 * w * y)
    assert camera_from_habitat(pose) == pytest.approx(camera_pose(0, 0, 0, 0.7))


@pytest.mark.parametrize("bad", [(0, 0, 0, 2), (math.nan, 0, 0, 1), (math.sqrt(0.5), 0, 0, math.sqrt(0.5))])
def test_what_is_no_heading(bad: tuple[float, float, float, float]) -> None:
    with pytest.raises(PoseError):
        yaw_of_quaternion(bad)
