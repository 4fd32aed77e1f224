"""Pixels to points and back."""

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from streammem.errors import ObservationError
from streammem.spatial.camera import back_project, check_camera, project, ray_grid
from streammem.types import Intrinsics

CAMERA = Intrinsics(fx=58.5, fy=60.0, cx=31.0, cy=24.5, width=64, height=48)
FOCAL = st.floats(20, 2000)
CAMERAS = st.builds(
    lambda fx, fy, x, y, width, height: Intrinsics(
        fx=fx, fy=fy, cx=x * width, cy=y * height, width=width, height=height
    ),
    FOCAL,
    FOCAL,
    st.floats(0, 1),
    st.floats(0, 1),
    st.integers(4, 40),
    st.integers(4, 40),
)


@settings(max_examples=20)
@given(CAMERAS, st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_what_is_back_projected_projects_to_its_pixel(camera: Intrinsics, stride: int, seed: int) -> None:
    depth = torch.rand(camera.height, camera.width, generator=torch.Generator().manual_seed(seed)) * 5 + 0.1
    points = back_project(depth, camera, stride)
    pixels, z = project(points.reshape(-1, 3), camera)
    v, u = torch.meshgrid(
        torch.arange(stride // 2, camera.height, stride),
        torch.arange(stride // 2, camera.width, stride),
        indexing="ij",
    )
    torch.testing.assert_close(pixels, torch.stack([u, v], -1).reshape(-1, 2).float(), atol=1e-2, rtol=0)
    torch.testing.assert_close(z, depth[v, u].reshape(-1))


def test_the_formula_holds_for_one_pixel() -> None:
    depth = torch.zeros(48, 64)
    depth[10, 20] = 2.0
    x, y, z = back_project(depth, CAMERA)[10, 20].tolist()
    assert (x, y, z) == pytest.approx(((20 - 31) / 58.5 * 2, (10 - 24.5) / 60 * 2, 2.0))


def test_opencv_projects_the_same() -> None:
    points = torch.rand(50, 3, generator=torch.Generator().manual_seed(0)) + 0.5
    matrix = np.array([[CAMERA.fx, 0, CAMERA.cx], [0, CAMERA.fy, CAMERA.cy], [0, 0, 1]])
    wanted, _ = cv2.projectPoints(points.double().numpy(), np.zeros(3), np.zeros(3), matrix, None)
    np.testing.assert_allclose(project(points, CAMERA)[0].numpy(), wanted[:, 0], atol=1e-4)


@pytest.mark.parametrize("nothing", [0.0, -1.0, float("nan"), float("inf"), float("-inf")])
def test_no_depth_is_no_point(nothing: float) -> None:
    depth = torch.full((48, 64), 1.0)
    depth[5, 6] = nothing
    points = back_project(depth, CAMERA)
    assert points[5, 6].isnan().all() and points.isnan().sum() == 3


def test_what_is_behind_has_no_pixel() -> None:
    pixels, z = project(torch.tensor([[1.0, 1, -1], [1, 1, 0], [0, 0, 1]]), CAMERA)
    assert pixels[:2].isnan().all() and pixels[2].tolist() == [31.0, 24.5] and z.tolist() == [-1, 0, 1]


def test_rays_are_kept_and_start_at_half_a_stride() -> None:
    rays = ray_grid(CAMERA, 4)
    assert rays is ray_grid(CAMERA, 4) and rays.shape == (12, 16, 2)
    assert rays[0, 0].tolist() == pytest.approx([(2 - 31) / 58.5, (2 - 24.5) / 60])


@given(CAMERAS, st.integers(1, 5), st.integers(1, 5))
def test_rescaling_there_and_back(camera: Intrinsics, x: int, y: int) -> None:
    back = camera.rescaled(camera.width * x, camera.height * y).rescaled(camera.width, camera.height)
    for name in ("fx", "fy", "cx", "cy", "width", "height"):
        assert getattr(back, name) == pytest.approx(getattr(camera, name), abs=1e-9)


def test_corners_of_the_picture_stay_corners() -> None:
    half = CAMERA.rescaled(32, 24)
    assert (-0.5 - half.cx) / half.fx == pytest.approx((-0.5 - CAMERA.cx) / CAMERA.fx)
    assert (31.5 - half.cx) / half.fx == pytest.approx((63.5 - CAMERA.cx) / CAMERA.fx)


def test_a_camera_of_another_picture_is_refused() -> None:
    with pytest.raises(ObservationError, match=r"64x48 pixels do not fit a depth of 48x64"):
        check_camera(CAMERA, (64, 48))
    with pytest.raises(ObservationError, match="do not fit"):
        back_project(torch.ones(4, 4), CAMERA)


@pytest.mark.parametrize("cx", [-65.0, 200.0, float("nan")])
def test_a_principal_point_far_outside_is_refused(cx: float) -> None:
    with pytest.raises(ObservationError, match="principal point"):
        check_camera(Intrinsics(fx=50, fy=50, cx=cx, cy=24, width=64, height=48), (48, 64))


@pytest.mark.parametrize("stride", [0, 49])
def test_a_stride_without_pixels_is_refused(stride: int) -> None:
    with pytest.raises(ObservationError, match="stride"):
        ray_grid(CAMERA, stride)
