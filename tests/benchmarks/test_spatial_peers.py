"""The peers do what their docstrings say: against slow references, on a small scene."""

import numpy as np
import pytest

from benchmarks.spatial.frames import GRID, PosedFrame, Shot, noise_features, posed
from benchmarks.spatial.metrics import centres, f1, grown, keys_of, voxel_set
from benchmarks.spatial.octomap import OctoMap, leaves
from benchmarks.spatial.point_map import PointMap, noise_points
from benchmarks.spatial.results import Table, markdown
from benchmarks.spatial.voxel_blocks import VoxelBlocks
from streammem.types import Intrinsics

VOXEL_M, DIM = 0.1, 4
CAMERA = Intrinsics(fx=70.0, fy=70.0, cx=40.0, cy=30.0, width=80, height=60)


def shot(depth_m: float = 1.5, index: int = 0, slope: float = 0.3) -> Shot:
    v, u = np.indices((60, 80))
    frame = PosedFrame(
        index=index,
        t_s=float(index),
        depth_m=(depth_m + slope * u / 80 + 0.1 * v / 60).astype(np.float32),
        rgb=np.zeros((60, 80, 3), np.uint8),
        intrinsics=CAMERA,
        world_from_camera=np.eye(4),
    )
    return Shot(frame=frame, stride=2, grid_features=noise_features(index, DIM))


def test_points_are_the_pixels_that_are_measurements():
    one = shot()
    one.frame.depth_m[10:20, 10:20] = 0
    v, u = np.nonzero(one.valid)
    for n in (0, len(v) // 2, len(v) - 1):
        y, x = v[n] * 2 + 1, u[n] * 2 + 1
        z = float(one.frame.depth_m[y, x])
        assert z > 0 and one.points[n] == pytest.approx([(x - 40) / 70 * z, (y - 30) / 70 * z, z], abs=1e-6)
        assert one.cells[n] == y * GRID[0] // 60 * GRID[1] + x * GRID[1] // 80


@pytest.mark.parametrize("discretised", [False, True])
def test_the_leaves_of_the_file_are_those_of_the_tree(discretised):
    made = OctoMap(VOXEL_M, discretised=discretised)
    for index in range(3):
        made.integrate(shot(index=index))
    occupied, free = made.occupied(), made.free()
    assert made.holds(occupied).all() and not made.holds(free).any()
    assert (made.tree.getLabels(centres(free, VOXEL_M)) == 0).all()
    unknown = np.setdiff1d(grown(occupied, 2), np.union1d(occupied, free))
    assert (made.tree.getLabels(centres(unknown, VOXEL_M)) == -1).all()
    assert len(leaves(made.tree.write())[0]) == made.tree.getNumLeafNodes()
    assert np.isin(voxel_set(shot().points, VOXEL_M), occupied).all()


def test_the_field_of_blocks_has_its_surface_where_the_points_are():
    made = VoxelBlocks(VOXEL_M)
    for index in range(3):
        made.integrate(shot(index=index))
    assert f1(voxel_set(shot().points, VOXEL_M), made.occupied()) > 0.95


def test_means_of_a_point_map_are_means_of_its_points():
    made, one = PointMap(VOXEL_M, DIM), shot()
    made.integrate(one)
    keys = keys_of(one.points, VOXEL_M)
    order = {int(key): i for i, key in enumerate(keys_of(made._xyz.numpy(), VOXEL_M))}
    assert set(order) == set(keys.tolist())
    for key in np.unique(keys)[::7]:
        here, i = keys == key, order[int(key)]
        assert made._xyz[i].numpy() == pytest.approx(one.points[here].mean(axis=0))
        assert made._feature[i].numpy() == pytest.approx(one.point_features[here].mean(axis=0), abs=1e-5)
        assert made._weight[i] == here.sum()


def test_a_point_map_removes_what_is_seen_through_and_keeps_what_is_hidden():
    made, front, back = PointMap(VOXEL_M, DIM), shot(1.5), shot(2.5)
    made.integrate(back)
    made.integrate(shot(1.5, 1))
    assert made.holds(voxel_set(back.points, VOXEL_M)).mean() > 0.9, "hidden behind what is nearer"
    made.integrate(shot(2.5, 2))
    assert not made.holds(voxel_set(front.points, VOXEL_M)).any(), "seen through"
    holes = posed(back.frame, index=3, depth_m=back.frame.depth_m * 0)
    made.integrate(Shot(frame=holes, stride=2, grid_features=noise_features(3, DIM)))
    assert made.holds(voxel_set(back.points, VOXEL_M)).all(), "holes say nothing"


def test_noise_is_what_dbscan_calls_noise():
    points = np.random.default_rng(0).uniform(0, 1, (150, 3))
    near = np.linalg.norm(points[:, None] - points[None], axis=2) <= 0.2
    core = near.sum(axis=1) >= 6
    assert (noise_points(points, 0.2, 6) == ~(core | (near & core[None]).any(axis=1))).all()
    assert noise_points(points[:2], 1e-3, 6).all()


def test_a_table_in_markdown():
    table = Table(title="t", columns=["map", "a", "b"], rows=[["x", 1200, 0.12345], ["y", None, 123.4]])
    assert markdown(table).splitlines() == [
        "| map | a | b |",
        "| --- | ---: | ---: |",
        "| x | 1,200 | 0.123 |",
        "| y | - | 123 |",
    ]
