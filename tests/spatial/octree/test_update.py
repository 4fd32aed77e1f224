"""One frame against brute force: every voxel of a box, in float64."""

import math
from typing import Any

import numpy as np
import pytest
import torch

from streammem.spatial.camera import back_project
from streammem.spatial.depth import DepthConfig, valid_depth
from streammem.spatial.octree.morton import HALF, encode
from streammem.spatial.octree.saving import contradiction
from streammem.types import Intrinsics

EDGE = 21  # voxels from the middle


def brute_force(
    octree: Any, depth: np.ndarray, pose: np.ndarray, camera: Any
) -> tuple[np.ndarray, np.ndarray]:
    """The steps that one frame adds to each voxel of a box, and which are too close to call; (n,)."""
    config = octree.config
    measured = DepthConfig(far_m=config.beyond_m).seen_by(camera)
    valid = valid_depth(torch.from_numpy(depth), measured).numpy()
    far = config.depth.far_m
    v, u = np.mgrid[: camera.height, : camera.width]
    rays = np.stack([(u - camera.cx) / camera.fx, (v - camera.cy) / camera.fy, np.ones(u.shape)], -1)
    points = (rays * depth[..., None].astype(np.float64))[valid & (depth <= far)] @ pose[:3, :3].T + pose[
        :3, 3
    ]
    axis = np.arange(-EDGE, EDGE)
    cells = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, 3)
    camera_points = ((cells + 0.5) * config.voxel_m - pose[:3, 3]) @ pose[:3, :3]
    z = camera_points[:, 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        at = camera_points[:, :2] / z[:, None] * (camera.fx, camera.fy) + (camera.cx, camera.cy)
    pixel = np.floor(np.nan_to_num(at, nan=-9).clip(-9, 999) + 0.5).astype(np.int64)
    seen = (z > 0) & (pixel >= 0).all(1) & (pixel < (camera.width, camera.height)).all(1)
    x, y = np.where(seen[:, None], pixel, 0).T
    reach = np.where(valid, np.minimum(depth, far), 0)[y, x].astype(np.float64)
    slant = np.linalg.norm(rays, axis=-1)[y, x]
    gap = (reach - z) * slant / config.voxel_m
    steps = config.steps
    misses = np.where(gap > config.through, config.through_misses, np.where(gap > config.tolerance, 1, 0))
    added = np.where(seen & (reach > 0), -steps.miss * misses, 0)
    whole = points / config.voxel_m
    unsure = (np.abs(gap - config.tolerance) < 1e-3) | (np.abs(gap - config.through) < 1e-3)
    with np.errstate(invalid="ignore"):
        unsure |= (np.abs(at + 0.5 - np.rint(at + 0.5)) < 1e-3).any(1)
    hit = {tuple(cell) for cell in np.floor(whole).astype(np.int64)}
    near = {tuple(cell) for step in (-1e-4, 1e-4) for cell in np.floor(whole + step).astype(np.int64)} ^ hit
    number = {tuple(cell): place for place, cell in enumerate(cells)}
    added[[number[cell] for cell in hit]] = steps.hit
    unsure[[number[cell] for cell in near]] = True
    return added, unsure


@pytest.mark.parametrize("number", range(4))
def test_one_frame_is_what_brute_force_says(walk: Any, poses: Any, number: int) -> None:
    made = walk()
    camera = made.see(poses[number]).intrinsics
    octree = made.octree
    wanted, unsure = brute_force(octree, made.scene.depth(poses[number]), poses[number], camera)
    axis = np.arange(-EDGE, EDGE)
    cells = np.stack(np.meshgrid(axis, axis, axis, indexing="ij"), -1).reshape(-1, 3)
    at = octree.tables.cells_of(encode(torch.from_numpy(cells)))
    found = octree.tables.blocks["log_odds"].view(-1)[at.clamp_min(0)].masked_fill(at < 0, 0).numpy()
    assert unsure.mean() < 0.05
    assert (found == np.maximum(wanted, octree.config.steps.low))[~unsure].all()
    assert (found > 0).sum() > 100 and (found < 0).sum() > 1000


def test_a_stride_is_a_smaller_picture(walk: Any, poses: Any) -> None:
    plain = DepthConfig(support=0)
    strided, small = walk(stride=2, depth=plain), walk(stride=1, depth=plain)
    sight = strided.see(poses[0])
    camera = sight.intrinsics
    half = Intrinsics(
        fx=camera.fx / 2,
        fy=camera.fy / 2,
        cx=(camera.cx - 1) / 2,
        cy=(camera.cy - 1) / 2,
        width=40,
        height=30,
    )
    depth = strided.scene.depth(poses[0])[1::2, 1::2].copy()
    small.see(poses[0], depth_m=depth, intrinsics=half, rgb=None)
    one, two = (made.octree.tables.blocks["log_odds"] for made in (strided, small))
    assert torch.equal(one, two)
    assert sight.rows.shape == (30, 40)


def test_evidence_adds_up_and_stops(walk: Any, poses: Any) -> None:
    made = walk()
    steps = made.octree.config.steps
    for count in range(1, 8):
        made.see(poses[0])
        log_odds = made.octree.tables.blocks["log_odds"]
        assert int(log_odds.max()) == min(steps.high, count * steps.hit)
        assert int(log_odds.min()) == max(steps.low, -3 * count * steps.miss)


def test_settled_octants_are_those_that_no_miss_can_change(filled: Any) -> None:
    blocks, steps = filled.octree.tables.blocks, filled.octree.config.steps
    octants = blocks["log_odds"][blocks.live].view(-1, 8, 64)
    assert bool(blocks["settled"].any())
    assert torch.equal(blocks["settled"][blocks.live], (octants == steps.low).all(2))


def test_skipping_what_is_settled_changes_nothing(walk: Any, poses: Any) -> None:
    one, two = walk(), walk()
    for pose in poses * 3:
        one.see(pose)
        two.octree.tables.blocks["settled"].zero_()
        two.see(pose)
    assert torch.equal(one.octree.tables.blocks["log_odds"], two.octree.tables.blocks["log_odds"])


def test_holes_never_carve(walk: Any, poses: Any) -> None:
    made = walk()
    for _ in range(3):
        made.see(poses[0])
    before = {name: array.copy() for name, array in made.octree.state().items() if name == "blocks/log_odds"}
    for hole in (0.0, np.nan, np.inf, -1.0, 65.535):
        sight = made.see(poses[0], depth_m=np.full((60, 80), hole, np.float32))
        assert len(sight.removed.id) == 0 and (sight.rows == -1).all() and len(sight.seen) == 0
    assert np.array_equal(made.octree.state()["blocks/log_odds"], before["blocks/log_odds"])


def test_beyond_the_range_is_free_up_to_it(walk: Any, poses: Any) -> None:
    made = walk(depth=DepthConfig(far_m=0.8, near_m=0.1))
    sight = made.see(poses[0], depth_m=np.full((60, 80), 3.0, np.float32))
    assert (sight.rows == -1).all() and made.octree.blocks > 0
    pose = poses[0]
    eye, ahead = pose[:3, 3], pose[:3, 2]
    points = torch.from_numpy(np.stack([eye + ahead * 0.6, eye + ahead * 1.0, eye + ahead * 2.9]))
    assert made.octree.state_at(points).tolist() == [-1, 0, 0]


def test_rows_of_pixels_are_the_voxels_they_fall_into(walk: Any, poses: Any) -> None:
    made = walk(stride=2)
    sight = made.see(poses[1])
    points = back_project(torch.from_numpy(made.scene.depth(poses[1])), sight.intrinsics, 2).view(-1, 3)
    world = points.double() @ torch.from_numpy(poses[1][:3, :3].T.copy()) + torch.from_numpy(poses[1][:3, 3])
    rows = sight.rows.view(-1)
    hit = rows >= 0
    gap = (made.octree.centres(rows[hit]) - world[hit]).abs().amax(1)
    assert float(gap.max()) <= 0.05 + 1e-4
    assert torch.equal(torch.unique(rows[hit]), sight.seen) and torch.equal(sight.seen, sight.new)
    assert torch.equal(made.octree.rows_at(made.octree.centres(sight.seen)), sight.seen)


def test_rows_tell_what_was_seen_last(filled: Any, poses: Any) -> None:
    sight = filled.see(poses[0])
    surface = filled.octree.surface
    assert (surface["last_s"][sight.seen] == sight.t_s).all()
    assert (surface["frame"][sight.seen] == sight.frame).all()
    assert (surface["rgb"][sight.seen] == sight.frame).all()
    others = surface.rows[~torch.isin(surface.rows, sight.seen)]
    assert (surface["last_s"][others] < sight.t_s).all() and (surface["first_s"][others] >= 1).all()


def test_frames_without_features_leave_those_alone(filled: Any, poses: Any) -> None:
    before = filled.octree.surface["feature"].clone(), filled.octree.surface["weight"].clone()
    filled.see(poses[0], features=None, grid=None, rgb=None)
    assert torch.equal(filled.octree.surface["feature"], before[0])
    assert torch.equal(filled.octree.surface["weight"], before[1])


def test_two_runs_are_the_same_bit_for_bit(walk: Any, poses: Any) -> None:
    states = []
    for _ in range(2):
        made = walk(budget=400_000)
        for pose in poses * 2:
            made.see(pose)
        states.append(made.octree.state())
    assert all(np.array_equal(states[0][name], states[1][name], equal_nan=True) for name in states[0])


def test_what_is_beyond_the_keys_is_counted_and_skipped(walk: Any, poses: Any) -> None:
    made = walk()
    for shift in (1.0, 2.0):
        pose = poses[0].copy()
        pose[0, 3] += shift * HALF * 0.1
        made.see(pose, depth_m=made.scene.depth(poses[0]))
    counts = made.octree.counts
    assert counts["points"] > 4800 and contradiction(made.octree.tables) is None
    beyond = torch.tensor([[1e9, 0, 0], [0, -1e9, 0], [0, 0, math.nan], [math.inf, 0, 0]])
    assert (
        made.octree.state_at(beyond).tolist() == [0] * 4 and made.octree.rows_at(beyond).tolist() == [-1] * 4
    )
