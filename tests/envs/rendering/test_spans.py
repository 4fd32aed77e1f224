import numpy as np
import pytest

from streammem.envs.rendering import camera_pose, intrinsics_of
from streammem.envs.rendering.spans import met, seen

CAMERA = intrinsics_of(24, 17, 100)
POSE = camera_pose(0.3, -0.2, 1.1, 0.7, -0.2)


def triangles(count, backless=False, seed=0):
    """All round the camera: many lie across its plane."""
    rng = np.random.default_rng(seed)
    corners = rng.normal(size=(count, 1, 3)) * 3 + rng.normal(size=(count, 3, 3)) + (0.3, -0.2, 1.1)
    return corners, np.full(count, backless)


def by_hand(corners):
    """Depth, triangle and weights of each ray, from three equations each."""
    v, u = np.indices((CAMERA.height, CAMERA.width))
    rays = np.stack([(u - CAMERA.cx) / CAMERA.fx, (v - CAMERA.cy) / CAMERA.fy, np.ones(u.shape)], -1)
    local = (corners - POSE[:3, 3]) @ POSE[:3, :3]
    shares = np.einsum("nij,hwj->hwni", np.linalg.inv(local.transpose(0, 2, 1)), rays)  # over the depth
    near = np.where((shares >= 0).all(-1), shares.sum(-1), 0)
    best = near.argmax(-1)
    found = np.take_along_axis(near, best[..., None], -1)[..., 0]
    weights = np.take_along_axis(shares, best[..., None, None], 2)[..., 0, :] / found[..., None]
    return np.where(found > 0, 1 / found, 0), np.where(found > 0, best, -1), weights


def test_each_ray_meets_the_nearest_triangle():
    corners, backless = triangles(200)
    found = seen(corners, backless, POSE, CAMERA)
    hits = met(found, CAMERA, 0, CAMERA.height)
    with np.errstate(divide="ignore", invalid="ignore"):
        depth, triangle, weights = (value.reshape(-1, *value.shape[2:]) for value in by_hand(corners))
    assert 0.3 < (triangle >= 0).mean() < 1
    np.testing.assert_array_equal(np.append(found.rows, -1)[hits.triangle], triangle)
    np.testing.assert_allclose(hits.depth_m, depth, rtol=1e-6)
    for mine, other in zip(hits.weights, weights.T[1:], strict=True):
        np.testing.assert_allclose(mine[triangle >= 0], other[triangle >= 0], atol=1e-5)


@pytest.mark.parametrize("step", [1, 5])
def test_bands_are_parts_of_the_picture(step):
    found = seen(*triangles(200), POSE, CAMERA)
    whole = met(found, CAMERA, 0, CAMERA.height)
    parts = [met(found, CAMERA, y, min(y + step, CAMERA.height)) for y in range(0, CAMERA.height, step)]
    np.testing.assert_array_equal(np.concatenate([part.triangle for part in parts]), whole.triangle)
    np.testing.assert_array_equal(np.concatenate([part.depth_m for part in parts]), whole.depth_m)


def test_triangles_that_share_an_edge_leave_no_gap():
    corners = np.array([[-9, 3, -9], [9, 3, -9], [9, 3, 9], [-9, 3, 9.0]])
    pair = corners[[[0, 1, 2], [0, 2, 3]]]  # the diagonal goes through the middles of pixels
    camera = intrinsics_of(65, 65, 90)
    found = seen(pair, np.zeros(2, np.bool_), camera_pose(0, 0, 0, 0), camera)
    assert set(met(found, camera, 0, 65).triangle.tolist()) == {0, 1}


def test_what_is_not_seen_from_behind():
    corners, backless = triangles(200, backless=True)
    fronts = seen(corners, backless, POSE, CAMERA).rows
    backs = seen(corners[:, ::-1], backless, POSE, CAMERA).rows
    both = seen(corners, ~backless, POSE, CAMERA).rows
    assert sorted([*fronts, *backs]) == both.tolist()
    assert len(fronts)
    assert len(backs)


def test_a_ray_that_meets_nothing():
    found = seen(*triangles(0), POSE, CAMERA)
    hits = met(found, CAMERA, 3, 5)
    assert (hits.triangle == -1).all()
    assert (hits.depth_m == 0).all()
