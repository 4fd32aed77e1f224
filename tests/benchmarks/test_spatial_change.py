"""Boxes in depth pictures: against a ray march, and the laws of composing; the scripts of change."""

import numpy as np
import pytest

from benchmarks.spatial.composing import REAL, Block, box_depth, composed, find_places, silhouette
from benchmarks.spatial.dynamics import sightings
from benchmarks.spatial.frames import PosedFrame, posed
from benchmarks.spatial.metrics import keys_of
from benchmarks.spatial.scripts import BOARD, NEW, OLD, play, scripts
from streammem.poses import pose_of
from streammem.types import Intrinsics

SIZE = (24, 32)
CAMERA = Intrinsics(fx=28.0, fy=28.0, cx=15.5, cy=11.5, width=SIZE[1], height=SIZE[0])


def turned(angle: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def wall(depth_m: float = 3.0, pose: np.ndarray | None = None, camera: Intrinsics = CAMERA) -> PosedFrame:
    shape = (camera.height, camera.width)
    return PosedFrame(
        index=0,
        t_s=0.0,
        depth_m=np.full(shape, depth_m, np.float32),
        rgb=np.zeros((*shape, 3), np.uint8),
        intrinsics=camera,
        world_from_camera=np.eye(4) if pose is None else pose,
    )


def box(label: int = OLD, at: tuple = (0.1, -0.05, 1.5), half: float = 0.2) -> Block:
    return Block(label=label, centre=np.array(at), half_m=(half,) * 3)


def march(frame: PosedFrame, block: Block, step: float = 2e-3) -> np.ndarray:
    """The first depth at which a ray is inside the box, in small steps."""
    depth, pose, found = np.arange(step, 3, step), frame.world_from_camera, np.full(SIZE, np.inf)
    for v in range(SIZE[0]):
        for u in range(SIZE[1]):
            ray = np.array([(u - CAMERA.cx) / CAMERA.fx, (v - CAMERA.cy) / CAMERA.fy, 1.0])
            points = depth[:, None] * (pose[:3, :3] @ ray) + pose[:3, 3]
            inside = ((points >= block.low) & (points <= block.high)).all(axis=1)
            found[v, u] = depth[inside.argmax()] if inside.any() else np.inf
    return found


@pytest.mark.parametrize("angle", [0.0, 0.3, -0.5])
def test_a_box_is_met_where_a_march_along_the_ray_meets_it(angle):
    frame = wall(pose=pose_of(turned(angle), np.array([-1.2 * np.sin(angle), 0.1, 0.0])))
    fast, slow = box_depth(frame, box()), march(frame, box())
    both = np.isfinite(fast) & np.isfinite(slow)
    assert both.sum() > 20 and abs(fast[both] - slow[both]).max() <= 2.1e-3
    assert (np.isfinite(fast) != np.isfinite(slow)).mean() < 0.01  # rays that graze an edge


def test_the_nearer_is_seen_and_holes_stay_holes():
    frame = wall(1.45)
    frame.depth_m[:, :16] = 0
    take = composed(frame, [box(OLD), box(NEW, (0.1, -0.05, 1.4), 0.05)], rng=np.random.default_rng(0))
    assert (take.frame.depth_m[:, :16] == 0).all() and (take.labels[:, :16] == REAL).all()
    shown = take.labels[:, 16:]
    assert {OLD} == set(np.unique(shown)) - {REAL}, "the small box is wholly inside the large one"
    assert (take.frame.depth_m[take.labels == OLD] < 1.45).all()


def test_a_box_behind_the_wall_changes_nothing_but_noise():
    take = composed(wall(1.2), [box()], rng=np.random.default_rng(0))
    assert (take.labels == REAL).all()
    assert abs(take.frame.depth_m - 1.2).max() < 0.01


def test_the_same_seed_is_the_same_take():
    takes = [composed(wall(), [box()], rng=np.random.default_rng(3)) for _ in range(2)]
    assert (takes[0].frame.depth_m == takes[1].frame.depth_m).all()


def test_a_silhouette_holds_every_pixel_of_the_box():
    rows, columns = silhouette(wall(), box())
    met = np.isfinite(box_depth(wall(), box()))
    assert met[rows, columns].sum() == met.sum()
    assert silhouette(wall(), box(at=(2.0, 0, 1.5))) is None
    assert silhouette(wall(), box(at=(0, 0, 0.1))) is None


@pytest.fixture(scope="module")
def stretch() -> list[PosedFrame]:
    camera = Intrinsics(fx=146.0, fy=146.0, cx=79.5, cy=59.5, width=160, height=120)
    frames = [wall(2.6, camera=camera) for _ in range(7)]
    return [posed(frame, index=i, shift_m=(0.01 * i, 0, 0)) for i, frame in enumerate(frames)]


def test_places_are_in_view_apart_and_before_the_wall(stretch):
    one, other = find_places(stretch)
    assert np.linalg.norm(one - other) >= 0.4
    for frame in stretch:
        for place in (one, other):
            cube = box(at=tuple(place), half=0.1)
            assert silhouette(frame, cube) is not None and box_depth(frame, cube).min() < 2.6 - 0.2


def test_without_room_it_says_so(stretch):
    with pytest.raises(ValueError, match="0 places"):
        find_places([posed(frame, index=0, depth_m=frame.depth_m * 0) for frame in stretch])


def test_each_script_shows_what_its_name_says(stretch):
    found = {script.name: script for script in scripts(stretch, length=6)}
    seen = {
        name: [
            set(np.unique(play(script, stretch, step).labels)) - {REAL} for step in range(len(script.steps))
        ]
        for name, script in found.items()
    }
    assert seen["moved"] == [{OLD}] * 6 + [{NEW}] * 6
    assert seen["vanished"] == [{OLD}] * 6 + [set()] * 3
    assert seen["appeared"] == [set()] * 3 + [{NEW}] * 2
    hidden = found["removed while hidden"]
    assert seen[hidden.name][3:5] == [{BOARD}] * 2 and hidden.shown == 5
    assert all(len(labels) == 1 for labels in seen["passer-by"][3:11])


def test_holes_hold_the_whole_cube_and_the_board_hides_it(stretch):
    found = {script.name: script for script in scripts(stretch, length=6)}
    holes, hidden = found["holes"], found["removed while hidden"]
    cube = hidden.steps[0][0]
    for step in range(3, 5):
        take = play(holes, stretch, step)
        assert (take.frame.depth_m[take.labels == OLD] == 0).all()
        frame = play(hidden, stretch, step).frame
        met = np.isfinite(box_depth(frame, cube))
        assert (frame.depth_m[met] < box_depth(frame, cube)[met]).all()


def test_pose_noise_moves_what_is_told_and_not_what_is_seen(stretch):
    noisy = next(script for script in scripts(stretch, length=6) if script.pose_noise_m)
    take = play(noisy, stretch, 0)
    off = take.frame.world_from_camera - stretch[0].world_from_camera
    assert 0 < abs(off[:3, 3]).max() <= 0.01 and (off[:3, :3] == 0).all()
    assert np.isfinite(box_depth(stretch[0], noisy.steps[0][0])).sum() == (take.labels == OLD).sum()


def test_sightings_count_frames_that_measure_beyond_a_voxel():
    camera = Intrinsics(fx=146.0, fy=146.0, cx=79.5, cy=59.5, width=160, height=120)
    frames = [wall(2.0, camera=camera), wall(1.02, camera=camera), wall(0.0, camera=camera)]
    keys = keys_of(np.array([[0.0, 0, 1.0], [0, 0, 1.9], [0, 0, -1.0], [3.0, 0, 1.0]]), 0.05)
    assert sightings(keys, frames).tolist() == [1, 1, 0, 0]
