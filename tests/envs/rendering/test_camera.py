import math

import numpy as np
import pytest

from streammem.envs.rendering.camera import camera_pose, intrinsics_of
from streammem.errors import ObservationError
from streammem.poses import check_pose


@pytest.mark.parametrize(
    ("yaw", "pitch", "forward"),
    [(0, 0, (0, 1, 0)), (math.pi / 2, 0, (-1, 0, 0)), (0, math.pi / 6, (0, math.cos(math.pi / 6), 0.5))],
)
def test_looks_where_it_is_turned(yaw, pitch, forward):
    pose = camera_pose(1, 2, 3, yaw, pitch)
    np.testing.assert_allclose(pose[:3, 2], forward, atol=1e-12)
    np.testing.assert_array_equal(pose[:3, 3], (1, 2, 3))
    np.testing.assert_allclose(check_pose(pose), pose, atol=1e-12)


def test_right_is_level_and_down_points_down():
    pose = camera_pose(0, 0, 0, 0.7, 0.4)
    assert pose[2, 0] == 0
    assert pose[2, 1] < 0


def test_picture_spans_the_field_of_view():
    camera = intrinsics_of(640, 480, 79)
    edge = math.atan((639.5 - camera.cx) / camera.fx)
    assert math.degrees(2 * edge) == pytest.approx(79)
    assert (camera.cx, camera.cy, camera.fy) == (319.5, 239.5, camera.fx)


@pytest.mark.parametrize("angle", [0, 180, -5, math.nan])
def test_refuses_angles_without_a_picture(angle):
    with pytest.raises(ObservationError, match="between 0 and 180"):
        intrinsics_of(64, 64, angle)


def test_refuses_places_that_are_not_finite():
    with pytest.raises(ObservationError, match="finite"):
        camera_pose(0, math.nan, 1, 0)


def test_refuses_pictures_without_pixels():
    with pytest.raises(ObservationError, match="positive pixels"):
        intrinsics_of(0, 4, 90)
