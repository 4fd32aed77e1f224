"""Poses: checks, conventions, there and back."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from streammem.errors import ObservationError, PoseError
from streammem.poses import (
    check_pose,
    from_opengl,
    from_ros_body,
    inverse,
    pose_of,
    pose_of_quaternion,
    to_opengl,
    transform,
    up_rotation,
)

NUMBER = st.floats(-10, 10)
VECTOR = st.tuples(NUMBER, NUMBER, NUMBER)
ROTATION = VECTOR.map(Rotation.from_rotvec)


def rigid(rotation: Rotation, shift: tuple[float, float, float]) -> np.ndarray:
    return np.block([[rotation.as_matrix(), np.array(shift)[:, None]], [np.zeros((1, 3)), np.ones((1, 1))]])


POSE = st.builds(rigid, ROTATION, VECTOR)


@given(POSE)
def test_a_pose_and_its_inverse_are_nothing(pose: np.ndarray) -> None:
    np.testing.assert_allclose(pose @ inverse(pose), np.eye(4), atol=1e-12)
    np.testing.assert_allclose(inverse(pose) @ pose, np.eye(4), atol=1e-12)


@given(POSE, VECTOR)
def test_points_go_there_and_back(pose: np.ndarray, point: tuple[float, float, float]) -> None:
    points = np.array([point])
    np.testing.assert_allclose(transform(inverse(pose), transform(pose, points)), points, atol=1e-12)
    np.testing.assert_allclose(transform(pose, points)[0], (pose @ [*point, 1.0])[:3], atol=1e-12)


@given(POSE)
def test_a_good_pose_is_kept_bit_for_bit(pose: np.ndarray) -> None:
    checked = check_pose(pose)
    assert checked is not pose and np.array_equal(checked, pose)


@given(POSE, st.integers(0, 2**32 - 1))
def test_rounding_is_repaired_and_repairing_again_changes_nothing(pose: np.ndarray, seed: int) -> None:
    rough = pose.copy()
    rough[:3, :3] += np.random.default_rng(seed).uniform(-1e-4, 1e-4, (3, 3))
    checked = check_pose(rough.astype(np.float32))
    assert np.abs(checked[:3, :3].T @ checked[:3, :3] - np.eye(3)).max() < 1e-12
    np.testing.assert_allclose(checked, pose, atol=1e-3)
    np.testing.assert_array_equal(check_pose(checked), checked)


@given(ROTATION, VECTOR)
def test_quaternions_are_scipys(rotation: Rotation, shift: tuple[float, float, float]) -> None:
    pose = pose_of_quaternion(shift, rotation.as_quat() * 1.001)
    np.testing.assert_allclose(pose, pose_of(rotation.as_matrix(), shift), atol=1e-12)
    np.testing.assert_array_equal(pose_of(rotation.as_matrix(), shift), rigid(rotation, shift))


@given(POSE)
def test_opengl_there_and_back(pose: np.ndarray) -> None:
    np.testing.assert_array_equal(to_opengl(from_opengl(pose)), pose)
    assert check_pose(from_opengl(pose)) is not None


def test_opengls_camera_looks_along_its_own_minus_z() -> None:
    forward, up = from_opengl(np.eye(4))[:3, 2], -from_opengl(np.eye(4))[:3, 1]
    np.testing.assert_array_equal(forward, [0, 0, -1])
    np.testing.assert_array_equal(up, [0, 1, 0])


def test_a_ros_body_looks_along_x_with_z_up() -> None:
    pose = check_pose(from_ros_body(np.eye(4)))
    np.testing.assert_array_equal(pose[:3, :3].T, [[0, -1, 0], [0, 0, -1], [1, 0, 0]])  # right, down, forward


@given(VECTOR.filter(lambda up: np.linalg.norm(up) > 1e-3))
def test_up_becomes_plus_z(up: tuple[float, float, float]) -> None:
    pose = check_pose(up_rotation(up))
    np.testing.assert_allclose(pose[:3, :3] @ up / np.linalg.norm(up), [0, 0, 1], atol=1e-12)


@pytest.mark.parametrize("up", [(0, 0, -1), (1e-12, 0, -1), (0, -1, 0), (-1e-20, 1e-300, 1)])
def test_up_becomes_plus_z_at_the_poles_too(up: tuple[float, float, float]) -> None:
    np.testing.assert_allclose(check_pose(up_rotation(up))[:3, :3] @ up, [0, 0, 1], atol=1e-12)


def broken(**changes: float) -> np.ndarray:
    pose = np.eye(4)
    for place, value in changes.items():
        pose[int(place[1]), int(place[2])] = value
    return pose


@pytest.mark.parametrize(
    ("pose", "says"),
    [
        (broken(p03=np.nan), "finite.*without a pose"),
        (np.full((4, 4), -np.inf), "tracker was lost"),
        (broken(p30=1.0), "looks transposed"),
        (broken(p30=1.0, p03=2.0), "last row"),
        (broken(p22=-1.0), "mirrors"),
        (broken(p01=0.1), "no rotation"),
        (np.diag([2.0, 2, 2, 1]), "scaled by 2"),
        (np.zeros((4, 4)), "last row"),
        (np.diag([0.0, 0, 0, 1]), "no rotation"),
        (np.eye(3), "shape"),
        ("pose", "numbers of shape"),
        ([[1, 2], [3]], "numbers of shape"),
    ],
)
def test_what_is_no_pose_is_refused_and_named(pose: object, says: str) -> None:
    with pytest.raises(PoseError, match=says):
        check_pose(pose)


@pytest.mark.parametrize(
    ("makes", "says"),
    [
        (lambda: pose_of_quaternion((0, 0, 0), (0, 0, 0, 0)), "length 1"),
        (lambda: pose_of_quaternion((0, 0, 0), (0, 0, 0, 1.2)), "length 1"),
        (lambda: pose_of_quaternion((0, np.inf, 0), (0, 0, 0, 1)), "translation must be finite"),
        (lambda: pose_of_quaternion((0, 0), (0, 0, 0, 1)), "shape"),
        (lambda: pose_of(np.ones((3, 3)), (0, 0, 0)), "no rotation"),
        (lambda: up_rotation((0, 0, 0)), "direction"),
    ],
)
def test_parts_of_a_pose_are_checked(makes, says: str) -> None:
    with pytest.raises(PoseError, match=says) as caught:
        makes()
    assert isinstance(caught.value, ObservationError) and isinstance(caught.value, ValueError)
